package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"clusterzone/services/database"
	"clusterzone/workflows"
)

// The demo holds an application in every state, zones in force, an evaluation year in
// progress, and is as clean as an installation must be; filling it again changes nothing.
func TestDemoData(t *testing.T) {
	cfg, err := readConfig(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	cfg.demo, cfg.DataDir = true, t.TempDir()
	sh := &shell{out: os.Stderr, log: slog.New(slog.DiscardHandler)}
	if err := sh.fillDemo(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(filepath.Join(cfg.DataDir, "clusterzone.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := sh.fillDemo(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(filepath.Join(cfg.DataDir, "clusterzone.db")); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("a second start wrote into the database: %v", err)
	}
	a, err := newApp(t.Context(), cfg, sh.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	checkDemo(t, a)
}

func checkDemo(t *testing.T, a *app) {
	t.Helper()
	err := a.db.View(t.Context(), func(tx *database.Tx) error {
		for _, s := range workflows.Application.States {
			n, err := tx.Count("SELECT count(*) FROM application WHERE status = ? AND demo", string(s.State))
			if err != nil {
				return err
			}
			if n == 0 {
				t.Errorf("no application is %s", s.State)
			}
		}
		for _, q := range []string{"SELECT count(*) FROM zone WHERE status = 'in_force'", "SELECT count(*) FROM rectification WHERE status = 'open'",
			"SELECT count(*) FROM evaluation WHERE status <> 'graded'", "SELECT count(*) FROM objection", "SELECT count(*) FROM message"} {
			if n, err := tx.Count(q); err != nil || n == 0 {
				t.Errorf("%s: %d, %v", q, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := a.diagnose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !f.OK {
			t.Errorf("doctor: %s %v", f.Name, f.Problems)
		}
	}
}
