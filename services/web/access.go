package web

import (
	"slices"

	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// who says for whom a route is. Whoever may not, finds nothing there.
type who struct {
	anybody bool
	roles   []workflows.Role // empty: whoever is logged in
}

// public routes are for everybody.
func public() who { return who{anybody: true} }

// person routes are for whoever is logged in.
func person() who { return who{} }

// only routes are for those who hold one of the roles.
func only(roles ...workflows.Role) who { return who{roles: roles} }

// The groups that routes are given to.
func unitSide() []workflows.Role { return []workflows.Role{workflows.Filler, workflows.Leader} }
func office() []workflows.Role {
	return []workflows.Role{workflows.Clerk, workflows.Officer, workflows.Director}
}
func watchers() []workflows.Role { return append(office(), workflows.Supervision) }
func administrators() []workflows.Role {
	return []workflows.Role{workflows.SystemAdmin, workflows.Security, workflows.Auditor}
}

// workers are all who have a part in cases: everybody but the administrators.
func workers() []workflows.Role {
	return slices.Concat(unitSide(), watchers(), []workflows.Role{workflows.Department, workflows.Evaluator, workflows.Statistics})
}

func (w who) admits(a identity.Actor) bool {
	return w.anybody || a.SessionID != "" && (len(w.roles) == 0 || a.Any(w.roles...))
}
