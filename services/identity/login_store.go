package identity

import (
	"time"

	"clusterzone/services/database"
)

// loginRow is what a login needs to know of an account.
type loginRow struct {
	ID, Login, PasswordHash, TotpSecret string
	Active                              bool
}

type attemptRow struct {
	ID, Login string
	IP        string `gorm:"column:ip"`
	OK        bool   `gorm:"column:ok"`
	At        time.Time
}

// personForLogin returns the zero row for a login nobody has.
func personForLogin(tx *database.Tx, login string) (loginRow, error) {
	var rows []loginRow
	err := tx.Find(&rows, "SELECT id, login, password_hash, totp_secret, active FROM person WHERE login = ?", login)
	if err != nil || len(rows) == 0 {
		return loginRow{}, err
	}
	return rows[0], nil
}

func insertAttempt(tx *database.Tx, login, ip string) (string, error) {
	row := attemptRow{ID: tx.ID(), Login: login, IP: ip, At: tx.Now()}
	return row.ID, tx.Insert("login_attempt", &row)
}

// failedAttempts returns when the last failures of an address were, the latest first, at most
// limit; an empty login means all logins.
func failedAttempts(tx *database.Tx, login, ip string, since time.Time, limit int) ([]time.Time, error) {
	var rows []attemptRow
	err := tx.Find(&rows, `SELECT at FROM login_attempt WHERE ip = ? AND (? = '' OR login = ?) AND ok = FALSE AND at > ?
		ORDER BY at DESC, id DESC LIMIT ?`, ip, login, login, since, limit)
	at := make([]time.Time, len(rows))
	for i, r := range rows {
		at[i] = r.At
	}
	return at, err
}

// markAttempt may find the attempt forgotten, when the login was unlocked meanwhile.
func markAttempt(tx *database.Tx, id string) error {
	_, err := tx.Exec("UPDATE login_attempt SET ok = TRUE WHERE id = ?", id)
	return err
}

func deleteAttempt(tx *database.Tx, id string) error {
	_, err := tx.Exec("DELETE FROM login_attempt WHERE id = ?", id)
	return err
}

// forgetAttempts lets a login be tried again from everywhere.
func forgetAttempts(tx *database.Tx, login string) (int64, error) {
	return tx.Exec("DELETE FROM login_attempt WHERE login = ? AND ok = FALSE", login)
}

// holdAccount stores the proof and locks the row, provided the account is as it was read;
// otherwise it is a Conflict. A code of the second factor is thereby accepted once only.
func holdAccount(tx *database.Tx, read loginRow, p proof) error {
	return tx.Must(`UPDATE person SET password_hash = ?, totp_secret = ? WHERE id = ? AND active = TRUE AND password_hash = ? AND totp_secret = ?`,
		p.hash, p.factor, read.ID, read.PasswordHash, read.TotpSecret)
}
