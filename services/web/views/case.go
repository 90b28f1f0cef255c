package views

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// StepState is where a case stands at one step.
type StepState string

const (
	StepDone    StepState = "done"
	StepCurrent StepState = "current"
	StepNext    StepState = "next"
	StepRefused StepState = "refused" // the way ended here
	StepSkipped StepState = "skipped"
)

// Step is one stop on the way of a case.
type Step struct {
	Label string
	Note  string // a date or a person, may be empty
	State StepState
}

func (s Step) icon() string {
	switch s.State {
	case StepDone:
		return "check"
	case StepRefused:
		return "x"
	case StepSkipped:
		return "minus"
	case StepCurrent:
		return "point"
	default:
		return "circle"
	}
}

// Clock is what a deadline looks like. Days are working days.
type Clock struct {
	Used        int
	Paused      int
	Left        int // days to the due date; for an overdue clock the days beyond it
	Due         time.Time
	Running     bool // neither paused nor finished
	Pause       bool // stopped for now
	PauseReason string
	Overdue     bool
	Provisional bool // runs into a year whose calendar is not confirmed
	Finished    bool
}

// class colours the badge: red only when overdue.
func (c Clock) class() string {
	switch {
	case c.Overdue:
		return "clock-overdue"
	case c.Finished, c.Pause:
		return "clock-quiet"
	case c.Left <= 1:
		return "clock-soon"
	default:
		return "clock-running"
	}
}

func (c Clock) icon() string {
	switch {
	case c.Overdue:
		return "alert-circle"
	case c.Pause:
		return "clock-pause"
	case c.Finished:
		return "check"
	default:
		return "clock"
	}
}

func (c Clock) text(ctx context.Context) string {
	switch {
	case c.Overdue:
		return T(ctx, "web.clock.overdue", "Count", c.Left)
	case c.Finished:
		return T(ctx, "web.clock.finished")
	case c.Pause:
		return T(ctx, "web.clock.pause")
	case c.Left == 0:
		return T(ctx, "web.clock.today")
	default:
		return T(ctx, "web.clock.left", "Count", c.Left)
	}
}

// Tone is the colour of a badge: green only for done, red only for refusal and
// overdue.
type Tone string

const (
	Quiet   Tone = "quiet"   // not begun, closed without effect
	Active  Tone = "active"  // somebody is at work
	Waiting Tone = "waiting" // with somebody else
	Good    Tone = "good"    // done
	Bad     Tone = "bad"     // refused or overdue
)

// Badge is a state in words and colour.
type Badge struct {
	Label string
	Tone  Tone
}

// Action is one button of the state table.
type Action struct {
	Label   string
	Icon    string
	Href    string // where the form posts, or where the link goes if Get
	Get     bool
	Name    string // form value sent with it, such as action=return
	Value   string
	Version int64
	Primary bool
	Danger  bool // refuses or destroys
	Blocked string
	Confirm *Confirm
}

// Confirm asks before an action is sent.
type Confirm struct {
	Title  string
	Text   string
	Button string // empty: the action's label
	Reason string // label of the reason field; empty: none is asked
	Help   string // what a good reason holds
}

func (a Action) class() string {
	switch {
	case a.Blocked != "":
		return "btn is-blocked"
	case a.Danger:
		return "btn btn-outline-danger"
	case a.Primary:
		return "btn btn-primary"
	default:
		return "btn"
	}
}

func (a Action) version() string { return strconv.FormatInt(a.Version, 10) }

// id is unique within a page as long as address and value are.
func (a Action) id() string {
	clean := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}
	return "do-" + strings.Map(clean, a.Href+"-"+a.Value)
}

func (a Action) confirmClass() string {
	if a.Danger {
		return "btn btn-danger"
	}
	return "btn btn-primary"
}

func (a Action) confirmLabel() string {
	if a.Confirm.Button != "" {
		return a.Confirm.Button
	}
	return a.Label
}

// Event is one sentence of a history.
type Event struct {
	When   time.Time
	Text   string // who did what, on behalf of whom, from where
	Reason string
	Icon   string // empty: a point
	Tone   Tone
	Links  []Link // the version it made, the document
}

func (e Event) icon() string {
	if e.Icon == "" {
		return "point"
	}
	return e.Icon
}

// Tab is one section of a page, chosen by its address.
type Tab struct {
	Label  string
	Href   string
	Active bool
	Count  int
	Alert  bool // something in it needs attention
}

// Verdict is one row of a check: what was filed, what the machine found, and the
// officer's finding with its words.
type Verdict struct {
	Name    string // form values <name>.verdict and <name>.words
	Label   string
	Href    string // the field list or the file it is about
	Checks  []Check
	Options []Option
	Value   string
	Words   string
	Error   string
	Locked  bool // shown, not asked
}

func (v Verdict) words() Field {
	return Field{Name: v.Name + ".words", Value: v.Words, Error: v.Error, ReadOnly: v.Locked}
}

// Check is one machine finding.
type Check struct {
	Tone Tone // Good, Waiting (look at it) or Bad
	Text string
}

func (c Check) icon() string {
	switch c.Tone {
	case Good:
		return "circle-check"
	case Bad:
		return "alert-circle"
	default:
		return "help-circle"
	}
}

// Task is one line of a task list: a part of a form and how far it is.
type Task struct {
	Label  string
	Href   string
	Active bool
	Badge  Badge
	Who    string // who else is at it now
}

// Progress is a long piece of work that can be left.
type Progress struct {
	Label string
	Done  int
	Total int
	Poll  string // address that answers with the next state; empty when over
	Links []Link // where the result is
	Error string
}

func (p Progress) attributes() templ.Attributes {
	if p.Poll == "" {
		return nil
	}
	return templ.Attributes{"hx-get": p.Poll, "hx-trigger": "load delay:2s", "hx-swap": "outerHTML"}
}
