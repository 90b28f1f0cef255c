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
	if q.Kind != "" {
		where, args = where+" AND m.kind = ?", append(args, string(q.Kind))
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

func findPreferences(tx *database.Tx, personID string) (map[Topic]Mode, error) {
	var rows []struct{ Kind, Mail string }
	if err := tx.Find(&rows, "SELECT kind, mail FROM notice_preference WHERE person_id = ? ORDER BY kind LIMIT 100", personID); err != nil {
		return nil, fmt.Errorf("preferences of %s: %w", personID, err)
	}
	out := map[Topic]Mode{}
	for _, r := range rows {
		out[Topic(r.Kind)] = Mode(r.Mail)
	}
	return out, nil
}

func putPreference(tx *database.Tx, personID string, t Topic, m Mode) error {
	_, err := tx.Exec(`INSERT INTO notice_preference (person_id, kind, mail, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person_id, kind) DO UPDATE SET mail = excluded.mail, updated_at = excluded.updated_at`, personID, string(t), string(m), tx.Now())
	return err
}

// digestReaders are the active people with an address who have not turned the digest off.
func digestReaders(tx *database.Tx) (ids []string, err error) {
	err = tx.Find(&ids, `SELECT p.id FROM person p WHERE p.active = TRUE AND p.email <> '' AND NOT EXISTS
		(SELECT 1 FROM notice_preference n WHERE n.person_id = p.id AND n.kind = ? AND n.mail = ?) ORDER BY p.id LIMIT 20000`, string(Daily), string(MailOff))
	if err != nil {
		return nil, fmt.Errorf("readers of the digest: %w", err)
	}
	return ids, nil
}

func digestSent(tx *database.Tx, ref digestRef) (bool, error) {
	n, err := tx.Count("SELECT count(*) FROM mail WHERE event_key = ? AND recipient_id = ?", "digest/"+ref.Day, ref.Person)
	if err != nil {
		return false, fmt.Errorf("digest of %s: %w", ref.Person, err)
	}
	return n > 0, nil
}

func keepDigest(tx *database.Tx, m outgoing) error {
	_, err := tx.Exec(`INSERT INTO mail (id, event_key, recipient_id, address, subject, body, created_at, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (event_key, recipient_id) DO NOTHING`, tx.ID(), m.EventKey, m.RecipientID, m.Address, m.Subject, m.Body, m.CreatedAt, tx.Now())
	if err != nil {
		return fmt.Errorf("digest of %s: %w", m.RecipientID, err)
	}
	return nil
}

// newsSince are the unread messages since the last digest, of the last week at most.
func newsSince(tx *database.Tx, personID string) (rows []messageRow, err error) {
	since := tx.Now().AddDate(0, 0, -7)
	var last []time.Time
	err = tx.Find(&last, "SELECT created_at FROM mail WHERE recipient_id = ? AND event_key LIKE 'digest/%' ORDER BY created_at DESC, id DESC LIMIT 1", personID)
	if err == nil && len(last) == 1 && last[0].After(since) {
		since = last[0]
	}
	if err == nil {
		err = tx.Find(&rows, `SELECT m.id, m.code, m.params, m.kind, m.case_id, m.created_at, m.read_at FROM message m
			WHERE m.recipient_id = ? AND m.read_at IS NULL AND m.created_at > ? AND`+visible+" ORDER BY m.id LIMIT 500", personID, since)
	}
	if err != nil {
		return nil, fmt.Errorf("news of %s: %w", personID, err)
	}
	return rows, nil
}
