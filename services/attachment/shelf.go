package attachment

import (
	"context"
	"fmt"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// maxShelf is how many documents a shelf shows.
const maxShelf = 200

// OnShelf is a document of the unit that another case of it may use again.
type OnShelf struct {
	Attachment
	Over bool // its last day is past: it can be looked at, and not used again
}

// Shelf lists the attached documents of the actor's unit by slot and then the newest first, one
// line for each content of a slot. Empty slots stands for all.
func (s *Service) Shelf(ctx context.Context, a identity.Actor, slots ...string) ([]OnShelf, error) {
	var out []OnShelf
	err := s.db.View(ctx, func(tx *database.Tx) error {
		out = nil
		if a.Unit == "" {
			return nil
		}
		rows, err := onShelf(tx, a.Unit, slots)
		if err != nil {
			return err
		}
		for _, r := range rows {
			err := s.mayRead(tx, a, r)
			if fault.KindOf(err) == fault.NotFound && err != nil {
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, OnShelf{Attachment: r.attachment(), Over: r.over(workflows.DateOf(tx.Now()))})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("shelf of %s: %w", a.Unit, err)
	}
	return out, nil
}

// over reports that the document's last day is before the day.
func (r row) over(today workflows.Date) bool {
	end, err := workflows.ParseDate(r.ValidUntil)
	return err == nil && end.Before(today)
}

// mayRead asks the parent of a file whether the actor may read it.
func (s *Service) mayRead(tx *database.Tx, a identity.Actor, r row) error {
	if err := s.reading(tx, a, r.parent()); err != nil {
		return err
	}
	ok, err := s.shows(tx, a, r.parent(), r.ID)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return err
}

// Reuse attaches a document from the shelf of the actor's unit to a slot of another case: a file
// of its own there, with its own number, that names the same verified content. The document
// stays where it is. Errors: NotFound for one that is not on the shelf of the unit or a case
// the actor may not see; what Parent.Writing refuses; Invalid with fields name, size, slot and
// valid_until (its last day is past); Blocked for an infected one.
func (s *Service) Reuse(ctx context.Context, a identity.Actor, id string, to casework.Ref, slot string) (out Attachment, err error) {
	for try := 0; try == 0 || try < 5 && isStale(err); try++ {
		err = s.db.Update(ctx, func(tx *database.Tx) error {
			r, err := s.reuse(tx, a, id, to, slot)
			out = r.attachment()
			return err
		})
	}
	if err != nil {
		return Attachment{}, fmt.Errorf("reuse attachment %s for %s %s: %w", id, to.Kind, to.ID, err)
	}
	return out, nil
}

func (s *Service) reuse(tx *database.Tx, a identity.Actor, id string, to casework.Ref, code string) (row, error) {
	if err := tx.Lock("attachment/" + string(to.Kind) + "/" + to.ID + "/" + code); err != nil {
		return row{}, err
	}
	source, err := find(tx, id)
	if err != nil {
		return row{}, err
	}
	if source.State != Attached || source.Unit == "" || source.Unit != a.Unit {
		return row{}, fault.Missing()
	}
	if err := s.mayRead(tx, a, source); err != nil {
		return row{}, err
	}
	slot, err := s.admitsShelf(tx, a, source, to, code)
	if err != nil {
		return row{}, err
	}
	now := tx.Now()
	r := source
	r.ID, r.ParentKind, r.ParentID, r.Slot = tx.ID(), string(to.Kind), to.ID, code
	r.UploadedBy, r.CreatedAt, r.ExpiresAt, r.SourceID = a.ID, now, now, source.ID
	r.State, r.No, r.AttachedAt, r.Upload, r.PartSize = Staging, 0, nil, "", 0
	if err := tx.Insert("attachment", &r); err != nil {
		return row{}, err
	}
	superseded := 0
	if slot.MaxFiles == 1 {
		if superseded, err = supersede(tx, r); err != nil {
			return row{}, err
		}
	}
	if err := markAttached(tx, &r, source.object()); err != nil {
		return row{}, err
	}
	return r, s.changed(tx, a, "attachment.reuse", r, map[string]any{"source": source.ID, "source_case": source.ParentKind + "/" + source.ParentID,
		"object": r.ObjectKey, "object_version": r.ObjectVersion, "superseded": superseded})
}

// admitsShelf holds what a slot asks of an upload against a document on the shelf.
func (s *Service) admitsShelf(tx *database.Tx, a identity.Actor, source row, to casework.Ref, code string) (Slot, error) {
	parent, ok := s.parents[to.Kind]
	if !ok {
		return Slot{}, fault.Missing()
	}
	slot, err := parent.Writing(tx, a, to.ID, code)
	if err != nil {
		return Slot{}, err
	}
	if err := source.readable(); err != nil {
		return Slot{}, err
	}
	problems := append(slot.admits(source.Name), slot.fits(source.Size)...)
	if source.over(workflows.DateOf(tx.Now())) {
		problems = append(problems, fault.Field{Path: "valid_until", Code: "attachment.valid_over", Params: map[string]string{"Day": source.ValidUntil}})
	}
	same, err := tx.Count(`SELECT count(*) FROM attachment WHERE parent_kind = ? AND parent_id = ? AND slot = ? AND state = ? AND sha256 = ?`,
		string(to.Kind), to.ID, code, Attached, source.SHA256)
	if err != nil {
		return Slot{}, err
	}
	if same > 0 {
		problems = append(problems, fault.Field{Path: "slot", Code: "attachment.there_already", Params: map[string]string{"Name": source.Name}})
	}
	if len(problems) > 0 {
		return Slot{}, fault.Bad(problems...)
	}
	return slot, hasRoom(tx, to, slot, code)
}

// Versions lists every file that a slot of a case ever held and the actor may see, the newest
// first, those that were removed or superseded too.
func (s *Service) Versions(ctx context.Context, a identity.Actor, ref casework.Ref) (out []Version, err error) {
	err = s.db.View(ctx, func(tx *database.Tx) error {
		out = nil
		if err := s.reading(tx, a, ref); err != nil {
			return err
		}
		rows, err := everAttached(tx, ref)
		if err != nil {
			return err
		}
		for _, r := range rows {
			ok, err := s.shows(tx, a, ref, r.ID)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, Version{r.attachment(), r.PersonName})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("versions of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return out, nil
}

// Version is one file that a slot held, and who uploaded it.
type Version struct {
	Attachment
	By string
}
