package reminder

import (
	"fmt"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// audience resolves a notice to active people, each once: those whom its audiences and
// persons name, and, where asked, their superiors; without who acted, and without anybody
// who is recused, for whom the case does not exist.
func audience(tx *database.Tx, n casework.Notice) ([]identity.Recipient, error) {
	queries, err := queriesOf(tx, n)
	if err != nil {
		return nil, err
	}
	people, err := find(tx, queries)
	if err != nil {
		return nil, err
	}
	out, err := recusedOf(tx, n.Subject)
	if err != nil {
		return nil, err
	}
	drop := func(p identity.Recipient) bool { return p.ID == n.Except || slices.Contains(out, p.ID) }
	people = slices.DeleteFunc(people, drop)
	if !n.Superiors {
		return people, nil
	}
	above, err := superiors(tx, people)
	if err != nil {
		return nil, err
	}
	return unique(append(people, slices.DeleteFunc(above, drop)...)), nil
}

// queriesOf writes audiences as questions to identity. An audience that belongs to a unit is
// nobody when the notice names no unit: it must never widen to every unit.
func queriesOf(tx *database.Tx, n casework.Notice) ([]identity.Query, error) {
	var queries []identity.Query
	in := func(unit string, roles ...workflows.Role) {
		if unit != "" {
			queries = append(queries, identity.Query{Roles: roles, Unit: unit})
		}
	}
	everywhere := []workflows.Role{}
	persons := slices.Clone(n.Persons)
	for _, a := range n.Audiences {
		switch a {
		case workflows.ToFillers:
			in(n.Unit, workflows.Filler)
		case workflows.ToLeaders:
			in(n.Unit, workflows.Leader)
		case workflows.ToDepartment:
			roles, err := answering(tx, n.Office)
			if err != nil {
				return nil, err
			}
			in(n.Office, roles...)
		case workflows.ToEvaluator:
			persons = append(persons, n.Evaluator)
		case workflows.ToClerks, workflows.ToOfficers, workflows.ToDirectors, workflows.ToStatistics, workflows.ToSupervision:
			everywhere = append(everywhere, roleOf(a))
		default:
			return nil, fmt.Errorf("unknown audience %q", a)
		}
	}
	if len(everywhere) > 0 {
		queries = append(queries, identity.Query{Roles: everywhere})
	}
	if persons = slices.DeleteFunc(persons, func(id string) bool { return id == "" }); len(persons) > 0 {
		queries = append(queries, identity.Query{PersonIDs: persons})
	}
	return queries, nil
}

// roleOf is the role behind an audience of which there is one office in the city.
func roleOf(a workflows.Audience) workflows.Role {
	switch a {
	case workflows.ToClerks:
		return workflows.Clerk
	case workflows.ToOfficers:
		return workflows.Officer
	case workflows.ToDirectors:
		return workflows.Director
	case workflows.ToStatistics:
		return workflows.Statistics
	}
	return workflows.Supervision
}

// answering are the roles that answer for an asked office: where the commission itself leads
// the sector, its officers do besides.
func answering(tx *database.Tx, office string) ([]workflows.Role, error) {
	commission, err := isCommission(tx, office)
	if err != nil {
		return nil, err
	}
	if commission {
		return []workflows.Role{workflows.Department, workflows.Officer}, nil
	}
	return []workflows.Role{workflows.Department}, nil
}

func find(tx *database.Tx, queries []identity.Query) ([]identity.Recipient, error) {
	var people []identity.Recipient
	for _, q := range queries {
		found, err := identity.Recipients(tx, q)
		if err != nil {
			return nil, err
		}
		people = append(people, found...)
	}
	return unique(people), nil
}

func superiors(tx *database.Tx, people []identity.Recipient) ([]identity.Recipient, error) {
	var ids []string
	for _, p := range people {
		if p.SuperiorID != "" && !slices.Contains(ids, p.SuperiorID) {
			ids = append(ids, p.SuperiorID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return identity.Recipients(tx, identity.Query{PersonIDs: ids})
}

func unique(people []identity.Recipient) []identity.Recipient {
	seen := map[string]bool{}
	return slices.DeleteFunc(people, func(p identity.Recipient) bool {
		twice := seen[p.ID]
		seen[p.ID] = true
		return twice
	})
}
