// Package workflows holds the state and transition tables of every kind of case, and the
// pure arithmetic of its clocks. It owns what may happen next and to whom; it performs no
// I/O and knows nothing of databases, pages or people.
//
// A table is the single source for buttons, the permission matrix, diagrams, deadlines,
// notices and the CHECK constraints of the schema. looplab/fsm takes the decision itself:
// one throw-away machine per decision, with one before_event callback that cancels with
// the guard's error (its enter_ and after_ callbacks fail after the state has changed, and
// a shared machine keeps whatever string it was given, so neither is used).
package workflows

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/looplab/fsm"
)

// Kind names a workflow: the kind of case it moves.
type Kind string

// State is the status of a case; the empty state is "not there yet".
type State string

// Action is a verb of a transition table.
type Action string

// Role is what a person is in the procedure (domain: filler, leader, clerk, …).
type Role string

// Fact names a condition that a use case establishes before it asks for a transition.
// A fact that is not stated is false, so a guard can only be passed knowingly.
type Fact string

// ClockName names a statutory period of the rule set.
type ClockName string

// Audience names a group of recipients, resolved to people when a notice is delivered.
type Audience string

// The roles of the procedure.
const (
	Filler      Role = "filler"
	Leader      Role = "leader"
	Clerk       Role = "clerk"
	Officer     Role = "officer"
	Director    Role = "director"
	Department  Role = "department"
	Evaluator   Role = "evaluator"
	Statistics  Role = "statistics"
	Supervision Role = "supervision"
	SystemAdmin Role = "system_admin"
	Security    Role = "security_admin"
	Auditor     Role = "audit_admin"
	Public      Role = "public"
	System      Role = "system"
)

// Roles lists every role once, in the order of the permission matrix.
func Roles() []Role {
	return []Role{Filler, Leader, Clerk, Officer, Director, Department, Evaluator,
		Statistics, Supervision, SystemAdmin, Security, Auditor, Public, System}
}

// The audiences a table can name.
const (
	ToFillers     Audience = "unit_fillers"
	ToLeaders     Audience = "unit_leaders"
	ToClerks      Audience = "commission_clerks"
	ToOfficers    Audience = "commission_officers"
	ToDirectors   Audience = "commission_directors"
	ToDepartment  Audience = "asked_department"
	ToEvaluator   Audience = "asked_evaluator"
	ToStatistics  Audience = "statistics"
	ToSupervision Audience = "supervision"
)

// Label is a text in both languages of the product.
type Label struct{ Zh, En string }

// In returns the text in "en", and in Chinese for every other language.
func (l Label) In(lang string) string {
	if lang == "en" {
		return l.En
	}
	return l.Zh
}

// StateRow is one line of a state table.
type StateRow struct {
	State    State
	Label    Label
	Public   Label // what outsiders and the applicant's public trace may read
	Behind   State // a step of inner deliberation: outsiders read this state in its place
	Editable bool  // the content may be changed by those whose desk it is on
	Final    bool
	Desk     []Role       // whose turn it is: the case stands on their work list
	Clocks   []StateClock // periods that run while the case is in this state
	Paused   []ClockName  // periods that stand still here and go on afterwards
	Told     []Audience   // who is told when the case enters this state
}

// StateClock ties a period to what the clock does at its end.
type StateClock struct {
	Name  ClockName
	AtEnd Action // taken by System; empty: the end is only announced and escalated
	// Dated: it runs only where the case brings a due date of its own.
	Dated bool
	// Remind are the people the reminder ladder speaks to.
	Remind []Audience
}

// TransitionRow is one line of a transition table.
type TransitionRow struct {
	Action Action
	From   []State // nil: the row creates the case
	To     State   // empty: the case stays in its state
	Roles  []Role
	Needs  []Fact // guards, in the order in which they are reported
	Reason bool   // a written reason is required
	Label  Label
	Danger bool       // a button in red that asks again
	Told   []Audience // who is told besides those of the state that is entered
	// Internal: a step of the commission's own deliberation; its reason stays inside.
	Internal bool
}

// Table describes a workflow before it has been checked.
type Table struct {
	Kind        Kind
	Version     int
	Label       Label
	States      []StateRow
	Transitions []TransitionRow
	Facts       map[Fact]Label // why an action is blocked while the fact is missing
}

// Workflow is a checked table.
type Workflow struct {
	Table
	states map[State]StateRow
	rows   map[State]map[Action]step
}

type step struct {
	to  State
	row TransitionRow
}

// Triple is one permitted line of the history: a case left From by Action into To.
type Triple struct {
	From   State
	Action Action
	To     State
}

// Request is a question put to a workflow.
type Request struct {
	From   State
	Action Action
	Roles  []Role
	Facts  map[Fact]bool
	Reason string
}

// Choice is an action of the present state as one person sees it.
type Choice struct {
	Action  Action
	Label   Label
	To      State
	Reason  bool
	Danger  bool
	Blocked []Fact // empty: may be taken now
}

// The errors of Fire; a BlockedError besides them names its facts.
var (
	ErrUnknownState = errors.New("unknown state")
	ErrNoTransition = errors.New("no such action in this state")
	ErrRole         = errors.New("role may not take this action")
	ErrReason       = errors.New("a written reason is required")
)

// BlockedError says which facts are missing for an action.
type BlockedError struct{ Missing []Fact }

// Error names the missing facts, for logs.
func (e *BlockedError) Error() string { return fmt.Sprintf("blocked: %v", e.Missing) }

