package casework

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

// deadline is one cycle of one clock of one case.
type deadline struct {
	ID, Kind, CaseID, Clock string
	Cycle                   int
	StartedAt               time.Time
	Days                    int
	Working                 bool
	Extra                   int
	FixedDue                string
	Pauses                  string
	DueOn                   string
	DueAt                   time.Time
	Provisional             bool
	CalendarVersion         string
	AtEnd                   string
	PausedAt                *time.Time
	EndedAt                 *time.Time
	FiredAt                 *time.Time
}

const deadlineColumns = `id, kind, case_id, clock, cycle, started_at, days, working, extra, fixed_due, pauses, due_on, due_at,
	provisional, calendar_version, at_end, paused_at, ended_at, fired_at`

func (d deadline) spans() []workflows.Span {
	var out []workflows.Span
	_ = json.Unmarshal([]byte(d.Pauses), &out) // written by us; an unreadable list counts as no pause
	if d.PausedAt != nil {
		out = append(out, workflows.Span{From: *d.PausedAt})
	}
	return out
}

func (d deadline) term() workflows.Term { return workflows.Term{Days: d.Days, Working: d.Working} }

// read counts the clock at an instant; a fixed due date stands whatever was counted.
func (d deadline) read(c *workflows.Calendar, now time.Time) workflows.Reading {
	if d.EndedAt != nil {
		now = *d.EndedAt
	}
	r := c.Read(d.StartedAt, d.term(), d.Extra, d.spans(), now)
	if d.FixedDue == "" {
		return r
	}
	due, err := workflows.ParseDate(d.FixedDue)
	if err != nil {
		return r
	}
	r.Due, r.DueAt, r.Provisional = due, due.End(), !c.Confirmed(due)
	r.Left = max(0, c.Between(workflows.DateOf(now), due))
	r.Overdue = !now.Before(r.DueAt)
	return r
}

// moveClocks ends, pauses, resumes and starts the clocks that the entered state asks for,
// and plans what they do at their end.
func (e *Engine) moveClocks(tx *database.Tx, s Step, out Outcome) error {
	cal, err := e.calendars.Calendar(tx)
	if err != nil {
		return err
	}
	state, _ := workflows.ByKind(s.Case.Kind).State(out.State)
	open, err := openDeadlines(tx, Ref{s.Case.Kind, s.Case.ID})
	if err != nil {
		return err
	}
	for i := range open {
		settleClock(&open[i], state, tx.Now())
	}
	for _, c := range state.Clocks {
		if _, dated := s.Due[c.Name]; c.Dated && !dated {
			continue
		}
		if !slices.ContainsFunc(open, func(d deadline) bool { return d.Clock == string(c.Name) && d.EndedAt == nil }) {
			d, err := e.startClock(tx, s, c)
			if err != nil {
				return err
			}
			open = append(open, d)
		}
	}
	return e.replan(tx, cal, s.Case, state, open)
}

func openDeadlines(tx *database.Tx, c Ref) (ds []deadline, err error) {
	err = tx.Find(&ds, "SELECT "+deadlineColumns+" FROM deadline WHERE kind = ? AND case_id = ? AND ended_at IS NULL ORDER BY id LIMIT 50", string(c.Kind), c.ID)
	return ds, err
}

// settleClock lets an open clock end, stand still or go on, as the entered state asks for.
func settleClock(d *deadline, state workflows.StateRow, now time.Time) {
	name := workflows.ClockName(d.Clock)
	runs := slices.ContainsFunc(state.Clocks, func(c workflows.StateClock) bool { return c.Name == name })
	switch {
	case slices.Contains(state.Paused, name):
		if d.PausedAt == nil {
			d.PausedAt = &now
		}
	case !runs:
		if d.PausedAt != nil {
			d.resume(now)
		}
		d.EndedAt = &now
	case d.PausedAt != nil && !d.heldByExperts():
		d.resume(now)
	}
}

// heldByExperts: the decision clock stands still while experts work, whatever the state
// does; only Resume starts it again.
func (d *deadline) heldByExperts() bool { return d.Clock == string(workflows.ClockDecision) }

func (d *deadline) resume(now time.Time) {
	spans := d.spans()
	spans[len(spans)-1].To = now // the pause that is still open comes last
	text, _ := json.Marshal(spans)
	d.Pauses, d.PausedAt = string(text), nil
}

func (e *Engine) startClock(tx *database.Tx, s Step, c workflows.StateClock) (deadline, error) {
	term, ok := s.Case.Rules.Terms[c.Name]
	fixed, isFixed := s.Due[c.Name]
	if !ok && !isFixed {
		return deadline{}, fmt.Errorf("rule set has no term for clock %s", c.Name)
	}
	n, err := tx.Count("SELECT count(*) FROM deadline WHERE kind = ? AND case_id = ? AND clock = ?", string(s.Case.Kind), s.Case.ID, string(c.Name))
	if err != nil {
		return deadline{}, err
	}
	d := deadline{ID: tx.ID(), Kind: string(s.Case.Kind), CaseID: s.Case.ID, Clock: string(c.Name), Cycle: int(n) + 1, StartedAt: tx.Now(),
		Days: term.Days, Working: term.Working, Pauses: "[]", DueAt: tx.Now()}
	if !s.Since.IsZero() {
		d.StartedAt = s.Since
	}
	if isFixed {
		d.FixedDue = fixed.String()
	}
	return d, tx.Insert("deadline", &d)
}

