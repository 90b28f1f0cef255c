package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"clusterzone/services/database"
)

// MaxResend bounds the time after which a row that was handed out and not done is sent again.
const MaxResend = 10 * time.Minute

// maxPause bounds the wait between two tries while the database or the queue is down.
const maxPause = 5 * time.Second

// RelayConfig says what a relay moves and how often; DB and Enqueue are required.
type RelayConfig struct {
	DB      *database.DB
	Enqueue func(ctx context.Context, row Row) error // must be quick; the same row may come again
	Every   time.Duration                            // between looks; 0 = 500 ms
	Lease   time.Duration                            // first resend time, doubled each time up to MaxResend; 0 = 30 s
	Batch   int                                      // rows claimed at once; 0 = 100
	Log     *slog.Logger                             // nil: slog.Default
}

// Relay hands due rows to the queue. Every replica runs one: rows are claimed by lease, so
// that they share the work without a leader, and a row whose queue entry got lost is handed
// out again when its lease ends.
type Relay struct {
	RelayConfig
	wake chan struct{}
}

// NewRelay returns a relay; it does nothing until Run or Once.
func NewRelay(c RelayConfig) *Relay {
	if c.Every <= 0 {
		c.Every = 500 * time.Millisecond
	}
	if c.Lease <= 0 {
		c.Lease = 30 * time.Second
	}
	if c.Batch <= 0 {
		c.Batch = 100
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Relay{RelayConfig: c, wake: make(chan struct{}, 1)}
}

// Wake makes Run look at once; for the moment after a commit that put rows. It never blocks.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run hands out due rows until ctx is done, and then returns nil. A failing database or queue
// is logged and tried again with growing pauses of at most five seconds.
func (r *Relay) Run(ctx context.Context) error {
	pause := r.Every
	for {
		n, err := r.Once(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // being stopped is how Run ends, whatever Once was at
		case err != nil:
			pause = min(2*pause, maxPause)
			r.Log.WarnContext(ctx, "outbox relay", "error", err, "again_in", pause)
		case n == r.Batch:
			continue
		default:
			pause = r.Every
		}
		if !r.sleep(ctx, pause) {
			return nil
		}
	}
}

func (r *Relay) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-r.wake:
	case <-t.C:
	}
	return true
}

// Once claims one batch of due rows and hands it out; it returns how many were handed out.
// What the queue refused is given back and claimed again by the next call.
func (r *Relay) Once(ctx context.Context) (int, error) {
	rows, err := r.claim(ctx)
	if err != nil {
		return 0, fmt.Errorf("claim: %w", err)
	}
	for i, row := range rows {
		if err := r.Enqueue(ctx, row); err != nil {
			return i, errors.Join(fmt.Errorf("enqueue %s: %w", row.EventKey, err), r.giveBack(ctx, rows[i:]))
		}
	}
	return len(rows), nil
}

const due = open + " AND due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)"

// claim leases the rows that are due longest. It looks in a reading transaction first,
// because an idle relay must not stand in the queue of SQLite's only writer.
func (r *Relay) claim(ctx context.Context) (rows []Row, err error) {
	some := false
	err = r.DB.View(ctx, func(tx *database.Tx) error {
		var ids []string
		err := tx.Find(&ids, "SELECT id FROM outbox WHERE "+due+" LIMIT 1", tx.Now(), tx.Now())
		some = len(ids) > 0
		return err
	})
	if err != nil || !some {
		return nil, err
	}
	err = r.DB.Update(ctx, func(tx *database.Tx) error {
		rows = nil
		query := "SELECT " + columns + " FROM outbox WHERE " + due + " ORDER BY due_at, id LIMIT ?"
		if tx.Dialect() == database.PostgreSQL {
			query += " FOR UPDATE SKIP LOCKED"
		}
		if err := tx.Find(&rows, query, tx.Now(), tx.Now(), r.Batch); err != nil {
			return err
		}
		return r.lease(tx, rows)
	})
	return rows, err
}

// lease stores the lease of claimed rows, one statement for each resend time.
func (r *Relay) lease(tx *database.Tx, rows []Row) error {
	groups := map[time.Duration][]string{}
	for i := range rows {
		row := &rows[i]
		row.Resend = r.resend(row.Attempt)
		row.Attempt++
		until := tx.Now().Add(row.Resend)
		row.LeaseUntil = &until
		groups[row.Resend] = append(groups[row.Resend], row.ID)
	}
	for d, ids := range groups {
		if _, err := tx.Exec("UPDATE outbox SET lease_until = ?, attempt = attempt + 1 WHERE id IN ?", tx.Now().Add(d), ids); err != nil {
			return err
		}
	}
	return nil
}

// resend is how long a row rests that was handed out so many times before.
func (r *Relay) resend(attempts int) time.Duration {
	d := r.Lease
	for range attempts {
		if d *= 2; d >= MaxResend {
			return MaxResend
		}
	}
	return d
}

// giveBack frees rows that did not reach the queue, as if they had not been claimed: an
// outage of the queue must not make their resend time grow.
func (r *Relay) giveBack(ctx context.Context, rows []Row) error {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	err := r.DB.Update(context.WithoutCancel(ctx), func(tx *database.Tx) error {
		_, err := tx.Exec("UPDATE outbox SET lease_until = NULL, attempt = attempt - 1 WHERE id IN ? AND "+open, ids)
		return err
	})
	if err != nil {
		return fmt.Errorf("give back: %w", err)
	}
	return nil
}
