package attachment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
)

// cleanupTime bounds what is tidied up after a caller that may be gone already.
const cleanupTime = 30 * time.Second

// discarded is the problem of an upload whose case moved on before it was complete.
const discarded = "attachment.discarded"

// Complete verifies an upload and attaches it to its case; on an attached one it returns that
// again. Only who asked for the ticket may call it. Errors: NotFound; Invalid with field
// "file" when nothing has been uploaded yet or the content is refused, and then the upload is
// gone; what Parent.Writing says when the case has moved on, and then it is gone as well;
// Conflict or Unavailable when the same call may succeed later.
func (s *Service) Complete(ctx context.Context, a identity.Actor, id string) (Attachment, error) {
	out, err := s.complete(ctx, a, id)
	if err != nil {
		return Attachment{}, fmt.Errorf("complete attachment %s: %w", id, err)
	}
	return out, nil
}

func (s *Service) complete(ctx context.Context, a identity.Actor, id string) (Attachment, error) {
	r, err := s.uploaded(ctx, a, id)
	if err != nil || r.State == Attached {
		return r.attachment(), err
	}
	out, err := s.finish(ctx, a, r)
	if !errors.Is(err, objects.ErrNotFound) {
		return out, err
	}
	// Nothing has arrived, or another call has attached it meanwhile and cleared staging.
	if r, err = s.uploaded(ctx, a, id); err == nil && r.State != Attached {
		err = r.bad("attachment.not_uploaded")
	}
	return r.attachment(), err
}

// finish takes an upload the rest of the way.
func (s *Service) finish(ctx context.Context, a identity.Actor, r row) (Attachment, error) {
	if r.Upload != "" {
		if err := s.join(ctx, r); err != nil {
			return Attachment{}, err
		}
	}
	staged, err := s.store.Stat(ctx, r.ObjectKey, "")
	if err != nil {
		return Attachment{}, storeFault(err)
	}
	found, err := s.verify(ctx, r, staged)
	if err != nil {
		if problem, ok := errors.AsType[refusal](err); ok {
			return Attachment{}, errors.Join(r.bad(problem.code), s.discard(ctx, a, r, problem.code))
		}
		return Attachment{}, err
	}
	final, err := s.store.Promote(ctx, r.ObjectKey, staged.Version, finalKey(r.ID, uuid.Must(uuid.NewV7()).String()))
	if err != nil {
		return Attachment{}, storeFault(err)
	}
	r.Scan, r.ScanDetail, r.ScannedAt = found.State, found.Detail, found.at
	return s.attach(ctx, a, r, final)
}

// bad is the refusal of a file, and of a second attempt at a refused one.
func (r row) bad(code string) error {
	return fault.BadField("file", code, "Name", r.Name, "Format", formatOf(r.Name))
}

// uploaded loads what a and nobody else may complete.
func (s *Service) uploaded(ctx context.Context, a identity.Actor, id string) (r row, err error) {
	err = s.db.View(ctx, func(tx *database.Tx) error {
		if r, err = find(tx, id); err != nil {
			return err
		}
		parent, ok := s.parents[r.parent().Kind]
		if !ok || r.UploadedBy != a.ID || r.State == Removed {
			return fault.Missing()
		}
		if r.State != Staging {
			return parent.Reading(tx, a, r.ParentID)
		}
		_, err := parent.Writing(tx, a, r.ParentID, r.Slot)
		return err
	})
	switch {
	case err != nil && r.State == Staging && r.UploadedBy == a.ID && isDecision(err):
		return row{}, errors.Join(err, s.discard(ctx, a, r, discarded))
	case err != nil:
		return row{}, err
	case r.State == Rejected:
		return row{}, r.bad(r.Problem)
	case r.State == Staging && !s.db.Now().Before(r.ExpiresAt): // the sweeper is about to take it
		return row{}, r.bad("attachment.expired")
	}
	return r, nil
}

// isDecision tells a refusal from a failure: what was refused stays refused.
func isDecision(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Blocked:
		return !isStale(err)
	}
	return false
}

// isStale reports that somebody else changed the case at the same moment.
func isStale(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Kind == fault.Conflict && e.Code == "stale"
}

