package tables

import (
	"errors"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/policy"
	"clusterzone/services/sheet"
	"clusterzone/services/wording"
)

// mostProblems is how many problems of a file are kept; the rest is counted.
const mostProblems = 5000

// parsed is what a file says. Firms and Goals are nil where it has no such table.
type parsed struct {
	Firms    []application.Firm `json:"firms"`
	Lines    []int              `json:"lines"` // the row of each firm in the file
	Goals    *application.Goals `json:"goals"`
	HasFirms bool               `json:"has_firms"`
	Problems []Problem          `json:"problems"`
	Count    int                `json:"count"` // of all problems
	Notes    []Problem          `json:"notes"`
	Tables   []sheet.Table      `json:"tables,omitempty"` // as read, for the marked copy of a refused file
	draft    application.Draft
	service  *Service
	rules    policy.RuleSet
}

func (p *parsed) refuse(table string, row, column int, code string, pairs ...string) {
	p.Count++
	if len(p.Problems) < mostProblems {
		p.Problems = append(p.Problems, problemAt(table, row, column, code, pairs))
	}
}

func (p *parsed) note(table string, row, column int, code string, pairs ...string) {
	if len(p.Notes) < 200 {
		p.Notes = append(p.Notes, problemAt(table, row, column, code, pairs))
	}
}

func problemAt(table string, row, column int, code string, pairs []string) Problem {
	problem := Problem{Sheet: table, Row: row, Column: column, Code: code}
	for i := 0; i+1 < len(pairs); i += 2 {
		if problem.Params == nil {
			problem.Params = map[string]string{}
		}
		problem.Params[pairs[i]] = pairs[i+1]
	}
	return problem
}

// parse reads a file for a draft. A file that cannot be read at all is one problem.
func (s *Service) parse(data []byte, d application.Draft) *parsed {
	p := &parsed{draft: d, service: s, rules: d.Rules}
	tables, err := sheet.Read(data, sheet.Default())
	var refused *sheet.Refusal
	if errors.As(err, &refused) {
		p.refuse("", 0, 0, "file."+string(refused.Code), flat(refused.Params)...)
		return p
	}
	text := len(tables) == 1 && tables[0].Name == "CSV"
	for _, t := range tables {
		p.table(t, text)
	}
	if !p.HasFirms && p.Goals == nil && p.Count == 0 {
		p.refuse("", 0, 0, "no_sheet", "Firms", firmsSheet, "Goals", goalsSheet)
	}
	if p.Count > 0 {
		p.keep(tables)
	}
	return p
}

func flat(params map[string]string) (out []string) {
	for name, value := range params {
		out = append(out, name, value)
	}
	return out
}

// keep holds the tables that have problems, so that a copy can be marked.
func (p *parsed) keep(tables []sheet.Table) {
	for _, t := range tables {
		for _, problem := range p.Problems {
			if problem.Sheet == t.Name {
				p.Tables = append(p.Tables, t)
				break
			}
		}
	}
}

// table reads one sheet by its name. A text file holds firms.
func (p *parsed) table(t sheet.Table, text bool) {
	s := p.service
	switch {
	case t.Name == markerSheet:
		p.marker(t)
	case strings.HasPrefix(t.Name, "_"), s.named(t.Name, helpSheet):
	case text || s.named(t.Name, firmsSheet):
		if p.readable(t, p.HasFirms) {
			p.HasFirms = true
			p.firms(t)
		}
	case s.named(t.Name, goalsSheet):
		if p.readable(t, p.Goals != nil) {
			p.goals(t)
		}
	case t.Hidden:
		p.note(t.Name, 0, 0, "sheet_hidden_ignored")
	case len(t.Rows) > 0:
		p.note(t.Name, 0, 0, "sheet_ignored", "Firms", firmsSheet, "Goals", goalsSheet)
	}
}

