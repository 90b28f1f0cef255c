package steering

import (
	"context"
	"fmt"
	"slices"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Watchers are who may urge and who reads what is overdue anywhere: supervision and the
// commission.
func Watchers() []workflows.Role {
	return []workflows.Role{workflows.Supervision, workflows.Clerk, workflows.Officer, workflows.Director}
}

// Late is one clock that has run out, with whose turn it is.
type Late struct {
	Case          casework.Ref
	Number, Title string
	Unit          string // code of the unit whose turn it is
	Person        string // id of the one person whose turn it is, where it is one
	State         workflows.State
	Clock         workflows.ClockName
	DueOn         string
	DueAt         time.Time
	UrgedAt       *time.Time // when it was urged last
}

// LateFilter narrows what is overdue.
type LateFilter struct {
	Unit, Person string
	Clock        workflows.ClockName
	Kind         workflows.Kind
}

func (f LateFilter) admits(l Late) bool {
	return (f.Unit == "" || l.Unit == f.Unit) && (f.Person == "" || l.Person == f.Person) && (f.Clock == "" || l.Clock == f.Clock) && (f.Kind == "" || l.Case.Kind == f.Kind)
}

// holder is a case as far as it says whose turn it is.
type holder struct {
	Kind, CaseID, Clock, DueOn string
	DueAt                      time.Time
	Number, Title, Unit        string
	Office, Person             string
	Status                     string
	SubjectKind, SubjectID     string
	UrgedAt                    *time.Time
}

// holders reads cases of every kind that has a desk: the columns of each kind in one shape.
// Recusals are on the subject.
const holders = `SELECT 'application' AS kind, a.id AS case_id, a.number, a.name AS title, a.unit_code AS unit, '' AS office, '' AS person, a.status, 'application' AS subject_kind, a.id AS subject_id FROM application a WHERE a.submitted_no > 0
	UNION ALL SELECT 'opinion', o.id, o.number, a.name, a.unit_code, o.unit_code, COALESCE(o.assignee_id, ''), o.status, 'application', a.id FROM opinion o JOIN application a ON a.id = o.application_id
	UNION ALL SELECT 'review', r.id, r.number, COALESCE(a.name, z.name, ''), COALESCE(a.unit_code, e.unit_code, ''), p.unit_code, r.evaluator_id, r.status, r.subject_kind, r.subject_id
		FROM review r JOIN person p ON p.id = r.evaluator_id LEFT JOIN application a ON r.subject_kind = 'application' AND a.id = r.subject_id
		LEFT JOIN evaluation e ON r.subject_kind = 'evaluation' AND e.id = r.subject_id LEFT JOIN zone z ON z.id = e.zone_id
	UNION ALL SELECT 'evaluation', e.id, e.number, z.name, e.unit_code, '', '', e.status, 'evaluation', e.id FROM evaluation e JOIN zone z ON z.id = e.zone_id
	UNION ALL SELECT 'rectification', c.id, c.number, z.name, c.unit_code, '', '', c.status, 'evaluation', c.evaluation_id FROM rectification c JOIN zone z ON z.id = c.zone_id
	UNION ALL SELECT 'objection', j.id, j.number, n.title, COALESCE(a.unit_code, e.unit_code, ''), '', '', j.status, j.subject_kind, j.subject_id FROM objection j JOIN notice n ON n.id = j.notice_id
		LEFT JOIN application a ON j.subject_kind = 'application' AND a.id = j.subject_id LEFT JOIN evaluation e ON j.subject_kind = 'evaluation' AND e.id = j.subject_id
	UNION ALL SELECT 'condition', c.id, c.number, c.subject_title, CASE WHEN c.status = 'reported' THEN c.set_unit ELSE c.responsible END,
		CASE WHEN c.status = 'reported' THEN c.set_unit ELSE c.responsible END, '', c.status, c.subject_kind, c.subject_id FROM condition c
	UNION ALL SELECT 'zone', z.id, z.number, z.name, z.unit_code, '', '', z.status, 'zone', z.id FROM zone z`

const unrecused = `NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = h.subject_kind AND x.subject_id = h.subject_id AND x.person_id = ?)`

// maxLate is how many clocks a list of what is overdue holds.
const maxLate = 2000

// Overdue lists the clocks that have run out and whose turn it is, the longest first. It is for
// those who read every case; for others nothing is overdue.
func (s *Service) Overdue(ctx context.Context, a identity.Actor, f LateFilter) (out []Late, err error) {
	if !a.Any(Watchers()...) {
		return nil, fault.Missing()
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		all, err := lates(tx, a)
		for _, l := range all {
			if f.admits(l) {
				out = append(out, l)
			}
		}
		return err
	})
	return out, err
}

