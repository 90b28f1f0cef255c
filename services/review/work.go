package review

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

// workRow is a review with its open clock.
type workRow struct {
	ID, Number, SubjectKind, SubjectID, Status string
	UpdatedAt                                  time.Time
	DueOn                                      *string
	DueAt, PausedAt                            *time.Time
	Provisional                                *bool
}

// Work lists reviews for the actor's work list: what waits for the actor soonest due first,
// what the actor has done or started latest first, and copies for supervision.
func (s *Service) Work(tx *database.Tx, a identity.Actor, tab casework.Tab, limit int) ([]casework.WorkItem, error) {
	cond, args, ok := tabOf(a, tab)
	if !ok {
		return nil, nil
	}
	visible, more := scope(a)
	order := "r.updated_at DESC, r.id"
	if tab == casework.TabTodo || tab == casework.TabCopied {
		order = "CASE WHEN d.due_at IS NULL THEN 1 ELSE 0 END, d.due_at, r.id"
	}
	args = append(append(args, more...), min(max(limit, 1), maxWork))
	var rows []workRow
	err := tx.Find(&rows, `SELECT r.id, r.number, r.subject_kind, r.subject_id, r.status, r.updated_at, d.due_on, d.due_at, d.paused_at, d.provisional
		FROM review r LEFT JOIN deadline d ON d.id = (SELECT o.id FROM deadline o WHERE o.kind = 'review' AND o.case_id = r.id AND o.ended_at IS NULL
			ORDER BY o.due_at, o.id LIMIT 1)
		WHERE `+cond+" AND "+visible+" ORDER BY "+order+" LIMIT ?", args...)
	if err != nil {
		return nil, fmt.Errorf("work list of reviews: %w", err)
	}
	return s.items(tx, rows)
}

// items names each row after its case, which is loaded once.
func (s *Service) items(tx *database.Tx, rows []workRow) ([]casework.WorkItem, error) {
	subjects := map[casework.Ref]Subject{}
	out := make([]casework.WorkItem, 0, len(rows))
	for _, r := range rows {
		ref := casework.Ref{Kind: workflows.Kind(r.SubjectKind), ID: r.SubjectID}
		if _, known := subjects[ref]; !known {
			sub, err := s.subject(tx, ref)
			if err != nil {
				return nil, err
			}
			subjects[ref] = sub
		}
		item := casework.WorkItem{Kind: s.Kind(), ID: r.ID, Number: r.Number, Title: subjects[ref].Case.Title, Unit: subjects[ref].Unit,
			State: workflows.State(r.Status), UpdatedAt: r.UpdatedAt}
		if r.DueOn != nil && r.DueAt != nil {
			item.DueOn, item.Provisional = *r.DueOn, r.Provisional != nil && *r.Provisional
			item.Overdue = r.PausedAt == nil && !tx.Now().Before(*r.DueAt)
		}
		out = append(out, item)
	}
	return out, nil
}

// tabOf is a tab as a condition on alias r; ok is false where the tab is empty for the actor.
func tabOf(a identity.Actor, tab casework.Tab) (cond string, args []any, ok bool) {
	desk, deskArgs := onDesk(a)
	switch tab {
	case casework.TabTodo:
		return desk, deskArgs, true
	case casework.TabDone:
		return `EXISTS (SELECT 1 FROM case_history h WHERE h.kind = 'review' AND h.case_id = r.id AND h.actor_id = ? AND h.action <> 'invite')
			AND NOT (` + desk + ")", append([]any{a.ID}, deskArgs...), true
	case casework.TabStarted:
		return "r.invited_by = ?", []any{a.ID}, true
	case casework.TabCopied:
		return "r.status IN ('invited', 'accepted')", nil, a.Has(workflows.Supervision)
	}
	return "", nil, false
}

// onDesk is the condition that the review waits for the actor: the evaluator's desk holds
// only the own ones.
func onDesk(a identity.Actor) (string, []any) {
	var or []string
	var args []any
	for _, role := range a.Roles {
		states := workflows.Review.OnDesk(role)
		if len(states) == 0 {
			continue
		}
		names := make([]string, len(states))
		for i, st := range states {
			names[i] = string(st)
		}
		one := "r.status IN ?"
		args = append(args, names)
		if role == workflows.Evaluator {
			one += " AND r.evaluator_id = ?"
			args = append(args, a.ID)
		}
		or = append(or, "("+one+")")
	}
	if len(or) == 0 {
		return "1 = 0", nil
	}
	return "(" + strings.Join(or, " OR ") + ")", args
}
