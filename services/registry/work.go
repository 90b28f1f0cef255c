package registry

import (
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Desk says how zones lie on people's desks: by the state table, but not with a leader who
// has made the statement already; besides, a renewal that is asked for waits for the director.
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
		}}
}
