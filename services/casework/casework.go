// Package casework is the one path of every state change: decide purely, store
// conditionally, record always, in one transaction. It owns the history, the deadlines, the
// notices that a change causes and the idempotency keys; no other statement touches a status
// column. It knows the tables of package workflows and none of the contents of a case.
//
// It stands between identity and the domain packages because application, evaluation and
// registry would otherwise each write the same eight steps.
package casework

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterzone/services/audit"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Calendars yields the working-day calendar in force.
type Calendars interface {
	Calendar(tx *database.Tx) (*workflows.Calendar, error)
}

// Engine applies transitions.
type Engine struct{ calendars Calendars }

// New returns an engine that counts by the given calendar.
func New(c Calendars) *Engine { return &Engine{calendars: c} }

// Rules are the parts of a rule set that clocks need.
type Rules struct {
	Terms   map[workflows.ClockName]workflows.Term
	Ladders map[workflows.ClockName]Ladder // a clock without one reminds nobody
}

// Ladder says when people are reminded of the end of a clock, in working days.
type Ladder struct {
	Before        []int // so many days before the end
	AtDue         bool  // and on the last day
	Every         int   // after the end, every so many days; 0: never
	Times         int   // and so often
	EscalateFrom  int   // from the n-th time after the end superiors are told besides; 0: never
	ToSupervision bool  // and supervision
}

// escalates reports whether a rung goes beyond those whose clock it is.
func (l Ladder) escalates(step int) bool { return l.EscalateFrom > 0 && step >= l.EscalateFrom }

// Case is what the engine must know of a case that was loaded with the visibility scope.
type Case struct {
	Kind      workflows.Kind
	ID        string
	Number    string
	Title     string
	State     workflows.State
	Version   int64
	Unit      string // responsible district
	Office    string // asked department, of an opinion
	Evaluator string // asked person, of a review
	Subject   Ref    // whose recusals hold; zero: the case itself
	Rules     Rules
}

// Command is what a person asks for; the same shape on every kind of case.
type Command struct {
	ID      string
	Action  workflows.Action
	Version int64 // the version the person has seen
	Reason  string
	Data    json.RawMessage // what the action needs besides
	Key     string          // idempotency key; empty for pages, whose version protects them
}

// Step is one decided change.
type Step struct {
	Case   Case
	Action workflows.Action
	Actor  identity.Actor
	Reason string
	Facts  map[workflows.Fact]bool
	Set    map[string]any // further columns of the case, changed by the same statement
	Detail map[string]any // for history and audit: what was decided, in figures
	Due    map[workflows.ClockName]workflows.Date
	// Since is the instant from which the clocks that this change starts are counted; zero: now.
	Since time.Time
	// Insert creates the case in the given state with version 1; only for rows without From.
	Insert func(tx *database.Tx, s workflows.State) error
	Params map[string]string // further parameters of the notice
	// UnitOnly keeps the change within the district: nobody else knows of the case yet.
	UnitOnly bool
}

// Outcome is the answer to a Command, and what an idempotency key answers again.
type Outcome struct {
	Kind    workflows.Kind   `json:"kind"`
	ID      string           `json:"id"`
	Number  string           `json:"number"`
	Action  workflows.Action `json:"action"`
	From    workflows.State  `json:"from"`
	State   workflows.State  `json:"state"`
	Version int64            `json:"version"`
	At      time.Time        `json:"at"`
}

// Apply decides and performs one transition. Errors: what Fire refuses, as faults; Conflict
// "stale" when the case has moved since it was loaded.
func (e *Engine) Apply(tx *database.Tx, s Step) (Outcome, error) {
	w := workflows.ByKind(s.Case.Kind)
	s.Reason = strings.TrimSpace(s.Reason)
	to, err := w.Fire(tx.Context(), workflows.Request{From: s.Case.State, Action: s.Action, Roles: s.Actor.Roles, Facts: s.Facts, Reason: s.Reason})
	if err != nil {
		return Outcome{}, fault.FromWorkflow(s.Case.Kind, err)
	}
	out := Outcome{Kind: s.Case.Kind, ID: s.Case.ID, Number: s.Case.Number, Action: s.Action, From: s.Case.State, State: to,
		Version: s.Case.Version + 1, At: tx.Now()}
	for _, do := range []func(*database.Tx, Step, Outcome) error{e.write, e.record, e.moveClocks, e.tell} {
		if err := do(tx, s, out); err != nil {
			return Outcome{}, fmt.Errorf("%s %s %s: %w", s.Action, s.Case.Kind, s.Case.ID, err)
		}
	}
	return out, nil
}

// write is the only statement of the product that touches a status column.
func (e *Engine) write(tx *database.Tx, s Step, out Outcome) error {
	if s.Case.State == "" {
		return s.Insert(tx, out.State)
	}
	set, args := []string{"status = ?", "version = version + 1", "updated_at = ?"}, []any{string(out.State), tx.Now()}
	for _, column := range slices.Sorted(maps.Keys(s.Set)) {
		set, args = append(set, column+" = ?"), append(args, s.Set[column])
	}
	args = append(args, s.Case.ID, s.Case.Version, string(s.Case.State))
	return tx.Must("UPDATE "+string(s.Case.Kind)+" SET "+strings.Join(set, ", ")+" WHERE id = ? AND version = ? AND status = ?", args...)
}

