package review

import (
	"fmt"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// OpenPanel is a case under review whose panel has empty seats.
type OpenPanel struct {
	Ref           casework.Ref
	Number, Title string
	Sectors       []string
	Size, Empty   int
}

// OpenPanels lists the cases that a draw can be made for, in the order of their filing; without
// those from which the actor is recused. Nobody but officers has any.
func (s *Service) OpenPanels(tx *database.Tx, a identity.Actor) (out []OpenPanel, err error) {
	if !a.Has(workflows.Officer) {
		return nil, nil
	}
	for _, from := range []struct {
		kind   workflows.Kind
		status string
	}{{workflows.Application.Kind, "in_review"}, {workflows.Evaluation.Kind, "scoring"}} {
		if s.Subjects[from.kind] == nil {
			continue
		}
		var ids []string
		table := string(from.kind)
		if err := tx.Find(&ids, "SELECT id FROM "+table+" WHERE status = ? AND "+Recused(table)+" ORDER BY id LIMIT 300", from.status, a.ID); err != nil {
			return nil, fmt.Errorf("open panels: %w", err)
		}
		for _, id := range ids {
			p, err := s.openPanel(tx, casework.Ref{Kind: from.kind, ID: id})
			if err != nil {
				return nil, err
			}
			if p.Empty > 0 {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

func (s *Service) openPanel(tx *database.Tx, ref casework.Ref) (OpenPanel, error) {
	sub, err := s.subject(tx, ref)
	if err != nil {
		return OpenPanel{}, err
	}
	sits, err := sitting(tx, ref)
	size := sub.Rubric.PanelSize.Value
	return OpenPanel{Ref: ref, Number: sub.Case.Number, Title: sub.Case.Title, Sectors: sub.Sectors, Size: size, Empty: size - len(sits)}, err
}
