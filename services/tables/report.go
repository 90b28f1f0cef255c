package tables

import (
	"bytes"
	"context"
	"strings"

	"clusterzone/services/identity"
	"clusterzone/services/sheet"
	"clusterzone/services/wording"
)

// Place is where a problem lies as a spreadsheet writes it: 入驻企业!B17; a sheet alone, or nothing for the file.
func (p Problem) Place() string {
	if p.Row == 0 || p.Sheet == "" {
		return p.Sheet
	}
	return p.Sheet + "!" + sheet.CellName(p.Row, p.Column)
}

// Marked makes a workbook of a refused file's problems: a list of all, and the sheets as they were read with the cells
// marked. Errors: NotFound, also where nothing was refused.
func (s *Service) Marked(ctx context.Context, a identity.Actor, application, id string, lang wording.Lang) (File, error) {
	i, err := s.Find(ctx, a, application, id)
	if err != nil {
		return File{}, err
	}
	list := sheet.Page{Name: s.t(lang, "table.problems"), Free: true,
		Columns: []sheet.Column{{Title: s.t(lang, "table.problems.place"), Width: 24}, {Title: s.t(lang, "table.problems.text"), Width: 100}}}
	marks := map[string][]sheet.Mark{}
	for _, p := range i.parsed.Problems {
		text := s.Text(lang, p)
		list.Rows = append(list.Rows, []any{p.Place(), text})
		if p.Row > 0 {
			marks[p.Sheet] = append(marks[p.Sheet], sheet.Mark{Row: p.Row, Column: p.Column, Text: text})
		}
	}
	pages := []sheet.Page{list}
	for _, t := range i.parsed.Tables {
		if t.Name != list.Name {
			pages = append(pages, copyOf(t, marks[t.Name]))
		}
	}
	body, err := sheet.Write(pages)
	return File{Name: strings.TrimSuffix(strings.TrimSuffix(i.Name, ".csv"), ".xlsx") + "-" + list.Name + ".xlsx", Type: workbookType, Content: bytes.NewReader(body)}, err
}

// copyOf writes a sheet as it was read, every cell in its place, everything as text.
func copyOf(t sheet.Table, marks []sheet.Mark) sheet.Page {
	p := sheet.Page{Name: t.Name, Free: true, Marks: marks}
	for _, row := range t.Rows {
		for len(p.Rows) < row.No-1 && len(p.Rows) < 2*MaxFirms {
			p.Rows = append(p.Rows, nil)
		}
		cells := make([]any, 0, len(row.Cells))
		for _, c := range row.Cells {
			cells = append(cells, c.Text)
		}
		p.Rows = append(p.Rows, cells)
	}
	return p
}
