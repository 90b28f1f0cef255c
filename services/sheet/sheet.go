// Package sheet reads and writes tables for people who work in a spreadsheet: xlsx workbooks and CSV.
//
// Reading is for files of strangers: everything is bounded before it is unfolded, no formula is evaluated, nothing is
// fetched, and what a reader could overlook – a formula, a hidden row, a merged cell – is named with its place instead
// of being read in silence. Writing is for files that others will open: no text of ours ever becomes a formula there.
// The package knows rows, columns and cells; what they mean is its users' business.
package sheet

import (
	"fmt"
	"strconv"
	"strings"
)

// Limits bounds what is read; every one is inclusive.
type Limits struct {
	Bytes    int64 // of the file as it arrives
	Unzipped int64 // of all its parts together
	Sheets   int
	Rows     int // of one sheet that hold anything
	Columns  int // that hold anything
	Text     int // characters of a cell
}

// Default fits a table of 20,000 rows with room for notes beside it.
func Default() Limits {
	return Limits{Bytes: 6 << 20, Unzipped: 96 << 20, Sheets: 20, Rows: 25_000, Columns: 60, Text: 8000}
}

// Refusal says why a file is not read at all.
type Refusal struct {
	Code   Code
	Params map[string]string
}

// Code names a reason to refuse a file.
type Code string

// The reasons to refuse a file.
const (
	TooLarge    Code = "too_large"    // Max: MB
	Bomb        Code = "bomb"         // unfolds to far more than it is
	Encrypted   Code = "encrypted"    // protected by a password
	OldFormat   Code = "old_format"   // .xls of before 2007
	Macros      Code = "macros"       // holds programs, whatever its name says
	External    Code = "external"     // takes data from other files or from the network
	Embedded    Code = "embedded"     // holds objects of other programs
	Damaged     Code = "damaged"      // cut off, or not well formed
	NotTable    Code = "not_table"    // neither a workbook nor a text table
	ManySheets  Code = "many_sheets"  // Max
	ManyRows    Code = "many_rows"    // Sheet, Max
	ManyColumns Code = "many_columns" // Sheet, Max
	BadEncoding Code = "bad_encoding" // a text that is neither UTF-8 nor GB18030
	Doctype     Code = "doctype"      // XML with a document type: entities could expand or fetch
)

func (r *Refusal) Error() string { return fmt.Sprintf("table refused: %s %v", r.Code, r.Params) }

func refuse(code Code, pairs ...string) error {
	r := &Refusal{Code: code, Params: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Params[pairs[i]] = pairs[i+1]
	}
	return r
}

// Kind says what a cell holds.
type Kind uint8

// The kinds of content.
const (
	Text Kind = iota
	Number
	Date // a number that its format shows as a date
	Bool
	Error // the result of a formula that went wrong
)

// Flaw is what makes a cell unfit to be read; empty for all others.
type Flaw string

// The flaws of a cell.
const (
	Formula Flaw = "formula" // its value would be calculated
	Control Flaw = "control" // holds NUL or another control character
	TooLong Flaw = "too_long"
)

// Cell is one cell that holds anything. Text is what it shows, without the spaces around it; figures are written plain,
// with at most the 15 digits that a spreadsheet keeps.
type Cell struct {
	Text string
	Kind Kind
	Flaw Flaw
}

// Row is one row that holds anything; No counts from 1, Cells lie at their column, counted from 0.
type Row struct {
	No     int
	Hidden bool // hidden by hand or by a filter
	Cells  []Cell
}

// At is the cell in a column, empty where nothing is.
func (r Row) At(column int) Cell {
	if column < 0 || column >= len(r.Cells) {
		return Cell{}
	}
	return r.Cells[column]
}

func (r Row) empty() bool {
	for _, c := range r.Cells {
		if c.Text != "" || c.Flaw != "" {
			return false
		}
	}
	return true
}

// Area is a rectangle of cells, rows counted from 1 and columns from 0.
type Area struct{ Top, Left, Bottom, Right int }

// Name is the area as a spreadsheet writes it: B2:C5.
func (a Area) Name() string { return CellName(a.Top, a.Left) + ":" + CellName(a.Bottom, a.Right) }

// Table is one sheet.
type Table struct {
	Name   string
	Hidden bool // the whole sheet: nobody sees what it says, so its user must not read it in silence
	Rows   []Row
	Merged []Area
	// HiddenColumns are columns, counted from 0, that are hidden and hold something.
	HiddenColumns []int
}

// CellName is a cell's name as a spreadsheet writes it: B17. The row counts from 1, the column from 0.
func CellName(row, column int) string { return ColumnName(column) + strconv.Itoa(row) }

// ColumnName is a column's name: 0 is A, 26 is AA.
func ColumnName(column int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// place reads B17 as row 17 and column 1; not ok for anything else.
func place(name string) (row, column int, ok bool) {
	name = strings.ReplaceAll(name, "$", "")
	i := 0
	for i < len(name) && name[i] >= 'A' && name[i] <= 'Z' && i < 4 {
		column = column*26 + int(name[i]-'A') + 1
		i++
	}
	row, err := strconv.Atoi(name[i:])
	return row, column - 1, err == nil && i > 0 && i < 4 && row > 0 && row <= 1<<20
}

func areaOf(ref string) (Area, bool) {
	from, to, two := strings.Cut(ref, ":")
	if !two {
		to = from
	}
	top, left, ok := place(from)
	bottom, right, ok2 := place(to)
	return Area{top, left, bottom, right}, ok && ok2 && top <= bottom && left <= right
}
