package review

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// View is one review as one person may read it.
type View struct {
	ID, Number  string
	State       workflows.State
	Version     int64
	Own         bool // the actor is the asked evaluator
	EvaluatorID string
	Evaluator   string // name
	Subject     Brief
	Rubric      policy.Review
	Written     bool           // Draft is shown: one's own, or handed in
	Draft       Draft          // scores, vetoes, comment
	Total       *policy.Points // as last handed in
	Vetoed      bool
	Missing     []fault.Field   // own, while scoring: what submission would refuse
	Others      []policy.Points // own, once in: the others' totals from the highest down, without names
	Committed   *time.Time
	Scored      *time.Time
	Invited     time.Time
	Clocks      []casework.Clock
	Choices     []workflows.Choice
	History     []casework.Event
}

// Brief is what a review shows of its case; the case's own page shows the rest.
type Brief struct {
	Ref           casework.Ref
	Number, Title string
	State         workflows.State
	Unit          string // code
	BodyName      string
	RuleSetID     string
}

// View reads one review: the evaluator the own one, the commission and supervision any. What
// an evaluator has not handed in is shown to nobody else.
func (s *Service) View(ctx context.Context, a identity.Actor, id string) (v View, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		v, err = s.view(tx, a, l)
		return err
	})
	return v, err
}

func (s *Service) view(tx *database.Tx, a identity.Actor, l loaded) (v View, err error) {
	sub, own := l.subject, l.EvaluatorID == a.ID
	v = View{ID: l.ID, Number: l.Number, State: l.state(), Version: l.Version, Own: own, EvaluatorID: l.EvaluatorID,
		Subject: Brief{Ref: l.ref(), Number: sub.Case.Number, Title: sub.Case.Title, State: sub.Case.State, Unit: sub.Unit, BodyName: sub.BodyName, RuleSetID: sub.RuleSetID},
		Rubric:  sub.Rubric, Total: l.totalOf(), Committed: l.CommittedAt, Scored: l.ScoredAt, Invited: l.CreatedAt}
	names, err := identity.Names(tx, []string{l.EvaluatorID})
	if err != nil {
		return View{}, err
	}
	v.Evaluator = names[l.EvaluatorID]
	if err := v.fill(tx, a, l); err != nil {
		return View{}, err
	}
	self := casework.Ref{Kind: s.Kind(), ID: l.ID}
	if v.Clocks, err = s.Engine.Clocks(tx, self); err != nil {
		return View{}, err
	}
	if v.Choices, err = s.choices(tx, a, l); err != nil {
		return View{}, err
	}
	v.History, err = casework.History(tx, self)
	return v, err
}

// fill adds what depends on whose review it is and on whether it has been handed in.
func (v *View) fill(tx *database.Tx, a identity.Actor, l loaded) error {
	if !v.Own && l.state() != stateScored {
		return nil
	}
	d, err := l.draft()
	if err != nil {
		return err
	}
	v.Written, v.Draft, v.Vetoed = true, d, len(d.Vetoes) > 0
	if v.Own && l.state() == stateAccepted {
		v.Missing = incomplete(v.Rubric, d.ballot(l.EvaluatorID), a.Lang)
	}
	if v.Own && l.state() == stateScored {
		v.Others, err = othersOf(tx, l.row)
	}
	return err
}

// othersOf lists the totals of the colleagues who have handed in, in an order that does not
// tell who is who.
func othersOf(tx *database.Tx, own row) ([]policy.Points, error) {
	panel, err := panelOf(tx, own.ref())
	if err != nil {
		return nil, err
	}
	var out []policy.Points
	for _, r := range panel {
		if r.ID != own.ID && r.state() == stateScored && r.Total != nil {
			out = append(out, policy.Points(*r.Total))
		}
	}
	slices.SortFunc(out, func(a, b policy.Points) int { return cmp.Compare(b, a) })
	return out, nil
}

