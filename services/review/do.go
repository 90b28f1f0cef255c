package review

import (
	"context"
	"encoding/json"
	"errors"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// Do performs a command in a transaction of its own.
func (s *Service) Do(ctx context.Context, a identity.Actor, c casework.Command) (out casework.Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out, err = casework.Once(tx, a.ID, c.Key, digestOf(c.ID, c.Action, c.Version, c.Reason, string(c.Data)), func() (casework.Outcome, error) {
			return s.DoTx(tx, a, c)
		})
		return err
	})
	return out, err
}

// DoTx performs a command inside a transaction; deadlines use it as System, without a version.
func (s *Service) DoTx(tx *database.Tx, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	l, err := s.loadLocked(tx, a, c.ID)
	if err != nil {
		return casework.Outcome{}, err
	}
	if !a.Has(workflows.System) {
		if err := casework.CheckVersion(tx, a, l.kase(), c.Version); err != nil {
			return casework.Outcome{}, err
		}
	}
	p, err := s.plan(tx, a, l, c)
	if err != nil {
		return casework.Outcome{}, err
	}
	a = acting(a, l.row)
	out, err := s.Engine.Apply(tx, casework.Step{Case: l.kase(), Action: c.Action, Actor: a, Reason: c.Reason, Facts: p.facts, Set: p.set, Detail: p.detail})
	if err != nil {
		return casework.Outcome{}, p.explain(err)
	}
	if p.recusal != nil {
		p.recusal.Reason, p.recusal.Source, p.recusal.Version = c.Reason, FromDeclared, l.subject.Case.Version
		if a.ID != l.EvaluatorID {
			p.recusal.Source = FromOffice
		}
		if err := putRecusal(tx, a, l.ref(), *p.recusal); err != nil {
			return casework.Outcome{}, err
		}
	}
	return out, s.settle(tx, l.ref(), l.subject)
}

// plan is what a command means before the table is asked: the facts its data establish, what
// is stored with it, and what is wrong with the data.
type plan struct {
	facts    map[workflows.Fact]bool
	set      map[string]any
	detail   map[string]any
	recusal  *Recusal
	problems []fault.Field
}

// explain puts the fields into a refusal that the data caused: the person mends them.
func (p plan) explain(err error) error {
	var f *fault.Error
	if len(p.problems) == 0 || !errors.As(err, &f) || f.Kind != fault.Blocked {
		return err
	}
	for _, fact := range f.Facts {
		if fact != workflows.ScoresComplete && fact != workflows.CommitmentGiven {
			return err
		}
	}
	return &fault.Error{Kind: fault.Invalid, Code: "invalid", Fields: p.problems, Facts: f.Facts, Case: f.Case, Err: err}
}

func (s *Service) plan(tx *database.Tx, a identity.Actor, l loaded, c casework.Command) (p plan, err error) {
	given := map[workflows.Fact]bool{}
	switch c.Action {
	case actionAccept:
		p, given[workflows.CommitmentGiven], err = planAccept(tx, c.Data)
	case actionRecuse:
		p, err = planRecuse(acting(a, l.row), l, c)
	case actionSubmit:
		p, given[workflows.ScoresComplete], err = planSubmit(tx, l, c.Data, a.Lang)
	default:
		err = noData(c.Data)
	}
	if err != nil {
		return plan{}, err
	}
	p.facts, err = s.facts(tx, l, given)
	return p, err
}

func noData(data json.RawMessage) error { return decode(data, &struct{}{}) }

func planAccept(tx *database.Tx, data json.RawMessage) (p plan, signed bool, err error) {
	var in struct {
		Commitment bool `json:"commitment"`
		NoConflict bool `json:"no_conflict"`
	}
	if err := decode(data, &in); err != nil {
		return plan{}, false, err
	}
	if !in.Commitment {
		p.problems = append(p.problems, fault.Field{Path: "data.commitment", Code: "commitment_unsigned"})
	}
	if !in.NoConflict {
		p.problems = append(p.problems, fault.Field{Path: "data.no_conflict", Code: "conflict_undeclared"})
	}
	p.set = map[string]any{"committed_at": tx.Now()}
	return p, len(p.problems) == 0, nil
}

