package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/registry"
	"clusterzone/services/steering"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// tally is how many of a list belong to a value, with the address of the list of just these.
type tally struct {
	label, href string
	count       int
}

// tallyChart draws tallies; every number opens the list it counts.
func (r *request) tallyChart(title, head string, all []tally) views.Chart {
	t := views.Table{Caption: title, Dense: true, Columns: []views.Column{{Label: head}, {Label: r.T("dashboard.count"), Numeric: true}}, Empty: views.Empty{Text: r.T("dashboard.none")}}
	for _, x := range all {
		t.Rows = append(t.Rows, views.Row{Cells: []views.Cell{{Text: x.label}, {Text: strconv.Itoa(x.count), Href: x.href}}})
	}
	return views.Chart{Kind: views.Bars, Title: title, Table: t}
}

// dashboard shows how the cases stand.
func (s *site) dashboard(r *request) error {
	var f application.Figures
	err := r.view(func(tx *database.Tx) (err error) {
		f, err = s.Applications.Figures(tx, r.actor)
		return err
	})
	if err != nil {
		return err
	}
	late, err := s.Steering.Overdue(r.ctx(), r.actor, steering.LateFilter{})
	if err != nil {
		return err
	}
	v := views.Dashboard{Header: views.Header{Title: r.T("dashboard.title"), Lead: r.T("dashboard.lead")}, Charts: []views.Chart{r.stateChart(f.States), r.durationChart(f.Durations)}}
	charts, err := s.lateCharts(r, late)
	if err != nil {
		return err
	}
	v.Charts = append(append(v.Charts, charts...), r.returnChart(f.Returns))
	zones, err := s.zoneCharts(r)
	if err != nil {
		return err
	}
	v.Charts = append(v.Charts, zones...)
	p, err := s.page(r, v.Header.Title)
	if err != nil {
		return err
	}
	p.Chart, p.Wide = true, true
	return s.show(r, p, views.DashboardPage(v))
}

func (r *request) stateChart(all []application.StateFigure) views.Chart {
	var out []tally
	for _, x := range all {
		out = append(out, tally{r.stateLabel(workflows.Application.Kind, x.State), "/applications?state=" + string(x.State), int(x.Count)})
	}
	return r.tallyChart(r.T("dashboard.states"), r.T("column.state"), out)
}

func (r *request) durationChart(all []application.Duration) views.Chart {
	title := r.T("dashboard.durations")
	t := views.Table{Caption: title, Dense: true, Empty: views.Empty{Text: r.T("dashboard.none")}, Columns: []views.Column{{Label: r.T("dashboard.step")},
		{Label: r.T("dashboard.median"), Numeric: true}, {Label: r.T("dashboard.p90"), Numeric: true}, {Label: r.T("dashboard.count"), Numeric: true}}}
	for _, x := range all {
		href := "/applications?passed=" + string(x.State)
		t.Rows = append(t.Rows, views.Row{Cells: []views.Cell{{Text: r.stateLabel(workflows.Application.Kind, x.State)}, {Text: strconv.Itoa(x.Median), Href: href},
			{Text: strconv.Itoa(x.P90), Href: href}, {Text: strconv.Itoa(x.Count), Href: href}}})
	}
	return views.Chart{Kind: views.Bars, Title: title, Table: t}
}

func (r *request) returnChart(all []application.Return) views.Chart {
	var out []tally
	for _, x := range all {
		label := x.Part
		if key := application.LabelKey(x.Part); r.site.Words.Has(key) {
			label = r.T(key)
		} else if slot, ok := r.site.Book.Rules.Slot(x.Part); ok {
			label = slot.Name.In(string(r.lang))
		}
		out = append(out, tally{label, "/applications?corrected=" + url.QueryEscape(x.Part), x.Count})
	}
	return r.tallyChart(r.T("dashboard.returns"), r.T("dashboard.part"), out)
}

// lateCharts count what is overdue by unit, by person and by clock.
func (s *site) lateCharts(r *request, late []steering.Late) ([]views.Chart, error) {
	units, err := r.units()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, l := range late {
		if l.Person != "" {
			ids = append(ids, l.Person)
		}
	}
	people := map[string]string{}
	err = r.view(func(tx *database.Tx) (err error) {
		people, err = identity.Names(tx, ids)
		return err
	})
	by := func(name string, of func(steering.Late) (value, label string)) []tally {
		at := map[string]int{}
		var out []tally
		for _, l := range late {
			value, label := of(l)
			if value == "" {
				continue
			}
			if _, seen := at[value]; !seen {
				at[value] = len(out)
				out = append(out, tally{label, "/supervision?" + name + "=" + url.QueryEscape(value), 0})
			}
			out[at[value]].count++
		}
		slices.SortStableFunc(out, func(x, y tally) int { return cmp.Compare(y.count, x.count) })
		return out
	}
	return []views.Chart{
		r.tallyChart(r.T("dashboard.late.unit"), r.T("supervision.turn"), by("unit", func(l steering.Late) (string, string) { return l.Unit, units[l.Unit] })),
		r.tallyChart(r.T("dashboard.late.person"), r.T("dashboard.person"), by("person", func(l steering.Late) (string, string) { return l.Person, people[l.Person] })),
		r.tallyChart(r.T("dashboard.late.clock"), r.T("supervision.clock"), by("clock", func(l steering.Late) (string, string) {
			return string(l.Clock), casework.ClockLabel(l.Clock).In(string(r.lang))
		})),
	}, err
}

