package identity

import (
	"clusterzone/workflows"
)

// Query picks people; the conditions that are set hold together. One that sets none picks
// nobody, so that a slip does not write to everyone.
type Query struct {
	Roles     []workflows.Role // holds one of these
	Unit      string           // "" any
	PersonIDs []string         // is one of these
}

// Recipient is whom to tell.
type Recipient struct {
	ID, Name, Email, Lang string
	Unit                  string
	SuperiorID            string // "" = none
}

// Brief is what other packages show or check of a person, active or not.
type Brief struct {
	ID, Login, Name          string
	Unit, UnitName, UnitKind string
	Email, Lang              string
	Roles                    []workflows.Role
	Employer, SuperiorID     string
	Active, Demo             bool
}

// EvaluatorBrief is what drawing and recusal look at; only active evaluators have one.
type EvaluatorBrief struct {
	ID, Name       string
	Unit, Employer string
	Fields         []string // sector codes
}
