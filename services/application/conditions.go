package application

import (
	"fmt"

	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/identity"
)

// Conditions is the service of the conditions that opinions on applications and decisions on
// them are tied to.
func (s *Service) Conditions() *condition.Service { return s.conditions }

// conditionSubject loads an application for the conditions on it, without asking who looks.
func (s *Service) conditionSubject(tx *database.Tx, ref casework.Ref) (condition.Subject, error) {
	l, err := s.load(tx, identity.SystemActor(), ref.ID)
	if err != nil {
		return condition.Subject{}, err
	}
	kase := l.kase()
	return condition.Subject{Title: kase.Title, Unit: kase.Unit, Rules: kase.Rules, Demo: l.Demo}, nil
}

// conditionsMet: every condition to be met before the decision is met or waived.
func conditionsMet(tx *database.Tx, l loaded) (bool, error) {
	n, err := condition.Unmet(tx, refOf(l.ID), condition.BeforeDecision)
	return n == 0, err
}

// carryConditions hands what holds for the time after accreditation to the zone.
func (s *Service) carryConditions(tx *database.Tx, l loaded, zoneID string) error {
	if err := s.conditions.Carry(tx, refOf(l.ID), zoneID); err != nil {
		return fmt.Errorf("carry conditions: %w", err)
	}
	return nil
}
