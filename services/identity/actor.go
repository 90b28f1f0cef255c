package identity

import (
	"slices"

	"clusterzone/workflows"
)

// Actor is who acts: a person with the roles and unit of the moment of the request, or the
// system itself. Use cases take it by value and trust it; only Authenticate makes one.
type Actor struct {
	ID        string
	Name      string
	Login     string
	Unit      string // unit code
	UnitName  string
	UnitKind  string // district, commission, department, statistics, supervision, institute
	Roles     []workflows.Role
	Lang      string // "zh-CN" or "en"
	SessionID string
	IP        string
	RequestID string
	// MustChange is true while the person still uses a one-time password: a face then serves
	// nothing but the change of password and the logout.
	MustChange bool
}

// SystemActor is the product acting by itself, when a deadline ends.
func SystemActor() Actor {
	return Actor{ID: "system", Name: "系统", Unit: "", Roles: []workflows.Role{workflows.System}, Lang: "zh-CN"}
}

// PublicActor is an outsider who has not logged in.
func PublicActor(ip string) Actor {
	return Actor{ID: "public", Name: "社会公众", Roles: []workflows.Role{workflows.Public}, Lang: "zh-CN", IP: ip}
}

// Has reports whether the actor holds the role.
func (a Actor) Has(r workflows.Role) bool { return slices.Contains(a.Roles, r) }

// Any reports whether the actor holds one of the roles.
func (a Actor) Any(roles ...workflows.Role) bool { return slices.ContainsFunc(roles, a.Has) }

// Commission reports whether the actor works on the commission's side of a case.
func (a Actor) Commission() bool {
	return a.Any(workflows.Clerk, workflows.Officer, workflows.Director)
}

// ReadsAll reports whether the actor may read every case: commission, supervision, system.
func (a Actor) ReadsAll() bool {
	return a.Commission() || a.Any(workflows.Supervision, workflows.System)
}
