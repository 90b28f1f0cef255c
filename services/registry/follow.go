package registry

import (
	"fmt"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// BeginRectification puts a zone in force under rectification, as the system, in the
// transaction of the grade that orders it; detail goes into the history. A zone that is no
// longer simply in force stays as it is: what has happened to it since goes further.
func (s *Service) BeginRectification(tx *database.Tx, zoneID string, detail map[string]any) error {
	return s.follow(tx, zoneID, actionBegin, "", plan{detail: detail})
}

// EndRectification returns a zone to force once its rectification has passed. A zone that is
// not under rectification any more stays as it is.
func (s *Service) EndRectification(tx *database.Tx, zoneID string, detail map[string]any) error {
	return s.follow(tx, zoneID, actionEnd, "", plan{detail: detail})
}

// ProposeRevocation proposes to revoke a zone, as the system, for the reason given. A zone
// that is proposed already, revoked or expired stays as it is.
func (s *Service) ProposeRevocation(tx *database.Tx, zoneID, reason string) error {
	return s.follow(tx, zoneID, actionPropose, reason, planPropose(identity.SystemActor()))
}

// follow takes an action that results from another case, where the zone's state has it.
func (s *Service) follow(tx *database.Tx, id string, action workflows.Action, reason string, p plan) error {
	a := identity.SystemActor()
	z, err := s.load(tx, a, id)
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	if _, ok := workflows.Zone.Row(workflows.State(z.Status), action); !ok {
		return nil
	}
	if _, err := s.apply(tx, a, z, action, reason, p); err != nil {
		return fmt.Errorf("%s zone %s: %w", action, z.Number, err)
	}
	return nil
}
