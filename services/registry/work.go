package registry

import (
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Desk says how zones lie on people's desks: by the state table, but not with a leader who
// has made the statement already; besides, a renewal waits for whom the table lets ask for it
// as soon as it may be asked for, and then for the director.
func (s *Service) Desk() casework.Desk {
	return casework.Desk{Workflow: workflows.Zone, From: "zone z", Alias: "z", Title: "z.name", Unit: "z.unit_code", Scope: scope,
		Own: func(_ identity.Actor, role workflows.Role) casework.Condition {
			if role != workflows.Leader {
				return casework.Condition{}
			}
			return casework.Condition{SQL: "z.statement = ''"}
		},
		Asks: func(a identity.Actor, _ time.Time) []casework.Condition {
			if !a.Has(workflows.Director) {
				return nil
			}
			return []casework.Condition{{SQL: "z.status = ? AND z.renewal_asked", Args: []any{string(stateInForce)}}}
		},
		Due: s.renewals}
}

// renewals are the zones whose renewal the actor can ask for now: by the table's roles, and by the months of the rule
// set that each was accredited under.
func (s *Service) renewals(tx *database.Tx, a identity.Actor) (out []casework.Condition, err error) {
	row, ok := workflows.Zone.Row(stateInForce, actionAsk)
	if !ok || !a.Any(row.Roles...) {
		return nil, nil
	}
	sets, err := ruleSetsInForce(tx)
	if err != nil {
		return nil, err
	}
	for _, id := range sets {
		rules, err := s.Book.RuleSet(tx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, casework.Condition{SQL: "z.status = ? AND NOT z.renewal_asked AND z.rule_set_id = ? AND z.valid_to <= ?",
			Args: []any{string(stateInForce), id, lastDue(workflows.DateOf(tx.Now()), rules.Validity.RenewalMonths.Value).String()}})
	}
	return out, nil
}

// lastDue is the last end of a validity whose renewal may be filed on a day: the days at the end of a long month all
// lead back to the end of a short one.
func lastDue(today workflows.Date, months int) workflows.Date {
	end := today.AddMonths(months)
	for next := end.AddDays(1); !today.Before(next.AddMonths(-months)); next = end.AddDays(1) {
		end = next
	}
	return end
}
