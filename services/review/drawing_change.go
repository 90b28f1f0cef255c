package review

import (
	"context"
	"encoding/json"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/draw"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Replacements lists who could take a seat instead, the best first; people against whom
// something speaks by now are not among them. Officers only.
func (s *Service) Replacements(ctx context.Context, a identity.Actor, id string, ref casework.Ref, seat int) (out []Seat, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		r, err := s.openDraw(tx, a, id)
		if err != nil {
			return err
		}
		out, err = s.replacements(tx, r, ref, seat)
		return err
	})
	return out, err
}

// openDraw loads a draw that is not confirmed yet, for an officer.
func (s *Service) openDraw(tx *database.Tx, a identity.Actor, id string) (drawRow, error) {
	r, err := findDraw(tx, a, id)
	if err != nil {
		return r, err
	}
	if !a.Has(workflows.Officer) {
		return r, fault.New(fault.Forbidden, "forbidden")
	}
	if r.ConfirmedAt != nil {
		return r, fault.New(fault.Conflict, "draw_confirmed")
	}
	return r, nil
}

func (s *Service) replacements(tx *database.Tx, r drawRow, ref casework.Ref, seat int) ([]Seat, error) {
	in, result, err := r.decode()
	if err != nil {
		return nil, err
	}
	changes, err := changesOf(tx, r.ID)
	if err != nil {
		return nil, err
	}
	seats := seatsNow(result, changes, nil)
	own := seats[caseKey(ref)]
	if seat < 0 || seat >= len(own) {
		return nil, fault.Missing()
	}
	sub, err := s.subject(tx, ref)
	if err != nil {
		return nil, err
	}
	pool, err := s.pool(tx, ref, sub)
	if err != nil {
		return nil, err
	}
	free := map[string]Candidate{}
	for _, c := range pool {
		if c.Excluded == "" {
			free[c.ID] = c
		}
	}
	var out []Seat
	for _, p := range draw.Rank(in, caseKey(ref), own[seat].Sector, picksOf(seats)) {
		if c, ok := free[p.Expert]; ok {
			out = append(out, Seat{Pick: p, Name: c.Name})
		}
	}
	return out, nil
}

func picksOf(seats map[string][]Seat) (out []draw.Pick) {
	for _, list := range seats {
		for _, s := range list {
			out = append(out, s.Pick)
		}
	}
	return out
}

// Replacement puts somebody else on a seat, for a written reason.
type Replacement struct {
	Ref      casework.Ref
	Seat     int
	ExpertID string
	Reason   string
	Version  int64 // of the draw
}

// Replace changes one seat of a draw before it is confirmed. Officers only.
func (s *Service) Replace(ctx context.Context, a identity.Actor, id string, in Replacement) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		r, err := s.openDraw(tx, a, id)
		if err != nil {
			return err
		}
		if err := casework.CheckReason(in.Reason, true); err != nil {
			return err
		}
		if r.Version != in.Version {
			return fault.Stale(nil)
		}
		found, err := s.replacements(tx, r, in.Ref, in.Seat)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(found, func(c Seat) bool { return c.Expert == in.ExpertID })
		if i < 0 {
			return fault.BadField("expert", "evaluator_unknown")
		}
		was, err := seatOf(tx, r, in.Ref, in.Seat)
		if err != nil {
			return err
		}
		if err := putChange(tx, a, r, in, was.Pick, found[i].Pick); err != nil {
			return err
		}
		return casework.Record(tx, a, "draw.replace", in.Ref, map[string]any{"draw": r.ID, "seat": in.Seat, "was": was.Expert, "becomes": in.ExpertID, "reason": in.Reason})
	})
}

func seatOf(tx *database.Tx, r drawRow, ref casework.Ref, seat int) (Seat, error) {
	_, result, err := r.decode()
	if err != nil {
		return Seat{}, err
	}
	changes, err := changesOf(tx, r.ID)
	if err != nil {
		return Seat{}, err
	}
	return seatsNow(result, changes, nil)[caseKey(ref)][seat], nil
}

// Confirm sends the invitations of a draw, all or none: whoever may no longer be asked is named
// (Invalid), and a panel that has been filled since is a Conflict "draw_outdated". Officers
// only.
func (s *Service) Confirm(ctx context.Context, a identity.Actor, id string, version int64) (out []casework.Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out = nil
		r, err := s.openDraw(tx, a, id)
		if err != nil {
			return err
		}
		if r.Version != version {
			return fault.Stale(nil)
		}
		out, err = s.inviteDrawn(tx, a, r)
		if err != nil {
			return err
		}
		return confirmDraw(tx, a, r)
	})
	return out, err
}

func (s *Service) inviteDrawn(tx *database.Tx, a identity.Actor, r drawRow) (out []casework.Outcome, err error) {
	_, result, err := r.decode()
	if err != nil {
		return nil, err
	}
	changes, err := changesOf(tx, r.ID)
	if err != nil {
		return nil, err
	}
	refs, err := refsOf(tx, r.ID)
	if err != nil {
		return nil, err
	}
	seats := seatsNow(result, changes, nil)
	for _, ref := range refs {
		var ids []string
		for _, seat := range seats[caseKey(ref)] {
			ids = append(ids, seat.Expert)
		}
		if len(ids) == 0 {
			continue
		}
		if err := s.roomFor(tx, ref, len(ids)); err != nil {
			return nil, err
		}
		more, err := s.inviteTx(tx, a, ref, ids, "")
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Conflict, "draw_empty")
	}
	return out, nil
}

// roomFor refuses where the panel has been filled since the draw.
func (s *Service) roomFor(tx *database.Tx, ref casework.Ref, n int) error {
	if err := lock(tx, ref); err != nil {
		return err
	}
	sub, err := s.subject(tx, ref)
	if err != nil {
		return err
	}
	sits, err := sitting(tx, ref)
	if err != nil {
		return err
	}
	if len(sits)+n > sub.Rubric.PanelSize.Value {
		return fault.New(fault.Conflict, "draw_outdated")
	}
	return nil
}

// canonical is a pick as a change records it.
func canonical(p draw.Pick) string {
	raw, _ := json.Marshal(p) // texts and numbers always encode
	return string(raw)
}
