package review

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/draw"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Drawing is one draw of panels as it is recorded, with what was changed in it by hand.
type Drawing struct {
	ID, Number    string
	Version       int64
	Seed, Digest  string
	DrawnBy       string // name
	DrawnAt       time.Time
	ConfirmedBy   string // name
	ConfirmedAt   *time.Time
	Cases         []DrawnCase
	Cost          int64
	Engine        int
	Pool          int // experts looked at
	RecordedInput string
}

// DrawnCase is one case of a draw.
type DrawnCase struct {
	Ref           casework.Ref
	Number, Title string
	Sectors       []string
	RuleSetID     string
	Seats, Empty  int
	Picks         []Seat
	Out           []OutLine
	Nth           int // how many draws this case has had, this one counted
}

// Seat is a pick as it stands now.
type Seat struct {
	draw.Pick
	Name    string
	Changed bool   // by hand
	Was     string // name of whom the draw had picked
	Reason  string // of the change
	By      string // who changed it
}

// OutLine is somebody who could not be drawn, and the message code of the reason.
type OutLine struct{ ID, Name, Why string }

// Draw draws the empty seats of cases together and records the draw with its seed; nobody is
// asked before it is confirmed. Officers only. A case outside its scoring state is Blocked, one
// without an empty seat Invalid.
func (s *Service) Draw(ctx context.Context, a identity.Actor, refs []casework.Ref) (id string, err error) {
	if len(refs) == 0 || len(refs) > draw.MaxCases {
		return "", fault.BadField("cases", "draw_cases", "Max", strconv.Itoa(draw.MaxCases))
	}
	seed := make([]byte, 16)
	if _, err := rand.Read(seed); err != nil {
		return "", fmt.Errorf("seed: %w", err)
	}
	refs = sortedRefs(refs)
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		in, err := s.drawInput(tx, a, refs, hex.EncodeToString(seed))
		if err != nil {
			return err
		}
		result, err := draw.Run(in)
		if err != nil {
			return err
		}
		id, err = putDraw(tx, a, in, result, refs)
		return err
	})
	return id, err
}

// sortedRefs is the one order in which cases are locked, each once.
func sortedRefs(refs []casework.Ref) []casework.Ref {
	out := slices.Clone(refs)
	slices.SortFunc(out, func(a, b casework.Ref) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return slices.Compact(out)
}

// caseKey names a case inside a draw.
func caseKey(ref casework.Ref) string { return string(ref.Kind) + "/" + ref.ID }

// drawInput is everything the draw depends on, as it is now.
func (s *Service) drawInput(tx *database.Tx, a identity.Actor, refs []casework.Ref, seed string) (in draw.Input, err error) {
	in = draw.Input{Engine: draw.Engine, Seed: seed}
	most := 0
	for _, ref := range refs {
		if err := lockedOfficer(s, tx, a, ref); err != nil {
			return in, err
		}
		sub, err := s.subject(tx, ref)
		if err != nil {
			return in, err
		}
		c, err := s.drawCase(tx, ref, sub)
		if err != nil {
			return in, err
		}
		in.Cases = append(in.Cases, c)
		if m := sub.Rubric.MaxLoad.Value; most == 0 || m < most {
			most = m
		}
	}
	in.Experts, err = drawExperts(tx, most)
	return in, err
}

func lockedOfficer(s *Service, tx *database.Tx, a identity.Actor, ref casework.Ref) error {
	if _, err := s.forOfficer(tx, a, ref); err != nil {
		return err
	}
	return lock(tx, ref)
}

func (s *Service) drawCase(tx *database.Tx, ref casework.Ref, sub Subject) (draw.Case, error) {
	c := draw.Case{ID: caseKey(ref), Sectors: sub.Sectors, RuleSet: sub.RuleSetID, Out: map[string]string{}, Paired: map[string]int{}}
	if !sub.Scoring {
		return c, &fault.Error{Kind: fault.Blocked, Code: "blocked", Facts: []workflows.Fact{workflows.ParentScoring}, Case: workflows.Review.Kind}
	}
	pool, err := s.pool(tx, ref, sub)
	if err != nil {
		return c, err
	}
	sits, err := sitting(tx, ref)
	if err != nil {
		return c, err
	}
	for _, p := range pool {
		if p.Excluded != "" {
			c.Out[p.ID] = p.Excluded
		}
		if sits[p.ID] {
			c.Employers = append(c.Employers, house(p.Employer, p.Unit))
		}
	}
	if c.Seats = sub.Rubric.PanelSize.Value - len(sits); c.Seats <= 0 {
		return c, fault.BadField("cases", "draw_full", "Number", sub.Case.Number, "Size", strconv.Itoa(sub.Rubric.PanelSize.Value))
	}
	c.Paired, err = pairedWith(tx, sub.Unit)
	return c, err
}

// sitting are those who are on the panel of a case: asked, scoring or done.
func sitting(tx *database.Tx, ref casework.Ref) (map[string]bool, error) {
	panel, err := panelOf(tx, ref)
	out := map[string]bool{}
	for _, r := range panel {
		if st := r.state(); st == stateInvited || st == stateAccepted || st == stateScored {
			out[r.EvaluatorID] = true
		}
	}
	return out, err
}

// house is what makes two experts colleagues.
func house(employer, unit string) string {
	if employer != "" {
		return tidy(employer)
	}
	return "unit " + unit
}

func drawExperts(tx *database.Tx, most int) ([]draw.Expert, error) {
	people, err := identity.Evaluators(tx)
	if err != nil {
		return nil, err
	}
	load, err := loads(tx)
	if err != nil {
		return nil, err
	}
	asked, err := askedSince(tx, tx.Now().AddDate(-1, 0, 0))
	if err != nil {
		return nil, err
	}
	out := make([]draw.Expert, len(people))
	for i, p := range people {
		out[i] = draw.Expert{ID: p.ID, Fields: p.Fields, Employer: house(p.Employer, p.Unit), Load: load[p.ID], Room: max(0, most-load[p.ID]), Asked: asked[p.ID]}
	}
	return out, nil
}

// Drawing reads a draw: for the commission and supervision, absent for whoever is recused from
// any of its cases.
func (s *Service) Drawing(ctx context.Context, a identity.Actor, id string) (d Drawing, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		r, err := findDraw(tx, a, id)
		if err != nil {
			return err
		}
		d, err = s.drawing(tx, r)
		return err
	})
	return d, err
}

