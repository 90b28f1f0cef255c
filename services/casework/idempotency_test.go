package casework_test

import (
	"testing"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
)

// Keys answer again for seven days and are then forgotten, the older ones alone.
func TestOldKeysAreSwept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		runs := 0
		once := func(key string) {
			w.update(func(tx *database.Tx) error {
				_, err := casework.Once(tx, "p1", key, "digest", func() (casework.Outcome, error) { runs++; return casework.Outcome{ID: key}, nil })
				return err
			})
		}
		sweep := func() (n int64) {
			w.update(func(tx *database.Tx) (err error) { n, err = casework.SweepKeys(tx); return err })
			return n
		}
		once("old")
		w.clock.set(monday().Add(24 * time.Hour))
		once("young")
		w.clock.set(monday().Add(casework.KeepKeys))
		if n := sweep(); n != 0 {
			t.Errorf("swept %d on the last moment of the seventh day", n)
		}
		w.clock.set(monday().Add(casework.KeepKeys + time.Second))
		if n := sweep(); n != 1 {
			t.Errorf("swept %d, want the old one", n)
		}
		once("young")
		if runs != 2 {
			t.Errorf("the young key ran again: %d runs", runs)
		}
		once("old")
		if runs != 3 || w.count("idempotency") != 2 {
			t.Errorf("%d runs, %d rows", runs, w.count("idempotency"))
		}
	})
}
