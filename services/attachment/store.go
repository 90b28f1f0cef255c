package attachment

import (
	"fmt"
	"maps"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/workflows"
)

type row struct {
	ID, ParentKind, ParentID, Slot string
	No                             int
	Name                           string
	Size                           int64
	SHA256                         string `gorm:"column:sha256"`
	ContentType                    string
	ObjectKey, ObjectVersion       string
	State, Problem, UploadedBy     string
	CreatedAt                      time.Time
	AttachedAt                     *time.Time
	ExpiresAt                      time.Time
	Unit, Upload                   string
	PartSize                       int64
	Scan                           ScanState
	ScanDetail                     string
	ScannedAt                      *time.Time
	ValidUntil                     string
	SourceID                       string
	PersonName                     string `gorm:"->"` // of who uploaded it, where a query asks for it
}

const selectRow = `SELECT id, parent_kind, parent_id, slot, no, name, size, sha256, content_type, object_key, object_version,
	state, problem, uploaded_by, created_at, attached_at, expires_at, unit, upload, part_size, scan, scan_detail, scanned_at, valid_until, source_id FROM attachment `

// listLimit is more files than any rule set lets a case have.
const listLimit = 5000

func (r row) attachment() Attachment {
	return Attachment{ID: r.ID, Parent: r.parent(), Slot: r.Slot, No: r.No, Name: r.Name, Size: r.Size, SHA256: r.SHA256,
		ContentType: r.ContentType, ObjectKey: r.ObjectKey, ObjectVersion: r.ObjectVersion, State: r.State, Problem: r.Problem,
		UploadedBy: r.UploadedBy, CreatedAt: r.CreatedAt, AttachedAt: r.AttachedAt, Scan: r.Scan, ScanDetail: r.ScanDetail, ValidUntil: r.ValidUntil,
		Unit: r.Unit, SourceID: r.SourceID}
}

func (r row) parent() casework.Ref {
	return casework.Ref{Kind: workflows.Kind(r.ParentKind), ID: r.ParentID}
}

// List returns the attached files of a case by slot and number. It asks nobody whether the
// case may be read: that is for callers that have loaded it.
func List(tx *database.Tx, ref casework.Ref) ([]Attachment, error) {
	var rows []row
	err := tx.Find(&rows, selectRow+"WHERE parent_kind = ? AND parent_id = ? AND state = ? ORDER BY slot, no, id LIMIT ?",
		string(ref.Kind), ref.ID, Attached, listLimit)
	if err != nil {
		return nil, fmt.Errorf("list attachments of %s %s: %w", ref.Kind, ref.ID, err)
	}
	out := make([]Attachment, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.attachment())
	}
	return out, nil
}

// find returns a row; an unknown id is NotFound.
func find(tx *database.Tx, id string) (row, error) {
	if id == "" {
		return row{}, fault.Missing()
	}
	var r row
	err := tx.One(&r, selectRow+"WHERE id = ?", id)
	return r, err
}

func countAttached(tx *database.Tx, ref casework.Ref, slot string) (int64, error) {
	return tx.Count("SELECT count(*) FROM attachment WHERE parent_kind = ? AND parent_id = ? AND slot = ? AND state = ?",
		string(ref.Kind), ref.ID, slot, Attached)
}

// supersede removes what the slot holds now and returns how many files that were.
func supersede(tx *database.Tx, r row) (int, error) {
	n, err := tx.Exec("UPDATE attachment SET state = ?, removed_at = ? WHERE parent_kind = ? AND parent_id = ? AND slot = ? AND state = ?",
		Removed, tx.Now(), r.ParentKind, r.ParentID, r.Slot, Attached)
	return int(n), err
}

// markAttached gives the file the next number of its slot; rows never attached have none.
func markAttached(tx *database.Tx, r *row, final objects.Info) error {
	last, err := tx.Count("SELECT COALESCE(MAX(no), 0) FROM attachment WHERE parent_kind = ? AND parent_id = ? AND slot = ?", r.ParentKind, r.ParentID, r.Slot)
	if err != nil {
		return err
	}
	at := tx.Now()
	r.No, r.State, r.ObjectKey, r.ObjectVersion, r.AttachedAt = int(last)+1, Attached, final.Key, final.Version, &at
	return tx.Must("UPDATE attachment SET state = ?, no = ?, object_key = ?, object_version = ?, attached_at = ?, scan = ?, scan_detail = ?, scanned_at = ? WHERE id = ? AND state = ?",
		r.State, r.No, r.ObjectKey, r.ObjectVersion, at, string(r.Scan), r.ScanDetail, r.ScannedAt, r.ID, Staging)
}

func markRejected(tx *database.Tx, id, problem string) (int64, error) {
	return tx.Exec("UPDATE attachment SET state = ?, problem = ?, scan = CASE WHEN ? THEN 'infected' ELSE scan END WHERE id = ? AND state = ?", Rejected, problem, problem == "attachment.infected", id, Staging)
}

func markRemoved(tx *database.Tx, r row) error {
	return tx.Must("UPDATE attachment SET state = ?, removed_at = ? WHERE id = ? AND state = ?", Removed, tx.Now(), r.ID, r.State)
}

// deleteExpired deletes a batch of uploads past their time and returns their ids.
func deleteExpired(tx *database.Tx) ([]string, error) {
	var ids, gone []string
	err := tx.Find(&ids, "SELECT id FROM attachment WHERE state = ? AND part_size = 0 AND expires_at <= ? ORDER BY expires_at, id LIMIT ?", Staging, tx.Now(), sweepBatch)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		// A completion or another replica may have been faster.
		n, err := tx.Exec("DELETE FROM attachment WHERE id = ? AND state = ? AND expires_at <= ?", id, Staging, tx.Now())
		if err != nil {
			return nil, err
		}
		if n == 1 {
			gone = append(gone, id)
		}
	}
	return gone, nil
}

func isStaging(tx *database.Tx, id string) (bool, error) {
	n, err := tx.Count("SELECT count(*) FROM attachment WHERE id = ? AND state = ?", id, Staging)
	return n > 0, err
}

func isNamed(tx *database.Tx, key, version string) (bool, error) {
	n, err := tx.Count("SELECT count(*) FROM attachment WHERE id = ? AND object_key = ? AND object_version = ?", idOfFinal(key), key, version)
	return n > 0, err
}

// attachedBefore lists what ever was attached, newest first, below an id; "" is the top.
func attachedBefore(tx *database.Tx, before string) (rows []row, err error) {
	err = tx.Find(&rows, selectRow+"WHERE attached_at IS NOT NULL AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?", before, before, sweepBatch)
	return rows, err
}

// audit records what an actor did to a file, on its case.
func (s *Service) audit(tx *database.Tx, a identity.Actor, action string, r row, more map[string]any) error {
	detail := map[string]any{"attachment": r.ID, "slot": r.Slot, "no": r.No, "size": r.Size, "sha256": r.SHA256}
	if p, ok := s.parents[r.parent().Kind].(Discreet); !ok || !p.Discreet() {
		detail["name"] = r.Name
	}
	maps.Copy(detail, more)
	return casework.Record(tx, a, action, r.parent(), detail)
}
