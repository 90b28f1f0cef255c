package registry

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// row is a zone as stored.
type row struct {
	ID, Number, Name, UnitCode string
	ApplicationID              *string
	RuleSetID                  string
	WorkflowVersion            int
	Status                     string
	Version                    int64
	BodyName, CreditCode       string
	Sectors, Area              string
	AreaM2                     int64
	BoundaryNo                 int
	ValidFrom, ValidTo         string
	DocumentNumber, DecidedOn  string
	ProposedBy                 *string
	Statement                  string
	RenewalAsked               bool
	Demo                       bool
	CreatedAt, UpdatedAt       time.Time
}

const columns = `z.id, z.number, z.name, z.unit_code, z.application_id, z.rule_set_id, z.workflow_version, z.status, z.version, z.body_name,
	z.credit_code, z.sectors, z.area, z.area_m2, z.boundary_no, z.valid_from, z.valid_to, z.document_number, z.decided_on, z.proposed_by,
	z.statement, z.renewal_asked, z.demo, z.created_at, z.updated_at`

// mine lists the codes of a unit and of everything that it has taken over, however long ago.
const mine = `(WITH RECURSIVE mine(code) AS (SELECT CAST(? AS TEXT) UNION SELECT u.code FROM unit u JOIN mine m ON u.successor = m.code)
	SELECT code FROM mine)`

// scope is the visibility of zones to people who have logged in, as a condition on alias z.
// A unit sees its own and its predecessors'; commission, supervision and statistics all; an
// evaluator the zones whose evaluation is under review with them.
func scope(a identity.Actor) (string, []any) {
	if a.ReadsAll() || a.Has(workflows.Statistics) {
		return "1 = 1", nil
	}
	var or []string
	var args []any
	if a.Any(workflows.Filler, workflows.Leader) {
		or, args = append(or, "z.unit_code IN "+mine), append(args, a.Unit)
	}
	if a.Has(workflows.Evaluator) {
		or = append(or, `EXISTS (SELECT 1 FROM evaluation e JOIN review r ON r.subject_kind = 'evaluation' AND r.subject_id = e.id
			WHERE e.zone_id = z.id AND r.evaluator_id = ? AND r.status IN ('invited', 'accepted', 'scored')
			AND NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = 'evaluation' AND x.subject_id = e.id AND x.person_id = ?))`)
		args = append(args, a.ID, a.ID)
	}
	if len(or) == 0 {
		return "1 = 0", nil
	}
	return "(" + strings.Join(or, " OR ") + ")", args
}

// loaded is a zone with the rules it was accredited under.
type loaded struct {
	row
	rules policy.RuleSet
}

func (z loaded) kase() casework.Case {
	return casework.Case{Kind: workflows.Zone.Kind, ID: z.ID, Number: z.Number, Title: z.Name, State: workflows.State(z.Status),
		Version: z.Version, Unit: z.UnitCode, Rules: z.rules.RulesFor(workflows.Zone.Kind)}
}

// due fixes the end of the validity clock.
func (z loaded) due() (map[workflows.ClockName]workflows.Date, error) {
	d, err := workflows.ParseDate(z.ValidTo)
	if err != nil {
		return nil, fmt.Errorf("zone %s: valid to: %w", z.ID, err)
	}
	return map[workflows.ClockName]workflows.Date{workflows.ClockValidity: d}, nil
}

func (r row) sectors() []string {
	var out []string
	_ = json.Unmarshal([]byte(r.Sectors), &out) // written by us
	return out
}

// readable reports whether a database can compare the texts; others match nothing.
func readable(texts ...string) bool {
	for _, t := range texts {
		if !utf8.ValidString(t) || strings.ContainsRune(t, 0) {
			return false
		}
	}
	return true
}

// load reads a zone that the actor may see; everything else is NotFound.
func (s *Service) load(tx *database.Tx, a identity.Actor, id string) (z loaded, err error) {
	if !readable(id) {
		return z, fault.Missing()
	}
	cond, args := scope(a)
	if err = tx.One(&z.row, "SELECT "+columns+" FROM zone z WHERE z.id = ? AND "+cond, append([]any{id}, args...)...); err != nil {
		return z, fmt.Errorf("load zone: %w", err)
	}
	z.rules, err = s.Book.RuleSet(tx, z.RuleSetID)
	return z, err
}

// ruleSetsInForce are the rule sets that zones in force were accredited under.
func ruleSetsInForce(tx *database.Tx) (ids []string, err error) {
	err = tx.Find(&ids, "SELECT DISTINCT rule_set_id FROM zone WHERE status = ? ORDER BY rule_set_id LIMIT 200", string(stateInForce))
	return ids, err
}
