package registry

import (
	"fmt"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// maxWork bounds a work list whatever is asked.
const maxWork = 500

// Work lists zones for the actor's work list: what waits for the actor soonest due first, what
// the actor has done latest first, and for supervision a copy of what is going wrong.
func (s *Service) Work(tx *database.Tx, a identity.Actor, tab casework.Tab, limit int) ([]casework.WorkItem, error) {
	cond, args, ok := tabOf(a, tab)
	if !ok {
		return nil, nil
	}
	visible, more := scope(a)
	order := "z.updated_at DESC, z.id"
	if tab == casework.TabTodo || tab == casework.TabCopied {
		order = "CASE WHEN d.due_at IS NULL THEN 1 ELSE 0 END, d.due_at, z.id"
	}
	var rows []struct {
		ID, Number, Name, UnitCode, Status string
		UpdatedAt                          time.Time
		DueOn                              *string
		DueAt                              *time.Time
		Provisional                        *bool
	}
	args = append(append(args, more...), min(max(limit, 1), maxWork))
	err := tx.Find(&rows, `SELECT z.id, z.number, z.name, z.unit_code, z.status, z.updated_at, d.due_on, d.due_at, d.provisional
		FROM zone z LEFT JOIN deadline d ON d.id = (SELECT o.id FROM deadline o WHERE o.kind = 'zone' AND o.case_id = z.id AND o.ended_at IS NULL
			AND o.paused_at IS NULL ORDER BY o.due_at, o.id LIMIT 1)
		WHERE `+cond+" AND "+visible+" ORDER BY "+order+" LIMIT ?", args...)
	if err != nil {
		return nil, fmt.Errorf("work list of zones: %w", err)
	}
	out := make([]casework.WorkItem, 0, len(rows))
	for _, r := range rows {
		item := casework.WorkItem{Kind: s.Kind(), ID: r.ID, Number: r.Number, Title: r.Name, Unit: r.UnitCode, State: workflows.State(r.Status), UpdatedAt: r.UpdatedAt}
		if r.DueOn != nil && r.DueAt != nil {
			item.DueOn, item.Provisional, item.Overdue = *r.DueOn, r.Provisional != nil && *r.Provisional, !tx.Now().Before(*r.DueAt)
		}
		out = append(out, item)
	}
	return out, nil
}

// tabOf is a tab as a condition on alias z; ok is false where the tab is empty for the actor.
func tabOf(a identity.Actor, tab casework.Tab) (cond string, args []any, ok bool) {
	desk, deskArgs := onDesk(a)
	acted := "EXISTS (SELECT 1 FROM case_history h WHERE h.kind = 'zone' AND h.case_id = z.id AND h.actor_id = ?%s)"
	switch tab {
	case casework.TabTodo:
		return desk, deskArgs, true
	case casework.TabDone:
		return fmt.Sprintf(acted, " AND h.action <> 'establish'") + " AND NOT " + desk, append([]any{a.ID}, deskArgs...), true
	case casework.TabStarted:
		return fmt.Sprintf(acted, " AND h.action = 'establish'"), []any{a.ID}, true
	case casework.TabCopied:
		return "z.status IN ('rectifying', 'revocation_proposed')", nil, a.Any(workflows.Supervision, workflows.Officer)
	}
	return "", nil, false
}

// onDesk is the condition that the zone waits for the actor. A leader has said what there is
// to say with the statement; a director besides decides the renewals that are asked for.
func onDesk(a identity.Actor) (string, []any) {
	var or []string
	var args []any
	for _, role := range a.Roles {
		for _, st := range workflows.Zone.OnDesk(role) {
			one := "z.status = ?"
			if role == workflows.Leader {
				one += " AND z.statement = ''"
			}
			or, args = append(or, "("+one+")"), append(args, string(st))
		}
	}
	if a.Has(workflows.Director) {
		or, args = append(or, "(z.status = ? AND z.renewal_asked)"), append(args, string(stateInForce))
	}
	if len(or) == 0 {
		return "(1 = 0)", nil
	}
	return "(" + strings.Join(or, " OR ") + ")", args
}
