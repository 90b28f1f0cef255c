package registry

import (
	"encoding/json"

	"clusterzone/workflows"
)

// Grant is an accreditation decision as it becomes a zone: what was signed and decided, word
// for word.
type Grant struct {
	ApplicationID  string // empty for a zone accredited before the system
	Name           string
	Unit           string // code of the responsible district
	RuleSetID      string
	BodyName       string // development body
	CreditCode     string
	Sectors        []string // codes, the main one first
	Area           string   // functional area
	GeoJSON        json.RawMessage
	Texts          [4]string // the four sides: east, south, west, north
	AreaM2         int64
	DocumentNumber string
	DecidedOn      workflows.Date
	ValidFrom      workflows.Date
	Demo           bool
}

// Boundary is the ground of a zone that still counts, for the overlap check of others.
type Boundary struct {
	ID, Name string
	GeoJSON  json.RawMessage
}
