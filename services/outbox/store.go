package outbox

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
)

const columns = `id, event_key, topic, kind, case_id, cancellable, payload, created_at, due_at, lease_until, attempt,
	done_at, cancelled_at, failed_at, last_error`

// open is what still must happen.
const open = "done_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL"

// Load returns a row whatever its state; absent is NotFound.
func Load(tx *database.Tx, id string) (Row, error) {
	var row Row
	if err := tx.One(&row, "SELECT "+columns+" FROM outbox WHERE id = ?", id); err != nil {
		return Row{}, fmt.Errorf("outbox %s: %w", id, err)
	}
	return row, nil
}

// Take marks an open, due row as done before its effect runs in the same transaction, and
// returns it as it was. Not ok: done, cancelled, failed, absent or not due, so there is
// nothing to do. Done comes first because an effect may cancel the rows of its own case,
// and must not cancel the row that causes it.
func Take(tx *database.Tx, id string) (row Row, ok bool, err error) {
	n, err := tx.Exec("UPDATE outbox SET done_at = ? WHERE id = ? AND due_at <= ? AND "+open, tx.Now(), id, tx.Now())
	if err != nil || n == 0 {
		return Row{}, false, wrap("take", id, err)
	}
	row, err = Load(tx, id)
	row.DoneAt = nil
	return row, err == nil, err
}

// Hold keeps the relay from sending an open, due row again for a while, because one delivery
// is about to act outside the database. It is refused (not ok) to a delivery that a later
// attempt has replaced, so that two never act at once.
func Hold(tx *database.Tx, id string, attempt int, d time.Duration) (row Row, ok bool, err error) {
	n, err := tx.Exec("UPDATE outbox SET lease_until = ? WHERE id = ? AND attempt = ? AND due_at <= ? AND "+open,
		tx.Now().Add(d), id, attempt, tx.Now())
	if err != nil || n == 0 {
		return Row{}, false, wrap("hold", id, err)
	}
	row, err = Load(tx, id)
	return row, err == nil, err
}

// Done records that a row has had its effect, even when it was cancelled meanwhile: what has
// left the house has left it. A row done before keeps its instant.
func Done(tx *database.Tx, id string) error {
	_, err := tx.Exec("UPDATE outbox SET done_at = ? WHERE id = ? AND done_at IS NULL", tx.Now(), id)
	return wrap("done", id, err)
}

// Fail takes an open row out for good and keeps the cause for operators, who may Retry it.
func Fail(tx *database.Tx, id string, cause error) error {
	_, err := tx.Exec("UPDATE outbox SET failed_at = ?, last_error = ? WHERE id = ? AND "+open, tx.Now(), plain(cause), id)
	return wrap("fail", id, err)
}

// Note keeps the cause of a failure that will be tried again.
func Note(tx *database.Tx, id string, cause error) error {
	_, err := tx.Exec("UPDATE outbox SET last_error = ? WHERE id = ? AND "+open, plain(cause), id)
	return wrap("note", id, err)
}

// Retry puts a failed row back, due at once; for operators. A row that is not failed, or was
// cancelled meanwhile, is a Conflict. The attempt goes on counting, because the queue may
// still know the earlier ones by their number.
func Retry(tx *database.Tx, id string) error {
	n, err := tx.Exec(`UPDATE outbox SET failed_at = NULL, lease_until = NULL WHERE id = ? AND failed_at IS NOT NULL
		AND done_at IS NULL AND cancelled_at IS NULL`, id)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "not_failed")
	}
	return wrap("retry", id, err)
}

// Stats is the state of the outbox for operators and metrics.
type Stats struct {
	Due      int64      // open and due now
	Retrying int64      // of these, handed out more than once
	Waiting  int64      // open and due later
	Failed   int64      // given up until an operator retries
	Oldest   *time.Time // since when the oldest open, due row has been due
}

// ReadStats counts the rows by state.
func ReadStats(tx *database.Tx) (Stats, error) {
	var s Stats
	var err error
	count := func(n *int64, where string, args ...any) {
		if err == nil {
			*n, err = tx.Count("SELECT count(*) FROM outbox WHERE "+where, args...)
		}
	}
	count(&s.Due, open+" AND due_at <= ?", tx.Now())
	count(&s.Retrying, open+" AND due_at <= ? AND attempt > 1", tx.Now())
	count(&s.Waiting, open+" AND due_at > ?", tx.Now())
	count(&s.Failed, failed)
	if err != nil {
		return Stats{}, fmt.Errorf("outbox stats: %w", err)
	}
	var oldest []Row
	err = tx.Find(&oldest, "SELECT id, due_at FROM outbox WHERE "+open+" AND due_at <= ? ORDER BY due_at, id LIMIT 1", tx.Now())
	if err != nil {
		return Stats{}, fmt.Errorf("outbox stats: %w", err)
	}
	if len(oldest) == 1 {
		s.Oldest = &oldest[0].DueAt
	}
	return s, nil
}

const failed = "failed_at IS NOT NULL AND done_at IS NULL AND cancelled_at IS NULL"

// Failed lists the rows that have been given up, the latest first.
func Failed(tx *database.Tx, limit int) ([]Row, error) {
	var rows []Row
	err := tx.Find(&rows, "SELECT "+columns+" FROM outbox WHERE "+failed+" ORDER BY failed_at DESC, id LIMIT ?", limit)
	if err != nil {
		return nil, fmt.Errorf("outbox failed: %w", err)
	}
	return rows, nil
}

// plain makes an error text that both databases store: valid UTF-8 without NUL, not endless.
func plain(err error) string {
	if err == nil {
		err = errors.New("unknown")
	}
	text := strings.ReplaceAll(err.Error(), "\x00", "")
	const limit = 2000
	if len(text) > limit {
		text = text[:limit]
	}
	return strings.ToValidUTF8(text, "")
}

func wrap(what, id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("outbox %s %s: %w", what, id, err)
}
