package identity

import (
	"slices"
	"strings"

	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// The matrix of roles. A person holds one role, except that the commission's three may be
// combined: a small office has one person receive and handle a case, and the workflow's own
// facts keep whoever recommended from deciding.
//
//	role            unit kinds               may be combined with
//	filler          district                 –  (who signs has not filled in)
//	leader          district                 –
//	clerk           commission               officer, director
//	officer         commission               clerk, director
//	director        commission               clerk, officer
//	department      department               –
//	evaluator       institute, department    –  (scores what it has no other part in)
//	statistics      statistics               –
//	supervision     supervision              –
//	system_admin    operator, commission     –  (the three administrators check one another)
//	security_admin  operator, commission     –
//	audit_admin     operator, commission     –
type roleRule struct {
	role  workflows.Role
	units []UnitKind
}

func roleRules() []roleRule {
	run := []UnitKind{KindOperator, KindCommission}
	return []roleRule{
		{workflows.Filler, []UnitKind{KindDistrict}},
		{workflows.Leader, []UnitKind{KindDistrict}},
		{workflows.Clerk, []UnitKind{KindCommission}},
		{workflows.Officer, []UnitKind{KindCommission}},
		{workflows.Director, []UnitKind{KindCommission}},
		{workflows.Department, []UnitKind{KindDepartment}},
		{workflows.Evaluator, []UnitKind{KindInstitute, KindDepartment}},
		{workflows.Statistics, []UnitKind{KindStatistics}},
		{workflows.Supervision, []UnitKind{KindSupervision}},
		{workflows.SystemAdmin, run},
		{workflows.Security, run},
		{workflows.Auditor, run},
	}
}

// Assignable lists the roles that a person can hold, in a fixed order.
func Assignable() []workflows.Role {
	var out []workflows.Role
	for _, r := range roleRules() {
		out = append(out, r.role)
	}
	return out
}

func administrators() []workflows.Role {
	return []workflows.Role{workflows.SystemAdmin, workflows.Security, workflows.Auditor}
}

// Compatible reports whether one person may hold both roles.
func Compatible(a, b workflows.Role) bool {
	combinable := []workflows.Role{workflows.Clerk, workflows.Officer, workflows.Director}
	return a == b || slices.Contains(combinable, a) && slices.Contains(combinable, b)
}

// CheckRoles says what is wrong with a set of roles for a person of a unit of the kind: an
// unknown role, one that units of the kind do not have, or two that exclude each other.
func CheckRoles(roles []workflows.Role, kind UnitKind) error {
	for i, r := range roles {
		rule, known := ruleOf(r)
		if !known {
			return fault.BadField("roles", "unknown")
		}
		if !slices.Contains(rule.units, kind) {
			return fault.BadField("roles", "role_not_in_unit", "Role", string(r), "Kind", string(kind))
		}
		for _, other := range roles[:i] {
			if !Compatible(r, other) {
				return fault.BadField("roles", "role_conflict", "Role", string(r), "Other", string(other))
			}
		}
	}
	return nil
}

func ruleOf(r workflows.Role) (roleRule, bool) {
	rules := roleRules()
	i := slices.IndexFunc(rules, func(rule roleRule) bool { return rule.role == r })
	if i < 0 {
		return roleRule{}, false
	}
	return rules[i], true
}

// tidyRoles sorts and removes what is there twice.
func tidyRoles(roles []workflows.Role) []workflows.Role {
	out := slices.Clone(roles)
	slices.Sort(out)
	return slices.Compact(out)
}

func joinRoles(roles []workflows.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ",")
}
