package attachment

import (
	"context"
	"errors"
	"fmt"
	"io"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
)

// List returns the attached files of a case that the actor may read, by slot and number.
func (s *Service) List(ctx context.Context, a identity.Actor, ref casework.Ref) (out []Attachment, err error) {
	err = s.db.View(ctx, func(tx *database.Tx) error {
		if err := s.reading(tx, a, ref); err != nil {
			return err
		}
		all, err := List(tx, ref)
		if err != nil {
			return err
		}
		out = nil
		for _, f := range all {
			ok, err := s.shows(tx, a, ref, f.ID)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, f)
			}
		}
		return nil
	})
	return out, err
}

// shows asks the parent whether this reader of the case may see this file too: what the unit
// is still working on is nobody else's business. A parent that does not say shows them all.
func (s *Service) shows(tx *database.Tx, a identity.Actor, ref casework.Ref, id string) (bool, error) {
	if p, ok := s.parents[ref.Kind].(Shower); ok {
		return p.Shows(tx, a, ref.ID, id)
	}
	return true, nil
}

func (s *Service) reading(tx *database.Tx, a identity.Actor, ref casework.Ref) error {
	parent, ok := s.parents[ref.Kind]
	if !ok {
		return fault.Missing()
	}
	return parent.Reading(tx, a, ref.ID)
}

// Open reads a file of a case that the actor may read, byte for byte what was verified. A
// removed file stays readable: submitted versions of the case name it. One that was found
// infected does not: Blocked. The reader must be
// closed and reads only as long as ctx is not done.
func (s *Service) Open(ctx context.Context, a identity.Actor, id string) (io.ReadSeekCloser, Attachment, error) {
	var r row
	err := s.db.View(ctx, func(tx *database.Tx) (err error) {
		if r, err = find(tx, id); err != nil {
			return err
		}
		if r.AttachedAt == nil {
			return fault.Missing()
		}
		if err := s.reading(tx, a, r.parent()); err != nil {
			return err
		}
		ok, err := s.shows(tx, a, r.parent(), r.ID)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		return r.readable()
	})
	if err != nil {
		return nil, Attachment{}, fmt.Errorf("open attachment %s: %w", id, err)
	}
	content, info, err := s.store.Open(ctx, r.ObjectKey, r.ObjectVersion)
	if err != nil {
		return nil, Attachment{}, fmt.Errorf("open attachment %s: %w", id, storeFault(err))
	}
	if info.Size != r.Size {
		err := fmt.Errorf("open attachment %s: its object has %d bytes, want %d", id, info.Size, r.Size)
		return nil, Attachment{}, errors.Join(err, content.Close())
	}
	return content, r.attachment(), nil
}

// Remove takes a file out of its case, as long as Parent.Writing allows it. The row stays,
// and so does the object, which submitted versions may name. An upload that is not complete
// can be removed by who began it, and goes for good. Removing twice is no error.
func (s *Service) Remove(ctx context.Context, a identity.Actor, id string) error {
	var r row
	err := s.db.Update(ctx, func(tx *database.Tx) (err error) {
		if r, err = find(tx, id); err != nil {
			return err
		}
		parent, ok := s.parents[r.parent().Kind]
		if !ok || r.State == Rejected || r.AttachedAt == nil && r.UploadedBy != a.ID {
			return fault.Missing()
		}
		if _, err := parent.Writing(tx, a, r.ParentID, r.Slot); err != nil || r.State == Removed {
			return err
		}
		if err := markRemoved(tx, r); err != nil {
			return err
		}
		if r.State == Staging {
			return nil
		}
		return s.changed(tx, a, "attachment.remove", r, nil)
	})
	if err == nil && r.State == Staging {
		err = s.dropStaging(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("remove attachment %s: %w", id, err)
	}
	return nil
}
