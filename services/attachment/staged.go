package attachment

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
)

// Discreet is a Parent whose file names may say who somebody is: they stay out of the audit.
type Discreet interface{ Discreet() bool }

// Check verifies an upload as Complete does, and leaves it staged: its case does not exist
// yet. Together attaches what was checked when the case is made; until then it is one of the
// uploads that the sweeper takes at their time. A second file for a place that holds one takes
// the place of the first. Errors are those of Complete; Invalid with field "slot" for one too many.
func (s *Service) Check(ctx context.Context, a identity.Actor, id string) (Attachment, error) {
	out, err := s.check(ctx, a, id)
	if err != nil {
		return Attachment{}, fmt.Errorf("check attachment %s: %w", id, err)
	}
	return out, nil
}

func (s *Service) check(ctx context.Context, a identity.Actor, id string) (Attachment, error) {
	r, err := s.uploaded(ctx, a, id)
	if err != nil || r.State == Attached || r.checked() {
		return r.attachment(), err
	}
	staged, err := s.store.Stat(ctx, r.ObjectKey, "")
	if errors.Is(err, objects.ErrNotFound) {
		return Attachment{}, r.bad("attachment.not_uploaded")
	}
	if err != nil {
		return Attachment{}, storeFault(err)
	}
	found, err := s.verify(ctx, r, staged)
	if problem, ok := errors.AsType[refusal](err); ok {
		return Attachment{}, errors.Join(r.bad(problem.code), s.discard(ctx, a, r, problem.code))
	}
	if err != nil {
		return Attachment{}, err
	}
	r.ObjectVersion, r.Scan, r.ScanDetail, r.ScannedAt = staged.Version, found.State, found.Detail, found.at
	var superseded []string
	err = s.db.Update(ctx, func(tx *database.Tx) (err error) {
		superseded, err = s.recordCheck(tx, a, r)
		return err
	})
	if err != nil && isDecision(err) {
		return Attachment{}, errors.Join(err, s.discard(ctx, a, r, discarded))
	}
	for _, id := range superseded { // what cannot be removed now the sweeper removes
		_ = s.dropStaging(ctx, id)
	}
	return r.attachment(), err
}

// checked reports that a staged upload was verified and waits for its case.
func (r row) checked() bool { return r.State == Staging && r.ObjectVersion != "" }

// recordCheck notes the verified version of an upload, when its place has room for it.
func (s *Service) recordCheck(tx *database.Tx, a identity.Actor, r row) (superseded []string, err error) {
	if err := tx.Lock("attachment/" + r.ParentKind + "/" + r.ParentID + "/" + r.Slot); err != nil {
		return nil, err
	}
	slot, err := s.parents[r.parent().Kind].Writing(tx, a, r.ParentID, r.Slot)
	if err != nil {
		return nil, err
	}
	waiting, err := checkedOf(tx, r.UploadedBy, r.parent())
	if err != nil {
		return nil, err
	}
	n := 0
	for _, x := range waiting {
		switch {
		case x.Slot != r.Slot:
		case slot.MaxFiles == 1:
			if err := markRemoved(tx, x); err != nil {
				return nil, err
			}
			superseded = append(superseded, x.ID)
		default:
			n++
		}
	}
	if slot.MaxFiles > 1 && n >= slot.MaxFiles {
		return nil, fault.BadField("slot", "attachment.too_many", "Limit", fmt.Sprint(slot.MaxFiles))
	}
	return superseded, markChecked(tx, r)
}

