package review

import (
	"clusterzone/services/casework"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Desk says how reviews lie on people's desks: with the asked evaluator alone.
func (s *Service) Desk() casework.Desk {
	return casework.Desk{Workflow: workflows.Review, Alias: "r", Scope: scope,
		From: `review r LEFT JOIN application sa ON r.subject_kind = 'application' AND sa.id = r.subject_id
			LEFT JOIN evaluation se ON r.subject_kind = 'evaluation' AND se.id = r.subject_id LEFT JOIN zone sz ON sz.id = se.zone_id`,
		Title: "COALESCE(sa.name, sz.name, '')", Unit: "COALESCE(sa.unit_code, se.unit_code, '')",
		Own: func(a identity.Actor, role workflows.Role) casework.Condition {
			if role != workflows.Evaluator {
				return casework.Condition{}
			}
			return casework.Condition{SQL: "r.evaluator_id = ?", Args: []any{a.ID}}
		}}
}
