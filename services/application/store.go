package application

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// row is an application as stored.
type row struct {
	ID, Number, RoundID, UnitCode, RuleSetID string
	WorkflowVersion                          int
	Name, CreditCode, Status                 string
	Version                                  int64
	Content, OpenParts                       string
	SubmittedNo, Corrections, Extensions     int
	WithdrawalAsked                          bool
	SubmittedAt, AcceptedAt                  *time.Time
	RecommendedBy                            *string
	Recommendation                           string
	DecidedBy                                *string
	DecidedAt                                *time.Time
	DocumentNumber                           string
	Demo                                     bool
	CreatedBy                                string
	CreatedAt, UpdatedAt                     time.Time
}

const columns = `a.id, a.number, a.round_id, a.unit_code, a.rule_set_id, a.workflow_version, a.name, a.credit_code, a.status, a.version,
	a.content, a.open_parts, a.submitted_no, a.corrections, a.extensions, a.withdrawal_asked, a.submitted_at, a.accepted_at, a.recommended_by,
	a.recommendation, a.decided_by, a.decided_at, a.document_number, a.demo, a.created_by, a.created_at, a.updated_at`

// scope is the visibility of applications as a condition on alias a: one place, part of every
// query. A unit sees its own and its predecessors'; the commission and supervision what has
// been submitted; a department what it was asked about; an evaluator what is under review
// with them. Whoever is recused sees nothing of the case.
func scope(a identity.Actor) (string, []any) {
	var or []string
	var args []any
	add := func(cond string, vals ...any) { or, args = append(or, cond), append(args, vals...) }
	if a.Has(workflows.System) {
		return "1 = 1", nil
	}
	if a.Any(workflows.Filler, workflows.Leader) {
		add("a.unit_code IN (SELECT code FROM unit WHERE code = ? OR successor = ?)", a.Unit, a.Unit)
	}
	if a.Commission() || a.Has(workflows.Supervision) {
		add("a.submitted_no > 0")
	}
	if a.Has(workflows.Department) {
		add("EXISTS (SELECT 1 FROM opinion o WHERE o.application_id = a.id AND o.unit_code = ? AND o.status <> 'cancelled')", a.Unit)
	}
	if a.Has(workflows.Evaluator) {
		add(`EXISTS (SELECT 1 FROM review r WHERE r.subject_kind = 'application' AND r.subject_id = a.id AND r.evaluator_id = ?
			AND r.status IN ('invited', 'accepted', 'scored'))`, a.ID)
	}
	if len(or) == 0 {
		return "1 = 0", nil
	}
	return "(" + strings.Join(or, " OR ") + `) AND NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = 'application'
		AND x.subject_id = a.id AND x.person_id = ?)`, append(args, a.ID)
}

// loaded is an application with the rules it was made under.
type loaded struct {
	row
	rules policy.RuleSet
	round policy.Round
}

func (l loaded) kase() casework.Case {
	return casework.Case{Kind: workflows.Application.Kind, ID: l.ID, Number: l.Number, Title: l.title(), State: workflows.State(l.Status),
		Version: l.Version, Unit: l.UnitCode, Rules: l.rules.RulesFor(workflows.Application.Kind)}
}

// seen is the state that the actor may read.
func (l loaded) seen(a identity.Actor) workflows.State {
	return casework.SeenState(workflows.Application, a, workflows.State(l.Status))
}

func (l loaded) title() string {
	if l.Name == "" {
		return l.Number
	}
	return l.Name
}

// content reads the stored document. It went through Decode before it was stored, so that here only its form is read:
// with the longest list of firms every page would pay for the checks again.
func (l loaded) content() (c Content, err error) {
	d := json.NewDecoder(strings.NewReader(l.Content))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Content{}, fmt.Errorf("application %s: stored content: %w", l.ID, err)
	}
	if string(c.Boundary.Polygon) == "null" {
		c.Boundary.Polygon = nil
	}
	return c, nil
}

// load reads an application the actor may see; everything else is NotFound.
func (s *Service) load(tx *database.Tx, a identity.Actor, id string) (l loaded, err error) {
	cond, args := scope(a)
	if err = tx.One(&l.row, "SELECT "+columns+" FROM application a WHERE a.id = ? AND "+cond, append([]any{id}, args...)...); err != nil {
		return l, fmt.Errorf("load application: %w", err)
	}
	if l.rules, err = s.Book.RuleSet(tx, l.RuleSetID); err != nil {
		return l, err
	}
	l.round, err = s.Book.RoundByID(tx, l.RoundID)
	return l, err
}

