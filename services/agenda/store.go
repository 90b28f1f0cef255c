package agenda

import (
	"time"

	"clusterzone/services/database"
)

func load(tx *database.Tx, person string) (f Feed, err error) {
	return f, tx.One(&f, "SELECT created_at, read_at FROM calendar_feed WHERE person_id = ?", person)
}

func put(tx *database.Tx, person, hash string) error {
	_, err := tx.Exec(`INSERT INTO calendar_feed (person_id, token_hash, created_at) VALUES (?, ?, ?)
		ON CONFLICT (person_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at, read_at = NULL`, person, hash, tx.Now())
	return err
}

func remove(tx *database.Tx, person string) (int64, error) {
	return tx.Exec("DELETE FROM calendar_feed WHERE person_id = ?", person)
}

// ownerOf finds whose feed a digest stands for; stale says that its use should be noted.
func ownerOf(tx *database.Tx, hash string) (person string, stale bool, err error) {
	var row struct {
		PersonID string
		ReadAt   *time.Time
	}
	err = tx.One(&row, "SELECT person_id, read_at FROM calendar_feed WHERE token_hash = ?", hash)
	return row.PersonID, row.ReadAt == nil || tx.Now().Sub(*row.ReadAt) >= time.Hour, err
}

func touch(tx *database.Tx, person string) error {
	_, err := tx.Exec("UPDATE calendar_feed SET read_at = ? WHERE person_id = ?", tx.Now(), person)
	return err
}
