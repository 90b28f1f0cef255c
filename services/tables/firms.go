package tables

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"clusterzone/services/application"
	"clusterzone/services/sheet"
)

const firmsPath = "business.firms"

// firmReader reads the sheet of firms.
type firmReader struct {
	*parsed
	t    sheet.Table
	h    head
	seen map[string]int // first row of each credit code
}

func (p *parsed) firms(t sheet.Table) {
	columns := firmColumns()
	h, ok := p.head(t, columns, 2)
	if !ok {
		return
	}
	for at, title := range h.others {
		p.note(t.Name, h.row, at, "column_ignored", "Column", short(title))
	}
	slices.SortFunc(p.Notes, func(a, b Problem) int { return a.Column - b.Column })
	r := &firmReader{parsed: p, t: t, h: h, seen: map[string]int{}}
	p.Firms, p.Lines = []application.Firm{}, []int{}
	for _, row := range t.Rows {
		if row.No > h.row {
			r.row(row)
		}
	}
	if len(p.Firms) > MaxFirms {
		p.refuse(t.Name, p.Lines[MaxFirms], 0, "firms_many", "Max", strconv.Itoa(MaxFirms), "Count", strconv.Itoa(len(p.Firms)))
		return
	}
	r.fits()
}

func (r *firmReader) column(own int) int {
	at, ok := r.h.at[own]
	if !ok {
		return -1
	}
	return at
}

func (r *firmReader) cell(row sheet.Row, own int) sheet.Cell { return row.At(r.column(own)) }

// row reads one firm. A row with nothing in the columns of ours is none.
func (r *firmReader) row(row sheet.Row) {
	held := false
	for own := firmName; own <= firmBand; own++ {
		c := r.cell(row, own)
		held = held || c.Text != "" || c.Flaw != ""
	}
	if !held {
		return
	}
	if row.Hidden {
		r.refuse(r.t.Name, row.No, max(0, r.column(firmName)), "row_hidden")
	}
	f := application.Firm{Name: r.name(row), Code: r.code(row), Sector: r.sector(row), RevenueBand: r.band(row)}
	r.Firms, r.Lines = append(r.Firms, f), append(r.Lines, row.No)
}

// text is a cell without the characters that a keyboard for Chinese makes of digits and letters; nothing where the cell
// is refused or empty.
func (r *firmReader) text(row sheet.Row, own int) string {
	c := r.cell(row, own)
	if at := r.column(own); at < 0 || r.flaw(r.t.Name, row.No, at, c) {
		return ""
	}
	return strings.TrimSpace(c.Text)
}

func (r *firmReader) name(row sheet.Row) string {
	name := r.text(row, firmName)
	if c := r.cell(row, firmName); c.Text == "" && c.Flaw == "" && r.column(firmName) >= 0 {
		r.note(r.t.Name, row.No, r.column(firmName), "cell_empty", "Column", "table.column.name")
	}
	return strings.ReplaceAll(name, "\n", " ")
}

func (r *firmReader) code(row sheet.Row) string {
	c, at := r.cell(row, firmCode), r.column(firmCode)
	code := strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(r.text(row, firmCode))), ""))
	switch {
	case at < 0 || c.Flaw != "" || c.Kind == sheet.Error:
		return ""
	case code == "":
		r.note(r.t.Name, row.No, at, "cell_empty", "Column", "table.column.code")
		return ""
	case c.Kind == sheet.Number && len(code) > 15:
		r.refuse(r.t.Name, row.No, at, "code_number")
		return code
	case c.Kind == sheet.Date:
		r.refuse(r.t.Name, row.No, at, "cell_date", "Text", code)
		return code
	}
	r.checkCode(row.No, at, code)
	if first, twice := r.seen[code]; twice {
		r.refuse(r.t.Name, row.No, at, "code_twice", "Code", short(code), "First", sheet.CellName(first, at))
		return code
	}
	r.seen[code] = row.No
	return code
}

func (r *firmReader) checkCode(row, at int, code string) {
	fault, position := application.CheckCreditCode(code)
	switch fault {
	case application.CodeLength:
		r.refuse(r.t.Name, row, at, "code_length", "Count", strconv.Itoa(len([]rune(code))))
	case application.CodeCharacter:
		r.refuse(r.t.Name, row, at, "code_character", "Position", strconv.Itoa(position), "Text", string([]rune(code)[position-1]))
	case application.CodeCheckDigit:
		whole, err := application.MakeCreditCode(code[:17])
		if err == nil {
			r.refuse(r.t.Name, row, at, "code_check", "Want", whole[17:], "Got", code[17:])
		}
	}
}

func (r *firmReader) sector(row sheet.Row) string {
	text, at := r.text(row, firmSector), r.column(firmSector)
	code, ok := Sector(r.service.Book, text)
	if !ok {
		r.refuse(r.t.Name, row.No, at, "sector_unknown", "Text", short(text))
	}
	return code
}

func (r *firmReader) band(row sheet.Row) string {
	text, at := r.text(row, firmBand), r.column(firmBand)
	if r.cell(row, firmBand).Kind == sheet.Date {
		r.refuse(r.t.Name, row.No, at, "cell_date", "Text", text)
		return ""
	}
	code, ok := Band(r.rules, text)
	if !ok {
		r.refuse(r.t.Name, row.No, at, "band_unknown", "Text", short(text))
	}
	return code
}

// fits asks the document itself whether it takes the rows: lengths, characters. What it refuses is named at the cell.
func (r *firmReader) fits() {
	value, err := json.Marshal(r.Firms)
	if err != nil { // strings always marshal
		return
	}
	_, problems := application.Apply(application.Content{}, firmsPath, value)
	columns := map[string]int{"name": firmName, "code": firmCode, "sector": firmSector, "revenue_band": firmBand}
	for _, p := range problems {
		i, member, ok := itemOf(p.Path)
		if !ok || i >= len(r.Lines) {
			r.refuse(r.t.Name, 0, 0, p.Code, flat(p.Params)...)
			continue
		}
		r.refuse(r.t.Name, r.Lines[i], max(0, r.column(columns[member])), p.Code, flat(p.Params)...)
	}
}

// itemOf splits business.firms[3].code into 3 and code.
func itemOf(path string) (i int, member string, ok bool) {
	rest, ok := strings.CutPrefix(path, firmsPath+"[")
	if !ok {
		return 0, "", false
	}
	number, member, ok := strings.Cut(rest, "].")
	i, err := strconv.Atoi(number)
	return i, member, ok && err == nil
}

// short makes outside text fit for a message.
func short(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}