type historyRow struct {
	ID, Kind, CaseID                         string
	Seq                                      int64
	FromState, Action, ToState               string
	ActorID, ActorName, ActorRole, ActorUnit string
	Reason, Detail                           string
	At                                       time.Time
}

func (e *Engine) record(tx *database.Tx, s Step, out Outcome) error {
	detail, err := json.Marshal(orEmpty(s.Detail))
	if err != nil {
		return err
	}
	err = tx.Insert("case_history", &historyRow{ID: tx.ID(), Kind: string(s.Case.Kind), CaseID: s.Case.ID, Seq: out.Version,
		FromState: string(s.Case.State), Action: string(s.Action), ToState: string(out.State), ActorID: s.Actor.ID,
		ActorName: s.Actor.Name, ActorRole: string(actingRole(s)), ActorUnit: s.Actor.Unit, Reason: s.Reason,
		Detail: string(detail), At: tx.Now()})
	if err != nil {
		return err
	}
	return Record(tx, s.Actor, string(s.Case.Kind)+"."+string(s.Action), Ref{s.Case.Kind, s.Case.ID}, map[string]any{
		"from": s.Case.State, "to": out.State, "version": out.Version, "reason": s.Reason, "detail": orEmpty(s.Detail)})
}

// Record appends an audit entry for what an actor did to a case without moving it.
func Record(tx *database.Tx, a identity.Actor, action string, c Ref, detail any) error {
	return audit.Append(tx, audit.Entry{ActorID: a.ID, ActorName: a.Name, ActorUnit: a.Unit, Action: action,
		ObjectKind: string(c.Kind), ObjectID: c.ID, Detail: detail, RequestID: a.RequestID, IP: a.IP})
}

// actingRole is the first of the actor's roles that the row names.
func actingRole(s Step) workflows.Role {
	row, _ := workflows.ByKind(s.Case.Kind).Row(s.Case.State, s.Action)
	for _, r := range row.Roles {
		if s.Actor.Has(r) {
			return r
		}
	}
	return ""
}

func (e *Engine) tell(tx *database.Tx, s Step, out Outcome) error {
	w := workflows.ByKind(s.Case.Kind)
	row, _ := w.Row(s.Case.State, s.Action)
	state, _ := w.State(out.State)
	told := slices.Clone(row.Told)
	if out.State != s.Case.State {
		told = append(told, state.Told...)
	}
	if s.UnitOnly {
		told = slices.DeleteFunc(told, func(a workflows.Audience) bool { return a != workflows.ToFillers && a != workflows.ToLeaders })
	}
	if len(told) == 0 {
		return nil
	}
	state, _ = w.State(seenBy(w, told, out.State))
	n := s.Case.notice("moved", told)
	n.Except, n.State = s.Actor.ID, out.State
	maps.Copy(n.Params, map[string]string{"Action_zh": row.Label.Zh, "Action_en": row.Label.En,
		"State_zh": state.Label.Zh, "State_en": state.Label.En})
	if !row.Internal {
		n.Params["Reason"] = s.Reason
	}
	maps.Copy(n.Params, s.Params)
	return Tell(tx, fmt.Sprintf("moved/%s/%s/%d", s.Case.Kind, s.Case.ID, out.Version), n, tx.Now())
}

func (c Case) notice(code string, to []workflows.Audience) Notice {
	subject := c.Subject
	if subject.ID == "" {
		subject = Ref{c.Kind, c.ID}
	}
	return Notice{Code: code, Params: map[string]string{"Number": c.Number, "Title": c.Title}, Audiences: to, Kind: c.Kind,
		CaseID: c.ID, Unit: c.Unit, Office: c.Office, Evaluator: c.Evaluator, Subject: subject}
}

// CheckVersion refuses a command that was made on an older version, and says what has
// happened since.
// Reasons written by another unit are left out: they may be internal.
func CheckVersion(tx *database.Tx, a identity.Actor, c Case, seen int64) error {
	if seen == c.Version {
		return nil
	}
	since, err := historySince(tx, Ref{c.Kind, c.ID}, seen)
	if err != nil {
		return err
	}
	for i := range since {
		if since[i].ActorUnit != a.Unit {
			since[i].Reason = ""
		}
	}
	w := workflows.ByKind(c.Kind)
	return fault.Stale(Changed{Version: c.Version, State: SeenState(w, a, c.State), Since: SeenHistory(w, a, since)}).With("Version", strconv.FormatInt(c.Version, 10))
}

// Changed is what a stale command is told.
type Changed struct {
	Version int64           `json:"version"`
	State   workflows.State `json:"state"`
	Since   []Event         `json:"since"`
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
