package audit_test

import (
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"testing"

	"clusterzone/services/audit"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
)

func fill(t *testing.T, db *database.DB, n int) {
	t.Helper()
	for i := range n {
		err := db.Update(t.Context(), func(tx *database.Tx) error {
			return audit.Append(tx, audit.Entry{ActorID: fmt.Sprint("p", i%7), ActorName: "示例", Action: "test.do", ObjectKind: "test", ObjectID: fmt.Sprint(i),
				Detail: map[string]any{"i": i}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func verify(t *testing.T, db *database.DB, key ed25519.PublicKey) (rep audit.Report) {
	t.Helper()
	err := db.View(t.Context(), func(tx *database.Tx) (err error) {
		rep, err = audit.Verify(tx, key)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// The database itself refuses to change or delete an entry.
func TestEntriesStay(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		fill(t, db, 3)
		for _, statement := range []string{"UPDATE audit_entry SET actor_name = 'x' WHERE seq = 2", "DELETE FROM audit_entry WHERE seq = 2"} {
			err := db.Update(t.Context(), func(tx *database.Tx) error {
				_, err := tx.Exec(statement)
				return err
			})
			if !database.Refused(err) {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if rep := verify(t, db, nil); rep.Entries != 3 || len(rep.Problems) > 0 {
			t.Errorf("%+v", rep)
		}
	})
}

// A transaction that fails leaves no entry, and one with several keeps their order.
func TestEntriesGoWithTheirTransaction(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		stop := fmt.Errorf("stop")
		_ = db.Update(t.Context(), func(tx *database.Tx) error {
			if err := audit.Append(tx, audit.Entry{Action: "lost"}); err != nil {
				return err
			}
			return stop
		})
		err := db.Update(t.Context(), func(tx *database.Tx) error {
			for _, action := range []string{"first", "second"} {
				if err := audit.Append(tx, audit.Entry{Action: action}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = db.View(t.Context(), func(tx *database.Tx) error { return tx.Find(&got, "SELECT action FROM audit_entry ORDER BY seq") })
		if err != nil || len(got) != 2 || got[0] != "first" || got[1] != "second" {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

// Somebody with the database's own rights edits, deletes, inserts, reorders or swaps entries,
// or cuts the tail: each of a thousand such tampers is found.
func TestEveryTamperIsFound(t *testing.T) {
	db := databasetest.SQLite(t, nil)
	const entries = 40
	fill(t, db, entries)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx *database.Tx) error {
		if _, err := audit.Checkpoint(tx, private); err != nil {
			return err
		}
		for _, trigger := range []string{"audit_entry_no_update", "audit_entry_no_delete"} {
			if _, err := tx.Exec("DROP TRIGGER " + trigger); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if rep := verify(t, db, public); len(rep.Problems) > 0 {
		t.Fatalf("untouched: %v", rep.Problems)
	}
	r := rand.New(rand.NewPCG(20160228, 1))
	for i := range 1000 {
		tamper(t, db, public, r, i)
	}
}

// tamper changes the record inside a transaction, looks, and undoes it.
func tamper(t *testing.T, db *database.DB, key ed25519.PublicKey, r *rand.Rand, i int) {
	t.Helper()
	undo := fmt.Errorf("undo")
	seq, other := 1+r.IntN(40), 1+r.IntN(39)
	if other >= seq {
		other++
	}
	column := []string{"actor_id", "actor_name", "actor_unit", "action", "object_kind", "object_id", "detail", "request_id", "ip", "hash", "prev_hash"}[r.IntN(11)]
	ways := [][]string{
		{fmt.Sprintf("UPDATE audit_entry SET %s = %s || 'x' WHERE seq = %d", column, column, seq)},
		{fmt.Sprintf("UPDATE audit_entry SET at = at + 1 WHERE seq = %d", seq)},
		{fmt.Sprintf("DELETE FROM audit_entry WHERE seq = %d", seq)},
		{fmt.Sprintf("DELETE FROM audit_entry WHERE seq >= %d", seq)},
		{fmt.Sprintf("UPDATE audit_entry SET seq = -1 WHERE seq = %d", seq), fmt.Sprintf("UPDATE audit_entry SET seq = %d WHERE seq = %d", seq, other),
			fmt.Sprintf("UPDATE audit_entry SET seq = %d WHERE seq = -1", other)},
		{fmt.Sprintf("UPDATE audit_entry SET actor_name = actor_name || substr(actor_unit || 'y', 1, 1) WHERE seq = %d", seq)},
		{"UPDATE audit_checkpoint SET hash = hash || '0'"},
	}
	way := ways[i%len(ways)]
	var rep audit.Report
	err := db.Update(t.Context(), func(tx *database.Tx) error {
		for _, statement := range way {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		var err error
		if rep, err = audit.Verify(tx, key); err != nil {
			return err
		}
		return undo
	})
	if err == nil || err.Error() != undo.Error() {
		t.Fatalf("%v: %v", way, err)
	}
	if len(rep.Problems) == 0 {
		t.Errorf("not found: %v", way)
	}
}
