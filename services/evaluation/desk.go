package evaluation

import (
	"clusterzone/services/casework"
	"clusterzone/services/identity"
)

// Desk says how evaluations lie on people's desks: by the state table.
func (s *Service) Desk() casework.Desk { return evaluations().desk(scope) }

// Desk says how rectifications lie on people's desks: by the state table.
func (r *Rectifications) Desk() casework.Desk { return remedies().desk(rectificationScope) }

func (t caseTable) desk(scope func(identity.Actor) (string, []any)) casework.Desk {
	return casework.Desk{Workflow: t.workflow, From: t.from, Alias: t.alias, Title: "z.name", Unit: t.alias + ".unit_code", Scope: scope}
}