// Summary is one line about the review of a case. Without ReviewID it is anonymous: another
// evaluator's total, or the panel's Mean.
type Summary struct {
	ReviewID, Number string
	EvaluatorID      string
	Evaluator        string // name
	State            workflows.State
	Total            *policy.Points
	Vetoed           bool
	Own              bool
	Mean             bool // Total is the panel's result
	DueOn            string
	UpdatedAt        time.Time
}

// ForSubject tells how the review of a case stands, as far as the actor may know. The
// commission and supervision read names, states and totals; the unit that filed reads the
// mean once the case is decided; an evaluator reads the own review and, once it is in, the
// others' totals without names; nobody else reads anything. A recused person and an evaluator
// who is not on the panel get NotFound. The caller has loaded the case with the actor's scope.
func (s *Service) ForSubject(tx *database.Tx, a identity.Actor, ref casework.Ref) ([]Summary, error) {
	if recused, err := IsRecused(tx, a.ID, ref); err != nil || recused {
		if err == nil {
			err = fault.Missing()
		}
		return nil, err
	}
	switch {
	case a.ReadsAll():
		return allOf(tx, ref)
	case a.Has(workflows.Evaluator):
		return ownOf(tx, a, ref)
	case a.Any(workflows.Filler, workflows.Leader):
		return s.meanOf(tx, a, ref)
	}
	return nil, nil
}

func allOf(tx *database.Tx, ref casework.Ref) ([]Summary, error) {
	panel, err := panelOf(tx, ref)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(panel))
	for i, r := range panel {
		ids[i] = r.EvaluatorID
	}
	names, err := identity.Names(tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Summary, len(panel))
	for i, r := range panel {
		out[i] = r.summary(names[r.EvaluatorID])
		if out[i].DueOn, err = dueOf(tx, r.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r row) summary(name string) Summary {
	return Summary{ReviewID: r.ID, Number: r.Number, EvaluatorID: r.EvaluatorID, Evaluator: name, State: r.state(), Total: r.totalOf(), Vetoed: r.Vetoed, UpdatedAt: r.UpdatedAt}
}

func dueOf(tx *database.Tx, id string) (string, error) {
	var due []string
	err := tx.Find(&due, "SELECT due_on FROM deadline WHERE kind = 'review' AND case_id = ? AND ended_at IS NULL ORDER BY due_at LIMIT 1", id)
	if err != nil || len(due) == 0 {
		return "", err
	}
	return due[0], nil
}

func ownOf(tx *database.Tx, a identity.Actor, ref casework.Ref) ([]Summary, error) {
	var own row
	err := tx.One(&own, "SELECT "+columns+" FROM review r WHERE r.subject_kind = ? AND r.subject_id = ? AND r.evaluator_id = ? AND r.status IN "+readingStates,
		string(ref.Kind), ref.ID, a.ID)
	if err != nil {
		return nil, err
	}
	mine := own.summary(a.Name)
	mine.Own = true
	if mine.DueOn, err = dueOf(tx, own.ID); err != nil {
		return nil, err
	}
	out := []Summary{mine}
	if own.state() != stateScored {
		return out, nil
	}
	others, err := othersOf(tx, own)
	for _, total := range others {
		out = append(out, Summary{State: stateScored, Total: &total})
	}
	return out, err
}

func (s *Service) meanOf(tx *database.Tx, a identity.Actor, ref casework.Ref) ([]Summary, error) {
	sub, err := s.subject(tx, ref)
	if err != nil {
		return nil, err
	}
	state, known := workflows.ByKind(ref.Kind).State(sub.Case.State)
	theirs, err := tx.Count("SELECT count(*) FROM unit WHERE code = ? AND (code = ? OR successor = ?)", sub.Unit, a.Unit, a.Unit)
	if err != nil {
		return nil, fmt.Errorf("unit: %w", err)
	}
	if !known || !state.Final || theirs == 0 {
		return nil, nil
	}
	result, done, err := s.Result(tx, ref)
	if err != nil || !done {
		return nil, err
	}
	return []Summary{{Mean: true, State: stateScored, Total: &result.Score}}, nil
}
