package web

import (
	"net/url"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/evaluation"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

// findOpinions looks for opinions by a text, for the commission's side and departments.
func (s *site) findOpinions(r *request, text string) (g views.SearchGroup, err error) {
	if !r.actor.Any(append(watchers(), workflows.Department)...) {
		return g, nil
	}
	var hits []application.Hit
	err = r.view(func(tx *database.Tx) (err error) {
		hits, err = s.Applications.Opinions().Search(tx, r.actor, text, found)
		return err
	})
	if err != nil {
		return g, err
	}
	units, err := r.units()
	g.Title = r.T("menu.opinions")
	g.Table = views.Table{Caption: g.Title, Columns: []views.Column{{Label: r.T("column.number"), Keep: true}, {Label: r.T("column.zone")}, {Label: r.T("column.state")}}}
	for _, h := range hits {
		g.Table.Rows = append(g.Table.Rows, views.Row{ID: h.ID, Name: h.Number, Cells: []views.Cell{{Text: h.Number, Href: casework.Path(h.Kind, h.ID)},
			{Text: h.Name, Sub: units[h.Unit]}, {View: views.StateBadge(r.badge(h.Kind, h.State))}}})
	}
	return g, err
}

// findEvaluations looks for evaluations by a text.
func (s *site) findEvaluations(r *request, text string) (g views.SearchGroup, err error) {
	if !r.actor.Any(workers()...) {
		return g, nil
	}
	page, err := s.Evaluations.List(r.ctx(), r.actor, evaluation.Filter{Text: text, Limit: found})
	if err != nil {
		return g, err
	}
	g.Title = r.T("menu.evaluations")
	if page.Next != "" {
		g.More = views.Link{Label: r.T("search.more"), Href: "/evaluations?q=" + url.QueryEscape(text)}
	}
	g.Table, err = s.evaluationTable(r, workflows.Evaluation, page.Rows)
	return g, err
}