// replan counts every open clock anew, stores it, and puts its end and its reminders into
// the outbox in place of the ones planned before.
func (e *Engine) replan(tx *database.Tx, cal *workflows.Calendar, c Case, state workflows.StateRow, ds []deadline) error {
	if err := outbox.Cancel(tx, c.Kind, c.ID); err != nil {
		return err
	}
	for i := range ds {
		d := &ds[i]
		d.AtEnd = ""
		var clock workflows.StateClock
		for _, sc := range state.Clocks {
			if string(sc.Name) == d.Clock {
				clock, d.AtEnd = sc, string(sc.AtEnd)
			}
		}
		r := d.read(cal, tx.Now())
		d.DueOn, d.DueAt, d.Provisional, d.CalendarVersion = r.Due.String(), r.DueAt, r.Provisional, cal.Version()
		if d.EndedAt == nil && d.DueAt.After(tx.Now()) {
			d.FiredAt = nil // an end that was put off comes once more
		}
		if err := d.store(tx); err != nil {
			return err
		}
		if d.EndedAt != nil || d.PausedAt != nil {
			continue
		}
		if err := plan(tx, cal, c, clock, *d); err != nil {
			return err
		}
	}
	return nil
}

func (d deadline) store(tx *database.Tx) error {
	return tx.Must(`UPDATE deadline SET extra = ?, fixed_due = ?, pauses = ?, due_on = ?, due_at = ?, provisional = ?, calendar_version = ?, at_end = ?,
		paused_at = ?, ended_at = ?, fired_at = ? WHERE id = ?`, d.Extra, d.FixedDue, d.Pauses, d.DueOn, d.DueAt, d.Provisional, d.CalendarVersion, d.AtEnd,
		d.PausedAt, d.EndedAt, d.FiredAt, d.ID)
}

// remindAt is the hour of the day (Shanghai) at which people are reminded.
const remindAt = 9 * time.Hour

// plan puts the end of a clock and what is left of its ladder into the outbox. The keys are
// new each time: one transaction may plan a clock twice, and what Cancel took back keeps its
// key. An end that has come already stays with its ladder.
func plan(tx *database.Tx, cal *workflows.Calendar, c Case, clock workflows.StateClock, d deadline) error {
	key := d.ID + "/" + tx.ID()
	if d.FiredAt == nil {
		err := outbox.Put(tx, outbox.Item{Key: "deadline/" + key, Topic: TopicDeadline, Kind: c.Kind, CaseID: c.ID, Cancellable: true, DueAt: d.DueAt,
			Payload: DeadlineDue{Deadline: d.ID, Kind: c.Kind, CaseID: c.ID, Clock: workflows.ClockName(d.Clock), Action: workflows.Action(d.AtEnd)}})
		if err != nil {
			return err
		}
	}
	if len(clock.Remind) == 0 {
		return nil
	}
	due, err := workflows.ParseDate(d.DueOn)
	if err != nil {
		return err
	}
	ladder := c.Rules.Ladders[clock.Name]
	for _, r := range cal.Reminders(due, ladder.Before, ladder.Every, ladder.Times) {
		if r.Step == 0 && !ladder.AtDue {
			continue
		}
		if err := planReminder(tx, c, clock, d, key, r); err != nil {
			return err
		}
	}
	return nil
}

func planReminder(tx *database.Tx, c Case, clock workflows.StateClock, d deadline, key string, r workflows.Reminder) error {
	at := r.On.Start().Add(remindAt)
	if !at.After(tx.Now()) {
		return nil
	}
	code := "remind"
	switch {
	case r.Step == 0:
		code = "due"
	case r.Step > 0:
		code = "overdue"
	}
	n := c.notice(code, slices.Clone(clock.Remind))
	ladder := c.Rules.Ladders[clock.Name]
	n.Superiors, n.Deadline, n.DueOn = ladder.escalates(r.Step), d.ID, d.DueOn
	if n.Superiors && ladder.ToSupervision {
		n.Audiences = append(n.Audiences, workflows.ToSupervision)
	}
	label := ClockLabel(clock.Name)
	n.Params["Clock_zh"], n.Params["Clock_en"], n.Params["Due"], n.Params["Days"] = label.Zh, label.En, d.DueOn, ladderDays(r)
	return outbox.Put(tx, outbox.Item{Key: "remind/" + key + "/" + r.Kind, Topic: TopicRemind, Kind: c.Kind, CaseID: c.ID, Cancellable: true, Payload: n, DueAt: at})
}

