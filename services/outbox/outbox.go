// Package outbox keeps what must still happen because of a change: rows written in the same
// transaction as their cause, due at an instant, done exactly once. A relay in every replica
// hands due rows to the queue; the queue carries only the row's id, so that losing the queue
// loses nothing.
package outbox

import (
	"encoding/json"
	"fmt"
	"time"

	"clusterzone/services/database"
	"clusterzone/workflows"
)

// Topic names what a row asks for; cmd maps each topic to its handler.
type Topic string

// Item is a row to be put.
type Item struct {
	Key         string // stable and unique: application/<id>/3/remind-1; a second Put of the same key does nothing
	Topic       Topic
	Kind        workflows.Kind // the case it belongs to, if any
	CaseID      string
	Cancellable bool // a later change of the case's state cancels it while it is not done
	Payload     any
	DueAt       time.Time // zero: now
}

// Row is a stored item.
type Row struct {
	ID          string
	EventKey    string
	Topic       Topic
	Kind        workflows.Kind
	CaseID      string
	Cancellable bool
	Payload     string
	CreatedAt   time.Time
	DueAt       time.Time
	LeaseUntil  *time.Time
	Attempt     int
	DoneAt      *time.Time
	CancelledAt *time.Time
	FailedAt    *time.Time
	LastError   string
	Resend      time.Duration `gorm:"-"` // of a row the relay hands out: after that time it comes again if not done
}

// Put stores an item in the transaction of its cause.
func Put(tx *database.Tx, it Item) error {
	payload, err := json.Marshal(it.Payload)
	if err != nil {
		return fmt.Errorf("outbox %s: %w", it.Key, err)
	}
	if it.DueAt.IsZero() {
		it.DueAt = tx.Now()
	}
	_, err = tx.Exec(`INSERT INTO outbox (id, event_key, topic, kind, case_id, cancellable, payload, created_at, due_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_key) DO NOTHING`,
		tx.ID(), it.Key, string(it.Topic), string(it.Kind), it.CaseID, it.Cancellable, string(payload), tx.Now(), it.DueAt.UTC())
	if err != nil {
		return fmt.Errorf("outbox %s: %w", it.Key, err)
	}
	return nil
}

// Cancel withdraws the cancellable rows of a case that are not done yet.
func Cancel(tx *database.Tx, kind workflows.Kind, caseID string) error {
	_, err := tx.Exec(`UPDATE outbox SET cancelled_at = ? WHERE kind = ? AND case_id = ? AND cancellable
		AND done_at IS NULL AND cancelled_at IS NULL`, tx.Now(), string(kind), caseID)
	if err != nil {
		return fmt.Errorf("outbox cancel %s/%s: %w", kind, caseID, err)
	}
	return nil
}
