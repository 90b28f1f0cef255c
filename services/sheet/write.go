package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Column is one column of a sheet that is written.
type Column struct {
	Title string
	Width float64 // characters
	// Choices is offered as a drop-down list below the title. Another text than these is refused by the spreadsheet.
	Choices []string
	Help    string // shown when a cell is chosen
	Locked  bool   // its cells cannot be typed into
	Wrap    bool
}

// Page is one sheet that is written: a locked row of titles and rows below it. Numbers are written as numbers where a
// value is an int64 or a Decimal, everything else as text.
type Page struct {
	Name    string
	Columns []Column
	Rows    [][]any
	Blank   int  // how many empty rows below take the choices as well
	Free    bool // nothing is locked
	Hidden  bool
	Marks   []Mark
}

// Decimal is a number in its plain written form.
type Decimal string

// Mark colours one cell and says why in a comment. The row counts from 1 as a spreadsheet does, the column from 0.
type Mark struct {
	Row, Column int
	Text        string
}

// maxComments is how many marks get a comment; the others are coloured only.
const maxComments = 1000

// hiddenLists is the sheet that drop-down lists are taken from: written out they may hold 255 characters only.
const hiddenLists = "_lists"

// Write makes a workbook.
func Write(pages []Page) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // only temporary files
	w := &writer{f: f}
	if err := w.makeStyles(); err != nil {
		return nil, fmt.Errorf("workbook styles: %w", err)
	}
	// First what stands around the cells: once rows are streamed, touching any sheet reads them all back.
	for i, p := range pages {
		if err := w.prepare(i, p); err != nil {
			return nil, fmt.Errorf("workbook sheet %s: %w", p.Name, err)
		}
	}
	if err := w.writeLists(); err != nil {
		return nil, fmt.Errorf("workbook lists: %w", err)
	}
	for _, p := range pages {
		if err := w.page(p); err != nil {
			return nil, fmt.Errorf("workbook rows of %s: %w", p.Name, err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	return b.Bytes(), nil
}

type writer struct {
	f                                 *excelize.File
	title, text, wrapped, locked, bad int
	lists                             [][]string
}

func (w *writer) makeStyles() (err error) {
	border := []excelize.Border{{Type: "bottom", Color: "#8A94A6", Style: 1}}
	styles := []struct {
		into *int
		s    excelize.Style
	}{
		{&w.title, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"#E8EDF4"}}, Border: border,
			Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}, Protection: &excelize.Protection{Locked: true}}},
		// Text format: a text that begins with = stays a text when somebody edits the cell.
		{&w.text, excelize.Style{NumFmt: 49, Protection: &excelize.Protection{Locked: false}}},
		{&w.wrapped, excelize.Style{NumFmt: 49, Protection: &excelize.Protection{Locked: false}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&w.locked, excelize.Style{NumFmt: 49, Protection: &excelize.Protection{Locked: true}, Font: &excelize.Font{Color: "#4A5568"}}},
		{&w.bad, excelize.Style{NumFmt: 49, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"#FBD5D5"}}, Protection: &excelize.Protection{Locked: false}}},
	}
	for _, s := range styles {
		if *s.into, err = w.f.NewStyle(&s.s); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) prepare(i int, p Page) error {
	if err := w.newSheet(i, p); err != nil {
		return err
	}
	return w.frame(p)
}

func (w *writer) page(p Page) error {
	stream, err := w.f.NewStreamWriter(p.Name)
	if err != nil {
		return err
	}
	if err := w.layout(stream, p); err != nil {
		return err
	}
	if err := w.rows(stream, p); err != nil {
		return err
	}
	return stream.Flush()
}

func (w *writer) newSheet(i int, p Page) error {
	if i == 0 {
		return w.f.SetSheetName("Sheet1", p.Name)
	}
	if _, err := w.f.NewSheet(p.Name); err != nil {
		return err
	}
	if p.Hidden {
		return w.f.SetSheetVisible(p.Name, false)
	}
	return nil
}

// frame sets what stands around the cells; the stream writes it after them.
func (w *writer) frame(p Page) error {
	last := 1 + len(p.Rows) + p.Blank
	for column, c := range p.Columns {
		if err := w.choices(p.Name, column, c, last); err != nil {
			return err
		}
	}
	for i, m := range p.Marks {
		if i == maxComments {
			break
		}
		if err := w.f.AddComment(p.Name, excelize.Comment{Cell: CellName(m.Row, m.Column), Author: "clusterzone", Text: m.Text, Width: 320, Height: 80}); err != nil {
			return err
		}
	}
	if p.Free || p.Hidden {
		return nil
	}
	return w.f.ProtectSheet(p.Name, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatCells: true, FormatColumns: true,
		FormatRows: true, InsertRows: true, DeleteRows: true, Sort: true, AutoFilter: true, EditObjects: true, EditScenarios: true})
}