// ladderDays is the number in before-10 or after-3.
func ladderDays(r workflows.Reminder) string {
	for i := len(r.Kind) - 1; i >= 0; i-- {
		if r.Kind[i] == '-' {
			return r.Kind[i+1:]
		}
	}
	return "0"
}

// Hold pauses one clock of a case while others work on it (experts: 行政许可法 45); Release
// lets it go on. Both do nothing when the clock is not open or already so.
func (e *Engine) Hold(tx *database.Tx, c Case, name workflows.ClockName) error {
	return e.change(tx, c, name, func(d *deadline) bool {
		if d.PausedAt != nil {
			return false
		}
		now := tx.Now()
		d.PausedAt = &now
		return true
	})
}

// Release lets a held clock go on.
func (e *Engine) Release(tx *database.Tx, c Case, name workflows.ClockName) error {
	return e.change(tx, c, name, func(d *deadline) bool {
		if d.PausedAt == nil {
			return false
		}
		d.resume(tx.Now())
		return true
	})
}

// Extend adds days to an open clock.
func (e *Engine) Extend(tx *database.Tx, c Case, name workflows.ClockName, days int) error {
	return e.change(tx, c, name, func(d *deadline) bool { d.Extra += days; return days != 0 })
}

// Fix gives an open clock another due date.
func (e *Engine) Fix(tx *database.Tx, c Case, name workflows.ClockName, due workflows.Date) error {
	return e.change(tx, c, name, func(d *deadline) bool { d.FixedDue = due.String(); return true })
}

// change lets f change the open clock of a name and, where f says that it has, plans anew.
func (e *Engine) change(tx *database.Tx, c Case, name workflows.ClockName, f func(*deadline) bool) error {
	cal, err := e.calendars.Calendar(tx)
	if err != nil {
		return err
	}
	open, err := openDeadlines(tx, Ref{c.Kind, c.ID})
	if err != nil {
		return err
	}
	changed := false
	for i := range open {
		if open[i].Clock == string(name) {
			changed = f(&open[i]) || changed
		}
	}
	if !changed {
		return nil
	}
	state, _ := workflows.ByKind(c.Kind).State(c.State)
	return e.replan(tx, cal, c, state, open)
}

// Over reports whether an open clock of the case has ended: the fact behind what deadlines
// do by themselves.
func Over(tx *database.Tx, c Ref, name workflows.ClockName) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM deadline WHERE kind = ? AND case_id = ? AND clock = ? AND ended_at IS NULL AND paused_at IS NULL
		AND due_at <= ?`, string(c.Kind), c.ID, string(name), tx.Now())
	return n > 0, err
}

// Due loads a deadline that the outbox says has ended and marks it as fired. ok is false when
// it is no longer current: ended, paused, moved or fired before.
func Due(tx *database.Tx, id string) (ok bool, err error) {
	n, err := tx.Exec(`UPDATE deadline SET fired_at = ? WHERE id = ? AND ended_at IS NULL AND paused_at IS NULL AND fired_at IS NULL AND due_at <= ?`,
		tx.Now(), id, tx.Now())
	return n == 1, err
}

// Clock is one clock of a case as people see it.
type Clock struct {
	Name        workflows.ClockName
	Label       workflows.Label
	Started     time.Time
	Reading     workflows.Reading
	Working     bool
	Ended       bool
	PausedSince *time.Time
	Extra       int
}

// Clocks reads every clock of a case, the open ones first.
func (e *Engine) Clocks(tx *database.Tx, c Ref) ([]Clock, error) {
	cal, err := e.calendars.Calendar(tx)
	if err != nil {
		return nil, err
	}
	var ds []deadline
	err = tx.Find(&ds, "SELECT "+deadlineColumns+` FROM deadline WHERE kind = ? AND case_id = ?
		ORDER BY CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, started_at DESC, id LIMIT 100`, string(c.Kind), c.ID)
	if err != nil {
		return nil, fmt.Errorf("clocks of %s %s: %w", c.Kind, c.ID, err)
	}
	out := make([]Clock, 0, len(ds))
	for _, d := range ds {
		name := workflows.ClockName(d.Clock)
		out = append(out, Clock{Name: name, Label: ClockLabel(name), Started: d.StartedAt, Reading: d.read(cal, tx.Now()), Working: d.Working || d.FixedDue != "",
			Ended: d.EndedAt != nil, PausedSince: d.PausedAt, Extra: d.Extra})
	}
	return out, nil
}

// ClockOf returns the open clock of a name, or NotFound.
func (e *Engine) ClockOf(tx *database.Tx, c Ref, name workflows.ClockName) (Clock, error) {
	all, err := e.Clocks(tx, c)
	if err != nil {
		return Clock{}, err
	}
	for _, k := range all {
		if k.Name == name && !k.Ended {
			return k, nil
		}
	}
	return Clock{}, fault.Missing()
}
