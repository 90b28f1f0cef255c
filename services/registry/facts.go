package registry

import (
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// facts establishes what an action in the present state asks for.
func (s *Service) facts(tx *database.Tx, a identity.Actor, z loaded, action workflows.Action) (map[workflows.Fact]bool, error) {
	over := func(c workflows.ClockName) (bool, error) { return casework.Over(tx, refOf(z.ID), c) }
	return casework.Establish(workflows.Zone, workflows.State(z.Status), map[workflows.Fact]casework.Guard{
		workflows.GroundsOnFile: func() (bool, error) { return grounds(tx, z, action) },
		workflows.StatementOver: func() (bool, error) {
			if z.Statement != "" {
				return true, nil
			}
			return over(workflows.ClockStatement)
		},
		workflows.NotProposer:      yes(z.ProposedBy != nil && *z.ProposedBy != a.ID),
		workflows.ValidityOver:     func() (bool, error) { return over(workflows.ClockValidity) },
		workflows.RenewalDue:       func() (bool, error) { return renewalDue(tx, z) },
		workflows.RenewalRequested: yes(z.RenewalAsked),
	})
}

func yes(v bool) casework.Guard { return func() (bool, error) { return v, nil } }

// grounds: rectification and revocation rest on an unqualified grade; the way back rests on a
// rectification that has passed while none is open.
func grounds(tx *database.Tx, z loaded, action workflows.Action) (bool, error) {
	if action != actionEnd {
		n, err := tx.Count("SELECT count(*) FROM evaluation WHERE zone_id = ? AND status = 'graded' AND grade = 'unqualified'", z.ID)
		return n > 0, err
	}
	n, err := tx.Count("SELECT count(*) FROM rectification WHERE zone_id = ? AND status IN ('open', 'rechecking', 'rechecked')", z.ID)
	if err != nil || n > 0 {
		return false, err
	}
	n, err = tx.Count("SELECT count(*) FROM rectification WHERE zone_id = ? AND status = 'passed'", z.ID)
	return n > 0, err
}

// renewalDue: a renewal may be filed in the last months of the validity (domain §3).
func renewalDue(tx *database.Tx, z loaded) (bool, error) {
	end, err := workflows.ParseDate(z.ValidTo)
	if err != nil {
		return false, err
	}
	return !workflows.DateOf(tx.Now()).Before(end.AddMonths(-z.rules.Validity.RenewalMonths.Value)), nil
}
