package condition

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// row is a condition as stored.
type row struct {
	ID, Number             string
	SubjectKind, SubjectID string
	SubjectTitle, UnitCode string
	ZoneID                 *string
	Source, SourceID       string
	SetUnit, SetBy         string
	Position               int
	Words, Proof, Moment   string
	DueOn, Responsible     string
	Status                 string
	Version                int64
	Evidence               string
	ReportedBy             *string
	ReportedAt             *time.Time
	Reason                 string
	SettledBy              *string
	SettledAt              *time.Time
	Demo                   bool
	CreatedAt, UpdatedAt   time.Time
}

const columns = `c.id, c.number, c.subject_kind, c.subject_id, c.subject_title, c.unit_code, c.zone_id, c.source, c.source_id, c.set_unit, c.set_by,
	c.position, c.words, c.proof, c.moment, c.due_on, c.responsible, c.status, c.version, c.evidence, c.reported_by, c.reported_at, c.reason,
	c.settled_by, c.settled_at, c.demo, c.created_at, c.updated_at`

func newRow(tx *database.Tx, a identity.Actor, o Origin, sub Subject, position int, d Draft) row {
	r := row{ID: tx.ID(), SubjectKind: string(o.Subject.Kind), SubjectID: o.Subject.ID, SubjectTitle: sub.Title, UnitCode: sub.Unit, Source: string(o.Source),
		SourceID: o.SourceID, SetUnit: o.Unit, SetBy: a.ID, Position: position, Words: strings.TrimSpace(d.Text), Proof: strings.TrimSpace(d.Proof),
		Moment: string(d.Moment), DueOn: d.DueOn, Responsible: d.Responsible, Version: 1, Demo: sub.Demo, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
	if o.ZoneID != "" {
		r.ZoneID = &o.ZoneID
	}
	return r
}

func (r row) ref() casework.Ref {
	return casework.Ref{Kind: workflows.Kind(r.SubjectKind), ID: r.SubjectID}
}

// kase is the condition for the engine; office is the one that a change is told to besides
// the responsible unit.
func (r row) kase(rules casework.Rules, office string) casework.Case {
	return casework.Case{Kind: workflows.Condition.Kind, ID: r.ID, Number: r.Number, Title: r.SubjectTitle, State: workflows.State(r.Status), Version: r.Version,
		Unit: r.Responsible, Office: office, Subject: r.ref(), Rules: rules}
}

func (r row) due() map[workflows.ClockName]workflows.Date {
	d, err := workflows.ParseDate(r.DueOn)
	if err != nil {
		return nil
	}
	return map[workflows.ClockName]workflows.Date{workflows.ClockCondition: d}
}

func (r row) face() Condition {
	c := Condition{ID: r.ID, Number: r.Number, Subject: r.ref(), Title: r.SubjectTitle, Unit: r.UnitCode, Source: Source(r.Source), SourceID: r.SourceID,
		SetUnit: r.SetUnit, Text: r.Words, Proof: r.Proof, Moment: Moment(r.Moment), DueOn: r.DueOn, Responsible: r.Responsible,
		State: workflows.State(r.Status), Version: r.Version, Evidence: r.Evidence, ReportedAt: r.ReportedAt, Reason: r.Reason, SettledAt: r.SettledAt, Demo: r.Demo}
	if r.ZoneID != nil {
		c.ZoneID = *r.ZoneID
	}
	return c
}

// mine lists the codes of a unit and of everything that it has taken over, however long ago.
const mine = `(WITH RECURSIVE mine(code) AS (SELECT CAST(? AS TEXT) UNION SELECT u.code FROM unit u JOIN mine m ON u.successor = m.code)
	SELECT code FROM mine)`

// scope is the visibility of conditions as a condition on alias c: the commission and
// supervision all; a department those it has set or must meet; a district those it must meet
// before the decision, and all of its zones. Whoever is recused from the case sees none.
func scope(a identity.Actor) (string, []any) {
	if a.Has(workflows.System) {
		return "1 = 1", nil
	}
	var or []string
	var args []any
	add := func(cond string, vals ...any) { or, args = append(or, cond), append(args, vals...) }
	if a.ReadsAll() {
		add("1 = 1")
	}
	if a.Has(workflows.Department) {
		add("c.set_unit = ? OR c.responsible = ?", a.Unit, a.Unit)
	}
	if a.Any(workflows.Filler, workflows.Leader) {
		add("c.unit_code IN "+mine+" AND (c.zone_id IS NOT NULL OR c.moment = 'before_decision' AND c.responsible = c.unit_code)", a.Unit)
	}
	if len(or) == 0 {
		return "1 = 0", nil
	}
	return "(" + strings.Join(or, " OR ") + `) AND NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = c.subject_kind
		AND x.subject_id = c.subject_id AND x.person_id = ?)`, append(args, a.ID)
}

// own narrows a desk to what waits for this person's unit: an open condition for those who
// must meet it, a reported one for those who set it.
func own(a identity.Actor, _ workflows.Role) casework.Condition {
	return casework.Condition{SQL: "(c.status = 'open' AND c.responsible = ? OR c.status = 'reported' AND c.set_unit = ?)", Args: []any{a.Unit, a.Unit}}
}

// load reads a condition that the actor may see; everything else is NotFound.
func load(tx *database.Tx, a identity.Actor, id string) (r row, err error) {
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return r, fault.Missing()
	}
	cond, args := scope(a)
	if err = tx.One(&r, "SELECT "+columns+" FROM condition c WHERE c.id = ? AND "+cond, append([]any{id}, args...)...); err != nil {
		return r, fmt.Errorf("load condition: %w", err)
	}
	return r, nil
}

