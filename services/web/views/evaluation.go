package views

// EvaluationView is one zone's evaluation of one year: the head of the case and the section
// that is open.
type EvaluationView struct {
	Head    CaseHead
	Notes   []string
	Missing []Problem // what still keeps it from being handed on
	Sheet   *SheetView
	Slots   []SlotView
	Files   []FileLine
	Result  *ResultView
	Panel   *Table
	PanelTo Link
	History []Event
}

// SheetView is the indicators of a year: to fill in, or to read.
type SheetView struct {
	Form    *Form // nil: for reading
	Stale   *Stale
	Lead    string
	ShowWas bool // last year's figures are known
	ShowOwn bool // the unit's figures stand beside the officer's
	Figure  string
	Groups  []SheetGroup
	Items   []SheetGroup // bonuses and deductions
	Vetoes  []Field
	VetoWhy []Field
	Raised  []Passage // vetoes, for reading
	Buttons []CheckButton
	TakeAll string // label of the button that fills in last year's figures where nothing is typed yet
}

// SheetGroup is rows under one heading.
type SheetGroup struct {
	Title string
	Rows  []SheetRow
}

// SheetRow is one indicator or item.
type SheetRow struct {
	Name, Definition, Unit string
	Weight                 string
	Was, Own               string // last year's figure, the unit's figure
	OwnNote                string
	Text, NoteText         string // for reading
	Expert                 string // scored by experts: says so instead of a figure
	Differs                bool   // the officer's figure is another than the unit's
	Figure                 *Field
	Target                 *Field
	TargetText             string
	Confirm                *Field // last year's figure is still to be looked at
	Note                   *Field
	Goal                   string // what the application planned for the year
	Take                   *Offer // last year's figure, for one click
	TakeNote               *Offer // last year's words
}

// Offer is a value that a click takes over into a field.
type Offer struct {
	Name  string // of the field
	Value string // as it would be typed
	Shown string // for reading; empty where it stands beside already
	Label string // of the button, for who does not see what it stands beside
	Same  bool   // the field holds it
}

// ResultView is what an evaluation came to, line by line in three columns.
type ResultView struct {
	Grade   Badge
	Total   string
	Facts   []Item
	Notes   []string
	Lines   Table
	Hidden  string // why nothing is shown
	Preview string
}

// RectificationView is a rectification: items, what was done about each, what the re-check
// found.
type RectificationView struct {
	Head      CaseHead
	Facts     []Item
	Missing   []Problem
	Overtaken *Overtaken
	Form      *Form // nil: for reading
	Items     []RemedyItem
	Buttons   []CheckButton
	Slots     []SlotView
	Files     []FileLine
	History   []Event
}

// RemedyItem is one thing to be put right.
type RemedyItem struct {
	Number  int
	Words   string
	Result  *Field
	Verdict *Field
	Note    *Field
	Done    string
	Finding *Badge
	Found   string
}

// InputPage is a page with one form: its inputs and its button.
type InputPage struct {
	Header Header
	Text   []string
	Form   InputForm
	Back   string
}
