// Package notice owns public notices (公示) and the objections (公示异议) raised in them. It says
// which notice runs on a day, who may object, who handles and who decides an objection, and
// who may read the objector's contact data: the commission only.
//
// It must not know the case that is published: what it needs of it comes through a loader
// given at construction.
package notice

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/audit"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/mail"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// Subject is what a notice must know of the published case.
type Subject struct {
	Case        casework.Case // the parent as stored now, with its Rules
	RuleSetID   string
	Title, Body string // how the case is announced
	Demo        bool
	NoticeState bool // the parent is in its notice state
}

// Subjects loads the published case without regard to who asks; NotFound where there is none.
type Subjects func(tx *database.Tx, ref casework.Ref) (Subject, error)

// Config is what the service works with; Subjects holds a loader per kind of case.
type Config struct {
	DB       *database.DB
	Engine   *casework.Engine
	Book     *policy.Book
	Subjects map[workflows.Kind]Subjects

	// Files is set by Keep once the service of files stands; without it, objections have none.
	Files Files
	// Mail tells objectors who gave a mail address how their objection ended; nil tells nobody.
	Mail      mail.Sender
	PublicURL string
	Text      func(lang, key string, params map[string]any) string
}

// Keep sets where the files of objections are kept: the service of files asks this one who may
// read them, so it is built later.
func (s *Service) Keep(f Files) { s.Files = f }

// Service publishes notices and moves objections. It implements casework.Service for the kind
// "objection".
type Service struct{ Config }

var _ casework.Service = (*Service)(nil)

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// Kind names the workflow of objections.
func (s *Service) Kind() workflows.Kind { return workflows.Objection.Kind }