// touch changes columns of a draft without moving it: conditional on id, version and status.
func touch(tx *database.Tx, l loaded, set string, args ...any) error {
	args = append(args, tx.Now(), l.ID, l.Version, l.Status)
	return tx.Must("UPDATE application SET "+set+", version = version + 1, updated_at = ? WHERE id = ? AND version = ? AND status = ?", args...)
}

// versionRow is an immutable submitted version.
type versionRow struct {
	ApplicationID  string
	No             int
	Content, Files string
	Digest         string
	SignedBy       string
	SignedAt       time.Time
}

func versionOf(tx *database.Tx, id string, no int) (v versionRow, err error) {
	err = tx.One(&v, `SELECT application_id, no, content, files, digest, signed_by, signed_at FROM application_version
		WHERE application_id = ? AND no = ?`, id, no)
	return v, err
}

type verdictRow struct {
	ApplicationID                string
	No                           int
	Clarification, Verdict, Note string
	PersonID                     string
	At                           time.Time
}

func verdictsOf(tx *database.Tx, id string, no int) (vs []verdictRow, err error) {
	err = tx.Find(&vs, `SELECT application_id, no, clarification, verdict, note, person_id, at FROM verdict
		WHERE application_id = ? AND no = ? ORDER BY clarification LIMIT 20`, id, no)
	return vs, err
}

type itemRow struct {
	ID, CorrectionID, ApplicationID string
	Position                        int
	AnchorKind, Anchor, Words       string
	Answer                          string
	Done                            bool
	AnsweredBy                      *string
	AnsweredAt                      *time.Time
	Version                         int64
}

// itemsOf lists the items of the newest correction notice.
func itemsOf(tx *database.Tx, id string) (is []itemRow, err error) {
	err = tx.Find(&is, `SELECT id, correction_id, application_id, position, anchor_kind, anchor, words, answer, done, answered_by, answered_at, version
		FROM correction_item WHERE application_id = ? AND correction_id = (SELECT id FROM correction WHERE application_id = ? ORDER BY no DESC LIMIT 1)
		ORDER BY position LIMIT 200`, id, id)
	return is, err
}

// codesInUse maps the credit codes of the round's other live applications to nothing: their
// numbers are not this reader's to see.
func codesInUse(tx *database.Tx, l loaded) (map[string]string, error) {
	var codes []string
	err := tx.Find(&codes, `SELECT credit_code FROM application WHERE round_id = ? AND id <> ? AND credit_code <> ''
		AND submitted_no > 0 AND status NOT IN ('withdrawn', 'lapsed', 'declined', 'refused') ORDER BY credit_code LIMIT 1000`, l.RoundID, l.ID)
	out := make(map[string]string, len(codes))
	for _, c := range codes {
		out[c] = ""
	}
	return out, err
}

// used counts what the unit's other applications take up of its quota in the round.
func used(tx *database.Tx, l loaded) (int64, error) {
	return tx.Count(`SELECT count(*) FROM application WHERE round_id = ? AND unit_code = ? AND id <> ? AND submitted_no > 0
		AND status NOT IN ('withdrawn', 'lapsed', 'declined')`, l.RoundID, l.UnitCode, l.ID)
}

// inPublic holds for an application a whose notice stands in public: everybody may read its name there.
const inPublic = `EXISTS (SELECT 1 FROM notice n WHERE n.subject_kind = 'application' AND n.subject_id = a.id AND n.cancelled_at IS NULL)`

// otherBoundaries reads the polygons of other live applications that have been submitted, with the name of those whose
// notice is public.
func otherBoundaries(tx *database.Tx, l loaded) (out []Neighbour, err error) {
	var rows []struct{ ID, Label, Content string }
	err = tx.Find(&rows, `SELECT a.id, CASE WHEN `+inPublic+` THEN a.name ELSE '' END AS label, v.content
		FROM application a JOIN application_version v ON v.application_id = a.id AND v.no = a.submitted_no
		WHERE a.id <> ? AND a.status IN ('submitted', 'correction', 'correction_signing', 'in_review', 'recommended', 'refusal_proposed', 'notice', 'deciding')
		ORDER BY a.id LIMIT 500`, l.ID)
	if err != nil {
		return nil, fmt.Errorf("neighbours: %w", err)
	}
	for _, r := range rows {
		var c struct {
			Boundary struct {
				Polygon json.RawMessage `json:"polygon"`
			} `json:"boundary"`
		}
		if json.Unmarshal([]byte(r.Content), &c) == nil && len(c.Boundary.Polygon) > 0 {
			out = append(out, Neighbour{ID: r.ID, Label: r.Label, Kind: "application", Geometry: c.Boundary.Polygon})
		}
	}
	return out, nil
}