// Fire decides one transition and returns the state it leads to. It changes nothing.
// Errors: ErrUnknownState, ErrNoTransition, ErrRole, ErrReason, *BlockedError.
func (w *Workflow) Fire(ctx context.Context, q Request) (State, error) {
	if _, ok := w.states[q.From]; !ok && q.From != "" {
		return "", fmt.Errorf("%s in %q: %w", w.Kind, q.From, ErrUnknownState)
	}
	s, ok := w.rows[q.From][q.Action]
	if !ok {
		return "", fmt.Errorf("%s: %s from %q: %w", w.Kind, q.Action, q.From, ErrNoTransition)
	}
	return w.decide(ctx, q, s)
}

// decide runs the machine of one state. The machine knows a self-loop as NoTransitionError.
func (w *Workflow) decide(ctx context.Context, q Request, s step) (State, error) {
	events := make(fsm.Events, 0, len(w.rows[q.From]))
	for action, st := range w.rows[q.From] {
		events = append(events, fsm.EventDesc{Name: string(action), Src: []string{string(q.From)}, Dst: string(st.to)})
	}
	m := fsm.NewFSM(string(q.From), events, fsm.Callbacks{
		"before_event": func(_ context.Context, e *fsm.Event) {
			if err := admit(s.row, q); err != nil {
				e.Cancel(err)
			}
		},
	})
	err := m.Event(ctx, string(q.Action))
	var cancelled fsm.CanceledError
	var same fsm.NoTransitionError
	switch {
	case errors.As(err, &cancelled) && cancelled.Err != nil:
		return "", fmt.Errorf("%s: %s from %q: %w", w.Kind, q.Action, q.From, cancelled.Err)
	case errors.As(err, &same) && same.Err == nil:
		return State(m.Current()), nil
	case err != nil:
		return "", fmt.Errorf("%s: %s from %q: %w", w.Kind, q.Action, q.From, err)
	}
	return State(m.Current()), nil
}

// admit is the one guard: role, then facts, then reason.
func admit(row TransitionRow, q Request) error {
	if !shares(row.Roles, q.Roles) {
		return ErrRole
	}
	if missing := row.missing(q.Facts); len(missing) > 0 {
		return &BlockedError{Missing: missing}
	}
	if row.Reason && q.Reason == "" {
		return ErrReason
	}
	return nil
}

func (r TransitionRow) missing(facts map[Fact]bool) []Fact {
	var out []Fact
	for _, f := range r.Needs {
		if !facts[f] {
			out = append(out, f)
		}
	}
	return out
}

func shares(a, b []Role) bool {
	return slices.ContainsFunc(a, func(r Role) bool { return slices.Contains(b, r) })
}

// Choices lists what these roles can do in a state, in table order, with the facts that
// still block each action.
func (w *Workflow) Choices(from State, roles []Role, facts map[Fact]bool) []Choice {
	var out []Choice
	for _, row := range w.Transitions {
		s, ok := w.rows[from][row.Action]
		if !ok || !slices.Contains(row.From, from) || !shares(row.Roles, roles) {
			continue
		}
		out = append(out, Choice{Action: row.Action, Label: row.Label, To: s.to, Reason: row.Reason,
			Danger: row.Danger, Blocked: row.missing(facts)})
	}
	return out
}

// State returns the row of a state; ok is false for a state the table does not hold.
func (w *Workflow) State(s State) (StateRow, bool) {
	row, ok := w.states[s]
	return row, ok
}

// Row returns the transition row for an action in a state.
func (w *Workflow) Row(from State, a Action) (TransitionRow, bool) {
	s, ok := w.rows[from][a]
	return s.row, ok
}

// Triples lists every permitted (from, action, to), in table order.
func (w *Workflow) Triples() []Triple {
	var out []Triple
	for _, row := range w.Transitions {
		for _, from := range row.sources() {
			out = append(out, Triple{From: from, Action: row.Action, To: w.rows[from][row.Action].to})
		}
	}
	return out
}

// Actions lists each action once, in table order.
func (w *Workflow) Actions() []Action {
	var out []Action
	for _, row := range w.Transitions {
		if !slices.Contains(out, row.Action) {
			out = append(out, row.Action)
		}
	}
	return out
}

// ActionLabel returns the label of an action's first row.
func (w *Workflow) ActionLabel(a Action) Label {
	for _, row := range w.Transitions {
		if row.Action == a {
			return row.Label
		}
	}
	return Label{string(a), string(a)}
}

// OnDesk lists the states in which the case waits for the role.
func (w *Workflow) OnDesk(r Role) []State {
	var out []State
	for _, s := range w.States {
		if slices.Contains(s.Desk, r) {
			out = append(out, s.State)
		}
	}
	return out
}

func (r TransitionRow) sources() []State {
	if r.From == nil {
		return []State{""}
	}
	return r.From
}

// All lists the workflows of the product.
func All() []*Workflow {
	return []*Workflow{Application, Opinion, Review, Zone, Evaluation, Rectification, Objection, Report, Condition}
}

// Seen is what people outside the commission read in place of a state.
func (w *Workflow) Seen(s State) State {
	if row, ok := w.states[s]; ok && row.Behind != "" {
		return row.Behind
	}
	return s
}

// ByKind returns the workflow of a kind of case, or nil.
func ByKind(k Kind) *Workflow {
	for _, w := range All() {
		if w.Kind == k {
			return w
		}
	}
	return nil
}
