package database_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

type outboxRow struct {
	ID, EventKey, Topic, Payload string
	CreatedAt, DueAt             time.Time
	DoneAt                       *time.Time
}

// An instant comes back as it went in, in UTC to the microsecond, and compares by time
// whatever zone it was written in.
func TestInstantsSurvive(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		east := time.FixedZone("east", 8*3600)
		at := time.Date(2026, 11, 23, 7, 30, 0, 123456000, east)
		err := db.Update(t.Context(), func(tx *database.Tx) error {
			return tx.Insert("outbox", &outboxRow{ID: "a", EventKey: "k", Topic: "t", Payload: "{}", CreatedAt: at, DueAt: at})
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []outboxRow
		err = db.View(t.Context(), func(tx *database.Tx) error {
			return tx.Find(&got, "SELECT id, event_key, topic, payload, created_at, due_at, done_at FROM outbox WHERE due_at <= ? AND due_at > ?",
				at.UTC(), at.Add(-time.Microsecond))
		})
		if err != nil || len(got) != 1 {
			t.Fatalf("got %v, %v", got, err)
		}
		if !got[0].DueAt.Equal(at) || got[0].DoneAt != nil {
			t.Errorf("got %v done %v, want %v", got[0].DueAt, got[0].DoneAt, at)
		}
	})
}

func TestErrorsBecomeFaults(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		put := func(tx *database.Tx) error {
			return tx.Insert("outbox", &outboxRow{ID: tx.ID(), EventKey: "same", Topic: "t", Payload: "{}", CreatedAt: tx.Now(), DueAt: tx.Now()})
		}
		if err := db.Update(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		if err := db.Update(t.Context(), put); !fault.Is(err, fault.Conflict) {
			t.Errorf("duplicate: got %v, want a conflict", err)
		}
		err := db.View(t.Context(), func(tx *database.Tx) error {
			var s string
			return tx.One(&s, "SELECT id FROM outbox WHERE event_key = ?", "absent")
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("absent: got %v, want not found", err)
		}
		if err := db.View(t.Context(), put); err == nil {
			t.Error("a view wrote")
		}
	})
}

// A failed function leaves nothing, and a hook before the commit can still refuse it.
func TestUpdateIsAllOrNothing(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		stop := errors.New("stop")
		ran := false
		err := db.Update(t.Context(), func(tx *database.Tx) error {
			tx.BeforeCommit(func(*database.Tx) error { return stop })
			tx.AfterCommit(func() { ran = true })
			_, err := tx.Next("n")
			return err
		})
		if !errors.Is(err, stop) || ran {
			t.Fatalf("got %v ran %v", err, ran)
		}
		err = db.View(t.Context(), func(tx *database.Tx) error {
			n, err := tx.Count("SELECT count(*) FROM number_sequence")
			if n != 0 {
				t.Errorf("left %d rows", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Twenty writers at once take twenty numbers without a gap or a double.
func TestSequenceHasNoGap(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				err := db.Update(t.Context(), func(tx *database.Tx) error {
					n, err := tx.Next("application")
					mu.Lock()
					defer mu.Unlock()
					seen[n] = true
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := int64(1); i <= 20; i++ {
			if !seen[i] {
				t.Errorf("number %d is missing of %v", i, seen)
			}
		}
	})
}

// The schema accepts a history line exactly where the tables hold it, for every workflow,
// state and action, and a status exactly where its table holds it.
func TestSchemaAcceptsExactlyTheTables(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		for _, w := range workflows.All() {
			tryTriples(t, db, w)
		}
	})
}

func tryTriples(t *testing.T, db *database.DB, w *workflows.Workflow) {
	t.Helper()
	allowed := map[workflows.Triple]bool{}
	for _, tr := range w.Triples() {
		allowed[tr] = true
	}
	states := []workflows.State{"", "nonsense"}
	for _, s := range w.States {
		states = append(states, s.State)
	}
	tried := 0
	for _, from := range states {
		for _, action := range append(w.Actions(), "nonsense") {
			for _, to := range states {
				tried++
				err := db.Update(t.Context(), func(tx *database.Tx) error {
					_, err := tx.Exec(`INSERT INTO case_history (id, kind, case_id, seq, from_state, action, to_state, actor_id, actor_name, actor_role, actor_unit, at)
						VALUES (?, ?, 'x', ?, ?, ?, ?, '', '', '', '', ?)`, tx.ID(), string(w.Kind), tried, string(from), string(action), string(to), tx.Now())
					if err == nil {
						return errUndo
					}
					return err
				})
				want := allowed[workflows.Triple{From: from, Action: action, To: to}]
				if got := errors.Is(err, errUndo); got != want || (!want && !database.Refused(err)) {
					t.Fatalf("%s %q>%s>%q: accepted %v, want %v (%v)", w.Kind, from, action, to, got, want, err)
				}
			}
		}
	}
}

var errUndo = errors.New("accepted; undone by the test")

// Up, down and up again ends in the same schema.
func TestMigrationsGoDownAndUp(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		if err := db.MigrateDown(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, newest, err := db.SchemaVersion(t.Context())
		if err != nil || got != newest || got == 0 {
			t.Fatalf("version %d of %d, %v", got, newest, err)
		}
	})
}