// label names those of the neighbouring applications that the actor may see. Of the others only the name of one in
// public stays, without the way to it.
func label(tx *database.Tx, a identity.Actor, neighbours []Neighbour) error {
	var ids []string
	for _, n := range neighbours {
		if n.Kind == "application" {
			ids = append(ids, n.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	cond, args := scope(a)
	var rows []struct{ ID, Name string }
	err := tx.Find(&rows, "SELECT a.id, a.name FROM application a WHERE a.id IN ? AND "+cond+" ORDER BY a.id LIMIT 500", append([]any{ids}, args...)...)
	if err != nil {
		return fmt.Errorf("names of neighbours: %w", err)
	}
	names := map[string]string{}
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	for i, n := range neighbours {
		if n.Kind == "application" {
			if neighbours[i].Label = cmp.Or(names[n.ID], n.Label); names[n.ID] == "" {
				neighbours[i].ID = ""
			}
		}
	}
	return nil
}

// revisionRow is an earlier saved state of a draft; Size is read instead of the content where
// states are listed.
type revisionRow struct {
	ApplicationID  string
	Version        int64
	Cause          string
	Restored       int64
	Name           string
	Content, Paths string
	PersonID       string
	BeganAt        time.Time
	SavedAt        time.Time
	Size           int64 `gorm:"->;-:migration"`
}

func (r revisionRow) paths() (out []string) {
	if json.Unmarshal([]byte(r.Paths), &out) != nil {
		return nil
	}
	return out
}

func (r revisionRow) revision() Revision {
	return Revision{Version: r.Version, Cause: r.Cause, Restored: r.Restored, Person: r.PersonID, Name: r.Name, Began: r.BeganAt, Saved: r.SavedAt, Paths: r.paths()}
}

// revisionsOf lists the earlier states of a draft without their documents, newest first.
func revisionsOf(tx *database.Tx, id string) (rows []revisionRow, err error) {
	err = tx.Find(&rows, `SELECT application_id, version, cause, restored, name, paths, person_id, began_at, saved_at, length(content) AS size
		FROM application_revision WHERE application_id = ? ORDER BY version DESC LIMIT 500`, id)
	return rows, err
}

func newestRevision(tx *database.Tx, id string) (r revisionRow, err error) {
	err = tx.One(&r, `SELECT application_id, version, cause, restored, name, paths, person_id, began_at, saved_at FROM application_revision
		WHERE application_id = ? ORDER BY version DESC LIMIT 1`, id)
	return r, err
}

func revisionAt(tx *database.Tx, id string, version int64) (Revision, error) {
	var r revisionRow
	err := tx.One(&r, `SELECT application_id, version, cause, restored, name, content, paths, person_id, began_at, saved_at FROM application_revision
		WHERE application_id = ? AND version = ?`, id, version)
	if err != nil {
		return Revision{}, err
	}
	out := r.revision()
	c, problems := Decode([]byte(r.Content))
	if Refused(problems) {
		return out, fmt.Errorf("application %s, state %d: %v", id, version, problems)
	}
	out.Content = c
	return out, nil
}

// putPresence says that a person is there; who had left begins anew.
func putPresence(tx *database.Tx, id, person, part string) error {
	_, err := tx.Exec(`INSERT INTO application_presence (application_id, person_id, part, since, expires_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (application_id, person_id) DO UPDATE SET part = excluded.part, expires_at = excluded.expires_at,
			since = CASE WHEN application_presence.expires_at <= excluded.since THEN excluded.since ELSE application_presence.since END`,
		id, person, part, tx.Now(), tx.Now().Add(PresenceSpan))
	return err
}

func putPlace(tx *database.Tx, id, person string, at Place) error {
	_, err := tx.Exec(`INSERT INTO application_place (application_id, person_id, part, field, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (application_id, person_id) DO UPDATE SET part = excluded.part, field = excluded.field, at = excluded.at`,
		id, person, at.Part, at.Field, tx.Now())
	return err
}

// presentIn lists who has a draft open now besides one person.
func presentIn(tx *database.Tx, id, except string) (out []Present, err error) {
	err = tx.Find(&out, `SELECT h.person_id AS person, p.name, h.part, h.since FROM application_presence h JOIN person p ON p.id = h.person_id
		WHERE h.application_id = ? AND h.person_id <> ? AND h.expires_at > ? ORDER BY h.since, h.person_id LIMIT 50`, id, except, tx.Now())
	return out, err
}

func placeOf(tx *database.Tx, id, person string) (at Place, err error) {
	err = tx.One(&at, "SELECT part, field FROM application_place WHERE application_id = ? AND person_id = ?", id, person)
	if fault.Is(err, fault.NotFound) {
		return Place{}, nil
	}
	return at, err
}
