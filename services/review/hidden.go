package review

import (
	"fmt"

	"clusterzone/services/database"
)

// HiddenFrom lists the ids of everything that belongs to the cases from which a person is
// recused: the cases themselves, their reviews, opinions, objections, notices, rectifications,
// files and draws. For records that are not read through a case's own scope.
func HiddenFrom(tx *database.Tx, personID string) ([]string, error) {
	var ids []string
	err := tx.Find(&ids, `WITH mine AS (SELECT subject_kind, subject_id FROM recusal WHERE person_id = ?),
		own AS (SELECT subject_id AS id FROM mine
			UNION SELECT r.id FROM review r JOIN mine m ON m.subject_kind = r.subject_kind AND m.subject_id = r.subject_id
			UNION SELECT o.id FROM objection o JOIN mine m ON m.subject_kind = o.subject_kind AND m.subject_id = o.subject_id
			UNION SELECT n.id FROM notice n JOIN mine m ON m.subject_kind = n.subject_kind AND m.subject_id = n.subject_id
			UNION SELECT p.id FROM opinion p JOIN mine m ON m.subject_kind = 'application' AND m.subject_id = p.application_id
			UNION SELECT c.id FROM rectification c JOIN mine m ON m.subject_kind = 'evaluation' AND m.subject_id = c.evaluation_id
			UNION SELECT d.draw_id FROM draw_case d JOIN mine m ON m.subject_kind = d.subject_kind AND m.subject_id = d.subject_id)
		SELECT id FROM own UNION SELECT f.id FROM attachment f JOIN own ON own.id = f.parent_id ORDER BY id LIMIT 2000`, personID)
	if err != nil {
		return nil, fmt.Errorf("hidden from %s: %w", personID, err)
	}
	return ids, nil
}
