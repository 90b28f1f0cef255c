package paper

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Align says where in its column a text stands.
type Align int

// Left is the zero value; figures stand Right, short marks Centre.
const (
	Left Align = iota
	Right
	Centre
)

// Column is one column of a Table.
type Column struct {
	Title string
	// Share is the width relative to the other columns; 0 counts as 1.
	Share float64
	Align Align
	code  bool // hashes: small, in Hei
}

// Table is printed with a header that repeats on each page.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]string // as many cells as columns, or the document is refused
	// Numbered puts a column 序号 before the others.
	Numbered bool
}

// check refuses a row that does not fit the columns: dropping or shifting a
// cell on paper would falsify it.
func (t Table) check(where string) error {
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("%s: row %d has %d cells for %d columns", where, i+1, len(row), len(t.Columns))
		}
	}
	return nil
}

func (t Table) inspect(in *inspection, where string) {
	if t.Caption != "" {
		where = t.Caption
	}
	in.texts(where, t.Caption)
	for _, c := range t.Columns {
		in.texts(where, c.Title)
	}
	for _, row := range t.Rows {
		for i, cell := range row {
			in.texts(where+" / "+t.Columns[i].Title, cell)
		}
	}
}

// grid is a table ready to be set.
type grid struct {
	columns []Column
	widths  []float64
	head    []string // nil: none
	rows    [][]string
	titles  style   // of the head
	styles  []style // by column
	leading float64
	labels  bool // the first column names what the others say
}

const (
	cellPad      = 5.0   // beside a cell's text
	cellGap      = 4.5   // above and below it
	keepTogether = 14    // rows of up to so many lines are not split over pages
	looseWidth   = 240.0 // cells wider than this are stretched as running text is
	shortTitle   = 8     // column titles of up to so many characters stay on one line
)

// table sets t across the width of the flow.
func (f *flow) table(t Table, st style, leading float64) {
	columns, rows := t.Columns, t.Rows
	if t.Numbered {
		columns, rows = numbered(t)
	}
	g := grid{columns: columns, rows: rows, leading: leading, titles: style{f.press.hei, st.size, inkText}}
	for _, c := range columns {
		g.head = append(g.head, c.Title)
		if c.code {
			g.styles = append(g.styles, style{f.press.hei, st.size * 0.8, st.ink})
			continue
		}
		g.styles = append(g.styles, st)
	}
	g.widths = widths(g, f.width())
	if t.Caption != "" {
		f.heading(t.Caption, style{f.press.hei, st.size + 1, inkText}, leading+8, 4*leading)
	}
	f.grid(g)
}

func share(c Column) float64 {
	if c.Share <= 0 {
		return 1
	}
	return c.Share
}

// widths divides total by shares, then lets columns whose words do not fit take
// from those with room: a code of 18 signs shall not break before its last.
func widths(g grid, total float64) []float64 {
	sum := 0.0
	for _, c := range g.columns {
		sum += share(c)
	}
	set, spare := make([]float64, len(g.columns)), make([]float64, len(g.columns))
	lack, room := 0.0, 0.0
	for i, c := range g.columns {
		set[i] = total * share(c) / sum
		spare[i] = set[i] - min(widestWord(g, i)+2*cellPad+0.5, total/3)
		lack += max(0, -spare[i])
		room += max(0, spare[i])
	}
	if lack > room {
		return set
	}
	for i := range set {
		if spare[i] < 0 {
			set[i] -= spare[i]
		} else if room > 0 {
			set[i] -= lack * spare[i] / room
		}
	}
	return set
}

// widestWord is the width of what column i cannot break.
func widestWord(g grid, i int) float64 {
	widest := 0.0
	measure := func(text string, st style) {
		for _, piece := range pieces(clean(text)) {
			if utf8.RuneCountInString(piece) < longWord {
				widest = max(widest, st.width(strings.TrimRight(piece, " ")))
			}
		}
	}
	measure(g.head[i], g.styles[i])
	if utf8.RuneCountInString(g.head[i]) <= shortTitle {
		widest = max(widest, g.titles.width(g.head[i]))
	}
	for _, row := range g.rows {
		measure(row[i], g.styles[i])
	}
	return widest
}

func numbered(t Table) ([]Column, [][]string) {
	total := 0.0
	for _, c := range t.Columns {
		total += share(c)
	}
	columns := append([]Column{{Title: "序号", Share: total * 0.085, Align: Centre}}, t.Columns...)
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = append([]string{strconv.Itoa(i + 1)}, row...)
	}
	return columns, rows
}

