package application

import (
	"context"
	"strings"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/identity"
)

// PresenceSpan is how long a person counts as present after the last word from their page,
// which says where it is every 15 seconds or so.
const PresenceSpan = 45 * time.Second

// Place is where somebody is in a draft: a part or the materials, and the field, "" being none.
type Place struct{ Part, Field string }

// Present is a person who has a draft open.
type Present struct {
	Person string // id
	Name   string
	Part   string
	Since  time.Time
}

// Here records that the actor has a draft open at a place and tells who else has. The place is
// kept for their return. Errors: as Save's for who may not change the draft now.
func (s *Service) Here(ctx context.Context, a identity.Actor, id string, at Place) (others []Present, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		l, err := s.editable(tx, a, id)
		if err != nil {
			return err
		}
		at = at.known()
		if err := putPresence(tx, l.ID, a.ID, at.Part); err != nil {
			return err
		}
		if err := putPlace(tx, l.ID, a.ID, at); err != nil {
			return err
		}
		others, err = presentIn(tx, l.ID, a.ID)
		return err
	})
	return others, err
}

// Away records that the actor has closed the draft, and where they were.
func (s *Service) Away(ctx context.Context, a identity.Actor, id string, at Place) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		l, err := s.editable(tx, a, id)
		if err != nil {
			return err
		}
		if err := putPlace(tx, l.ID, a.ID, at.known()); err != nil {
			return err
		}
		_, err = tx.Exec("DELETE FROM application_presence WHERE application_id = ? AND person_id = ?", l.ID, a.ID)
		return err
	})
}

// Others tells who else has a draft open, to the people of its unit.
func (s *Service) Others(ctx context.Context, a identity.Actor, id string) (out []Present, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.own(tx, a, id)
		if err != nil {
			return err
		}
		out, err = presentIn(tx, l.ID, a.ID)
		return err
	})
	return out, err
}

// LastPlace is where the actor was last in a draft; the zero Place where they never were.
func (s *Service) LastPlace(ctx context.Context, a identity.Actor, id string) (at Place, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.own(tx, a, id)
		if err != nil {
			return err
		}
		at, err = placeOf(tx, l.ID, a.ID)
		return err
	})
	return at, err
}

// SweepPresence removes who has gone without a word, and returns how many.
func (s *Service) SweepPresence(ctx context.Context) (n int64, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		n, err = tx.Exec("DELETE FROM application_presence WHERE expires_at <= ?", tx.Now())
		return err
	})
	return n, err
}

// known keeps of a place what the document has: others would otherwise be told any text that
// somebody sends.
func (p Place) known() Place {
	out := Place{Part: "body"}
	for _, part := range append(Parts(), "materials") {
		if part == p.Part {
			out.Part = part
		}
	}
	steps, ok := parsePath(p.Field)
	if !ok {
		return out
	}
	if _, ok = fieldAt(steps); ok || p.Field == "zone.name" || strings.HasPrefix(p.Field, "materials[") {
		out.Field = p.Field
	}
	return out
}