// Drawings lists the draws of a case, or all that the actor may see, newest first.
func (s *Service) Drawings(ctx context.Context, a identity.Actor, ref casework.Ref) (out []Drawing, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		rows, err := findDraws(tx, a, ref)
		if err != nil {
			return err
		}
		for _, r := range rows {
			d, err := s.drawing(tx, r)
			if err != nil {
				return err
			}
			out = append(out, d)
		}
		return nil
	})
	return out, err
}

func (s *Service) drawing(tx *database.Tx, r drawRow) (Drawing, error) {
	in, result, err := r.decode()
	if err != nil {
		return Drawing{}, err
	}
	d := Drawing{ID: r.ID, Number: r.Number, Version: r.Version, Seed: r.Seed, Digest: r.Digest, DrawnAt: r.DrawnAt, ConfirmedAt: r.ConfirmedAt,
		Cost: result.Cost, Engine: in.Engine, Pool: len(in.Experts), RecordedInput: r.Input}
	changes, err := changesOf(tx, r.ID)
	if err != nil {
		return d, err
	}
	ids := []string{r.DrawnBy, deref(r.ConfirmedBy)}
	for _, e := range in.Experts {
		ids = append(ids, e.ID)
	}
	for _, c := range changes {
		ids = append(ids, c.PersonID)
	}
	names, err := identity.Names(tx, ids)
	if err != nil {
		return d, err
	}
	d.DrawnBy, d.ConfirmedBy = names[r.DrawnBy], names[deref(r.ConfirmedBy)]
	seats := seatsNow(result, changes, names)
	for _, c := range in.Cases {
		one, err := s.drawnCase(tx, r, c, names)
		if err != nil {
			return d, err
		}
		one.Picks, one.Empty = seats[c.ID], result.Empty[c.ID]
		d.Cases = append(d.Cases, one)
	}
	return d, nil
}

func (s *Service) drawnCase(tx *database.Tx, r drawRow, c draw.Case, names map[string]string) (DrawnCase, error) {
	ref, err := refOfKey(c.ID)
	if err != nil {
		return DrawnCase{}, err
	}
	sub, err := s.subject(tx, ref)
	if err != nil {
		return DrawnCase{}, err
	}
	out := DrawnCase{Ref: ref, Number: sub.Case.Number, Title: sub.Case.Title, Sectors: c.Sectors, RuleSetID: c.RuleSet, Seats: c.Seats}
	for id, why := range c.Out {
		if name := names[id]; name != "" {
			out.Out = append(out.Out, OutLine{ID: id, Name: name, Why: why})
		}
	}
	slices.SortFunc(out.Out, func(a, b OutLine) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	n, err := drawsUpTo(tx, ref, r.ID)
	out.Nth = int(n)
	return out, err
}

// seatsNow are the picks of a result with the changes made by hand.
func seatsNow(result draw.Result, changes []changeRow, names map[string]string) map[string][]Seat {
	out := map[string][]Seat{}
	for _, p := range result.Picks {
		out[p.Case] = append(out[p.Case], Seat{Pick: p, Name: names[p.Expert]})
	}
	for _, c := range changes {
		key := caseKey(casework.Ref{Kind: workflows.Kind(c.SubjectKind), ID: c.SubjectID})
		if c.Seat < 0 || c.Seat >= len(out[key]) {
			continue
		}
		seat := &out[key][c.Seat]
		if !seat.Changed {
			seat.Was = seat.Name
		}
		var p draw.Pick
		if json.Unmarshal([]byte(c.Becomes), &p) == nil {
			seat.Pick = p
		}
		seat.Name, seat.Changed, seat.Reason, seat.By = names[seat.Expert], true, c.Reason, names[c.PersonID]
	}
	return out
}

// Check is what drawing again from the record came to.
type Check struct {
	InputWhole bool // the recorded input still has its digest
	Same       bool // and gives the recorded picks
}

// Check draws once more from the record alone, and compares.
func (s *Service) Check(ctx context.Context, a identity.Actor, id string) (c Check, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		r, err := findDraw(tx, a, id)
		if err != nil {
			return err
		}
		in, _, err := r.decode()
		if err != nil {
			return err
		}
		text, digest := in.Canonical()
		c.InputWhole = text == r.Input && digest == r.Digest && in.Seed == r.Seed
		again, err := draw.Run(in)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(again)
		c.Same = c.InputWhole && string(raw) == r.Result
		return err
	})
	return c, err
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
