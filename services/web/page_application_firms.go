package web

import (
	"strconv"
	"strings"
	"unicode"

	"clusterzone/services/policy"
	"clusterzone/services/tables"
)

// tableFirms is up to how many firms are shown as a table of inputs; a longer list is one
// text, a line for each firm.
const tableFirms = 300

func (e *editor) wholeFirms() bool {
	return !e.long() && (e.whole || e.typed.rows[firmsPath] > tableFirms)
}

// addFirms appends pasted lines to the firms, or says line by line what cannot be read; then
// nothing is added.
func (e *editor) addFirms(r *request, text string) (problem string) {
	rows, problems := r.firmRows(text, e.rules)
	if len(problems) > 0 {
		const most = 20
		if len(problems) > most {
			problems = append(problems[:most], r.T("edit.paste.more", "Count", len(problems)-most))
		}
		return strings.Join(problems, "\n")
	}
	list, _ := e.form.list(firmsPath)
	for _, row := range rows {
		at := rowPath(firmsPath, e.typed.rows[firmsPath])
		for i, column := range list.columns {
			e.typed.text[at+"."+column.path] = row[i]
		}
		e.typed.rows[firmsPath]++
	}
	return ""
}

// firmRows reads lines of name, code, sector and revenue band, as they come from a
// spreadsheet (tabs) or a text (commas). Sector and band may be given by name or code, the
// band also as the revenue itself in 万元.
func (r *request) firmRows(text string, rules policy.RuleSet) (rows [][4]string, problems []string) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		cells := firmCells(line)
		if len(cells) == 0 || number == 1 && heading(cells) {
			continue
		}
		row := [4]string{}
		copy(row[:], cells)
		if sector, ok := r.sectorCode(row[2]); ok {
			row[2] = sector
		} else {
			problems = append(problems, r.T("edit.paste.sector", "Line", strconv.Itoa(number), "Text", fieldName(row[2])))
		}
		if band, ok := tables.Band(rules, row[3]); ok {
			row[3] = band
		} else {
			problems = append(problems, r.T("edit.paste.band", "Line", strconv.Itoa(number), "Text", fieldName(row[3])))
		}
		rows = append(rows, row)
	}
	return rows, problems
}

// firmCells splits a line. A name may hold commas: what is too much belongs to it.
func firmCells(line string) []string {
	line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
	if line == "" {
		return nil
	}
	cells := strings.Split(line, "\t")
	if len(cells) == 1 {
		cells = strings.Split(strings.ReplaceAll(line, "\uff0c", ","), ",")
	}
	for i := range cells {
		cells[i] = strings.Trim(strings.TrimSpace(cells[i]), `"`)
	}
	if over := len(cells) - 4; over > 0 {
		cells = append([]string{strings.Join(cells[:over+1], ",")}, cells[over+1:]...)
	}
	return cells
}

// heading reports whether the first line names the columns: its second cell holds no digit.
func heading(cells []string) bool {
	return len(cells) > 1 && cells[1] != "" && !strings.ContainsFunc(cells[1], unicode.IsDigit)
}

// sectorCode finds a sector by code or name in either language; nothing is nothing.
func (r *request) sectorCode(text string) (string, bool) { return tables.Sector(r.site.Book, text) }

// firmText writes the firms as lines that firmRows reads.
func (e *editor) firmText() string {
	list, _ := e.form.list(firmsPath)
	var b strings.Builder
	for i := range e.typed.rows[firmsPath] {
		for k, column := range list.columns {
			if k > 0 {
				b.WriteByte('\t')
			}
			text := e.typed.text[rowPath(firmsPath, i)+"."+column.path]
			b.WriteString(strings.NewReplacer("\t", " ", "\n", " ").Replace(labelOf(column, text)))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// labelOf is the label of a choice, or the text itself.
func labelOf(f fieldForm, value string) string {
	for _, o := range f.options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}
