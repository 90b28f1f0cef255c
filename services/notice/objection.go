package notice

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// objection is an objection as stored.
type objection struct {
	ID, Number             string
	NoticeID               string
	SubjectKind, SubjectID string
	Status                 string
	Version                int64
	ObjectorKind           string
	ObjectorName, Contact  string
	Body, Findings, Result string
	HandledBy, DecidedBy   *string
	CreatedAt, UpdatedAt   time.Time
}

const objectionColumns = `o.id, o.number, o.notice_id, o.subject_kind, o.subject_id, o.status, o.version, o.objector_kind, o.objector_name, o.contact,
	o.body, o.findings, o.result, o.handled_by, o.decided_by, o.created_at, o.updated_at`

func (o objection) ref() casework.Ref {
	return casework.Ref{Kind: workflows.Kind(o.SubjectKind), ID: o.SubjectID}
}

// scope is the visibility of objections as a condition on alias o: the commission and
// supervision, never those who are recused from the case; nobody else.
func scope(a identity.Actor) (string, []any) {
	if !a.ReadsAll() {
		return "1 = 0", nil
	}
	return "NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = o.subject_kind AND x.subject_id = o.subject_id AND x.person_id = ?)", []any{a.ID}
}

// loaded is an objection with its notice and case.
type loaded struct {
	objection
	notice  row
	subject Subject
}

func (l loaded) kase() casework.Case {
	return casework.Case{Kind: workflows.Objection.Kind, ID: l.ID, Number: l.Number, Title: l.notice.Title, State: workflows.State(l.Status), Version: l.Version,
		Unit: l.subject.Case.Unit, Subject: l.ref(), Rules: l.subject.Case.Rules}
}

// load reads an objection the actor may see; everything else is NotFound.
func (s *Service) load(tx *database.Tx, a identity.Actor, id string) (l loaded, err error) {
	cond, args := scope(a)
	if err = tx.One(&l.objection, "SELECT "+objectionColumns+" FROM objection o WHERE o.id = ? AND "+cond, append([]any{id}, args...)...); err != nil {
		return l, fmt.Errorf("load objection: %w", err)
	}
	if l.notice, err = noticeOf(tx, l.objection); err != nil {
		return l, err
	}
	l.subject, err = s.subject(tx, l.ref())
	return l, err
}

func noticeOf(tx *database.Tx, o objection) (n row, err error) {
	if err = tx.One(&n, "SELECT "+columns+" FROM notice n WHERE n.id = ?", o.NoticeID); err != nil {
		return n, fmt.Errorf("notice of objection %s: %w", o.ID, err)
	}
	return n, nil
}

// Do performs a command in a transaction of its own.
func (s *Service) Do(ctx context.Context, a identity.Actor, c casework.Command) (out casework.Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out, err = casework.Once(tx, a.ID, c.Key, digestOf(c.ID, c.Action, c.Version, c.Reason, string(c.Data)), func() (casework.Outcome, error) {
			return s.DoTx(tx, a, c)
		})
		return err
	})
	return out, err
}

// DoTx performs a command inside a transaction. The reason is what is kept: the findings of
// handle, the result of reject, uphold and dismiss, what is missing of return.
func (s *Service) DoTx(tx *database.Tx, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	l, err := s.load(tx, a, c.ID)
	if err != nil {
		return casework.Outcome{}, err
	}
	if !a.Has(workflows.System) {
		if err := casework.CheckVersion(tx, a, l.kase(), c.Version); err != nil {
			return casework.Outcome{}, err
		}
	}
	if text := strings.TrimSpace(string(c.Data)); text != "" && text != "null" && text != "{}" {
		return casework.Outcome{}, fault.BadField("data", "unknown_field")
	}
	reason := strings.TrimSpace(c.Reason)
	if reason != "" {
		if problems := text("reason", reason, 1, maxObjection); len(problems) > 0 {
			return casework.Outcome{}, fault.Bad(problems...)
		}
	}
	facts, err := s.facts(tx, a, l)
	if err != nil {
		return casework.Outcome{}, err
	}
	out, err := s.Engine.Apply(tx, casework.Step{Case: l.kase(), Action: c.Action, Actor: a, Reason: reason, Facts: facts, Set: changes(a, c.Action, reason)})
	if err != nil {
		return out, err
	}
	return out, s.tellObjector(tx, l, out)
}

// changes are the columns that an action fills besides the state.
func changes(a identity.Actor, action workflows.Action, reason string) map[string]any {
	switch action {
	case "handle":
		return map[string]any{"findings": reason, "handled_by": a.ID}
	case "reject", "uphold", "dismiss":
		return map[string]any{"result": reason, "decided_by": a.ID}
	}
	return nil
}