func (w *writer) choices(page string, column int, c Column, last int) error {
	if len(c.Choices) == 0 && c.Help == "" || last < 2 {
		return nil
	}
	v := excelize.NewDataValidation(true)
	v.SetSqref(CellName(2, column) + ":" + CellName(last, column))
	if c.Help != "" {
		v.SetInput(c.Title, clip(c.Help))
	}
	if len(c.Choices) > 0 {
		w.lists = append(w.lists, c.Choices)
		name := ColumnName(len(w.lists) - 1)
		v.SetSqrefDropList(fmt.Sprintf("%s!$%s$1:$%s$%d", hiddenLists, name, name, len(c.Choices)))
		v.SetError(excelize.DataValidationErrorStyleStop, clip(c.Title), clip(c.Help))
	}
	return w.f.AddDataValidation(page, v)
}

// clip keeps within what a spreadsheet shows beside a cell.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200])
	}
	return text
}

func (w *writer) layout(stream *excelize.StreamWriter, p Page) error {
	for i, c := range p.Columns {
		style := w.text
		if c.Locked {
			style = w.locked
		}
		if c.Wrap {
			style = w.wrapped
		}
		if err := stream.SetColStyle(i+1, i+1, style); err != nil {
			return err
		}
		if err := stream.SetColWidth(i+1, i+1, max(c.Width, 8)); err != nil {
			return err
		}
	}
	if len(p.Columns) == 0 {
		return nil
	}
	return stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (w *writer) rows(stream *excelize.StreamWriter, p Page) error {
	no := 1
	if len(p.Columns) > 0 {
		titles := make([]any, len(p.Columns))
		for i, c := range p.Columns {
			titles[i] = excelize.Cell{StyleID: w.title, Value: c.Title}
		}
		if err := stream.SetRow("A1", titles, excelize.RowOpts{Height: 32}); err != nil {
			return err
		}
		no = 2
	}
	bad := map[[2]int]bool{}
	for _, m := range p.Marks {
		bad[[2]int{m.Row, m.Column}] = true
	}
	for _, values := range p.Rows {
		cells := make([]any, len(values))
		for i, v := range values {
			cells[i] = w.cell(p, i, v, bad[[2]int{no, i}])
		}
		if err := stream.SetRow(CellName(no, 0), cells); err != nil {
			return err
		}
		no++
	}
	return nil
}

// cell writes a number as a number and everything else as a text that no spreadsheet calculates.
func (w *writer) cell(p Page, column int, value any, bad bool) any {
	style := w.text
	if column < len(p.Columns) {
		if p.Columns[column].Locked {
			style = w.locked
		} else if p.Columns[column].Wrap {
			style = w.wrapped
		}
	}
	if bad {
		style = w.bad
	}
	switch v := value.(type) {
	case nil:
		return excelize.Cell{StyleID: style}
	case Decimal:
		if n, err := strconv.ParseFloat(string(v), 64); err == nil && plain(n) == string(v) {
			return excelize.Cell{StyleID: style, Value: n}
		}
		return excelize.Cell{StyleID: style, Value: string(v)}
	case int64:
		return excelize.Cell{StyleID: style, Value: v}
	case string:
		return excelize.Cell{StyleID: style, Value: v}
	}
	return excelize.Cell{StyleID: style, Value: fmt.Sprint(value)}
}

// writeLists writes what drop-down lists offer into a hidden sheet.
func (w *writer) writeLists() error {
	if len(w.lists) == 0 {
		return nil
	}
	if _, err := w.f.NewSheet(hiddenLists); err != nil {
		return err
	}
	for column, list := range w.lists {
		for i, text := range list {
			if err := w.f.SetCellStr(hiddenLists, CellName(i+1, column), text); err != nil {
				return err
			}
		}
	}
	return w.f.SetSheetVisible(hiddenLists, false)
}

// WriteText makes a CSV in UTF-8 with a mark, as spreadsheets expect it. A cell that a spreadsheet would calculate gets
// an apostrophe in front, which Read takes away again.
func WriteText(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, text := range row {
			safe[i] = Guard(text)
		}
		if err := w.Write(safe); err != nil {
			return nil, fmt.Errorf("write csv: %w", err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// triggers are the first characters that make a spreadsheet calculate a cell of a CSV.
const triggers = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"

// Guard puts an apostrophe before a text that a spreadsheet would calculate.
func Guard(text string) string {
	if bare := strings.TrimLeft(text, "' \u00a0\u3000"); bare != "" && strings.ContainsRune(triggers, []rune(bare)[0]) {
		return "'" + text
	}
	return text
}

// unguard takes the apostrophe of Guard away.
func unguard(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && Guard(rest) != rest {
		return rest
	}
	return text
}
