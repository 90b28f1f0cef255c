package reminder

import (
	"fmt"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
)

// visible hides the messages about a case from which their recipient m has been recused.
const visible = ` NOT EXISTS (SELECT 1 FROM recusal r WHERE r.person_id = m.recipient_id
	AND r.subject_kind = m.subject_kind AND r.subject_id = m.subject_id)`

type messageRow struct {
	ID, Code, Params, Kind, CaseID string
	CreatedAt                      time.Time
	ReadAt                         *time.Time
}

// insertMessage tells one person once; fresh is false when the person has been told before.
func insertMessage(tx *database.Tx, event string, n casework.Notice, params, person string) (fresh bool, err error) {
	count, err := tx.Exec(`INSERT INTO message (id, event_key, recipient_id, code, params, kind, case_id, subject_kind, subject_id, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_key, recipient_id) DO NOTHING`,
		tx.ID(), event, person, n.Code, params, string(n.Kind), n.CaseID, string(n.Subject.Kind), n.Subject.ID, tx.Now())
	return count == 1, err
}

func findMessages(tx *database.Tx, q ListQuery, limit int) ([]messageRow, error) {
	where, args := "m.recipient_id = ?", []any{q.PersonID}
	if q.After != "" {
		where, args = where+" AND m.id < ?", append(args, q.After)
	}
	if q.UnreadOnly {
		where += " AND m.read_at IS NULL"
	}
	var rows []messageRow
	err := tx.Find(&rows, `SELECT m.id, m.code, m.params, m.kind, m.case_id, m.created_at, m.read_at FROM message m
		WHERE `+where+" AND"+visible+" ORDER BY m.id DESC LIMIT ?", append(args, limit)...)
	return rows, err
}

// Unread counts the messages that a person has not read.
func Unread(tx *database.Tx, personID string) (int64, error) {
	n, err := tx.Count("SELECT count(*) FROM message m WHERE m.recipient_id = ? AND m.read_at IS NULL AND"+visible, personID)
	if err != nil {
		return 0, fmt.Errorf("unread of %s: %w", personID, err)
	}
	return n, nil
}

// MarkRead marks a person's own messages as read; ids of other people's do nothing.
func MarkRead(tx *database.Tx, personID string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec("UPDATE message SET read_at = ? WHERE recipient_id = ? AND id IN ? AND read_at IS NULL", tx.Now(), personID, ids)
	if err != nil {
		return fmt.Errorf("mark read of %s: %w", personID, err)
	}
	return nil
}

// MarkAllRead marks everything in a person's inbox as read.
func MarkAllRead(tx *database.Tx, personID string) error {
	if _, err := tx.Exec("UPDATE message SET read_at = ? WHERE recipient_id = ? AND read_at IS NULL", tx.Now(), personID); err != nil {
		return fmt.Errorf("mark all read of %s: %w", personID, err)
	}
	return nil
}

// outgoing is one mail as it will be sent.
type outgoing struct {
	ID, EventKey, RecipientID, Address, Subject, Body string
	CreatedAt                                         time.Time
}

func insertMail(tx *database.Tx, m outgoing) error { return tx.Insert("mail", &m) }

// loadMail reads a mail; not wanted: sent, or its recipient is no longer active, or no longer
// sees the message it stands for.
func loadMail(tx *database.Tx, id string) (m outgoing, wanted bool, err error) {
	if err := tx.One(&m, "SELECT id, event_key, recipient_id, address, subject, body, created_at FROM mail WHERE id = ?", id); err != nil {
		return outgoing{}, false, fmt.Errorf("mail %s: %w", id, err)
	}
	n, err := tx.Count(`SELECT count(*) FROM mail l JOIN person p ON p.id = l.recipient_id AND p.active = TRUE
		JOIN message m ON m.event_key = l.event_key AND m.recipient_id = l.recipient_id
		WHERE l.id = ? AND l.sent_at IS NULL AND`+visible, id)
	if err != nil {
		return outgoing{}, false, fmt.Errorf("mail %s: %w", id, err)
	}
	return m, n == 1, nil
}

func markSent(tx *database.Tx, id string) error {
	if _, err := tx.Exec("UPDATE mail SET sent_at = ? WHERE id = ? AND sent_at IS NULL", tx.Now(), id); err != nil {
		return fmt.Errorf("mail %s: %w", id, err)
	}
	return nil
}

// current reports whether the deadline of a reminder still runs to the day it speaks of.
func current(tx *database.Tx, n casework.Notice) (bool, error) {
	if n.Deadline == "" {
		return true, nil
	}
	count, err := tx.Count(`SELECT count(*) FROM deadline WHERE id = ? AND ended_at IS NULL AND paused_at IS NULL AND due_on = ?`, n.Deadline, n.DueOn)
	if err != nil {
		return false, fmt.Errorf("deadline %s: %w", n.Deadline, err)
	}
	return count == 1, nil
}

func recusedOf(tx *database.Tx, subject casework.Ref) ([]string, error) {
	var ids []string
	err := tx.Find(&ids, "SELECT person_id FROM recusal WHERE subject_kind = ? AND subject_id = ? ORDER BY person_id", string(subject.Kind), subject.ID)
	if err != nil {
		return nil, fmt.Errorf("recusals of %s %s: %w", subject.Kind, subject.ID, err)
	}
	return ids, nil
}

func isCommission(tx *database.Tx, office string) (bool, error) {
	var kind string
	err := tx.One(&kind, "SELECT kind FROM unit WHERE code = ?", office)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("unit %s: %w", office, err)
	}
	return kind == "commission", nil
}
