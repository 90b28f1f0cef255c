package condition

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Do performs report, confirm, return and waive in one transaction. The reason is what is
// kept: what has been done of report, what shows it of confirm. No action takes data.
func (s *Service) Do(ctx context.Context, a identity.Actor, c casework.Command) (out casework.Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		if _, err := load(tx, a, c.ID); err != nil {
			return err
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%s\x00%s", c.ID, c.Action, c.Version, c.Reason, c.Data))
		out, err = casework.Once(tx, a.ID, c.Key, hex.EncodeToString(sum[:]), func() (casework.Outcome, error) { return s.DoTx(tx, a, c) })
		return err
	})
	return out, err
}

// DoTx performs a command inside a transaction.
func (s *Service) DoTx(tx *database.Tx, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	r, err := load(tx, a, c.ID)
	if err != nil {
		return casework.Outcome{}, err
	}
	sub, err := s.subject(tx, r.ref())
	if err != nil {
		return casework.Outcome{}, err
	}
	kase := r.kase(sub.Rules, r.told(a, c.Action))
	if !a.Has(workflows.System) {
		if err := casework.CheckVersion(tx, a, kase, c.Version); err != nil {
			return casework.Outcome{}, err
		}
	}
	if text := strings.TrimSpace(string(c.Data)); text != "" && text != "null" && text != "{}" {
		return casework.Outcome{}, fault.BadField("data", "unknown_field")
	}
	if row, ok := workflows.Condition.Row(kase.State, c.Action); ok && a.Any(row.Roles...) {
		if err := casework.CheckReason(c.Reason, row.Reason); err != nil {
			return casework.Outcome{}, err
		}
	}
	return s.Engine.Apply(tx, casework.Step{Case: kase, Action: c.Action, Actor: a, Reason: c.Reason, Facts: r.facts(a),
		Set: changes(tx, a, c), Due: r.due()})
}

// changes are the columns that an action fills besides the state.
func changes(tx *database.Tx, a identity.Actor, c casework.Command) map[string]any {
	reason := strings.TrimSpace(c.Reason)
	switch c.Action {
	case "report":
		return map[string]any{"evidence": reason, "reported_by": a.ID, "reported_at": tx.Now()}
	case "return":
		return map[string]any{"reason": reason}
	case "confirm", "waive":
		return map[string]any{"reason": reason, "settled_by": a.ID, "settled_at": tx.Now()}
	}
	return nil
}

// facts: the responsible unit reports; the unit that set a condition and the commission
// settle it, but a decision's condition is waived only by the director.
func (r row) facts(a identity.Actor) map[workflows.Fact]bool {
	setter := a.Has(workflows.Department) && a.Unit == r.SetUnit
	settle := setter || a.Has(workflows.Officer)
	waive := settle
	if Source(r.Source) == FromDecision {
		waive = a.Has(workflows.Director)
	}
	return map[workflows.Fact]bool{workflows.OwnDesk: r.Responsible == a.Unit, workflows.MaySettle: settle, workflows.MayWaive: waive}
}

func (r row) choices(a identity.Actor) []workflows.Choice {
	return workflows.Condition.Choices(workflows.State(r.Status), a.Roles, r.facts(a))
}

// told is the office that a change is told to: the one that set the condition when something
// is reported, or settled by somebody else; the responsible one otherwise.
func (r row) told(a identity.Actor, action workflows.Action) string {
	if action == "report" || action != "return" && a.Unit != r.SetUnit {
		return r.SetUnit
	}
	return r.Responsible
}

// Actions lists what the actor can do with the condition now.
func (s *Service) Actions(ctx context.Context, a identity.Actor, id string) (out casework.Actions, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		r, err := load(tx, a, id)
		if err != nil {
			return err
		}
		out = casework.Actions{Case: refOf(r.ID), Number: r.Number, State: workflows.State(r.Status), Version: r.Version, Choices: r.choices(a)}
		return nil
	})
	return out, err
}
