package views

import (
	"context"

	"github.com/a-h/templ"
)

// Table is rows under named columns; where nothing is, it says what will be.
type Table struct {
	Caption string // read to a screen reader; say what is listed
	Columns []Column
	Rows    []Row
	Empty   Empty
	Foot    *Row // sums
	Select  string
	Dense   bool
}

// Column is one heading.
type Column struct {
	Label   string
	Unit    string // shown small after the label: 万元
	Numeric bool   // right-aligned figures
	Sort    string // address that sorts by it; empty: not sortable
	Sorted  Sorted
	Keep    bool // never wraps: numbers of cases, dates
}

// name is the label with its unit, as a card on a narrow screen shows it.
func (c Column) name(ctx context.Context) string {
	if c.Unit == "" {
		return c.Label
	}
	return c.Label + T(ctx, "web.unit", "Unit", c.Unit)
}

// Sorted says whether and how the rows follow a column.
type Sorted string

const (
	Unsorted   Sorted = ""
	Ascending  Sorted = "ascending"
	Descending Sorted = "descending"
)

func (s Sorted) icon() string {
	if s == Ascending {
		return "chevron-up"
	}
	return "chevron-down"
}

// Row is one line. Cells stand in the order of the columns.
type Row struct {
	ID    string // the value its checkbox sends when the table can be selected
	Name  string // what the checkbox is for, in words
	Cells []Cell
	Tone  Tone // Bad marks a row that is overdue
}

// Cell is one value: a text, linked or not, with a quiet second line, or a view.
type Cell struct {
	Text string
	Href string
	Sub  string
	View templ.Component
}

// Cells makes plain cells.
func Cells(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i].Text = text
	}
	return cells
}

// Empty says what will stand here and when, or what to do for it.
type Empty struct {
	Text   string
	Help   string
	Action *Action
}

// Pager walks a list by keys: there is no page number to jump to.
type Pager struct {
	First string // address of the first page; empty on it
	Next  string // address of the next page; empty on the last
	Shown int
}

// Item is one line of a definition list.
type Item struct {
	Term    string
	Text    string
	View    templ.Component // instead of Text
	Href    string
	Changed bool // differs from the version compared with
}

// Diff is one field of two versions.
type Diff struct {
	Label  string
	Before string
	After  string
	Kind   DiffKind
	Href   string
	Note   string // what the change answers
}

// DiffKind is what happened to a field between two versions.
type DiffKind string

const (
	Added   DiffKind = "added"
	Removed DiffKind = "removed"
	Changed DiffKind = "changed"
	Same    DiffKind = "same"
)

// Comparison is two versions side by side.
type Comparison struct {
	Before string // name of the older version
	After  string
	Rows   []Diff
}

// Stale is a save that came too late: what the person wrote and what stands now.
type Stale struct {
	Action  string // where the choice is posted
	Version int64  // the version that stands now
	By      string // who saved meanwhile
	When    string // when, as text
	Rows    []StaleRow
	Hidden  map[string]string // other values the form has to carry
}

// StaleRow is one field with two values.
type StaleRow struct {
	Name   string
	Label  string
	Mine   string
	Theirs string
}

func (s Stale) form() Form { return Form{Action: s.Action, Version: s.Version} }

// empty reports whether there is nothing to show.
func (c Cell) empty() bool { return c.Text == "" && c.View == nil }
