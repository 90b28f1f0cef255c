package application

import (
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Desk says how applications lie on people's desks: by the state table, and on the officers'
// where the unit has asked to withdraw.
func (s *Service) Desk() casework.Desk {
	return casework.Desk{Workflow: workflows.Application, From: "application a", Alias: "a", Title: "a.name", Unit: "a.unit_code", Scope: scope,
		Asks: func(a identity.Actor, _ time.Time) []casework.Condition {
			if !a.Has(workflows.Officer) {
				return nil
			}
			var states []string
			for _, st := range workflows.Application.States {
				if _, ok := workflows.Application.Row(st.State, "agree_withdrawal"); ok {
					states = append(states, string(st.State))
				}
			}
			return []casework.Condition{{SQL: "a.withdrawal_asked AND a.status IN ?", Args: []any{states}}}
		}}
}

// Desk says how opinions lie on people's desks: with the asked department, or with the one
// colleague the opinion has been handed to. Whoever reads the application without being asked
// has no part in its opinions.
func (o *Opinions) Desk() casework.Desk {
	return casework.Desk{Workflow: workflows.Opinion, From: "opinion o JOIN application a ON a.id = o.application_id", Alias: "o", Title: "a.name", Unit: "a.unit_code",
		Scope: opinionScope, Late: []workflows.State{"overdue"},
		Own: func(a identity.Actor, _ workflows.Role) casework.Condition {
			return casework.Condition{SQL: "o.unit_code = ? AND COALESCE(" + holder + ", ?) = ?", Args: []any{a.Unit, a.ID, a.ID}}
		}}
}

func opinionScope(a identity.Actor) (string, []any) {
	cond, args := scope(a)
	if a.ReadsAll() {
		return cond, args
	}
	return cond + " AND o.unit_code = ?", append(args, a.Unit)
}