// facts: whoever has examined the objection at any time, also before it was returned, may not
// decide it.
func (s *Service) facts(tx *database.Tx, a identity.Actor, l loaded) (map[workflows.Fact]bool, error) {
	return casework.Establish(workflows.Objection, workflows.State(l.Status), map[workflows.Fact]casework.Guard{
		workflows.NotHandler: func() (bool, error) {
			n, err := tx.Count("SELECT count(*) FROM case_history WHERE kind = 'objection' AND case_id = ? AND action = 'handle' AND actor_id = ?", l.ID, a.ID)
			return n == 0, err
		},
	})
}

// Actions lists what the actor can do now.
func (s *Service) Actions(ctx context.Context, a identity.Actor, id string) (out casework.Actions, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		facts, err := s.facts(tx, a, l)
		state := workflows.State(l.Status)
		out = casework.Actions{Case: casework.Ref{Kind: s.Kind(), ID: l.ID}, Number: l.Number, State: state, Version: l.Version,
			Choices: workflows.Objection.Choices(state, a.Roles, facts)}
		return err
	})
	return out, err
}

// View is one objection as the actor may read it.
type View struct {
	ID, Number           string
	State                workflows.State
	Version              int64
	Subject              casework.Ref
	Title                string // of the notice
	NoticeID             string
	NoticeNumber         string
	ObjectorKind         ObjectorKind
	Name                 string
	Contact              string // the commission only
	Body                 string
	Findings, Result     string
	HandledBy, DecidedBy string // names
	FiledAt, UpdatedAt   time.Time
	Evidence             int // files that came with it; the commission alone reads them
	Clocks               []casework.Clock
	Choices              []workflows.Choice
	History              []casework.Event
}

// View reads one objection: the commission all of it, supervision all but the contact; to
// everybody else, and to the recused, it is NotFound.
func (s *Service) View(ctx context.Context, a identity.Actor, id string) (v View, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		v, err = s.view(tx, a, l)
		return err
	})
	return v, err
}

// Objections lists the objections of a case as View shows them, oldest first; nobody but the
// commission and supervision gets any.
func (s *Service) Objections(tx *database.Tx, a identity.Actor, ref casework.Ref) ([]View, error) {
	cond, args := scope(a)
	var rows []objection
	err := tx.Find(&rows, "SELECT "+objectionColumns+" FROM objection o WHERE o.subject_kind = ? AND o.subject_id = ? AND "+cond+" ORDER BY o.id LIMIT 200",
		append([]any{string(ref.Kind), ref.ID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("objections of %s %s: %w", ref.Kind, ref.ID, err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	sub, err := s.subject(tx, ref)
	if err != nil {
		return nil, err
	}
	out := make([]View, 0, len(rows))
	for _, o := range rows {
		n, err := noticeOf(tx, o)
		if err != nil {
			return nil, err
		}
		v, err := s.view(tx, a, loaded{objection: o, notice: n, subject: sub})
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (s *Service) view(tx *database.Tx, a identity.Actor, l loaded) (v View, err error) {
	handled, decided := deref(l.HandledBy), deref(l.DecidedBy)
	names, err := identity.Names(tx, []string{handled, decided})
	if err != nil {
		return View{}, err
	}
	v = View{ID: l.ID, Number: l.Number, State: workflows.State(l.Status), Version: l.Version, Subject: l.ref(), Title: l.notice.Title,
		NoticeID: l.NoticeID, NoticeNumber: l.notice.Number, ObjectorKind: ObjectorKind(l.ObjectorKind), Name: l.ObjectorName, Body: l.Body,
		Findings: l.Findings, Result: l.Result, HandledBy: names[handled], DecidedBy: names[decided], FiledAt: l.CreatedAt, UpdatedAt: l.UpdatedAt}
	if a.Commission() {
		v.Contact = l.Contact
	}
	self := casework.Ref{Kind: s.Kind(), ID: l.ID}
	if v.Evidence, err = countEvidence(tx, l.ID); err != nil {
		return View{}, err
	}
	if v.Clocks, err = s.Engine.Clocks(tx, self); err != nil {
		return View{}, err
	}
	facts, err := s.facts(tx, a, l)
	if err != nil {
		return View{}, err
	}
	v.Choices = workflows.Objection.Choices(v.State, a.Roles, facts)
	v.History, err = casework.History(tx, self)
	return v, err
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