// ForSubject lists what the actor may see of the conditions on a case, in the order in which
// they were set; those of an opinion that was taken back last.
func ForSubject(tx *database.Tx, a identity.Actor, ref casework.Ref) ([]Condition, error) {
	return list(tx, a, "c.subject_kind = ? AND c.subject_id = ?", string(ref.Kind), ref.ID)
}

// ForZone lists the conditions that a zone has to meet, for those who may see them.
func ForZone(tx *database.Tx, a identity.Actor, zoneID string) ([]Condition, error) {
	return list(tx, a, "c.zone_id = ?", zoneID)
}

// OfSource lists the conditions of one opinion or decision, for those who may see them.
func OfSource(tx *database.Tx, a identity.Actor, source Source, id string) ([]Condition, error) {
	return list(tx, a, "c.source = ? AND c.source_id = ? AND c.status <> 'cancelled'", string(source), id)
}

func list(tx *database.Tx, a identity.Actor, which string, args ...any) ([]Condition, error) {
	cond, more := scope(a)
	var rows []row
	err := tx.Find(&rows, "SELECT "+columns+" FROM condition c WHERE "+which+" AND "+cond+` ORDER BY CASE WHEN c.status = 'cancelled' THEN 1 ELSE 0 END,
		c.created_at, c.source_id, c.position, c.id LIMIT 200`, append(args, more...)...)
	if err != nil {
		return nil, fmt.Errorf("list conditions: %w", err)
	}
	out := make([]Condition, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.face())
	}
	return out, nil
}

func ofSubject(tx *database.Tx, ref casework.Ref, states ...string) (rows []row, err error) {
	err = tx.Find(&rows, "SELECT "+columns+` FROM condition c WHERE c.subject_kind = ? AND c.subject_id = ? AND c.status IN ? ORDER BY c.id LIMIT 500`,
		string(ref.Kind), ref.ID, states)
	return rows, err
}

func ofSource(tx *database.Tx, source Source, id string) (rows []row, err error) {
	err = tx.Find(&rows, "SELECT "+columns+` FROM condition c WHERE c.source = ? AND c.source_id = ? AND c.status IN ('noted', 'open', 'reported')
		ORDER BY c.id LIMIT 500`, string(source), id)
	return rows, err
}

// canMeet reports whether a unit is an office of the city that can be made responsible.
func canMeet(tx *database.Tx, code string) (bool, error) {
	n, err := tx.Count("SELECT count(*) FROM unit WHERE code = ? AND kind IN ('department', 'commission', 'statistics')", code)
	return n > 0, err
}

// Find reads a condition that the actor may see; everything else is NotFound.
func Find(tx *database.Tx, a identity.Actor, id string) (Condition, error) {
	r, err := load(tx, a, id)
	return r.face(), err
}

// Reportable reads a condition that the actor can report on now. Errors: NotFound; Conflict
// where it is not open; Forbidden where another unit must meet it.
func Reportable(tx *database.Tx, a identity.Actor, id string) (Condition, error) {
	r, err := load(tx, a, id)
	if err != nil {
		return Condition{}, err
	}
	row, open := workflows.Condition.Row(workflows.State(r.Status), "report")
	switch {
	case !open:
		return Condition{}, fault.New(fault.Conflict, "no_transition")
	case !a.Any(row.Roles...) || !r.facts(a)[workflows.OwnDesk]:
		return Condition{}, fault.New(fault.Forbidden, "forbidden")
	}
	return r.face(), nil
}

// Touch bumps the version of a condition without moving it.
func Touch(tx *database.Tx, c Condition) error {
	return tx.Must("UPDATE condition SET version = version + 1, updated_at = ? WHERE id = ? AND version = ? AND status = ?", tx.Now(), c.ID, c.Version, string(c.State))
}