// Row is a label and what it says.
type Row struct{ Label, Value string }

// facts sets rows as a form: labels in a tinted column, values beside them.
func (f *flow) facts(rows []Row, label float64, st style, leading float64) {
	g := grid{
		columns: []Column{{Align: Centre}, {}},
		widths:  []float64{label, f.width() - label},
		styles:  []style{{f.press.hei, st.size, inkText}, st},
		leading: leading,
		labels:  true,
	}
	for _, r := range rows {
		g.rows = append(g.rows, []string{r.Label, r.Value})
	}
	f.grid(g)
}

func (f *flow) grid(g grid) {
	f.gridHead(g)
	for _, row := range g.rows {
		f.gridRow(g, row)
		if f.err != nil {
			return
		}
	}
}

func (f *flow) gridHead(g grid) {
	if g.head == nil {
		return
	}
	cells := make([][]line, len(g.head))
	styles := make([]style, len(g.head))
	for i, title := range g.head {
		styles[i] = g.titles
		cells[i] = wrap(title, styles[i], g.widths[i]-2*cellPad, 0)
	}
	lines := tallest(cells)
	height := float64(lines)*g.leading + 2*cellGap
	if height > (f.bottom-f.top)/2 {
		f.keep(fmt.Errorf("table header of %d lines: shorten the column titles", lines))
		return
	}
	f.need(height + 2*g.leading + 2*cellGap)
	f.fill(f.left, f.y, f.width(), height, inkTint)
	f.cells(g, cells, styles, lines, true)
}

// gridRow sets one row, over several pages when it is long.
func (f *flow) gridRow(g grid, row []string) {
	cells := make([][]line, len(row))
	for i, text := range row {
		cells[i] = wrap(text, g.styles[i], g.widths[i]-2*cellPad, 0)
	}
	for first := true; ; first = false {
		lines := tallest(cells)
		room := int((f.bottom - f.y - 2*cellGap) / g.leading)
		switch {
		case lines <= room:
			f.cells(g, cells, g.styles, lines, false)
			return
		case lines <= keepTogether || room < 2:
			f.turn()
			f.gridHead(g)
		default:
			room = min(room, lines-2) // no single line alone on the next page
			f.cells(g, cut(cells, 0, room), g.styles, room, false)
			cells = cut(cells, room, lines)
			if g.labels && first {
				cells[0] = wrap(row[0]+"（续）", g.styles[0], g.widths[0]-2*cellPad, 0)
			}
			f.turn()
			f.gridHead(g)
		}
		if f.err != nil {
			return
		}
	}
}

// cells draws one row or a page's part of it; a cell with fewer lines than the
// row stands in its middle.
func (f *flow) cells(g grid, cells [][]line, styles []style, lines int, head bool) {
	height := float64(lines)*g.leading + 2*cellGap
	if g.labels {
		f.fill(f.left, f.y, g.widths[0], height, inkTint)
	}
	x := f.left
	for i, cell := range cells {
		align := g.columns[i].Align
		if head {
			align = Centre
		}
		top := f.y + cellGap + float64(lines-len(cell))*g.leading/2
		for _, l := range cell {
			f.cellLine(x+cellPad, top, g.widths[i]-2*cellPad, l, styles[i], g.leading, align)
			top += g.leading
		}
		f.frame(x, f.y, g.widths[i], height, 0.5, inkRule)
		x += g.widths[i]
	}
	f.y += height
}

func (f *flow) cellLine(x, top, width float64, l line, st style, leading float64, align Align) {
	y := baseline(top, leading, st.size)
	switch align {
	case Right:
		f.sheet.right(x+width, y, l.text, st)
	case Centre:
		f.centre(x, x+width, y, l.text, st)
	default:
		loose := looseCell
		if width > looseWidth {
			loose = looseText
		}
		f.spaced(x, y, l.text, st, l.gap(st, width, loose))
	}
}

func tallest(cells [][]line) int {
	most := 1
	for _, cell := range cells {
		most = max(most, len(cell))
	}
	return most
}

// cut takes the lines from to to of every cell.
func cut(cells [][]line, from, to int) [][]line {
	part := make([][]line, len(cells))
	for i, cell := range cells {
		part[i] = cell[min(from, len(cell)):min(to, len(cell))]
	}
	return part
}
