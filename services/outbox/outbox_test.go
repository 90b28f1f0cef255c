package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/outbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that only moves when told.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *clock) now() time.Time           { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) advance(by time.Duration) { c.at.Add(by.Microseconds()) }

// each runs body on both databases with a clock of its own.
func each(t *testing.T, body func(t *testing.T, db *database.DB, c *clock)) {
	c := newClock()
	databasetest.Each(t, c.now, func(t *testing.T, db *database.DB) { body(t, db, c) })
}

func update(t *testing.T, db *database.DB, fn func(tx *database.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, db *database.DB, items ...outbox.Item) {
	t.Helper()
	update(t, db, func(tx *database.Tx) error {
		for _, it := range items {
			if err := outbox.Put(tx, it); err != nil {
				return err
			}
		}
		return nil
	})
}

// handed is a queue that remembers what it was given.
type handed struct {
	mu   sync.Mutex
	rows []outbox.Row
	fail error
}

func (h *handed) enqueue(_ context.Context, row outbox.Row) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return h.fail
	}
	h.rows = append(h.rows, row)
	return nil
}

func (h *handed) list() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, r := range h.rows {
		out = append(out, fmt.Sprintf("%s:%d", r.EventKey, r.Attempt))
	}
	h.rows = nil
	slices.Sort(out)
	return out
}

func (h *handed) id(t *testing.T, db *database.DB, key string) (id string) {
	t.Helper()
	err := db.View(t.Context(), func(tx *database.Tx) error {
		return tx.One(&id, "SELECT id FROM outbox WHERE event_key = ?", key)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func newRelay(db *database.DB, h *handed) *outbox.Relay {
	return outbox.NewRelay(outbox.RelayConfig{DB: db, Enqueue: h.enqueue, Batch: 10, Every: 5 * time.Millisecond, Log: slog.New(slog.DiscardHandler)})
}

func once(t *testing.T, r *outbox.Relay) int {
	t.Helper()
	n, err := r.Once(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRelayHandsOutDueRowsAgainWhenTheirLeaseEnds(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		h := &handed{}
		r := newRelay(db, h)
		put(t, db,
			outbox.Item{Key: "now", Topic: "t", Payload: 1},
			outbox.Item{Key: "now", Topic: "t", Payload: "a second Put of one key does nothing"},
			outbox.Item{Key: "later", Topic: "t", DueAt: c.now().Add(time.Hour)},
			outbox.Item{Key: "gone", Topic: "t", Kind: "application", CaseID: "7", Cancellable: true},
			outbox.Item{Key: "kept", Topic: "t", Kind: "application", CaseID: "7", DueAt: c.now().Add(2 * time.Hour)})
		update(t, db, func(tx *database.Tx) error { return outbox.Cancel(tx, "application", "7") })

		steps := []struct {
			wait time.Duration
			want []string
		}{
			{0, []string{"now:1"}},
			{29 * time.Second, nil},
			{time.Second, []string{"now:2"}},
			{59 * time.Second, nil},
			{time.Second, []string{"now:3"}},
			{time.Hour - 91*time.Second, []string{"now:4"}},
			{time.Second, []string{"later:1"}},
		}
		for i, s := range steps {
			c.advance(s.wait)
			once(t, r)
			if diff := cmp.Diff(s.want, h.list()); diff != "" {
				t.Errorf("step %d (-want +got):\n%s", i, diff)
			}
		}
		update(t, db, func(tx *database.Tx) error { return outbox.Done(tx, h.id(t, db, "later")) })
		c.advance(5 * time.Hour)
		once(t, r)
		if diff := cmp.Diff([]string{"kept:1", "now:5"}, h.list()); diff != "" {
			t.Errorf("at the end (-want +got):\n%s", diff)
		}
	})
}

// The resend time doubles up to ten minutes and is told to the queue.
func TestResendTimeIsBounded(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		h := &handed{}
		r := newRelay(db, h)
		put(t, db, outbox.Item{Key: "k", Topic: "t"})
		var got []time.Duration
		for range 7 {
			once(t, r)
			row := h.rows[len(h.rows)-1]
			if !row.LeaseUntil.Equal(c.now().Add(row.Resend)) {
				t.Errorf("lease until %v, want %v after %v", row.LeaseUntil, row.Resend, c.now())
			}
			got = append(got, row.Resend)
			c.advance(row.Resend)
		}
		want := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("resend times (-want +got):\n%s", diff)
		}
	})
}

func TestTwoRelaysShareTheRows(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		h := &handed{}
		var items []outbox.Item
		var want []string
		for i := range 100 {
			items = append(items, outbox.Item{Key: fmt.Sprintf("k%03d", i), Topic: "t"})
			want = append(want, fmt.Sprintf("k%03d:1", i))
		}
		put(t, db, items...)
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				r := newRelay(db, h)
				for range 20 {
					if _, err := r.Once(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		if diff := cmp.Diff(want, h.list()); diff != "" {
			t.Errorf("each row once (-want +got):\n%s", diff)
		}
	})
}