func (s *Service) subject(tx *database.Tx, ref casework.Ref) (Subject, error) {
	load, ok := s.Subjects[ref.Kind]
	if !ok {
		return Subject{}, fmt.Errorf("notice of %q: no such kind of case is published", ref.Kind)
	}
	sub, err := load(tx, ref)
	if err != nil {
		return Subject{}, fmt.Errorf("notice of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return sub, nil
}

// Notice is what is to be published. The days are Shanghai dates, both included.
type Notice struct {
	Subject          casework.Ref
	Title, Body      string
	StartsOn, EndsOn workflows.Date
	Demo             bool
}

// Published names a notice that has been published; Number is like 公示〔2026〕3号.
type Published struct{ ID, Number string }

// The longest texts of a notice, in characters.
const (
	maxTitle = 200
	maxBody  = 20000
)

// Publish publishes a notice inside the transition of its case. Invalid names the fields; a
// case whose last notice still runs is a Conflict "notice_running".
func (s *Service) Publish(tx *database.Tx, a identity.Actor, n Notice) (Published, error) {
	n.Title, n.Body = strings.TrimSpace(n.Title), strings.TrimSpace(n.Body)
	if problems := n.problems(); len(problems) > 0 {
		return Published{}, fault.Bad(problems...)
	}
	today := workflows.DateOf(tx.Now())
	running, err := tx.Count("SELECT count(*) FROM notice WHERE subject_kind = ? AND subject_id = ? AND cancelled_at IS NULL AND ends_on >= ?",
		string(n.Subject.Kind), n.Subject.ID, today.String())
	if err != nil {
		return Published{}, fmt.Errorf("publish notice: %w", err)
	}
	if running > 0 {
		return Published{}, fault.New(fault.Conflict, "notice_running")
	}
	serial, err := tx.Next("notice/" + strconv.Itoa(today.Year))
	if err != nil {
		return Published{}, fmt.Errorf("publish notice: %w", err)
	}
	r := row{ID: tx.ID(), Number: fmt.Sprintf("公示〔%d〕%d号", today.Year, serial), SubjectKind: string(n.Subject.Kind), SubjectID: n.Subject.ID,
		Title: n.Title, Body: n.Body, StartsOn: n.StartsOn.String(), EndsOn: n.EndsOn.String(), PublishedBy: a.ID, PublishedAt: tx.Now(), Demo: n.Demo}
	if err := tx.Insert("notice", &r); err != nil {
		return Published{}, fmt.Errorf("publish notice: %w", err)
	}
	return Published{ID: r.ID, Number: r.Number}, audit.Append(tx, audit.Entry{ActorID: a.ID, ActorName: a.Name, ActorUnit: a.Unit,
		Action: "notice.publish", ObjectKind: "notice", ObjectID: r.ID, RequestID: a.RequestID, IP: a.IP,
		Detail: map[string]any{"number": r.Number, "subject": n.Subject, "title": n.Title, "starts_on": r.StartsOn, "ends_on": r.EndsOn}})
}

func (n Notice) problems() []fault.Field {
	out := append(text("title", n.Title, 1, maxTitle), text("body", n.Body, 1, maxBody)...)
	switch {
	case !n.StartsOn.Valid():
		out = append(out, fault.Field{Path: "starts_on", Code: "not_a_date"})
	case !n.EndsOn.Valid():
		out = append(out, fault.Field{Path: "ends_on", Code: "not_a_date"})
	case n.EndsOn.Before(n.StartsOn):
		out = append(out, fault.Field{Path: "ends_on", Code: "notice_ends_early"})
	}
	return out
}

// text checks one text of a form: present, readable, within bounds (characters).
func text(path, value string, low, high int) []fault.Field {
	n := utf8.RuneCountInString(value)
	switch {
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unreadable):
		return []fault.Field{{Path: path, Code: "not_text"}}
	case n == 0:
		return []fault.Field{{Path: path, Code: "required"}}
	case n < low:
		return []fault.Field{{Path: path, Code: "too_short", Params: map[string]string{"Min": strconv.Itoa(low)}}}
	case n > high:
		return []fault.Field{{Path: path, Code: "too_long", Params: map[string]string{"Max": strconv.Itoa(high)}}}
	}
	return nil
}

func unreadable(r rune) bool { return (r < ' ' && r != '\n' && r != '\r' && r != '\t') || r == 0x7f }

// Cancel withdraws the notices of a case that have not ended, when the case leaves its notice
// state backwards. Ended ones stay as they were published.
func (s *Service) Cancel(tx *database.Tx, ref casework.Ref) error {
	_, err := tx.Exec("UPDATE notice SET cancelled_at = ? WHERE subject_kind = ? AND subject_id = ? AND cancelled_at IS NULL AND ends_on >= ?",
		tx.Now(), string(ref.Kind), ref.ID, workflows.DateOf(tx.Now()).String())
	if err != nil {
		return fmt.Errorf("cancel notice of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return nil
}

// OpenObjections counts the objections of a case that are not settled, in whichever of its
// notices they were raised.
func (s *Service) OpenObjections(tx *database.Tx, ref casework.Ref) (int64, error) {
	n, err := tx.Count("SELECT count(*) FROM objection WHERE subject_kind = ? AND subject_id = ? AND status IN ('received', 'handled')",
		string(ref.Kind), ref.ID)
	if err != nil {
		return 0, fmt.Errorf("open objections: %w", err)
	}
	return n, nil
}

// Phase is where a notice stands on a day.
type Phase string

// The phases.
const (
	Upcoming  Phase = "upcoming"
	Current   Phase = "running"
	Ended     Phase = "ended"
	Withdrawn Phase = "withdrawn"
)

// Public is a notice as everybody may read it.
type Public struct {
	ID, Number, Title, Body string
	StartsOn, EndsOn        workflows.Date
	PublishedAt             time.Time
	Phase                   Phase
	Demo                    bool
}

// Running lists the notices that have begun and were not withdrawn, newest first.
func (s *Service) Running(tx *database.Tx) ([]Public, error) {
	var rows []row
	err := tx.Find(&rows, "SELECT "+columns+` FROM notice n WHERE n.cancelled_at IS NULL AND n.starts_on <= ?
		ORDER BY n.starts_on DESC, n.id DESC LIMIT 200`, workflows.DateOf(tx.Now()).String())
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	return publics(tx, rows)
}

// ByID returns a notice that has begun; a withdrawn one says so. Others are NotFound.
func (s *Service) ByID(tx *database.Tx, id string) (Public, error) {
	r, err := begun(tx, id)
	if err != nil {
		return Public{}, err
	}
	return r.public(tx.Now())
}

// ForSubject lists every notice of a case, newest first, for those who may read the case.
func (s *Service) ForSubject(tx *database.Tx, ref casework.Ref) ([]Public, error) {
	var rows []row
	err := tx.Find(&rows, "SELECT "+columns+" FROM notice n WHERE n.subject_kind = ? AND n.subject_id = ? ORDER BY n.id DESC LIMIT 100", string(ref.Kind), ref.ID)
	if err != nil {
		return nil, fmt.Errorf("notices of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return publics(tx, rows)
}

type row struct {
	ID, Number             string
	SubjectKind, SubjectID string
	Title, Body            string
	StartsOn, EndsOn       string
	PublishedBy            string
	PublishedAt            time.Time
	CancelledAt            *time.Time
	Demo                   bool
}

const columns = `n.id, n.number, n.subject_kind, n.subject_id, n.title, n.body, n.starts_on, n.ends_on, n.published_by, n.published_at,
	n.cancelled_at, n.demo`

func begun(tx *database.Tx, id string) (r row, err error) {
	err = tx.One(&r, "SELECT "+columns+" FROM notice n WHERE n.id = ? AND n.starts_on <= ?", id, workflows.DateOf(tx.Now()).String())
	if err != nil {
		return r, fmt.Errorf("notice: %w", err)
	}
	return r, nil
}

func (r row) ref() casework.Ref {
	return casework.Ref{Kind: workflows.Kind(r.SubjectKind), ID: r.SubjectID}
}

// phase compares dates as text: both are written year-month-day.
func (r row) phase(now time.Time) Phase {
	today := workflows.DateOf(now).String()
	switch {
	case r.CancelledAt != nil:
		return Withdrawn
	case today < r.StartsOn:
		return Upcoming
	case today > r.EndsOn:
		return Ended
	}
	return Current
}

func (r row) public(now time.Time) (Public, error) {
	from, err := workflows.ParseDate(r.StartsOn)
	if err != nil {
		return Public{}, fmt.Errorf("notice %s: %w", r.ID, err)
	}
	to, err := workflows.ParseDate(r.EndsOn)
	if err != nil {
		return Public{}, fmt.Errorf("notice %s: %w", r.ID, err)
	}
	return Public{ID: r.ID, Number: r.Number, Title: r.Title, Body: r.Body, StartsOn: from, EndsOn: to, PublishedAt: r.PublishedAt,
		Phase: r.phase(now), Demo: r.Demo}, nil
}

func publics(tx *database.Tx, rows []row) ([]Public, error) {
	out := make([]Public, 0, len(rows))
	for _, r := range rows {
		p, err := r.public(tx.Now())
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