// planRecuse refuses a bad kind only to those who may recuse at all; the table refuses the
// others.
func planRecuse(a identity.Actor, l loaded, c casework.Command) (plan, error) {
	var in struct {
		Kind string `json:"kind"`
	}
	if err := decode(c.Data, &in); err != nil {
		return plan{}, err
	}
	row, ok := workflows.Review.Row(l.state(), actionRecuse)
	if problems := recusalProblems(in.Kind); ok && a.Any(row.Roles...) && len(problems) > 0 {
		return plan{}, fault.Bad(problems...)
	}
	return plan{recusal: &Recusal{PersonID: l.EvaluatorID, Kind: in.Kind}, detail: map[string]any{"kind": in.Kind}}, nil
}

// planSubmit takes the scores of the command, or the saved draft where it brings none.
func planSubmit(tx *database.Tx, l loaded, data json.RawMessage, lang string) (p plan, complete bool, err error) {
	d, err := l.draft()
	if err != nil {
		return plan{}, false, err
	}
	if len(data) > 0 && string(data) != "null" && string(data) != "{}" {
		d = Draft{}
		if err := decode(data, &d); err != nil {
			return plan{}, false, err
		}
	}
	b := d.ballot(l.EvaluatorID)
	if p.problems = d.problems(l.subject.Rubric); len(p.problems) == 0 {
		p.problems = incomplete(l.subject.Rubric, b, lang)
	}
	total := sum(b)
	p.set = map[string]any{"scores": d.text(), "comment": d.Comment, "total": int64(total), "vetoed": len(d.Vetoes) > 0, "scored_at": tx.Now()}
	p.detail = map[string]any{"total": total, "scores": b.Scores, "vetoes": b.Vetoes}
	return p, len(p.problems) == 0, nil
}

// facts establishes what the guards of the present state ask for; given are those that the
// command's own data decide.
func (s *Service) facts(tx *database.Tx, l loaded, given map[workflows.Fact]bool) (map[workflows.Fact]bool, error) {
	guards := map[workflows.Fact]casework.Guard{
		workflows.ParentScoring:  yes(l.subject.Scoring),
		workflows.ScoresComplete: l.draftComplete,
		// The form brings the commitment; the button is not grey for want of it.
		workflows.CommitmentGiven: yes(true),
		workflows.ModerationOpen:  func() (bool, error) { return spreadOver(tx, l.ref(), l.subject.Rubric) },
		workflows.ClockOver: func() (bool, error) {
			return casework.Over(tx, casework.Ref{Kind: workflows.Review.Kind, ID: l.ID}, workflows.ClockInvitation)
		},
	}
	for f, v := range given {
		guards[f] = yes(v)
	}
	return casework.Establish(workflows.Review, l.state(), guards)
}

func yes(v bool) casework.Guard { return func() (bool, error) { return v, nil } }

func (l loaded) draftComplete() (bool, error) {
	d, err := l.draft()
	if err != nil {
		return false, err
	}
	return len(d.problems(l.subject.Rubric)) == 0 && l.subject.Rubric.Check(d.ballot(l.EvaluatorID)) == nil, nil
}

// CancelAll cancels, as the system, every review of a case that is still asked or being
// scored: for a parent that ends early. What has been handed in stays on record.
func (s *Service) CancelAll(tx *database.Tx, ref casework.Ref, reason string) error {
	if err := lock(tx, ref); err != nil {
		return err
	}
	panel, err := panelOf(tx, ref)
	if err != nil {
		return err
	}
	for _, r := range panel {
		if r.state() != stateInvited && r.state() != stateAccepted {
			continue
		}
		if _, err := s.DoTx(tx, identity.SystemActor(), casework.Command{ID: r.ID, Action: actionCancel, Reason: reason}); err != nil {
			return err
		}
	}
	return nil
}

// Actions lists what the actor can do now.
func (s *Service) Actions(ctx context.Context, a identity.Actor, id string) (out casework.Actions, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		choices, err := s.choices(tx, a, l)
		out = casework.Actions{Case: casework.Ref{Kind: s.Kind(), ID: l.ID}, Number: l.Number, State: l.state(), Version: l.Version, Choices: choices}
		return err
	})
	return out, err
}

func (s *Service) choices(tx *database.Tx, a identity.Actor, l loaded) ([]workflows.Choice, error) {
	facts, err := s.facts(tx, l, nil)
	if err != nil {
		return nil, err
	}
	return workflows.Review.Choices(l.state(), acting(a, l.row).Roles, facts), nil
}

// totalOf is the total last handed in.
func (r row) totalOf() *policy.Points {
	if r.Total == nil {
		return nil
	}
	p := policy.Points(*r.Total)
	return &p
}
