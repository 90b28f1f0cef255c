package application

import (
	"context"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Weighing is what a list of candidates needs of each: without the content, its files and the
// machine checks, which cost more than all the rest.
type Weighing struct {
	RuleSetID string
	Opinions  []Opinion
	Choices   []workflows.Choice
}

// Weigh reads an application for the ranking before a decision. It is for those who read every
// case; for others there is nothing to weigh: NotFound.
func (s *Service) Weigh(ctx context.Context, a identity.Actor, id string) (out Weighing, err error) {
	if !a.ReadsAll() {
		return out, fault.Missing()
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		out.RuleSetID = l.RuleSetID
		if out.Opinions, err = s.opinions.forApplication(tx, a, l); err != nil {
			return err
		}
		acts, err := s.actions(tx, a, l)
		out.Choices = acts.Choices
		return err
	})
	return out, err
}
