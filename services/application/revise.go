package application

import (
	"strings"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
)

// Draft is an application that the actor may change now, as another package works on it.
type Draft struct {
	ID, Number, Unit string
	Version          int64
	Content          Content
	Rules            policy.RuleSet
	Open             []string // parts that may be changed; * is all
}

// Draft loads an application to be changed. Errors: NotFound, Forbidden (not a filler), Conflict "not_editable".
func (s *Service) Draft(tx *database.Tx, a identity.Actor, id string) (Draft, error) {
	l, err := s.editable(tx, a, id)
	if err != nil {
		return Draft{}, err
	}
	c, err := l.content()
	return Draft{ID: l.ID, Number: l.Number, Unit: l.UnitCode, Version: l.Version, Content: c, Rules: l.rules, Open: l.openParts()}, err
}

// Revise stores what revise makes of the present document, inside a transaction, on the path of Save. The new document
// goes through Decode, so that nothing enters that a page could not have sent.
func (s *Service) Revise(tx *database.Tx, a identity.Actor, id string, revise func(Draft) (Content, error)) (Saved, error) {
	return s.revise(tx, a, id, func(before Content, l loaded) (Content, string, error) {
		after, err := revise(Draft{ID: l.ID, Number: l.Number, Unit: l.UnitCode, Version: l.Version, Content: before, Rules: l.rules, Open: l.openParts()})
		if err != nil {
			return before, l.Name, err
		}
		text, err := Canonical(after)
		if err != nil {
			return before, l.Name, err
		}
		clean, problems := Decode(text)
		if len(problems) > 0 {
			return before, l.Name, faultOf(problems)
		}
		return clean, l.Name, nil
	})
}

// mostPaths is how many changed fields the record names one by one.
const mostPaths = 200

// shortPaths names lists instead of their fields where too much has changed to be named: the record says what was
// touched, the versions say how.
func shortPaths(paths []string) []string {
	if len(paths) <= mostPaths {
		return paths
	}
	var out []string
	seen := map[string]bool{}
	for _, p := range paths {
		if list, _, indexed := strings.Cut(p, "["); indexed {
			p = list
		}
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}
