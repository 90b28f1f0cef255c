package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/evaluation"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// pageSize is how many rows a list shows at once.
const pageSize = 50

func (s *site) applicationTable(r *request, lines []application.Line) (views.Table, error) {
	t := views.Table{Caption: r.T("menu.applications"), Columns: []views.Column{{Label: r.T("column.number"), Keep: true}, {Label: r.T("column.zone")},
		{Label: r.T("column.state")}, {Label: r.T("column.submitted"), Keep: true}, {Label: r.T("column.due"), Keep: true}},
		Empty: views.Empty{Text: r.T("applications.empty"), Help: r.T("applications.empty.help")}}
	d, err := r.days()
	if err != nil {
		return t, err
	}
	units, err := r.units()
	if err != nil {
		return t, err
	}
	for _, l := range lines {
		row := views.Row{ID: l.ID, Name: l.Number, Cells: []views.Cell{{Text: l.Number, Href: casework.Path(workflows.Application.Kind, l.ID)},
			{Text: l.Name, Sub: units[l.Unit]}, {View: views.StateBadge(r.badge(workflows.Application.Kind, l.State))}, {Text: r.T("list.unsubmitted")}, {}}}
		if l.SubmittedAt != nil {
			row.Cells[3].Text = wording.Date(r.lang, *l.SubmittedAt)
		}
		if clock, ok := d.dueClock(l.DueOn, l.Overdue, false); ok {
			row.Cells[4] = views.Cell{View: views.ClockBadge(clock), Sub: wording.Date(r.lang, clock.Due)}
		}
		if l.Overdue {
			row.Tone = views.Bad
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// units are the names of all units by code.
func (r *request) units() (names map[string]string, err error) {
	err = r.view(func(tx *database.Tx) (err error) {
		names, err = r.unitNames(tx)
		return err
	})
	return names, err
}

func (s *site) applicationFilter(r *request, f application.Filter) (*views.Filter, error) {
	var rounds []policy.Round
	err := r.view(func(tx *database.Tx) (err error) {
		rounds, err = s.Book.Rounds(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	v := &views.Filter{Action: "/applications", Search: r.searchField(f.Text), Active: f.Text != "" || f.State != "" || f.RoundID != "" || f.Sector != "" || f.Unit != ""}
	states := views.Field{Name: "state", Label: r.T("column.state"), Value: string(f.State), Options: r.stateOptions(workflows.Application)}
	round := views.Field{Name: "round", Label: r.T("column.round"), Value: f.RoundID}
	for _, x := range rounds {
		round.Options = append(round.Options, views.Option{Value: x.ID, Label: r.pick(x.Name, x.NameEn)})
	}
	v.Lists = []views.Field{states, round, r.sectorField(f.Sector)}
	return v, nil
}

func (r *request) searchField(value string) *views.Field {
	return &views.Field{Name: "q", Label: r.T("web.search"), Value: value, Kind: "search", Max: 100}
}

// stateOptions lists the states of a table by the labels that the reader may know, each label
// once for outsiders, whose states look alike.
func (r *request) stateOptions(w *workflows.Workflow) []views.Option {
	var out []views.Option
	for _, row := range w.States {
		o := views.Option{Value: string(row.State), Label: r.stateLabel(w.Kind, row.State)}
		if !slices.ContainsFunc(out, func(x views.Option) bool { return x.Label == o.Label }) {
			out = append(out, o)
		}
	}
	return out
}

func (r *request) sectorField(value string) views.Field {
	f := views.Field{Name: "sector", Label: r.T("column.sector"), Value: value}
	for _, x := range r.site.Book.Sectors {
		f.Options = append(f.Options, views.Option{Value: x.Code, Label: x.Short.In(string(r.lang))})
	}
	return f
}

// pick chooses between two wordings of one thing by the reader's language.
func (r *request) pick(zh, en string) string {
	if r.english() && en != "" {
		return en
	}
	return zh
}

// search looks for a text in everything that the reader may see.
func (s *site) search(r *request) error {
	v := views.SearchView{Text: r.text("q"), Empty: views.Empty{Text: r.T("search.empty"), Help: r.T("search.empty.help")}}
	if v.Text == "" {
		v.Empty = views.Empty{Text: r.T("search.nothing"), Help: r.T("search.empty.help")}
	} else if err := s.find(r, &v); err != nil {
		return err
	}
	p, err := s.page(r, r.T("search.title"))
	if err != nil {
		return err
	}
	p.Search = v.Text
	return s.show(r, p, views.SearchPage(v))
}

// found is how many lines of a kind a search shows.
const found = 10

func (s *site) find(r *request, v *views.SearchView) error {
	for _, look := range []func(*request, string) (views.SearchGroup, error){s.findApplications, s.findZones, s.findOpinions, s.findEvaluations, s.findPersons} {
		group, err := look(r, v.Text)
		if err != nil {
			return err
		}
		if len(group.Table.Rows) > 0 {
			v.Groups = append(v.Groups, group)
		}
	}
	return nil
}

func (s *site) findApplications(r *request, text string) (g views.SearchGroup, err error) {
	if !r.actor.Any(workers()...) {
		return g, nil
	}
	var lines []application.Line
	err = r.view(func(tx *database.Tx) (err error) {
		lines, err = s.Applications.Search(tx, r.actor, text, found+1)
		return err
	})
	if err != nil {
		return g, err
	}
	g.Title = r.T("menu.applications")
	if len(lines) > found {
		lines, g.More = lines[:found], views.Link{Label: r.T("search.more"), Href: "/applications?q=" + url.QueryEscape(text)}
	}
	g.Table, err = s.applicationTable(r, lines)
	return g, err
}

// evaluations lists the annual evaluations that the reader may see.
func (s *site) evaluations(r *request) error {
	f := r.evaluationFilter()
	page, err := s.Evaluations.List(r.ctx(), r.actor, f)
	if err != nil {
		return err
	}
	return s.showEvaluations(r, workflows.Evaluation, f, page)
}

// rectifications lists what unqualified grades have ordered.
func (s *site) rectifications(r *request) error {
	f := r.evaluationFilter()
	page, err := s.Rectifications.List(r.ctx(), r.actor, f)
	if err != nil {
		return err
	}
	return s.showEvaluations(r, workflows.Rectification, f, page)
}

func (r *request) evaluationFilter() evaluation.Filter {
	year, _ := strconv.Atoi(r.text("year")) // no number is every year
	return evaluation.Filter{State: workflows.State(r.text("state")), Year: year, Unit: r.text("unit"), Zone: r.text("zone"), Text: r.text("q"), Cursor: r.text("before"), Limit: pageSize}
}

func (s *site) showEvaluations(r *request, w *workflows.Workflow, f evaluation.Filter, page evaluation.Page) error {
	path := "/" + string(w.Kind) + "s"
	v := views.ListView{Header: views.Header{Title: r.T("menu." + string(w.Kind) + "s")}, Pager: views.Pager{Shown: len(page.Rows)}, Actions: r.evaluationOpeners(w)}
	query := r.Request.URL.Query()
	query.Del("before")
	if f.Cursor != "" {
		v.Pager.First = path + "?" + query.Encode()
	}
	if page.Next != "" {
		query.Set("before", page.Next)
		v.Pager.Next = path + "?" + query.Encode()
	}
	var err error
	if v.Table, err = s.evaluationTable(r, w, page.Rows); err != nil {
		return err
	}
	year := views.Field{Name: "year", Label: r.T("zone.year"), Value: r.text("year"), Kind: "search", Max: 4}
	v.Filter = &views.Filter{Action: path, Search: &year, Active: f.State != "" || f.Year != 0 || f.Unit != "" || f.Zone != "",
		Lists: []views.Field{{Name: "state", Label: r.T("column.state"), Value: string(f.State), Options: r.stateOptions(w)}}}
	if v.Filter.Active {
		v.Table.Empty = views.Empty{Text: r.T("list.none"), Help: r.T("list.none.help")}
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.ListPage(v))
}

func (s *site) evaluationTable(r *request, w *workflows.Workflow, rows []evaluation.ListRow) (views.Table, error) {
	plural := string(w.Kind) + "s"
	t := views.Table{Caption: r.T("menu." + plural), Columns: []views.Column{{Label: r.T("column.number"), Keep: true}, {Label: r.T("column.zone")},
		{Label: r.T("zone.year"), Keep: true}, {Label: r.T("column.state")}, {Label: r.T("zone.grade")}, {Label: r.T("column.due"), Keep: true}},
		Empty: views.Empty{Text: r.T(plural + ".empty"), Help: r.T(plural + ".empty.help")}}
	d, err := r.days()
	if err != nil {
		return t, err
	}
	units, err := r.units()
	for _, x := range rows {
		row := views.Row{ID: x.ID, Name: x.Number, Cells: []views.Cell{{Text: x.Number, Href: casework.Path(w.Kind, x.ID)}, {Text: x.ZoneName, Sub: units[x.Unit]},
			{Text: strconv.Itoa(x.Year)}, {View: views.StateBadge(r.badge(w.Kind, x.State))}, {}, {}}}
		if x.Grade != "" {
			row.Cells[4] = views.Cell{View: views.StateBadge(r.gradeBadge(x.Grade))}
		}
		if x.Grade != "" && x.Total != nil {
			row.Cells[4].Sub = r.T("list.points", "Points", x.Total.String())
		}
		if clock, ok := d.dueClock(x.DueOn, x.Overdue, false); ok {
			row.Cells[5] = views.Cell{View: views.ClockBadge(clock), Sub: wording.Date(r.lang, clock.Due)}
		}
		if x.Overdue {
			row.Tone = views.Bad
		}
		t.Rows = append(t.Rows, row)
	}
	return t, err
}
