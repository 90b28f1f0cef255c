package application

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Do performs a command in one transaction. Data by action: request_correction
// {"items":[{"anchor_kind","anchor","words"}]}, send_back {"parts"}, publish_notice {"starts_on"}, accredit
// {"document_number","valid_from"}, refuse {"document_number"}; the others take none.
func (s *Service) Do(ctx context.Context, a identity.Actor, c casework.Command) (out casework.Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		// What is answered again is for those who may still see the case.
		if c.Key != "" {
			if _, err := s.load(tx, a, c.ID); err != nil {
				return err
			}
		}
		out, err = casework.Once(tx, a.ID, c.Key, digestOf(c), func() (casework.Outcome, error) { return s.DoTx(tx, a, c) })
		return err
	})
	out.From, out.State = casework.SeenState(workflows.Application, a, out.From), casework.SeenState(workflows.Application, a, out.State)
	return out, err
}

// digestOf tells two commands apart that came with one idempotency key.
func digestOf(c casework.Command) string {
	return Digest(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%s\x00%s", c.ID, c.Action, c.Version, c.Reason, c.Data))
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
	if c.Action == "recommend" || c.Action == "propose_refusal" {
		if err := s.Reviews.Closing(tx, refOf(l.ID)); err != nil {
			return casework.Outcome{}, err
		}
	}
	p, err := s.prepare(tx, a, l, c)
	if err != nil {
		return casework.Outcome{}, err
	}
	facts, err := s.facts(tx, a, l, p.facts)
	if err != nil {
		return casework.Outcome{}, err
	}
	out, err := s.Engine.Apply(tx, casework.Step{Case: l.kase(), Action: c.Action, Actor: a, Reason: c.Reason, Facts: facts, Set: p.set,
		Detail: p.detail, Due: p.due, Since: p.since, Params: p.params, UnitOnly: l.SubmittedNo == 0 && c.Action != "sign"})
	if err != nil {
		return out, s.explain(tx, l, err)
	}
	l.Status, l.Version = string(out.State), out.Version
	if p.after != nil {
		if err := p.after(tx, l); err != nil {
			return out, fmt.Errorf("%s application %s: %w", c.Action, l.Number, err)
		}
	}
	return out, nil
}

// plan is what an action brings along: facts, columns, due dates, and effects that follow in
// the same transaction.
type plan struct {
	facts  map[workflows.Fact]bool
	set    map[string]any
	detail map[string]any
	due    map[workflows.ClockName]workflows.Date
	since  time.Time
	params map[string]string
	after  func(tx *database.Tx, l loaded) error
}

// prepare reads the command's data. What the actor may not do at all is left to Fire, so
// that a person without the role learns nothing from a complaint about the data.
func (s *Service) prepare(tx *database.Tx, a identity.Actor, l loaded, c casework.Command) (plan, error) {
	row, ok := workflows.Application.Row(workflows.State(l.Status), c.Action)
	if !ok || !a.Any(row.Roles...) {
		return plan{}, nil
	}
	if err := casework.CheckReason(c.Reason, row.Reason); err != nil {
		return plan{}, err
	}
	switch c.Action {
	case "sign":
		return s.planSign(tx, a, l)
	case "send_back":
		return planSendBack(c.Data)
	case "request_correction":
		return s.planCorrection(tx, a, l, c.Data)
	case "accept", "accept_by_silence":
		return s.planAccept(tx, l, c.Action), nil
	case "withdraw", "agree_withdrawal", "decline", "lapse":
		return plan{after: s.closeAll(c.Reason)}, nil
	case "ask_withdrawal":
		return plan{set: map[string]any{"withdrawal_asked": true}}, nil
	case "extend":
		return s.planExtend(l), nil
	case "recommend", "propose_refusal":
		return plan{set: map[string]any{"recommended_by": a.ID, "recommendation": c.Reason}}, nil
	case "return_review":
		return plan{set: map[string]any{"recommended_by": nil, "recommendation": ""}, after: s.cancelNotice}, nil
	case "publish_notice":
		return s.planNotice(tx, a, l, c.Data)
	case "accredit":
		return s.planAccredit(tx, a, l, c)
	case "refuse":
		return s.planRefuse(tx, a, c)
	}
	return plan{}, nil
}

// Actions lists what the actor can do with the application now.
func (s *Service) Actions(ctx context.Context, a identity.Actor, id string) (out casework.Actions, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		out, err = s.ActionsTx(tx, a, id)
		return err
	})
	return out, err
}

// ActionsTx is Actions inside a transaction, for what looks at many cases at once.
func (s *Service) ActionsTx(tx *database.Tx, a identity.Actor, id string) (casework.Actions, error) {
	l, err := s.load(tx, a, id)
	if err != nil {
		return casework.Actions{}, err
	}
	return s.actions(tx, a, l)
}

func (s *Service) actions(tx *database.Tx, a identity.Actor, l loaded) (casework.Actions, error) {
	// The items of a correction come with the command, so their absence blocks nothing yet.
	facts, err := s.facts(tx, a, l, map[workflows.Fact]bool{workflows.ItemsListed: true})
	choices := workflows.Application.Choices(workflows.State(l.Status), a.Roles, facts)
	for i := range choices {
		choices[i].To = casework.SeenState(workflows.Application, a, choices[i].To)
	}
	return casework.Actions{Case: refOf(l.ID), Number: l.Number, State: l.seen(a), Version: l.Version,
		Choices: choices}, err
}

// decodeData reads the data of an action strictly; nothing is an empty document.
func decodeData(data json.RawMessage, into any) error {
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && d.More() {
		err = errors.New("more than one document")
	}
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Code: "invalid", Fields: []fault.Field{{Path: "data", Code: "data.malformed"}}, Err: err}
	}
	return nil
}
