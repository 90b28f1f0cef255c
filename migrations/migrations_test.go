package migrations

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var write = flag.Bool("write", false, "write the generated migrations")

// ownDialect are the migrations that each dialect writes in its own words: triggers and changed CHECKs.
var ownDialect = []string{"0002_append_only.sql", "0019_evidence_parents.sql", newest}

// Both dialects agree in every migration. (Which states and transitions the CHECKs hold is a
// matter of the newest file alone: see TestTransitionsFollowTables.)
func TestDialectsAgree(t *testing.T) {
	names, err := filepath.Glob("postgres/*.sql")
	if err != nil || len(names) < 2 {
		t.Fatalf("%d migrations: %v", len(names), err)
	}
	for _, pg := range names {
		if slices.Contains(ownDialect, filepath.Base(pg)) {
			continue
		}
		lite := filepath.Join("sqlite", filepath.Base(pg))
		raw, err := os.ReadFile(pg)
		if err != nil {
			t.Fatal(err)
		}
		wantLite := SQLiteOf(string(raw))
		if *write {
			if err := os.WriteFile(lite, []byte(wantLite), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(lite); err != nil || string(got) != wantLite {
			t.Errorf("%s does not follow %s; run make generate (%v)", lite, pg, err)
		}
	}
	if lite, err := filepath.Glob("sqlite/*.sql"); err != nil || len(lite) != len(names) {
		t.Errorf("%d migrations for SQLite and %d for PostgreSQL: %v", len(lite), len(names), err)
	}
}