// readable refuses what a reader of the sheet would not see, or sees otherwise than we do.
func (p *parsed) readable(t sheet.Table, twice bool) bool {
	before := p.Count
	switch {
	case twice:
		p.refuse(t.Name, 0, 0, "sheet_twice")
	case t.Hidden:
		p.refuse(t.Name, 0, 0, "sheet_hidden")
	}
	for _, area := range t.Merged {
		p.refuse(t.Name, area.Top, area.Left, "merged", "Area", area.Name())
	}
	for _, c := range t.HiddenColumns {
		p.refuse(t.Name, 1, c, "column_hidden", "Column", sheet.ColumnName(c))
	}
	return p.Count == before || !twice && !t.Hidden
}

// marker compares whose template it is with whose import: the wrong file is named before anything else.
func (p *parsed) marker(t sheet.Table) {
	text := func(row int) string {
		for _, r := range t.Rows {
			if r.No == row {
				return r.At(0).Text
			}
		}
		return ""
	}
	if version := text(1); version != "" && version != templateVersion {
		p.refuse("", 0, 0, "template_old", "Version", version, "Now", templateVersion)
	}
	if number := text(2); number != "" && number != p.draft.Number {
		p.refuse("", 0, 0, "other_application", "Number", number, "Own", p.draft.Number)
	}
}

// head finds the row of titles within the first rows and says which column is where. known tells a title's column,
// negative for none.
type head struct {
	row    int
	at     map[int]int    // own column → column of the sheet
	others map[int]string // columns of the sheet that are nobody's
}

func (p *parsed) head(t sheet.Table, columns []column, enough int) (head, bool) {
	const among = 10
	for i, row := range t.Rows {
		if i == among {
			break
		}
		if h := p.headRow(row, columns); len(h.at) >= enough {
			p.titles(t, row, h, columns)
			return h, true
		}
	}
	p.refuse(t.Name, 0, 0, "no_titles", "Titles", p.service.titlesOf(columns, wording.ZH), "TitlesEn", p.service.titlesOf(columns, wording.EN))
	return head{}, false
}

func (p *parsed) headRow(row sheet.Row, columns []column) head {
	h := head{row: row.No, at: map[int]int{}, others: map[int]string{}}
	for at, cell := range row.Cells {
		own := -1
		for i, c := range columns {
			if p.service.is(c, cell.Text) {
				own = i
			}
		}
		if _, taken := h.at[own]; own >= 0 && !taken {
			h.at[own] = at
		} else if cell.Text != "" {
			h.others[at] = cell.Text
		}
	}
	return h
}

// titles refuses a title that stands twice and a column that is missing.
func (p *parsed) titles(t sheet.Table, row sheet.Row, h head, columns []column) {
	for i, c := range columns {
		first, found := h.at[i]
		if !found && c.need {
			p.refuse(t.Name, row.No, 0, "column_missing", "Column", c.title)
		}
		for at, cell := range row.Cells {
			if found && at != first && p.service.is(c, cell.Text) {
				p.refuse(t.Name, row.No, at, "column_twice", "Column", c.title, "First", sheet.CellName(row.No, first))
				delete(h.others, at)
			}
		}
	}
	for at, cell := range row.Cells {
		if cell.Flaw != "" {
			p.flaw(t.Name, row.No, at, cell)
		}
	}
}

func (s *Service) titlesOf(columns []column, lang wording.Lang) string {
	var names []string
	for _, c := range columns {
		if c.need {
			names = append(names, s.t(lang, c.title))
		}
	}
	return strings.Join(names, s.t(lang, "web.list.comma"))
}

// flaw names what makes a cell unfit to be read and reports whether there is anything.
func (p *parsed) flaw(table string, row, column int, c sheet.Cell) bool {
	switch {
	case c.Flaw == sheet.Formula:
		p.refuse(table, row, column, "cell_formula")
	case c.Flaw == sheet.Control:
		p.refuse(table, row, column, "cell_control")
	case c.Flaw == sheet.TooLong:
		p.refuse(table, row, column, "cell_long", "Max", strconv.Itoa(sheet.Default().Text))
	case c.Kind == sheet.Error:
		p.refuse(table, row, column, "cell_error", "Text", c.Text)
	default:
		return false
	}
	return true
}
