package notice

import (
	"fmt"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// maxWork bounds a work list whatever is asked.
const maxWork = 500

type workRow struct {
	ID, Number, Status, Title, SubjectKind, SubjectID string
	UpdatedAt                                         time.Time
	DueOn                                             *string
	DueAt, PausedAt                                   *time.Time
	Provisional                                       *bool
}

// Work lists objections for the actor's work list: what waits for the actor soonest due
// first, what the actor has done latest first, and copies of the open ones for supervision.
func (s *Service) Work(tx *database.Tx, a identity.Actor, tab casework.Tab, limit int) ([]casework.WorkItem, error) {
	cond, args, ok := tabOf(a, tab)
	if !ok {
		return nil, nil
	}
	visible, more := scope(a)
	order := "CASE WHEN d.due_at IS NULL THEN 1 ELSE 0 END, d.due_at, o.id"
	if tab == casework.TabDone {
		order = "o.updated_at DESC, o.id"
	}
	args = append(append(args, more...), min(max(limit, 1), maxWork))
	var rows []workRow
	err := tx.Find(&rows, `SELECT o.id, o.number, o.status, n.title, o.subject_kind, o.subject_id, o.updated_at, d.due_on, d.due_at, d.paused_at, d.provisional
		FROM objection o JOIN notice n ON n.id = o.notice_id
		LEFT JOIN deadline d ON d.id = (SELECT e.id FROM deadline e WHERE e.kind = 'objection' AND e.case_id = o.id AND e.ended_at IS NULL ORDER BY e.due_at, e.id LIMIT 1)
		WHERE `+cond+" AND "+visible+" ORDER BY "+order+" LIMIT ?", args...)
	if err != nil {
		return nil, fmt.Errorf("work list of objections: %w", err)
	}
	return s.items(tx, rows)
}

func (s *Service) items(tx *database.Tx, rows []workRow) ([]casework.WorkItem, error) {
	units := map[casework.Ref]string{}
	out := make([]casework.WorkItem, 0, len(rows))
	for _, r := range rows {
		ref := casework.Ref{Kind: workflows.Kind(r.SubjectKind), ID: r.SubjectID}
		if _, known := units[ref]; !known {
			sub, err := s.subject(tx, ref)
			if err != nil {
				return nil, err
			}
			units[ref] = sub.Case.Unit
		}
		item := casework.WorkItem{Kind: s.Kind(), ID: r.ID, Number: r.Number, Title: r.Title, Unit: units[ref], State: workflows.State(r.Status), UpdatedAt: r.UpdatedAt}
		if r.DueOn != nil && r.DueAt != nil {
			item.DueOn, item.Provisional = *r.DueOn, r.Provisional != nil && *r.Provisional
			item.Overdue = r.PausedAt == nil && !tx.Now().Before(*r.DueAt)
		}
		out = append(out, item)
	}
	return out, nil
}

// tabOf is a tab as a condition on alias o; ok is false where the tab is empty for the actor.
func tabOf(a identity.Actor, tab casework.Tab) (cond string, args []any, ok bool) {
	states := deskStates(a)
	switch tab {
	case casework.TabTodo:
		return "o.status IN ?", []any{states}, len(states) > 0
	case casework.TabDone:
		cond, args = "EXISTS (SELECT 1 FROM case_history h WHERE h.kind = 'objection' AND h.case_id = o.id AND h.actor_id = ?)", []any{a.ID}
		if len(states) > 0 {
			cond, args = cond+" AND o.status NOT IN ?", append(args, states)
		}
		return cond, args, true
	case casework.TabCopied:
		return "o.status IN ('received', 'handled')", nil, a.Has(workflows.Supervision)
	}
	return "", nil, false
}

// deskStates are the states in which an objection waits for one of the actor's roles.
func deskStates(a identity.Actor) []string {
	var out []string
	for _, role := range a.Roles {
		for _, st := range workflows.Objection.OnDesk(role) {
			out = append(out, string(st))
		}
	}
	return out
}