// zoneCharts count the zones in force by sector and by functional area.
func (s *site) zoneCharts(r *request) ([]views.Chart, error) {
	sectors, areas := map[string]int{}, map[string]int{}
	for cursor := ""; ; {
		page, err := s.Zones.PublicZones(r.ctx(), registry.Filter{Limit: 200, Cursor: cursor})
		if err != nil {
			return nil, err
		}
		for _, z := range page.Rows {
			areas[z.Area]++
			for _, sector := range z.Sectors {
				sectors[sector]++
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	var bySector, byArea []tally
	for _, x := range s.Book.Sectors {
		if n := sectors[x.Code]; n > 0 {
			bySector = append(bySector, tally{x.Short.In(string(r.lang)), "/zones?sector=" + x.Code, n})
		}
	}
	for _, x := range s.Book.Areas {
		if n := areas[x.Code]; n > 0 {
			byArea = append(byArea, tally{x.Name.In(string(r.lang)), "/zones?area=" + x.Code, n})
		}
	}
	return []views.Chart{r.tallyChart(r.T("dashboard.zones.sector"), r.T("column.sector"), bySector),
		r.tallyChart(r.T("dashboard.zones.area"), r.T("dashboard.area"), byArea)}, nil
}

// supervision shows what is overdue where, and lets it be urged.
func (s *site) supervision(r *request) error {
	q := r.Request.URL.Query()
	f := steering.LateFilterOf(q)
	late, err := s.Steering.Overdue(r.ctx(), r.actor, f)
	if err != nil {
		return err
	}
	v := views.LateView{Header: views.Header{Title: r.T("supervision.title"), Lead: r.T("supervision.lead", "Count", len(late))}, Query: steering.Canonical(q)}
	if v.Charts, err = s.lateCharts(r, late); err != nil {
		return err
	}
	if v.Table, err = s.lateTable(r, late); err != nil {
		return err
	}
	if v.Filter, err = s.lateFilter(r, f); err != nil {
		return err
	}
	p, err := s.page(r, v.Header.Title)
	if err != nil {
		return err
	}
	p.Chart, p.Wide = true, true
	return s.show(r, p, views.LatePage(v))
}

func (s *site) lateTable(r *request, late []steering.Late) (views.Table, error) {
	t := views.Table{Caption: r.T("supervision.title"), Empty: views.Empty{Text: r.T("overdue.empty"), Help: r.T("overdue.empty.help")}, Columns: []views.Column{{Label: r.T("column.case")},
		{Label: r.T("supervision.turn")}, {Label: r.T("column.state")}, {Label: r.T("supervision.clock")}, {Label: r.T("column.due"), Keep: true}, {Label: r.T("urge.do")}}}
	units, err := r.units()
	if err != nil {
		return t, err
	}
	d, err := r.days()
	for _, l := range late {
		row := views.Row{ID: l.Case.ID, Name: l.Number, Tone: views.Bad, Cells: []views.Cell{{Text: l.Title, Href: casework.Path(l.Case.Kind, l.Case.ID), Sub: l.Number}, {Text: units[l.Unit]},
			{View: views.StateBadge(r.badge(l.Case.Kind, l.State))}, {Text: casework.ClockLabel(l.Clock).In(string(r.lang))}, {}, {}}}
		if clock, ok := d.dueClock(l.DueOn, true, false); ok {
			row.Cells[4] = views.Cell{View: views.ClockBadge(clock), Sub: wording.Date(r.lang, clock.Due)}
		}
		note := ""
		if l.UrgedAt != nil {
			note = r.T("urge.last", "Date", wording.Date(r.lang, *l.UrgedAt))
		}
		row.Cells[5] = r.urgeCell(l.Case, l.Number, l.State, note)
		t.Rows = append(t.Rows, row)
	}
	return t, err
}

func (s *site) lateFilter(r *request, f steering.LateFilter) (views.Filter, error) {
	unit := views.Field{Name: "unit", Label: r.T("supervision.turn"), Value: f.Unit}
	units, err := s.Identity.AllUnits(r.ctx(), "")
	for _, u := range units {
		unit.Options = append(unit.Options, views.Option{Value: u.Code, Label: r.pick(u.NameShort, u.NameEn)})
	}
	clock := views.Field{Name: "clock", Label: r.T("supervision.clock"), Value: string(f.Clock)}
	for _, name := range workflows.ClockNames() {
		clock.Options = append(clock.Options, views.Option{Value: string(name), Label: casework.ClockLabel(name).In(string(r.lang))})
	}
	kind := views.Field{Name: "kind", Label: r.T("supervision.kind"), Value: string(f.Kind)}
	for _, w := range workflows.All() {
		if s.Cases[w.Kind] != nil {
			kind.Options = append(kind.Options, views.Option{Value: string(w.Kind), Label: w.Label.In(string(r.lang))})
		}
	}
	return views.Filter{Action: "/supervision", Lists: []views.Field{unit, clock, kind}, Active: f != steering.LateFilter{}}, err
}
