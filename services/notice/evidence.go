package notice

import (
	"context"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// The places for files of an objection: the sealed letter of a unit, and evidence of anybody.
const (
	SlotLetter   = "letter"
	SlotEvidence = "evidence"
)

// Slots describes the places for files of an objection (domain §5).
func Slots() []attachment.Slot {
	const most = 10 << 20 // bytes: a file goes in one request
	return []attachment.Slot{
		{Code: SlotLetter, Formats: []string{"pdf", "jpg", "jpeg", "png"}, MaxBytes: most, MaxFiles: 1, Whole: true},
		{Code: SlotEvidence, Formats: []string{"pdf", "jpg", "jpeg", "png", "docx", "xlsx"}, MaxBytes: most, MaxFiles: 5, Whole: true},
	}
}

// Files attaches what was checked to the objection, in the transaction that files it; slots
// are the numbers of files by place. attachment.Service has it.
type Files interface {
	Together(ctx context.Context, a identity.Actor, ref casework.Ref, file func(tx *database.Tx, slots map[string]int) error) error
}

// Evidence is who may read and put the files of objections, for attachment.Config.Parents.
type Evidence struct{ s *Service }

var (
	_ attachment.Parent   = Evidence{}
	_ attachment.Discreet = Evidence{}
)

// Evidence returns the parent of the files of objections.
func (s *Service) Evidence() Evidence { return Evidence{s} }

// Reading lets the commission read what was sent with an objection, and nobody else: it may
// name the objector. Those recused from the case do not.
func (e Evidence) Reading(tx *database.Tx, a identity.Actor, id string) error {
	if !a.Commission() {
		return fault.Missing()
	}
	_, err := e.s.load(tx, a, id)
	return err
}

// Writing lets the objector add to the draft until it is filed. Nobody changes the files of an
// objection that has been filed.
func (e Evidence) Writing(tx *database.Tx, a identity.Actor, id, slot string) (attachment.Slot, error) {
	if a.ID != objectorID(id) {
		return attachment.Slot{}, fault.Missing()
	}
	var d draft
	if err := tx.One(&d, "SELECT "+draftColumns+" FROM objection_draft d WHERE d.id = ? AND d.expires_at > ?", id, tx.Now()); err != nil {
		return attachment.Slot{}, err
	}
	if d.FiledAt != nil {
		return attachment.Slot{}, fault.New(fault.Conflict, "objection_filed")
	}
	if err := e.s.running(tx, d.NoticeID); err != nil {
		return attachment.Slot{}, err
	}
	for _, x := range Slots() {
		if x.Code == slot {
			return x, nil
		}
	}
	return attachment.Slot{}, fault.BadField("slot", "unknown")
}

// Touched changes nothing: before it is filed an objection has no version.
func (e Evidence) Touched(*database.Tx, identity.Actor, string) error { return nil }

// Discreet keeps the names of the files out of the audit log: people put their own into them.
func (e Evidence) Discreet() bool { return true }

// countEvidence tells how many files came with an objection.
func countEvidence(tx *database.Tx, id string) (int, error) {
	n, err := tx.Count("SELECT count(*) FROM attachment WHERE parent_kind = ? AND parent_id = ? AND state = ?",
		string(workflows.Objection.Kind), id, attachment.Attached)
	return int(n), err
}
