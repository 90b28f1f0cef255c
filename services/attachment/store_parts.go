package attachment

import (
	"clusterzone/services/casework"
	"clusterzone/services/database"
)

// resumable finds the upload in parts that the same person has begun of the same file, a row
// without id when there is none.
func resumable(tx *database.Tx, want row) (row, error) {
	var rows []row
	err := tx.Find(&rows, selectRow+`WHERE uploaded_by = ? AND state = ? AND parent_kind = ? AND parent_id = ? AND slot = ? AND sha256 = ?
		AND size = ? AND name = ? AND upload <> '' AND part_size > 0 AND expires_at > ? ORDER BY id DESC LIMIT 1`,
		want.UploadedBy, Staging, want.ParentKind, want.ParentID, want.Slot, want.SHA256, want.Size, want.Name, tx.Now())
	if err != nil || len(rows) == 0 {
		return row{}, err
	}
	return rows[0], nil
}

// setUpload notes the upload of a row that has none yet, and returns the row as it is then.
func setUpload(tx *database.Tx, id, upload string) (row, error) {
	if _, err := tx.Exec("UPDATE attachment SET upload = ? WHERE id = ? AND state = ? AND upload = ''", upload, id, Staging); err != nil {
		return row{}, err
	}
	return find(tx, id)
}

func unfinished(tx *database.Tx, person string, ref casework.Ref) (rows []row, err error) {
	err = tx.Find(&rows, selectRow+`WHERE uploaded_by = ? AND parent_kind = ? AND parent_id = ? AND state = ? AND upload <> ''
		AND expires_at > ? ORDER BY id DESC LIMIT ?`, person, string(ref.Kind), ref.ID, Staging, tx.Now(), maxSessions)
	return rows, err
}

// overParts lists the attachments whose upload in parts nobody may go on with.
func overParts(tx *database.Tx) (ids []string, err error) {
	err = tx.Find(&ids, "SELECT id FROM attachment WHERE part_size > 0 AND (state <> ? OR expires_at <= ?) ORDER BY id LIMIT ?",
		Staging, tx.Now(), sweepBatch)
	return ids, err
}

func endUpload(tx *database.Tx, id string) error {
	_, err := tx.Exec("UPDATE attachment SET upload = '', part_size = 0 WHERE id = ? AND part_size > 0 AND (state <> ? OR expires_at <= ?)",
		id, Staging, tx.Now())
	return err
}

// markScan notes what the scanner says of a file that is in the state.
func markScan(tx *database.Tx, id, state string, v verdict) error {
	_, err := tx.Exec("UPDATE attachment SET scan = ?, scan_detail = ?, scanned_at = ? WHERE id = ? AND state = ?", string(v.State), v.Detail, v.at, id, state)
	return err
}

// markContent notes the verdict on all files that name one object.
func markContent(tx *database.Tx, r row, v verdict) error {
	_, err := tx.Exec("UPDATE attachment SET scan = ?, scan_detail = ?, scanned_at = ? WHERE object_key = ? AND object_version = ?",
		string(v.State), v.Detail, v.at, r.ObjectKey, r.ObjectVersion)
	return err
}
