package web

import (
	"slices"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/problem"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// phase is one stop of the step bar: the states in which a case stands there.
type phase struct {
	key    string // text below "phase."
	states []workflows.State
}

// phases is the way of a kind of case as people picture it. Every state of the table stands in
// exactly one of them; a test holds that.
func phases(kind workflows.Kind) []phase {
	type states = []workflows.State
	switch kind {
	case workflows.Application.Kind:
		return []phase{{"fill", states{"draft", "signing"}}, {"check", states{"submitted", "correction", "correction_signing"}},
			{"review", states{"in_review"}}, {"recommend", states{"recommended", "refusal_proposed"}}, {"notice", states{"notice"}},
			{"decide", states{"deciding"}}, {"end", states{"accredited", "refused", "declined", "withdrawn", "lapsed"}}}
	case workflows.Opinion.Kind:
		return []phase{{"ask", states{"requested", "overdue"}}, {"answer", states{"given", "cancelled"}}}
	case workflows.Review.Kind:
		return []phase{{"invite", states{"invited"}}, {"score", states{"accepted"}},
			{"scored", states{"scored", "declined", "recused", "expired", "cancelled"}}}
	case workflows.Zone.Kind:
		return []phase{{"in_force", states{"in_force"}}, {"rectify", states{"rectifying"}}, {"revocation", states{"revocation_proposed"}},
			{"over", states{"revoked", "expired"}}}
	case workflows.Evaluation.Kind:
		return []phase{{"self", states{"self_report", "signing"}}, {"first", states{"filed"}}, {"score", states{"scoring"}},
			{"draft", states{"drafted"}}, {"notice", states{"notice"}}, {"confirm", states{"confirming"}}, {"grade", states{"graded", "cancelled"}}}
	case workflows.Rectification.Kind:
		return []phase{{"rectify", states{"open"}}, {"recheck", states{"rechecking"}}, {"result", states{"rechecked"}}, {"closed", states{"passed", "failed"}}}
	case workflows.Objection.Kind:
		return []phase{{"received", states{"received"}}, {"examine", states{"handled"}}, {"settled", states{"upheld", "dismissed", "inadmissible", "moot"}}}
	case workflows.Condition.Kind:
		return []phase{{"noted", states{"noted"}}, {"open", states{"open"}}, {"reported", states{"reported"}}, {"closed", states{"met", "waived", "cancelled"}}}
	case workflows.Report.Kind:
		return []phase{{"write", states{"open", "late"}}, {"unit", states{"unit_check"}}, {"bureau", states{"submitted"}}, {"release", states{"accepted", "released"}}}
	}
	return nil
}

// bad reports whether a final state is an end that the case did not set out for.
func bad(s workflows.State) bool {
	return slices.Contains([]workflows.State{"refused", "declined", "withdrawn", "lapsed", "cancelled", "recused", "expired", "revoked", "failed", "inadmissible"}, s)
}

func phaseOf(all []phase, s workflows.State) int {
	return slices.IndexFunc(all, func(p phase) bool { return slices.Contains(p.states, s) })
}

// steps is the way of a case as a step bar. The history says when each step was left, and
// where a case that ended early had got to; without it the bar shows the present step only.
func (r *request) steps(kind workflows.Kind, state workflows.State, history []casework.Event) []views.Step {
	all := phases(kind)
	now := phaseOf(all, state)
	row, _ := workflows.ByKind(kind).State(state)
	reached := now
	if row.Final && bad(state) {
		reached = furthest(all, history)
	}
	left := leftAt(all, history)
	out := make([]views.Step, 0, len(all))
	for i, p := range all {
		step := views.Step{Label: r.T("phase." + string(kind) + "." + p.key), State: views.StepNext}
		switch {
		case i == now && row.Final && bad(state):
			step.Label, step.State = r.stateLabel(kind, state), views.StepRefused
		case i == now && row.Final:
			step.Label, step.State = r.stateLabel(kind, state), views.StepDone
		case i == now:
			step.State, step.Note = views.StepCurrent, r.stateLabel(kind, state)
		case i < now && i <= reached:
			step.State = views.StepDone
		case i < now:
			step.State = views.StepSkipped
		}
		if at, ok := left[i]; ok && step.State == views.StepDone && i < now {
			step.Note = wording.Date(r.lang, at)
		}
		out = append(out, step)
	}
	return out
}

// furthest is the last step that a case was in before its end.
func furthest(all []phase, history []casework.Event) int {
	out := 0
	for _, e := range history {
		if e.From != "" {
			out = max(out, phaseOf(all, e.From))
		}
	}
	return out
}

// leftAt tells when each step was left for a later one.
func leftAt(all []phase, history []casework.Event) map[int]time.Time {
	out := map[int]time.Time{}
	for _, e := range history {
		from, to := phaseOf(all, e.From), phaseOf(all, e.To)
		if from >= 0 && to > from {
			out[from] = e.At
		}
	}
	return out
}

// stateLabel names a state as the reader may know it: the commission, supervision and whoever
// has it on the desk read the table's label, the others what is public. What the commission
// means to propose stays inside until it is decided.
func (r *request) stateLabel(kind workflows.Kind, state workflows.State) string {
	row, ok := workflows.ByKind(kind).State(state)
	if !ok {
		return string(state)
	}
	inside := r.actor.ReadsAll() || slices.ContainsFunc(row.Desk, r.actor.Has)
	if inside || row.Final && r.loggedIn() {
		return row.Label.In(string(r.lang))
	}
	return row.Public.In(string(r.lang))
}

// badge is a state in words and colour.
func (r *request) badge(kind workflows.Kind, state workflows.State) views.Badge {
	row, _ := workflows.ByKind(kind).State(state)
	b := views.Badge{Label: r.stateLabel(kind, state), Tone: views.Waiting}
	switch {
	case state == "withdrawn" || state == "cancelled":
		b.Tone = views.Quiet
	case row.Final && bad(state):
		b.Tone = views.Bad
	case row.Final || kind == workflows.Zone.Kind && state == "in_force":
		b.Tone = views.Good
	case state == "overdue" || state == "late":
		b.Tone = views.Bad
	case slices.ContainsFunc(row.Desk, r.actor.Has):
		b.Tone = views.Active
	}
	return b
}

// days counts working days from today.
type days struct {
	calendar *workflows.Calendar
	today    workflows.Date
}

func (r *request) days() (d days, err error) {
	err = r.view(func(tx *database.Tx) error {
		d.today = workflows.DateOf(tx.Now())
		d.calendar, err = r.site.Book.Calendar(tx)
		return err
	})
	return d, err
}

// dueClock is the badge of a due date in a list: days left, or days beyond it. An empty date
// is no clock; ok is false then.
func (d days) dueClock(dueOn string, overdue, provisional bool) (c views.Clock, ok bool) {
	due, err := workflows.ParseDate(dueOn)
	if err != nil {
		return c, false
	}
	c = views.Clock{Due: due.Start(), Overdue: overdue, Running: true, Provisional: provisional, Left: max(0, d.calendar.Between(d.today, due))}
	if overdue {
		c.Left = max(1, d.calendar.Between(due, d.today))
	}
	return c, true
}

// clocks turns the running and paused clocks of a case into panels, each under its name.
func (r *request) clocks(cs []casework.Clock) ([]views.NamedClock, error) {
	d, err := r.days()
	if err != nil {
		return nil, err
	}
	var out []views.NamedClock
	for _, c := range cs {
		if !c.Ended {
			out = append(out, views.NamedClock{Name: c.Label.In(string(r.lang)), Clock: r.clock(d, c)})
		}
	}
	return out, nil
}

// clock turns one clock into what is shown of it. Everything is shown in working days, also
// what the rules count in calendar days.
func (r *request) clock(d days, c casework.Clock) views.Clock {
	v := views.Clock{Used: c.Reading.Used, Paused: c.Reading.Paused, Left: c.Reading.Left, Due: c.Reading.Due.Start(), Running: c.Reading.Running,
		Overdue: c.Reading.Overdue && c.PausedSince == nil && !c.Ended, Provisional: c.Reading.Provisional, Finished: c.Ended}
	if !c.Working {
		v.Used, v.Left = d.calendar.Between(workflows.DateOf(c.Started), d.today), max(0, d.calendar.Between(d.today, c.Reading.Due))
	}
	if c.PausedSince != nil && !c.Ended {
		v.Pause, v.PauseReason = true, r.pauseReason(c)
	}
	if v.Overdue {
		v.Left = max(1, d.calendar.Between(c.Reading.Due, d.today))
	}
	return v
}

// pauseReason says since when a clock stands still, and why where that is known by its name.
func (r *request) pauseReason(c casework.Clock) string {
	since := r.T("page.clock.paused", "Date", wording.Date(r.lang, *c.PausedSince))
	if key := "page.clock.why." + string(c.Name); r.site.Words.Has(key) {
		return r.T("page.clock.because", "Since", since, "Why", r.T(key))
	}
	return since
}

// choices are the actions of the table as buttons, in its order; the first that is open and
// harms nothing leads. Each opens the form of the action (act.go).
func (r *request) choices(ref casework.Ref, choices []workflows.Choice) []views.Action {
	lead := slices.IndexFunc(choices, func(c workflows.Choice) bool { return !c.Danger && len(c.Blocked) == 0 })
	out := make([]views.Action, 0, len(choices))
	for i, c := range choices {
		a := views.Action{Label: c.Label.In(string(r.lang)), Href: actHref(ref, c.Action), Get: true, Primary: i == lead, Danger: c.Danger,
			Value: string(c.Action), Blocked: r.blocked(ref.Kind, c)}
		out = append(out, a)
	}
	return out
}

// blocked says why an action cannot be taken now, in one line.
func (r *request) blocked(kind workflows.Kind, c workflows.Choice) string {
	reasons := make([]string, len(c.Blocked))
	for i, fact := range c.Blocked {
		reasons[i] = problem.FactText(string(r.lang), kind, fact)
	}
	return strings.Join(reasons, r.T("page.semicolon"))
}

// timeline is the history of a case in sentences, the newest first: who did what, of which
// unit, and where the case went. Units maps codes to names (unitNames). What moves the case
// between states that look the same from outside stays inside.
func (r *request) timeline(kind workflows.Kind, history []casework.Event, units map[string]string) []views.Event {
	out := make([]views.Event, 0, len(history))
	for _, e := range slices.Backward(history) {
		if !r.inside(kind, e) {
			out = append(out, r.event(kind, e, units))
		}
	}
	return out
}

// inside reports whether an event is the commission's own affair for the reader: the case
// moved, but its public face did not.
func (r *request) inside(kind workflows.Kind, e casework.Event) bool {
	if r.actor.ReadsAll() || e.ActorUnit == r.actor.Unit && r.loggedIn() || e.From == e.To {
		return false
	}
	w := workflows.ByKind(kind)
	from, was := w.State(e.From)
	to, _ := w.State(e.To)
	return was && from.Public == to.Public
}

func (r *request) event(kind workflows.Kind, e casework.Event, units map[string]string) views.Event {
	w := workflows.ByKind(kind)
	label := w.ActionLabel(e.Action)
	if row, ok := w.Row(e.From, e.Action); ok {
		label = row.Label
	}
	to, _ := w.State(e.To)
	v := views.Event{When: e.At, Reason: e.Reason, Tone: views.Active}
	switch {
	case to.Final && bad(e.To):
		v.Tone, v.Icon = views.Bad, "x"
	case to.Final:
		v.Tone, v.Icon = views.Good, "check"
	}
	params := []any{"Who", e.ActorName, "Unit", units[e.ActorUnit], "Role", r.roleName(e.ActorRole), "Action", label.In(string(r.lang)),
		"State", r.stateLabel(kind, e.To)}
	key := "page.history.person"
	switch {
	case e.ActorRole == workflows.System:
		key = "page.history.system"
	case units[e.ActorUnit] == "": // an outsider, who filed an objection
		key = "page.history.outsider"
	}
	if e.From == e.To {
		key += ".stay"
	}
	v.Text = r.T(key, params...)
	return v
}
