package notice

import (
	"clusterzone/services/casework"
	"clusterzone/workflows"
)

// Desk says how objections lie on people's desks: by the state table.
func (s *Service) Desk() casework.Desk {
	return casework.Desk{Workflow: workflows.Objection, Alias: "o", Scope: scope, Title: "n.title", Unit: "COALESCE(sa.unit_code, se.unit_code, '')",
		From: `objection o JOIN notice n ON n.id = o.notice_id LEFT JOIN application sa ON o.subject_kind = 'application' AND sa.id = o.subject_id
			LEFT JOIN evaluation se ON o.subject_kind = 'evaluation' AND se.id = o.subject_id`}
}
