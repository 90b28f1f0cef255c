package evaluation

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// row is an evaluation as stored.
type row struct {
	ID, Number, ZoneID, UnitCode string
	Year                         int
	RuleSetID                    string
	WorkflowVersion              int
	Status                       string
	Version                      int64
	Self, Checked, Result        string
	Total                        *int64 // hundredths
	Grade                        string
	SubmittedNo                  int
	DraftedBy, ConfirmedBy       *string
	Demo                         bool
	CreatedAt, UpdatedAt         time.Time
}

const columns = `e.id, e.number, e.zone_id, e.unit_code, e.year, e.rule_set_id, e.workflow_version, e.status, e.version, e.self, e.checked, e.result,
	e.total, e.grade, e.submitted_no, e.drafted_by, e.confirmed_by, e.demo, e.created_at, e.updated_at`

// zoneColumns are what an evaluation needs to know of its zone.
const zoneColumns = `z.name AS zone_name, z.number AS zone_number, z.sectors AS zone_sectors, z.body_name AS body_name,
	COALESCE(z.application_id, '') AS application_id, z.status AS zone_status`

type zoneFacts struct {
	ZoneName, ZoneNumber, ZoneSectors, BodyName, ApplicationID, ZoneStatus string
}

// mine lists the codes of a unit and of everything that it has taken over, however long ago.
const mine = `(WITH RECURSIVE mine(code) AS (SELECT CAST(? AS TEXT) UNION SELECT u.code FROM unit u JOIN mine m ON u.successor = m.code)
	SELECT code FROM mine)`

// scope is the visibility of evaluations as a condition on alias e. A unit sees its own and its
// predecessors'; commission, supervision and statistics all; an evaluator what is under review
// with them. Whoever is recused sees nothing of the case.
func scope(a identity.Actor) (string, []any) {
	if a.Has(workflows.System) {
		return "1 = 1", nil
	}
	var or []string
	var args []any
	if a.ReadsAll() || a.Has(workflows.Statistics) {
		or = append(or, "1 = 1")
	}
	if a.Any(workflows.Filler, workflows.Leader) {
		or, args = append(or, "e.unit_code IN "+mine), append(args, a.Unit)
	}
	if a.Has(workflows.Evaluator) {
		or = append(or, `EXISTS (SELECT 1 FROM review r WHERE r.subject_kind = 'evaluation' AND r.subject_id = e.id AND r.evaluator_id = ?
			AND r.status IN ('invited', 'accepted', 'scored'))`)
		args = append(args, a.ID)
	}
	if len(or) == 0 {
		return "1 = 0", nil
	}
	return "(" + strings.Join(or, " OR ") + `) AND NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = 'evaluation'
		AND x.subject_id = e.id AND x.person_id = ?)`, append(args, a.ID)
}

// loaded is an evaluation with its zone and the rules it was opened under.
type loaded struct {
	row
	zoneFacts
	rules policy.RuleSet
}

func (l loaded) kase() casework.Case {
	return casework.Case{Kind: workflows.Evaluation.Kind, ID: l.ID, Number: l.Number, Title: l.ZoneName, State: workflows.State(l.Status),
		Version: l.Version, Unit: l.UnitCode, Rules: l.rules.RulesFor(workflows.Evaluation.Kind)}
}

func (l loaded) state() workflows.State { return workflows.State(l.Status) }

// sector is the zone's main sector: the first it was accredited for.
func (z zoneFacts) sector() string {
	var codes []string
	if json.Unmarshal([]byte(z.ZoneSectors), &codes) != nil || len(codes) == 0 {
		return ""
	}
	return codes[0]
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

// load reads an evaluation that the actor may see; everything else is NotFound.
func (s *Service) load(tx *database.Tx, a identity.Actor, id string) (l loaded, err error) {
	if !readable(id) {
		return l, fault.Missing()
	}
	cond, args := scope(a)
	var in struct {
		Case row       `gorm:"embedded"`
		Zone zoneFacts `gorm:"embedded"`
	}
	err = tx.One(&in, "SELECT "+columns+", "+zoneColumns+" FROM evaluation e JOIN zone z ON z.id = e.zone_id WHERE e.id = ? AND "+cond,
		append([]any{id}, args...)...)
	if err != nil {
		return l, fmt.Errorf("load evaluation: %w", err)
	}
	l.row, l.zoneFacts = in.Case, in.Zone
	l.rules, err = s.Book.RuleSet(tx, l.RuleSetID)
	return l, err
}

// touch changes columns without moving the case: conditional on id, version and status.
func touch(tx *database.Tx, c casework.Case, set string, args ...any) error {
	args = append(args, tx.Now(), c.ID, c.Version, string(c.State))
	return tx.Must("UPDATE "+string(c.Kind)+" SET "+set+", version = version + 1, updated_at = ? WHERE id = ? AND version = ? AND status = ?", args...)
}

// versionRow is an immutable signed self-report.
type versionRow struct {
	EvaluationID   string
	No             int
	Content, Files string
	Digest         string
	SignedBy       string
	SignedAt       time.Time
}

func versionOf(tx *database.Tx, id string, no int) (v versionRow, err error) {
	err = tx.One(&v, `SELECT evaluation_id, no, content, files, digest, signed_by, signed_at FROM evaluation_version
		WHERE evaluation_id = ? AND no = ?`, id, no)
	return v, err
}

// fileRecord is a file as a signed version lists it.
type fileRecord struct {
	ID      string `json:"id"`
	Slot    string `json:"slot"`
	No      int    `json:"no"`
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
	Type    string `json:"type"`
	Key     string `json:"key"`
	Version string `json:"version"`
}

func recordFiles(files []attachment.Attachment) (string, error) {
	out := make([]fileRecord, 0, len(files))
	for _, f := range files {
		out = append(out, fileRecord{f.ID, f.Slot, f.No, f.Name, f.Size, f.SHA256, f.ContentType, f.ObjectKey, f.ObjectVersion})
	}
	slices.SortFunc(out, func(a, b fileRecord) int {
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.No, b.No), cmp.Compare(a.ID, b.ID))
	})
	text, err := json.Marshal(out)
	return string(text), err
}

func readFiles(parent casework.Ref, text string) ([]attachment.Attachment, error) {
	var in []fileRecord
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, fmt.Errorf("files of a signed version: %w", err)
	}
	out := make([]attachment.Attachment, 0, len(in))
	for _, f := range in {
		out = append(out, attachment.Attachment{ID: f.ID, Parent: parent, Slot: f.Slot, No: f.No, Name: f.Name, Size: f.Size, SHA256: f.SHA256,
			ContentType: f.Type, ObjectKey: f.Key, ObjectVersion: f.Version, State: attachment.Attached})
	}
	return out, nil
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// signed returns what the unit has signed: what everybody after it evaluates.
func (l loaded) signed(tx *database.Tx) (Sheet, versionRow, error) {
	v, err := versionOf(tx, l.ID, l.SubmittedNo)
	if err != nil {
		return Sheet{}, v, err
	}
	s, err := readSheet(v.Content)
	return s, v, err
}

// yearGrades lists the zone's confirmed grades up to a year.
func yearGrades(tx *database.Tx, zoneID string, year int) (out []policy.YearGrade, err error) {
	err = tx.Find(&out, "SELECT year, grade FROM evaluation WHERE zone_id = ? AND status = 'graded' AND year <= ? ORDER BY year LIMIT 100", zoneID, year)
	return out, err
}
