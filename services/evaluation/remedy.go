package evaluation

import (
	"context"
	"fmt"
	"slices"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// The states of the table of rectifications that this package speaks of.
const (
	stateOpen       workflows.State = "open"
	stateRechecking workflows.State = "rechecking"
	stateRechecked  workflows.State = "rechecked"
)

// Do performs a command in one transaction; no action takes data.
func (r *Rectifications) Do(ctx context.Context, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	return once(ctx, r.s.DB, a, c, r.DoTx)
}

// DoTx performs a command inside a transaction; deadlines use it as System, without a version.
func (r *Rectifications) DoTx(tx *database.Tx, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	m, err := r.load(tx, a, c.ID)
	if err != nil {
		return casework.Outcome{}, err
	}
	if !a.Has(workflows.System) {
		if err := casework.CheckVersion(tx, a, m.kase(), c.Version); err != nil {
			return casework.Outcome{}, err
		}
	}
	facts, err := r.facts(tx, a, m)
	if err != nil {
		return casework.Outcome{}, err
	}
	p, err := r.prepare(tx, a, m, c, facts)
	if err != nil {
		return casework.Outcome{}, err
	}
	out, err := r.s.Engine.Apply(tx, casework.Step{Case: m.kase(), Action: c.Action, Actor: a, Reason: c.Reason, Facts: facts, Set: p.set, Detail: p.detail})
	if err != nil || p.after == nil {
		return out, err
	}
	m.Status, m.Version = string(out.State), out.Version
	if err := p.after(tx, m); err != nil {
		return out, fmt.Errorf("%s rectification %s: %w", c.Action, m.Number, err)
	}
	return out, nil
}

// remedyPlan is what an action brings along.
type remedyPlan struct {
	set    map[string]any
	detail map[string]any
	after  func(tx *database.Tx, m remedy) error
}

func (r *Rectifications) prepare(tx *database.Tx, a identity.Actor, m remedy, c casework.Command, facts map[workflows.Fact]bool) (remedyPlan, error) {
	row, ok := workflows.Rectification.Row(m.state(), c.Action)
	if !ok || !a.Any(row.Roles...) || blocked(row, facts) {
		return remedyPlan{}, nil
	}
	if err := casework.CheckReason(c.Reason, row.Reason); err != nil {
		return remedyPlan{}, err
	}
	if err := decodeData(c.Data, &struct{}{}); err != nil {
		return remedyPlan{}, err
	}
	switch c.Action {
	case "submit":
		return r.planSubmit(tx, m)
	case "extend":
		return r.planExtend(m), nil
	case "return":
		return remedyPlan{set: map[string]any{"rechecked_by": nil}}, nil
	case "recheck":
		return remedyPlan{set: map[string]any{"rechecked_by": a.ID}}, nil
	case "pass":
		return remedyPlan{after: r.passed}, nil
	case "fail", "lapse":
		return remedyPlan{after: r.failed}, nil
	}
	return remedyPlan{}, nil
}

// planSubmit records what was submitted, word for word and file by file; what failed before is
// to be looked at again.
func (r *Rectifications) planSubmit(tx *database.Tx, m remedy) (remedyPlan, error) {
	items, err := m.items()
	if err != nil {
		return remedyPlan{}, err
	}
	attached, err := r.s.Files(tx, rectificationRef(m.ID))
	if err != nil {
		return remedyPlan{}, err
	}
	files, err := recordFiles(attached)
	if err != nil {
		return remedyPlan{}, err
	}
	sum := digest(m.Items, files)
	for i := range items {
		if items[i].Verdict == "fail" {
			items[i].Verdict = ""
		}
	}
	text, err := itemsText(items)
	return remedyPlan{set: map[string]any{"items": text}, detail: map[string]any{"items": items, "digest": sum, "files": len(attached)}}, err
}

func (r *Rectifications) planExtend(m remedy) remedyPlan {
	clock, _ := m.rules.Clock(policy.ClockRectification)
	return remedyPlan{set: map[string]any{"extensions": m.Extensions + 1}, detail: map[string]any{"days": clock.Extension.Days},
		after: func(tx *database.Tx, m remedy) error {
			return r.s.Engine.Extend(tx, m.kase(), workflows.ClockRectification, clock.Extension.Days)
		}}
}

// passed returns the zone to force, unless another rectification of it is still open.
func (r *Rectifications) passed(tx *database.Tx, m remedy) error {
	n, err := tx.Count("SELECT count(*) FROM rectification WHERE zone_id = ? AND status IN ('open', 'rechecking', 'rechecked')", m.ZoneID)
	if err != nil || n > 0 {
		return err
	}
	return r.s.Zones.EndRectification(tx, m.ZoneID, map[string]any{"rectification": m.Number, "evaluation": m.EvaluationNumber})
}

// failed proposes to revoke where the rule set says that a failed rectification leads there.
func (r *Rectifications) failed(tx *database.Tx, m remedy) error {
	history, err := yearGrades(tx, m.ZoneID, m.Year)
	if err != nil || m.rules.Evaluation.ConsequenceOf(history, true) != policy.ProposeRevoking {
		return err
	}
	return r.s.Zones.ProposeRevocation(tx, m.ZoneID, fmt.Sprintf("%d年度考评(%s)不合格,整改(%s)未通过,依照规定提出撤销认定。", m.Year, m.EvaluationNumber, m.Number))
}

func (r *Rectifications) facts(tx *database.Tx, a identity.Actor, m remedy) (map[workflows.Fact]bool, error) {
	return casework.Establish(workflows.Rectification, m.state(), map[workflows.Fact]casework.Guard{
		workflows.EvidenceComplete: func() (bool, error) {
			problems, err := r.problems(tx, m)
			return len(problems) == 0, err
		},
		workflows.ExtensionLeft: yes(m.extensionLeft()),
		workflows.ItemsRechecked: func() (bool, error) {
			items, err := m.items()
			return !slices.ContainsFunc(items, func(it Item) bool { return it.Verdict == "" }), err
		},
		workflows.NotRechecker:      yes(m.RecheckedBy != nil && *m.RecheckedBy != a.ID),
		workflows.RectificationOver: func() (bool, error) { return casework.Over(tx, rectificationRef(m.ID), workflows.ClockRectification) },
	})
}

func (m remedy) extensionLeft() bool {
	c, ok := m.rules.Clock(policy.ClockRectification)
	return ok && m.Extensions < c.Extension.Times
}

// problems is what keeps a rectification from being submitted: items without a result, and
// required papers that are not there.
func (r *Rectifications) problems(tx *database.Tx, m remedy) ([]fault.Field, error) {
	items, err := m.items()
	if err != nil {
		return nil, err
	}
	var out []fault.Field
	for _, it := range items {
		if it.Result == "" {
			out = append(out, fault.Field{Path: "items[" + it.ID + "].result", Code: "evaluation.item_result_missing"})
		}
	}
	files, err := r.s.Files(tx, rectificationRef(m.ID))
	return append(out, unfilled(m.rules, policy.PurposeRectification, nil, files)...), err
}

// Actions lists what the actor can do with the rectification now.
func (r *Rectifications) Actions(ctx context.Context, a identity.Actor, id string) (out casework.Actions, err error) {
	err = r.s.DB.View(ctx, func(tx *database.Tx) error {
		m, err := r.load(tx, a, id)
		if err != nil {
			return err
		}
		facts, err := r.facts(tx, a, m)
		out = casework.Actions{Case: rectificationRef(m.ID), Number: m.Number, State: m.state(), Version: m.Version,
			Choices: workflows.Rectification.Choices(m.state(), a.Roles, facts)}
		return err
	})
	return out, err
}

// Reading lets an attachment of the case be read (attachment.Parent).
func (r *Rectifications) Reading(tx *database.Tx, a identity.Actor, id string) error {
	_, err := r.load(tx, a, id)
	return err
}

// Writing lets the unit put files into the slots of rectifications while it rectifies.
func (r *Rectifications) Writing(tx *database.Tx, a identity.Actor, id, slot string) (attachment.Slot, error) {
	m, err := r.editable(tx, a, id, workflows.Filler, stateOpen)
	if err != nil {
		return attachment.Slot{}, err
	}
	return slotOf(m.rules, policy.PurposeRectification, slot)
}

// Touched bumps the version when a file is attached or removed.
func (r *Rectifications) Touched(tx *database.Tx, a identity.Actor, id string) error {
	m, err := r.editable(tx, a, id, workflows.Filler, stateOpen)
	if err != nil {
		return err
	}
	if err := touch(tx, m.kase(), "items = items"); err != nil {
		return err
	}
	return casework.Record(tx, a, "rectification.files", rectificationRef(id), map[string]any{"version": m.Version + 1})
}

func (r *Rectifications) editable(tx *database.Tx, a identity.Actor, id string, role workflows.Role, state workflows.State) (remedy, error) {
	m, err := r.load(tx, a, id)
	if err != nil {
		return m, err
	}
	return m, atDesk(a, m.kase(), role, state)
}
