package web

import (
	"fmt"
	"net/http"

	"clusterzone/services/steering"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

type exportForm struct {
	Kind   string `form:"kind,20"`
	Query  string `form:"query,2000"`
	Format string `form:"format,10"`
}

// orderExport asks for a file of a list.
func (s *site) orderExport(r *request) error {
	var in exportForm
	if err := r.bind(&in); err != nil {
		return err
	}
	title := r.T("menu.applications")
	if in.Kind == steering.KindOverdue {
		title = r.T("menu.overdue")
	}
	if _, err := s.Steering.Order(r.ctx(), r.actor, steering.Order{Kind: in.Kind, Title: title, Query: in.Query, Format: in.Format}); err != nil {
		return err
	}
	s.wake()
	return r.done("/exports", "export.ordered")
}

// exportFiles lists the files that the reader has ordered.
func (s *site) exportFiles(r *request) error {
	files, err := s.Steering.Files(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	v := views.FilesView{Header: views.Header{Title: r.T("export.mine"), Lead: r.T("export.mine.lead")}, Table: views.Table{Caption: r.T("export.mine"),
		Empty: views.Empty{Text: r.T("export.empty"), Help: r.T("export.empty.help")}, Columns: []views.Column{{Label: r.T("export.file")}, {Label: r.T("export.lines"), Numeric: true},
			{Label: r.T("export.ordered.at"), Keep: true}, {Label: r.T("export.expires"), Keep: true}, {Label: r.T("column.action")}}}}
	for _, f := range files {
		row := views.Row{ID: f.ID, Cells: []views.Cell{{Text: f.Title, Sub: f.Format}, {}, {Text: wording.DateTime(r.lang, f.CreatedAt)}, {Text: wording.Date(r.lang, f.ExpiresAt)},
			{Text: r.T("export.making")}}}
		switch {
		case f.Ready:
			row.Cells[1].Text = fmt.Sprint(f.Lines)
			row.Cells[4] = views.Cell{Text: r.T("export.fetch"), Href: "/exports/" + f.ID}
		case f.Refused:
			row.Cells[4].Text = r.T("export.refused")
		default:
			v.Waiting = true
		}
		v.Table.Rows = append(v.Table.Rows, row)
	}
	if v.Waiting {
		r.Header("Refresh", "3")
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.FilesPage(v))
}

// fetchExport sends a file to the person who ordered it.
func (s *site) fetchExport(r *request) error {
	content, f, err := s.Steering.Fetch(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	return r.send(download{name: f.Title + " " + wording.Day(f.CreatedAt) + "." + f.Format, kind: "application/octet-stream", size: f.Size, content: content})
}