// attach records the final object with its case, or leaves none behind.
func (s *Service) attach(ctx context.Context, a identity.Actor, r row, final objects.Info) (Attachment, error) {
	var out Attachment
	var undone bool // the function itself ended the transaction: it has certainly not been committed
	var err error
	for try := 0; try == 0 || try < 5 && isStale(err); try++ {
		err = s.db.Update(ctx, func(tx *database.Tx) (err error) {
			out, err = s.record(tx, a, r, final)
			undone = err != nil
			return err
		})
	}
	switch {
	case err != nil && !undone:
		return s.settled(ctx, r.ID, final, err)
	case err != nil:
		err = errors.Join(err, s.drop(ctx, final))
		if isDecision(err) {
			err = errors.Join(err, s.discard(ctx, a, r, discarded))
		}
		return Attachment{}, err
	case out.ObjectKey != final.Key: // another call was faster
		return out, s.drop(ctx, final)
	}
	// The staging copy has served its purpose; what cannot be removed now the sweeper removes.
	_ = s.dropStaging(ctx, r.ID)
	return out, nil
}

// record is the transaction: what was true before the upload must still be true.
func (s *Service) record(tx *database.Tx, a identity.Actor, r row, final objects.Info) (Attachment, error) {
	// Numbers and places within a slot are given one after the other.
	if err := tx.Lock("attachment/" + r.ParentKind + "/" + r.ParentID + "/" + r.Slot); err != nil {
		return Attachment{}, err
	}
	now, err := find(tx, r.ID)
	if err != nil || now.State == Attached {
		return now.attachment(), err
	}
	if now.State != Staging {
		return Attachment{}, fault.Missing()
	}
	parent := s.parents[r.parent().Kind]
	slot, err := parent.Writing(tx, a, r.ParentID, r.Slot)
	if err != nil {
		return Attachment{}, err
	}
	if problems := append(slot.admits(r.Name), slot.fits(r.Size)...); len(problems) > 0 {
		return Attachment{}, fault.Bad(problems...)
	}
	if err := hasRoom(tx, r.parent(), slot, r.Slot); err != nil {
		return Attachment{}, err
	}
	superseded := 0
	if slot.MaxFiles == 1 {
		if superseded, err = supersede(tx, r); err != nil {
			return Attachment{}, err
		}
	}
	if err := markAttached(tx, &r, final); err != nil {
		return Attachment{}, err
	}
	if err := s.scanLater(tx, r); err != nil {
		return Attachment{}, err
	}
	return r.attachment(), s.changed(tx, a, "attachment.attach", r, map[string]any{"object": final.Key, "object_version": final.Version,
		"superseded": superseded, "scan": string(r.Scan), "scan_detail": r.ScanDetail})
}

// changed tells the parent and the audit what happened to a file of the case.
func (s *Service) changed(tx *database.Tx, a identity.Actor, action string, r row, more map[string]any) error {
	if err := s.parents[r.parent().Kind].Touched(tx, a, r.ParentID); err != nil {
		return err
	}
	return s.audit(tx, a, action, r, more)
}

// settled finds out what became of a commit that was not answered. An object that turns out
// to belong to nothing is left to the doctor: deleting it might lose an attached file.
func (s *Service) settled(ctx context.Context, id string, final objects.Info, cause error) (Attachment, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	var r row
	err := s.db.View(ctx, func(tx *database.Tx) (err error) {
		r, err = find(tx, id)
		return err
	})
	if err != nil || r.State != Attached || r.ObjectKey != final.Key {
		return Attachment{}, errors.Join(cause, err)
	}
	return r.attachment(), nil
}

// discard marks an upload as refused and deletes its bytes.
func (s *Service) discard(ctx context.Context, a identity.Actor, r row, problem string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	err := s.db.Update(ctx, func(tx *database.Tx) error {
		n, err := markRejected(tx, r.ID, problem)
		if err != nil || n == 0 {
			return err
		}
		return s.audit(tx, a, "attachment.reject", r, map[string]any{"problem": problem})
	})
	if err != nil {
		return fmt.Errorf("reject: %w", err)
	}
	return s.dropStaging(ctx, r.ID)
}

// drop deletes the final object of an attempt that attached nothing.
func (s *Service) drop(ctx context.Context, final objects.Info) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	if err := s.store.Delete(ctx, final.Key, final.Version); err != nil {
		return fmt.Errorf("delete the object of an undone attempt: %w", err)
	}
	return nil
}

// dropStaging deletes everything that was uploaded with the ticket of an attachment.
func (s *Service) dropStaging(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	var found []objects.Info
	err := s.store.List(ctx, stagingKey(id), func(o objects.Info) error {
		found = append(found, o)
		return nil
	})
	for _, o := range found {
		err = errors.Join(err, s.store.Delete(ctx, o.Key, o.Version))
	}
	err = errors.Join(err, s.dropParts(ctx, id))
	if err != nil {
		return fmt.Errorf("delete the upload of %s: %w", id, err)
	}
	return nil
}