// While the queue is down, rows neither get lost nor wait for their lease afterwards.
func TestOutageOfTheQueue(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		down := errors.New("down")
		h := &handed{fail: down}
		r := newRelay(db, h)
		put(t, db, outbox.Item{Key: "a", Topic: "t"}, outbox.Item{Key: "b", Topic: "t"})
		for range 8 {
			if _, err := r.Once(t.Context()); !errors.Is(err, down) {
				t.Fatalf("got %v, want the queue's error", err)
			}
		}
		h.fail = nil
		once(t, r)
		if diff := cmp.Diff([]string{"a:1", "b:1"}, h.list()); diff != "" {
			t.Errorf("after the outage (-want +got):\n%s", diff)
		}
	})
}

func TestRunEndsWithItsContextAndWakes(t *testing.T) {
	db := databasetest.SQLite(t, nil)
	h := &handed{}
	r := outbox.NewRelay(outbox.RelayConfig{DB: db, Enqueue: h.enqueue, Every: time.Hour, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	put(t, db, outbox.Item{Key: "a", Topic: "t"})
	for begin := time.Now(); len(h.list()) == 0; time.Sleep(time.Millisecond) {
		r.Wake()
		if time.Since(begin) > 5*time.Second {
			t.Fatal("Wake did not wake")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
}

func TestLifeOfARow(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		h := &handed{}
		r := newRelay(db, h)
		put(t, db, outbox.Item{Key: "a", Topic: "t", Kind: "zone", CaseID: "9", Cancellable: true, Payload: map[string]int{"n": 1}},
			outbox.Item{Key: "b", Topic: "t", DueAt: c.now().Add(time.Hour)})
		a, b := h.id(t, db, "a"), h.id(t, db, "b")
		take := func(id string) (row outbox.Row, ok bool) {
			update(t, db, func(tx *database.Tx) (err error) { row, ok, err = outbox.Take(tx, id); return err })
			return row, ok
		}
		once(t, r)

		update(t, db, func(tx *database.Tx) error {
			return outbox.Fail(tx, a, errors.New("no such \x00 recipient \xff"+strings.Repeat("长", 3000)))
		})
		if _, ok := take(a); ok {
			t.Error("a failed row was taken")
		}
		c.advance(time.Minute)
		var failed []outbox.Row
		var stats outbox.Stats
		read := func() {
			t.Helper()
			err := db.View(t.Context(), func(tx *database.Tx) (err error) {
				if failed, err = outbox.Failed(tx, 10); err != nil {
					return err
				}
				stats, err = outbox.ReadStats(tx)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		read()
		if len(failed) != 1 || !strings.HasPrefix(failed[0].LastError, "no such  recipient ") {
			t.Fatalf("failed rows: %+v", failed)
		}
		if diff := cmp.Diff(outbox.Stats{Waiting: 1, Failed: 1}, stats); diff != "" {
			t.Errorf("stats while failed (-want +got):\n%s", diff)
		}

		update(t, db, func(tx *database.Tx) error { return outbox.Retry(tx, a) })
		if n := once(t, r); n != 1 {
			t.Errorf("retried row: %d handed out, want 1", n)
		}
		read()
		since := c.now().Add(-time.Minute)
		if diff := cmp.Diff(outbox.Stats{Due: 1, Retrying: 1, Waiting: 1, Oldest: &since}, stats); diff != "" {
			t.Errorf("stats after retry (-want +got):\n%s", diff)
		}
		if _, ok := take(b); ok {
			t.Error("a row was taken before it was due")
		}
		update(t, db, func(tx *database.Tx) error {
			row, ok, err := outbox.Take(tx, a)
			if !ok || row.DoneAt != nil || row.Payload != `{"n":1}` || row.Attempt != 2 {
				t.Errorf("take: %+v, %v", row, ok)
			}
			// the effect of a deadline moves its case, and so withdraws the case's rows
			return errors.Join(err, outbox.Cancel(tx, "zone", "9"))
		})
		if _, ok := take(a); ok {
			t.Error("a row was taken twice")
		}
		var row outbox.Row
		err := db.View(t.Context(), func(tx *database.Tx) (err error) { row, err = outbox.Load(tx, a); return err })
		if err != nil || row.DoneAt == nil || row.CancelledAt != nil {
			t.Errorf("after its effect: %+v, %v", row, err)
		}
		for _, id := range []string{a, b, "absent"} {
			err := db.Update(t.Context(), func(tx *database.Tx) error { return outbox.Retry(tx, id) })
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("retry of %s: got %v, want a conflict", id, err)
			}
		}
	})
}

// Only the latest attempt may act outside, and while it does the relay does not send again.
func TestHold(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		h := &handed{}
		r := newRelay(db, h)
		put(t, db, outbox.Item{Key: "a", Topic: "t"})
		a := h.id(t, db, "a")
		hold := func(attempt int) (ok bool) {
			update(t, db, func(tx *database.Tx) (err error) { _, ok, err = outbox.Hold(tx, a, attempt, time.Minute); return err })
			return ok
		}
		once(t, r)
		c.advance(29 * time.Second)
		if !hold(1) {
			t.Error("the latest attempt was refused")
		}
		c.advance(59 * time.Second)
		if n := once(t, r); n != 0 {
			t.Error("handed out again while held")
		}
		c.advance(time.Second)
		if n := once(t, r); n != 1 || hold(1) || !hold(2) {
			t.Errorf("after the hold: %d handed out, want 1, and only attempt 2 may act", n)
		}
		update(t, db, func(tx *database.Tx) error { return outbox.Done(tx, a) })
		if hold(2) {
			t.Error("a done row was held")
		}
	})
}
