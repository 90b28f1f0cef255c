package views

// CaseHead opens the page of a case: what it is, how far it has come, which clocks run, what
// can be done now, and the sections of the page.
type CaseHead struct {
	Header  Header
	Facts   []Item // number, unit, round: short ones
	Steps   []Step
	Clocks  []NamedClock
	Actions []Action
	Tabs    []Tab
}

// NamedClock is a clock under its name.
type NamedClock struct {
	Name  string
	Clock Clock
}

// ErrorView is an error as a person reads it.
type ErrorView struct {
	Title, Text, Help string
	Reasons           []string
	Login             string // label of a link to the login in a new window; empty: none
	Home              string
}