func lates(tx *database.Tx, a identity.Actor) ([]Late, error) {
	var rows []holder
	err := tx.Find(&rows, `SELECT h.*, d.clock, d.due_on, d.due_at, g.at AS urged_at
		FROM deadline d JOIN (`+holders+`) h ON h.kind = d.kind AND h.case_id = d.case_id
		LEFT JOIN urging g ON g.id = (SELECT l.id FROM urging l WHERE l.kind = h.kind AND l.case_id = h.case_id ORDER BY l.day DESC LIMIT 1)
		WHERE d.ended_at IS NULL AND d.paused_at IS NULL AND d.due_at <= ? AND `+unrecused+` ORDER BY d.due_at, d.id LIMIT ?`, tx.Now(), a.ID, maxLate)
	if err != nil {
		return nil, fmt.Errorf("overdue: %w", err)
	}
	office, err := commission(tx)
	out := make([]Late, 0, len(rows))
	for _, h := range rows {
		out = append(out, Late{Case: casework.Ref{Kind: workflows.Kind(h.Kind), ID: h.CaseID}, Number: h.Number, Title: h.Title, Unit: h.turn(office), Person: h.Person,
			State: workflows.State(h.Status), Clock: workflows.ClockName(h.Clock), DueOn: h.DueOn, DueAt: h.DueAt, UrgedAt: h.UrgedAt})
	}
	return out, err
}

// commission is the code of the unit that leads.
func commission(tx *database.Tx) (string, error) {
	units, err := identity.Units(tx, identity.KindCommission)
	if err != nil || len(units) == 0 {
		return "", err
	}
	return units[0].Code, nil
}

// turn is the unit whose desk the case stands on: the asked office, the district, or the
// commission.
func (h holder) turn(commission string) string {
	if h.Office != "" {
		return h.Office
	}
	row, _ := workflows.ByKind(workflows.Kind(h.Kind)).State(workflows.State(h.Status))
	if slices.Contains(row.Desk, workflows.Filler) || slices.Contains(row.Desk, workflows.Leader) {
		return h.Unit
	}
	return commission
}

// Urge reminds by hand whose turn it is, and their superiors, in the inbox and by mail (催办).
// It is on record, and possible once per working day and case. Errors: NotFound for a case the
// actor may not see or a person who may not urge; Conflict "urge.idle" where it is nobody's
// turn; RateLimited "urge.often"; Invalid by field.
func (s *Service) Urge(ctx context.Context, a identity.Actor, ref casework.Ref, words string) error {
	service := s.Cases[ref.Kind]
	if service == nil || !a.Any(Watchers()...) {
		return fault.Missing()
	}
	if err := casework.CheckReason(words, false); err != nil {
		return err
	}
	if _, err := service.Actions(ctx, a, ref.ID); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		var h holder
		if err := tx.One(&h, "SELECT h.* FROM ("+holders+") h WHERE h.kind = ? AND h.case_id = ? AND "+unrecused, string(ref.Kind), ref.ID, a.ID); err != nil {
			return err
		}
		told := h.desk()
		if len(told) == 0 {
			return fault.New(fault.Conflict, "urge.idle")
		}
		day, err := s.workingDay(tx)
		if err != nil {
			return err
		}
		n, err := tx.Exec("INSERT INTO urging (id, kind, case_id, day, person_id, words, at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, case_id, day) DO NOTHING",
			tx.ID(), string(ref.Kind), ref.ID, day, a.ID, words, tx.Now())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.RateLimited, "urge.often")
		}
		if err := casework.Record(tx, a, string(ref.Kind)+".urge", ref, map[string]any{"day": day, "words": words, "state": h.Status}); err != nil {
			return err
		}
		return casework.Tell(tx, "urge/"+string(ref.Kind)+"/"+ref.ID+"/"+day, h.notice(a, told, words), tx.Now())
	})
}

// workingDay is today, or on a rest day the working day before.
func (s *Service) workingDay(tx *database.Tx) (string, error) {
	cal, err := s.Book.Calendar(tx)
	if err != nil {
		return "", err
	}
	d := workflows.DateOf(tx.Now())
	for range 30 {
		if cal.Next(d) == d {
			break
		}
		d = d.AddDays(-1)
	}
	return d.String(), nil
}

// desk are the audiences whose turn it is.
func (h holder) desk() (out []workflows.Audience) {
	row, _ := workflows.ByKind(workflows.Kind(h.Kind)).State(workflows.State(h.Status))
	to := map[workflows.Role]workflows.Audience{workflows.Filler: workflows.ToFillers, workflows.Leader: workflows.ToLeaders, workflows.Clerk: workflows.ToClerks,
		workflows.Officer: workflows.ToOfficers, workflows.Director: workflows.ToDirectors, workflows.Statistics: workflows.ToStatistics,
		workflows.Department: workflows.ToDepartment, workflows.Evaluator: workflows.ToEvaluator}
	for _, r := range row.Desk {
		if x, ok := to[r]; ok && !slices.Contains(out, x) && (r != workflows.Officer || h.Office == "") {
			out = append(out, x)
		}
	}
	return out
}

func (h holder) notice(a identity.Actor, told []workflows.Audience, words string) casework.Notice {
	n := casework.Notice{Code: "urge", Params: map[string]string{"Number": h.Number, "Title": h.Title, "Reason": words}, Audiences: told, Except: a.ID, Superiors: true,
		Kind: workflows.Kind(h.Kind), CaseID: h.CaseID, Unit: h.Unit, Office: h.Office, Subject: casework.Ref{Kind: workflows.Kind(h.SubjectKind), ID: h.SubjectID}}
	if !a.Has(workflows.Supervision) {
		n.Code = "hasten" // 催办 by the commission; 督办 is supervision's
	}
	if h.Kind == string(workflows.Review.Kind) {
		n.Evaluator, n.Office = h.Person, ""
	}
	if h.Kind == string(workflows.Opinion.Kind) && h.Person != "" {
		n.Persons, n.Audiences = []string{h.Person}, nil
	}
	return n
}