// Checked lists the uploads of an actor that were verified and wait for the case, by slot.
func (s *Service) Checked(ctx context.Context, a identity.Actor, ref casework.Ref) (out []Attachment, err error) {
	err = s.db.View(ctx, func(tx *database.Tx) error {
		rows, err := checkedOf(tx, a.ID, ref)
		out = nil
		for _, r := range rows {
			out = append(out, r.attachment())
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("checked uploads of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return out, nil
}

// Together runs file, which makes the case of ref, in the transaction that attaches every
// checked upload of the actor to it; slots are the numbers of files by slot. Either all of it
// happens or nothing, and then the uploads wait on. Errors are those of file and of Complete.
func (s *Service) Together(ctx context.Context, a identity.Actor, ref casework.Ref, file func(tx *database.Tx, slots map[string]int) error) error {
	waiting, finals, err := s.promoteChecked(ctx, a, ref)
	if err != nil {
		return errors.Join(err, s.dropAll(ctx, finals))
	}
	var unused []objects.Info
	var undone bool
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		unused = nil
		slots := map[string]int{}
		for i, r := range waiting {
			out, err := s.record(tx, a, r, finals[i])
			if undone = err != nil; undone {
				return err
			}
			slots[r.Slot]++
			if out.ObjectKey != finals[i].Key { // another call was faster
				unused = append(unused, finals[i])
			}
		}
		err := file(tx, slots)
		undone = err != nil
		return err
	})
	switch {
	case err != nil && undone:
		return errors.Join(err, s.dropAll(ctx, finals))
	case err != nil: // a commit that was not answered: what belongs to nothing is left to the doctor
		return err
	}
	for _, r := range waiting { // what cannot be removed now the sweeper removes
		_ = s.dropStaging(ctx, r.ID)
	}
	return s.dropAll(ctx, unused)
}

// promoteChecked copies what was checked to final objects, outside any transaction.
func (s *Service) promoteChecked(ctx context.Context, a identity.Actor, ref casework.Ref) (waiting []row, finals []objects.Info, err error) {
	err = s.db.View(ctx, func(tx *database.Tx) (err error) {
		waiting, err = checkedOf(tx, a.ID, ref)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("checked uploads of %s %s: %w", ref.Kind, ref.ID, err)
	}
	for _, r := range waiting {
		final, err := s.store.Promote(ctx, r.ObjectKey, r.ObjectVersion, finalKey(r.ID, uuid.Must(uuid.NewV7()).String()))
		if err != nil {
			return waiting, finals, fmt.Errorf("keep attachment %s: %w", r.ID, storeFault(err))
		}
		finals = append(finals, final)
	}
	return waiting, finals, nil
}

func (s *Service) dropAll(ctx context.Context, finals []objects.Info) (err error) {
	for _, f := range finals {
		err = errors.Join(err, s.drop(ctx, f))
	}
	return err
}

// Take puts content that came with a form into the store and checks it, for browsers without
// script. Errors are those of Ticket and Check.
func (s *Service) Take(ctx context.Context, a identity.Actor, req Request, content io.Reader) (Attachment, error) {
	var r row
	err := s.db.Update(ctx, func(tx *database.Tx) (err error) {
		r, err = s.stage(tx, a, req)
		return err
	})
	if err != nil {
		return Attachment{}, fmt.Errorf("take a file for %s %s: %w", req.Parent.Kind, req.Parent.ID, err)
	}
	if _, err := s.store.Put(ctx, r.ObjectKey, content, r.Size, r.ContentType); err != nil {
		return Attachment{}, fmt.Errorf("take attachment %s: %w", r.ID, storeFault(err))
	}
	return s.Check(ctx, a, r.ID)
}

// checkedOf lists the verified uploads of somebody that wait for a case.
func checkedOf(tx *database.Tx, person string, ref casework.Ref) (rows []row, err error) {
	err = tx.Find(&rows, selectRow+`WHERE uploaded_by = ? AND parent_kind = ? AND parent_id = ? AND state = ? AND object_version <> ''
		AND expires_at > ? ORDER BY slot, id LIMIT ?`, person, string(ref.Kind), ref.ID, Staging, tx.Now(), maxStaging)
	return rows, err
}

func markChecked(tx *database.Tx, r row) error {
	return tx.Must("UPDATE attachment SET object_version = ?, scan = ?, scan_detail = ?, scanned_at = ? WHERE id = ? AND state = ? AND object_version = ''",
		r.ObjectVersion, string(r.Scan), r.ScanDetail, r.ScannedAt, r.ID, Staging)
}
