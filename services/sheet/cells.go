package sheet

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sharedStrings reads the texts that cells point to; the runs of a rich text make one, reading aids are left out.
func (w *workbook) sharedStrings() error {
	if w.parts["xl/sharedstrings.xml"] == nil {
		return nil
	}
	var run textRun
	return w.walk("xl/sharedstrings.xml", func(token xml.Token) error {
		run.take(token)
		if t, ok := token.(xml.EndElement); ok && t.Name.Local == "si" {
			if len(w.shared) >= w.limits.Rows*w.limits.Columns {
				return refuse(Bomb)
			}
			w.shared = append(w.shared, run.text.String())
			run.text.Reset()
		}
		return nil
	})
}

// textRun gathers the texts of a string with or without formats.
type textRun struct {
	text    strings.Builder
	in, aid bool
}

func (r *textRun) take(token xml.Token) {
	switch t := token.(type) {
	case xml.StartElement:
		r.in = t.Name.Local == "t"
		r.aid = r.aid || t.Name.Local == "rPh"
	case xml.EndElement:
		r.in = false
		if t.Name.Local == "rPh" {
			r.aid = false
		}
	case xml.CharData:
		if r.in && !r.aid {
			r.text.Write(t)
		}
	}
}

// styles finds the cell formats that show a number as a date.
func (w *workbook) styles() error {
	if w.parts["xl/styles.xml"] == nil {
		return nil
	}
	own, inCells := map[string]bool{}, false
	return w.walk("xl/styles.xml", func(token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "numFmt":
				own[attr(t, "numFmtId")] = dateFormat(attr(t, "formatCode"))
			case "cellXfs":
				inCells = true
			case "xf":
				if inCells && len(w.dates) < 1<<16 {
					id := attr(t, "numFmtId")
					w.dates = append(w.dates, own[id] || builtInDate(id))
				}
			}
		case xml.EndElement:
			inCells = inCells && t.Name.Local != "cellXfs"
		}
		return nil
	})
}

// builtInDate reports the numbered date formats: 14–22, 27–36 and 50–58 (East Asian), 45–47 (times).
func builtInDate(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && (n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58)
}

// dateFormat reports whether a format code has a part of a date outside quotes and brackets.
func dateFormat(code string) bool {
	quoted, bracket, escaped := false, false, false
	for _, r := range code {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[':
			bracket = true
		case r == ']':
			bracket = false
		case !bracket && strings.ContainsRune("ymdhsYMDHS", r):
			return true
		}
	}
	return false
}

// table reads one sheet, hidden or not.
func (w *workbook) table(e entry) (Table, error) {
	r := &reader{w: w, t: Table{Name: e.name, Hidden: e.hidden}}
	if !strings.HasPrefix(e.part, "xl/worksheets/") { // a chart has no cells
		return r.t, nil
	}
	if err := w.walk(e.part, r.take); err != nil {
		return r.t, err
	}
	r.finish()
	return r.t, nil
}

// reader follows the tokens of a sheet.
type reader struct {
	w      *workbook
	t      Table
	row    Row
	hidden []Area // columns
	column int
	cell   struct {
		kind, style string
		formula     bool
		value       strings.Builder
		text        textRun
		in          bool
	}
}

func (r *reader) take(token xml.Token) error {
	r.cell.text.take(token)
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.CharData:
		if r.cell.in && r.cell.value.Len() <= 4*r.w.limits.Text {
			r.cell.value.Write(t)
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "v":
			r.cell.in = false
		case "c":
			return r.endCell()
		case "row":
			return r.endRow()
		}
	}
	return nil
}

