package attachment

import (
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/objects"
)

// onShelf lists what the people of a unit have attached, each content of a slot once: as it was
// attached last.
func onShelf(tx *database.Tx, unit string, slots []string) (rows []row, err error) {
	query, args := selectRow+`WHERE unit = ? AND state = ? AND NOT EXISTS (SELECT 1 FROM attachment b WHERE b.unit = attachment.unit
		AND b.slot = attachment.slot AND b.sha256 = attachment.sha256 AND b.state = attachment.state AND b.id > attachment.id)`, []any{unit, Attached}
	if len(slots) > 0 {
		query += " AND slot IN (" + strings.TrimSuffix(strings.Repeat("?,", len(slots)), ",") + ")"
		for _, slot := range slots {
			args = append(args, slot)
		}
	}
	err = tx.Find(&rows, query+" ORDER BY slot, attached_at DESC, id DESC LIMIT ?", append(args, maxShelf)...)
	return rows, err
}

func (r row) object() objects.Info { return objects.Info{Key: r.ObjectKey, Version: r.ObjectVersion} }

// everAttached lists all files of a case that were ever part of it, with who uploaded them.
func everAttached(tx *database.Tx, ref casework.Ref) (rows []row, err error) {
	err = tx.Find(&rows, `SELECT a.id, a.parent_kind, a.parent_id, a.slot, a.no, a.name, a.size, a.sha256, a.content_type, a.object_key, a.object_version,
		a.state, a.problem, a.uploaded_by, a.created_at, a.attached_at, a.expires_at, a.unit, a.upload, a.part_size, a.scan, a.scan_detail,
		a.scanned_at, a.valid_until, a.source_id, COALESCE(p.name, '') AS person_name
		FROM attachment a LEFT JOIN person p ON p.id = a.uploaded_by
		WHERE a.parent_kind = ? AND a.parent_id = ? AND a.attached_at IS NOT NULL ORDER BY a.slot, a.no DESC, a.id DESC LIMIT ?`,
		string(ref.Kind), ref.ID, listLimit)
	return rows, err
}
