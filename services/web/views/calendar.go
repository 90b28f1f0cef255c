package views

// CalendarView is one's due dates: a month, or a list.
type CalendarView struct {
	Header   Header
	Tabs     []Tab
	Month    *Month // nil: the list
	Table    Table
	Notes    []string // such as how many were due before the month
	FeedHref string   // where the private feed is made
}

// Month is the weeks of a month, from Monday to Sunday.
type Month struct {
	Title             string
	Before, After     Link
	Today             Link
	Weekdays          []string
	Weeks             [][]CalendarDay
	Entries           int
	EmptyText         string
	ProvisionalLegend bool
}

// CalendarDay is one day of a month with what is due on it.
type CalendarDay struct {
	Number  string // day of the month
	Date    string // in words, for small screens and screen readers
	Outside bool   // of the month before or after
	Today   bool
	Rest    bool
	Mark    string // rest or make-up, where the day differs from the plain week
	Name    string // of the holiday
	Entries []CalendarEntry
}

// CalendarEntry is a case due on a day.
type CalendarEntry struct {
	Number, Title, Step, Href string
	Late                      bool
	Provisional               bool
}
