package tables

import (
	"time"

	"clusterzone/services/database"
)

// importRow is a pending or confirmed import as stored.
type importRow struct {
	ID, ApplicationID, PersonID, Name string
	Sum                               string `gorm:"column:sha256"`
	Base, Parsed, Mode                string
	CreatedAt, ExpiresAt              time.Time
	ConfirmedAt                       *time.Time
	SavedVersion                      int64
	UndoneAt                          *time.Time
}

func insertImport(tx *database.Tx, r importRow) error {
	if err := tx.Insert("table_import", &r); err != nil {
		return err
	}
	// Of uploads that nobody confirmed the newest few are kept.
	_, err := tx.Exec(`DELETE FROM table_import WHERE application_id = ? AND person_id = ? AND confirmed_at IS NULL AND id NOT IN
		(SELECT id FROM table_import WHERE application_id = ? AND person_id = ? AND confirmed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 5)`,
		r.ApplicationID, r.PersonID, r.ApplicationID, r.PersonID)
	return err
}

const importColumns = `id, application_id, person_id, name, sha256, base, parsed, mode, created_at, expires_at, confirmed_at, saved_version, undone_at`

// importOf reads an import of its uploader; anybody else's is NotFound, and so is one whose time is over.
func importOf(tx *database.Tx, application, id, person string) (r importRow, err error) {
	err = tx.One(&r, "SELECT "+importColumns+" FROM table_import WHERE id = ? AND application_id = ? AND person_id = ? AND expires_at > ?",
		id, application, person, tx.Now())
	return r, err
}

// lastImport is the newest confirmed import of a person that can still be undone; NotFound where there is none.
func lastImport(tx *database.Tx, application, person string) (r importRow, err error) {
	err = tx.One(&r, "SELECT "+importColumns+` FROM table_import WHERE application_id = ? AND person_id = ? AND confirmed_at IS NOT NULL AND undone_at IS NULL
		AND expires_at > ? ORDER BY confirmed_at DESC, id DESC LIMIT 1`, application, person, tx.Now())
	return r, err
}

func confirmImport(tx *database.Tx, r importRow, mode Mode, version int64, until time.Time) error {
	return tx.Must(`UPDATE table_import SET mode = ?, confirmed_at = ?, saved_version = ?, expires_at = ? WHERE id = ? AND confirmed_at IS NULL`,
		string(mode), tx.Now(), version, until, r.ID)
}

func undoImport(tx *database.Tx, id string) error {
	return tx.Must("UPDATE table_import SET undone_at = ? WHERE id = ? AND confirmed_at IS NOT NULL AND undone_at IS NULL", tx.Now(), id)
}

// rebase moves an import onto the present tables.
func rebase(tx *database.Tx, id, base string) error {
	return tx.Must("UPDATE table_import SET base = ? WHERE id = ? AND confirmed_at IS NULL", base, id)
}

func deleteImport(tx *database.Tx, id string) error {
	return tx.Must("DELETE FROM table_import WHERE id = ? AND confirmed_at IS NULL", id)
}

// sweepImports deletes what is past its time.
func sweepImports(tx *database.Tx) (int64, error) {
	return tx.Exec("DELETE FROM table_import WHERE expires_at <= ?", tx.Now())
}