func (r *reader) start(t xml.StartElement) error {
	switch t.Name.Local {
	case "row":
		no, err := strconv.Atoi(attr(t, "r"))
		if err != nil { // rows without a number follow one another
			no = r.row.No + 1
		}
		r.row = Row{No: no, Hidden: isTrue(attr(t, "hidden"))}
		r.column = -1
	case "c":
		r.column++
		if _, column, ok := place(attr(t, "r")); ok {
			r.column = column
		}
		r.cell.kind, r.cell.style, r.cell.formula = attr(t, "t"), attr(t, "s"), false
		r.cell.value.Reset()
		r.cell.text.text.Reset()
	case "v":
		r.cell.in = true
	case "f":
		r.cell.formula = true
	case "col":
		from, _ := strconv.Atoi(attr(t, "min"))
		to, _ := strconv.Atoi(attr(t, "max"))
		if isTrue(attr(t, "hidden")) && from > 0 && to >= from {
			r.hidden = append(r.hidden, Area{Left: from - 1, Right: to - 1})
		}
	case "mergeCell":
		if area, ok := areaOf(attr(t, "ref")); ok && len(r.t.Merged) < 1000 {
			r.t.Merged = append(r.t.Merged, area)
		}
	}
	return nil
}

func isTrue(s string) bool { return s == "1" || s == "true" }

func (r *reader) endCell() error {
	c := r.content()
	if c.Text == "" && c.Flaw == "" {
		return nil
	}
	if r.column >= r.w.limits.Columns {
		return refuse(ManyColumns, "Sheet", r.t.Name, "Max", strconv.Itoa(r.w.limits.Columns))
	}
	for len(r.row.Cells) <= r.column {
		r.row.Cells = append(r.row.Cells, Cell{})
	}
	r.row.Cells[r.column] = c
	return nil
}

// content makes a cell of what was read of it.
func (r *reader) content() Cell {
	value := r.cell.value.String()
	c := Cell{}
	switch r.cell.kind {
	case "s":
		if i, err := strconv.Atoi(value); err == nil && i >= 0 && i < len(r.w.shared) {
			c.Text = unescape(r.w.shared[i])
		}
	case "inlineStr":
		c.Text = unescape(r.cell.text.text.String())
	case "str":
		c.Text = unescape(value)
	case "b":
		c.Kind, c.Text = Bool, value
	case "e":
		c.Kind, c.Text = Error, value
	case "d":
		c.Kind, c.Text = Date, value
	default:
		c = r.number(value)
	}
	c = clean(c, r.w.limits.Text)
	if r.cell.formula {
		c.Flaw = Formula
	}
	return c
}

func (r *reader) number(value string) Cell {
	v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return Cell{Text: value}
	}
	c := Cell{Kind: Number, Text: plain(v)}
	if i, err := strconv.Atoi(r.cell.style); err == nil && i >= 0 && i < len(r.w.dates) && r.w.dates[i] {
		c.Kind = Date
	}
	return c
}

// plain writes a figure with the 15 digits that a spreadsheet keeps, without an exponent.
func plain(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if err != nil {
		rounded = v
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// clean trims a text and names what makes it unfit.
func clean(c Cell, most int) Cell {
	c.Text = strings.TrimFunc(strings.ReplaceAll(c.Text, "\r\n", "\n"), func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
	switch {
	case utf8.RuneCountInString(c.Text) > most:
		c.Text, c.Flaw = string([]rune(c.Text)[:100]), TooLong
	case !utf8.ValidString(c.Text) || strings.ContainsFunc(c.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		c.Flaw = Control
	}
	c.Text = strings.ToValidUTF8(c.Text, "\ufffd")
	return c
}

// unescape undoes _x000D_, as workbooks write what XML cannot.
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if r, ok := escaped(text[i:]); ok {
			b.WriteRune(r)
			i += 7
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

func escaped(text string) (rune, bool) {
	if len(text) < 7 || text[:2] != "_x" || text[6] != '_' {
		return 0, false
	}
	v, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(v), err == nil && (v < 0xd800 || v > 0xdfff)
}

func (r *reader) endRow() error {
	if r.row.empty() {
		return nil
	}
	if len(r.t.Rows) == r.w.limits.Rows {
		return refuse(ManyRows, "Sheet", r.t.Name, "Max", strconv.Itoa(r.w.limits.Rows))
	}
	r.t.Rows = append(r.t.Rows, r.row)
	return nil
}

// finish names the hidden columns that hold something.
func (r *reader) finish() {
	for _, area := range r.hidden {
		for column := area.Left; column <= area.Right && column < r.w.limits.Columns; column++ {
			if slices.ContainsFunc(r.t.Rows, func(row Row) bool { return row.At(column).Text != "" }) {
				r.t.HiddenColumns = append(r.t.HiddenColumns, column)
			}
		}
	}
}
