package steering

import (
	"context"
	"fmt"

	"clusterzone/services/database"
	"clusterzone/services/search"
)

// unindexed reads what was stored before the search kept its terms, by kind: id, then what it
// is found by.
func unindexed() map[string]string {
	return map[string]string{
		search.UnitKind: "SELECT x.code AS id, x.name AS a, x.name_short AS b, x.name_en AS c, x.pinyin AS d FROM unit x WHERE NOT EXISTS (SELECT 1 FROM search_term t WHERE t.kind = 'unit' AND t.case_id = x.code) ORDER BY x.code LIMIT 200",
		"application":   "SELECT x.id, x.number AS a, x.name AS b, '' AS c, '' AS d FROM application x WHERE NOT EXISTS (SELECT 1 FROM search_term t WHERE t.kind = 'application' AND t.case_id = x.id) ORDER BY x.id LIMIT 200",
		"zone":          "SELECT x.id, x.number AS a, x.name AS b, x.body_name AS c, '' AS d FROM zone x WHERE NOT EXISTS (SELECT 1 FROM search_term t WHERE t.kind = 'zone' AND t.case_id = x.id) ORDER BY x.id LIMIT 200",
		"opinion":       "SELECT x.id, x.number AS a, p.name AS b, '' AS c, '' AS d FROM opinion x JOIN application p ON p.id = x.application_id WHERE NOT EXISTS (SELECT 1 FROM search_term t WHERE t.kind = 'opinion' AND t.case_id = x.id) ORDER BY x.id LIMIT 200",
		"evaluation":    "SELECT x.id, x.number AS a, z.name AS b, '' AS c, '' AS d FROM evaluation x JOIN zone z ON z.id = x.zone_id WHERE NOT EXISTS (SELECT 1 FROM search_term t WHERE t.kind = 'evaluation' AND t.case_id = x.id) ORDER BY x.id LIMIT 200",
		"condition":     "SELECT x.id, x.number AS a, x.subject_title AS b, '' AS c, '' AS d FROM condition x WHERE NOT EXISTS (SELECT 1 FROM search_term t WHERE t.kind = 'condition' AND t.case_id = x.id) ORDER BY x.id LIMIT 200",
		"rectification": "SELECT x.id, x.number AS a, z.name AS b, '' AS c, '' AS d FROM rectification x JOIN zone z ON z.id = x.zone_id WHERE NOT EXISTS (SELECT 1 FROM search_term t WHERE t.kind = 'rectification' AND t.case_id = x.id) ORDER BY x.id LIMIT 200",
	}
}

// Reindex makes findable what was stored before the search kept its terms, in small steps. It
// runs at every start and is done at once where nothing is missing.
func (s *Service) Reindex(ctx context.Context) error {
	for kind, query := range unindexed() {
		for more := true; more; {
			err := s.DB.Update(ctx, func(tx *database.Tx) error {
				var rows []struct{ ID, A, B, C, D string }
				if err := tx.Find(&rows, query); err != nil {
					return err
				}
				for _, r := range rows {
					if err := search.Put(tx, kind, r.ID, r.A, r.B, r.C, r.D); err != nil {
						return err
					}
				}
				more = len(rows) == 200
				return nil
			})
			if err != nil {
				return fmt.Errorf("make %s findable: %w", kind, err)
			}
		}
	}
	return nil
}
