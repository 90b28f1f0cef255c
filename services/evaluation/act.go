package evaluation

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Do performs a command in one transaction. Data by action: return_report {"due"} (last day of
// the new self-report; empty: the later of the old one and the correction period from today),
// publish_notice {"starts_on"}; the others take none. open is Open.
func (s *Service) Do(ctx context.Context, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	return once(ctx, s.DB, a, c, s.DoTx)
}

// once runs a command in a transaction, and not again under the same key.
func once(ctx context.Context, db *database.DB, a identity.Actor, c casework.Command,
	do func(*database.Tx, identity.Actor, casework.Command) (casework.Outcome, error),
) (out casework.Outcome, err error) {
	err = db.Update(ctx, func(tx *database.Tx) error {
		sum := digest(c.ID, string(c.Action), fmt.Sprint(c.Version), c.Reason, string(c.Data))
		out, err = casework.Once(tx, a.ID, c.Key, sum, func() (casework.Outcome, error) { return do(tx, a, c) })
		return err
	})
	return out, err
}

// DoTx performs a command inside a transaction; deadlines use it as System, without a version.
func (s *Service) DoTx(tx *database.Tx, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	l, err := s.load(tx, a, c.ID)
	if err != nil {
		return casework.Outcome{}, err
	}
	if !a.Has(workflows.System) {
		if err := casework.CheckVersion(tx, a, l.kase(), c.Version); err != nil {
			return casework.Outcome{}, err
		}
	}
	if c.Action == "draft_grade" {
		if err := s.Reviews.Closing(tx, refOf(l.ID)); err != nil {
			return casework.Outcome{}, err
		}
	}
	facts, err := s.facts(tx, a, l)
	if err != nil {
		return casework.Outcome{}, err
	}
	p, err := s.prepare(tx, a, l, c, facts)
	if err != nil {
		return casework.Outcome{}, err
	}
	out, err := s.Engine.Apply(tx, casework.Step{Case: l.kase(), Action: c.Action, Actor: a, Reason: c.Reason, Facts: facts, Set: p.set,
		Detail: p.detail, Due: p.due, Params: p.params})
	if err != nil || p.after == nil {
		return out, err
	}
	if err := p.after(tx); err != nil {
		return out, fmt.Errorf("%s evaluation %s: %w", c.Action, l.Number, err)
	}
	return out, nil
}

// plan is what an action brings along: columns, due dates, and effects that follow in the same
// transaction.
type plan struct {
	set    map[string]any
	detail map[string]any
	due    map[workflows.ClockName]workflows.Date
	params map[string]string
	after  func(tx *database.Tx) error
}

// prepare reads the command's data and works out what it brings along. What the actor may not
// do, or what is blocked, is left to Fire.
func (s *Service) prepare(tx *database.Tx, a identity.Actor, l loaded, c casework.Command, facts map[workflows.Fact]bool) (plan, error) {
	row, ok := workflows.Evaluation.Row(l.state(), c.Action)
	if !ok || !a.Any(row.Roles...) || blocked(row, facts) {
		return plan{}, nil
	}
	if err := casework.CheckReason(c.Reason, row.Reason); err != nil {
		return plan{}, err
	}
	switch c.Action {
	case "sign":
		return s.planSign(tx, a, l)
	case "pass_check":
		return plan{after: func(tx *database.Tx) error { return s.Reviews.Detect(tx, refOf(l.ID)) }}, nil
	case "return_report":
		return s.planReturn(tx, l, c.Data)
	case "not_filed":
		return s.planNotFiled(a, l)
	case "draft_grade":
		return s.planDraft(tx, a, l)
	case "publish_notice":
		return s.planNotice(tx, a, l, c.Data)
	case "confirm":
		return s.planConfirm(tx, a, l)
	case "redo":
		return s.planRedo(l), nil
	case "cancel":
		return s.planCancel(l, c.Reason), nil
	}
	return plan{}, nil
}

// blocked reports whether a fact that the row needs is missing.
func blocked(row workflows.TransitionRow, facts map[workflows.Fact]bool) bool {
	for _, f := range row.Needs {
		if !facts[f] {
			return true
		}
	}
	return false
}

// facts establishes what the guards of the present state ask for.
func (s *Service) facts(tx *database.Tx, a identity.Actor, l loaded) (map[workflows.Fact]bool, error) {
	complete := func(field string, column Column) casework.Guard {
		return func() (bool, error) {
			sheet, err := readSheet(l.column(field))
			if err != nil {
				return false, err
			}
			problems, err := s.problems(tx, l, sheet, column)
			return len(problems) == 0, err
		}
	}
	return casework.Establish(workflows.Evaluation, l.state(), map[workflows.Fact]casework.Guard{
		workflows.SelfComplete:  complete("self", SelfColumn),
		workflows.CheckComplete: complete("checked", CheckColumn),
		workflows.SelfReportOver: func() (bool, error) {
			return casework.Over(tx, refOf(l.ID), workflows.ClockSelfReport)
		},
		workflows.ScoresIn: func() (bool, error) { _, done, err := s.panel(tx, l); return done, err },
		workflows.NoticeOver: func() (bool, error) {
			return casework.Over(tx, refOf(l.ID), workflows.ClockNotice)
		},
		workflows.NotDrafter: yes(l.DraftedBy != nil && *l.DraftedBy != a.ID),
		workflows.NoOpenObjection: func() (bool, error) {
			n, err := s.Notices.OpenObjections(tx, refOf(l.ID))
			return n == 0, err
		},
	})
}

func yes(v bool) casework.Guard { return func() (bool, error) { return v, nil } }

// decodeData reads the data of an action strictly; nothing is an empty document.
func decodeData(data json.RawMessage, into any) error {
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return &fault.Error{Kind: fault.Invalid, Code: "invalid", Fields: []fault.Field{{Path: "data", Code: "data.malformed"}}, Err: err}
	}
	return nil
}

// Actions lists what the actor can do with the evaluation now.
func (s *Service) Actions(ctx context.Context, a identity.Actor, id string) (out casework.Actions, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		facts, err := s.facts(tx, a, l)
		out = casework.Actions{Case: refOf(l.ID), Number: l.Number, State: l.state(), Version: l.Version,
			Choices: workflows.Evaluation.Choices(l.state(), a.Roles, facts)}
		return err
	})
	return out, err
}
