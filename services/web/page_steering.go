package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/steering"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// steeringRoutes are the pages that go over many cases at once.
func steeringRoutes() []route {
	listers := only(append(watchers(), workflows.Filler, workflows.Leader, workflows.Department, workflows.Evaluator)...)
	return []route{
		{post, "/views", (*site).keepView, listers, false},
		{post, "/views/:id/default", (*site).defaultView, listers, false},
		{post, "/views/:id/drop", (*site).dropView, listers, false},
		{get, "/bulk", (*site).bulkRuns, listers, false},
		{post, "/bulk", (*site).previewBulk, listers, false},
		{get, "/bulk/:id", (*site).bulkRun, listers, false},
		{post, "/bulk/:id", (*site).startBulk, listers, false},
		{get, "/exports", (*site).exportFiles, listers, false},
		{post, "/exports", (*site).orderExport, listers, false},
		{get, "/exports/:id", (*site).fetchExport, listers, false},
		{get, "/dashboard", (*site).dashboard, only(watchers()...), false},
		{get, "/supervision", (*site).supervision, only(watchers()...), false},
		{post, "/urge", (*site).urge, only(watchers()...), false},
	}
}

// applications lists the applications that the reader may see, narrowed and ordered by what
// stands in the address; without anything there, by the view that the reader has made the
// usual one.
func (s *site) applications(r *request) error {
	kept, err := s.Steering.Views(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(kept, func(v steering.View) bool { return v.Default }); i >= 0 && r.Request.URL.RawQuery == "" {
		return r.redirect(viewHref(kept[i]))
	}
	q := r.Request.URL.Query()
	f := steering.FilterOf(q)
	f.Limit = pageSize + 1
	lines, err := s.Applications.List(r.ctx(), r.actor, f)
	if err != nil {
		return err
	}
	v := views.SteerList{Header: views.Header{Title: r.T("menu.applications")}, Actions: s.starters(r), Query: steering.Canonical(q), Exports: true,
		Bulk: r.bulkOptions(), Share: r.shareOptions(), Views: r.keptViews(kept), Pager: r.steerPager(lines, f.Sort)}
	lines = lines[:min(len(lines), pageSize)]
	err = r.view(func(tx *database.Tx) error {
		n, err := s.Applications.Count(tx, r.actor, f)
		v.Total = int(n)
		return err
	})
	if err != nil {
		return err
	}
	if v.Table, err = s.steerTable(r, lines, steering.Chosen(q), f); err != nil {
		return err
	}
	if v.Filter, err = s.steerFilter(r, f); err != nil {
		return err
	}
	if v.Filter.Active {
		v.Table.Empty = views.Empty{Text: r.T("list.none"), Help: r.T("list.none.help")}
	}
	if len(v.Bulk) > 0 {
		v.Table.Select = "ids"
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.SteerListPage(v))
}

func viewHref(v steering.View) string {
	if v.Query == "" {
		return "/applications?view=" + v.ID
	}
	return "/applications?" + v.Query + "&view=" + v.ID
}

// keptViews are the views above the list, led by the whole list where there are any.
func (r *request) keptViews(kept []steering.View) []views.KeptView {
	if len(kept) == 0 {
		return nil
	}
	now := r.text("view")
	out := []views.KeptView{{Name: r.T("view.all"), Href: "/applications?all=1", Active: now == "" && r.text("all") == "1"}}
	for _, v := range kept {
		k := views.KeptView{ID: v.ID, Name: v.Name, Href: viewHref(v), Active: v.ID == now, Own: v.Own, Default: v.Default}
		if !v.Own {
			k.Note = r.T("view.shared." + v.Shared)
		}
		out = append(out, k)
	}
	return out
}

func (r *request) steerPager(lines []application.Line, sort application.Sort) views.Pager {
	p := views.Pager{Shown: min(len(lines), pageSize)}
	q := r.Request.URL.Query()
	began := q.Get("before") != "" || q.Get("after") != ""
	q.Del("before")
	q.Del("after")
	if began {
		if p.First = "/applications?" + q.Encode(); len(q) == 0 {
			p.First = "/applications?all=1"
		}
	}
	if len(lines) > pageSize {
		name := "after"
		if sort == "" {
			name = "before"
		}
		q.Set(name, lines[pageSize-1].Cursor)
		p.Next = "/applications?" + q.Encode()
	}
	return p
}

// order is the column of a list that can be followed.
func order(c steering.Column) application.Sort {
	switch c {
	case "number", "unit", "submitted", "due", "updated":
		return application.Sort(c)
	case "zone":
		return application.ByName
	}
	return ""
}

func (r *request) steerColumn(c steering.Column, f application.Filter) views.Column {
	out := views.Column{Label: r.T("column." + string(c)), Keep: slices.Contains([]steering.Column{"number", "submitted", "due", "updated"}, c)}
	sort := order(c)
	if sort == "" {
		return out
	}
	q := r.Request.URL.Query()
	q.Del("before")
	q.Del("after")
	q.Set("sort", string(sort))
	if f.Sort == sort {
		out.Sorted = views.Ascending
		if f.Desc {
			out.Sorted = views.Descending
		} else {
			q.Set("sort", "-"+string(sort))
		}
	}
	out.Sort = "/applications?" + q.Encode()
	return out
}

func (s *site) steerTable(r *request, lines []application.Line, columns []steering.Column, f application.Filter) (views.Table, error) {
	t := views.Table{Caption: r.T("menu.applications"), Empty: views.Empty{Text: r.T("applications.empty"), Help: r.T("applications.empty.help")}}
	d, err := r.days()
	if err != nil {
		return t, err
	}
	units, err := r.units()
	if err != nil {
		return t, err
	}
	rounds, err := r.roundNames()
	if err != nil {
		return t, err
	}
	for _, c := range columns {
		t.Columns = append(t.Columns, r.steerColumn(c, f))
	}
	urging := r.actor.Any(steering.Watchers()...)
	if urging {
		t.Columns = append(t.Columns, views.Column{Label: r.T("urge.do")})
	}
	for _, l := range lines {
		row := views.Row{ID: l.ID, Name: l.Number}
		for _, c := range columns {
			row.Cells = append(row.Cells, s.steerCell(r, l, c, d, units, rounds))
		}
		if urging {
			row.Cells = append(row.Cells, r.urgeCell(casework.Ref{Kind: workflows.Application.Kind, ID: l.ID}, l.Number, l.State, ""))
		}
		if l.Overdue {
			row.Tone = views.Bad
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func (s *site) steerCell(r *request, l application.Line, c steering.Column, d days, units, rounds map[string]string) views.Cell {
	switch c {
	case "number":
		return views.Cell{Text: l.Number, Href: casework.Path(workflows.Application.Kind, l.ID)}
	case "zone":
		return views.Cell{Text: l.Name}
	case "unit":
		return views.Cell{Text: units[l.Unit]}
	case "state":
		return views.Cell{View: views.StateBadge(r.badge(workflows.Application.Kind, l.State))}
	case "round":
		return views.Cell{Text: rounds[l.RoundID]}
	case "sector":
		return views.Cell{Text: r.sectorNames(l.Sectors)}
	case "updated":
		return views.Cell{Text: wording.Date(r.lang, l.UpdatedAt)}
	case "submitted":
		if l.SubmittedAt == nil {
			return views.Cell{Text: r.T("list.unsubmitted")}
		}
		return views.Cell{Text: wording.Date(r.lang, *l.SubmittedAt)}
	case "due":
		if clock, ok := d.dueClock(l.DueOn, l.Overdue, l.Provisional); ok {
			return views.Cell{View: views.ClockBadge(clock), Sub: wording.Date(r.lang, clock.Due)}
		}
	}
	return views.Cell{}
}

// urgeCell is the button that urges a case, where it is somebody's turn.
func (r *request) urgeCell(ref casework.Ref, number string, state workflows.State, note string) views.Cell {
	row, _ := workflows.ByKind(ref.Kind).State(state)
	if len(row.Desk) == 0 || row.Final {
		return views.Cell{}
	}
	return views.Cell{View: views.UrgeButton(views.Urging{Case: string(ref.Kind) + "/" + ref.ID, Label: number, Note: note})}
}

func (r *request) roundNames() (map[string]string, error) {
	out := map[string]string{}
	err := r.view(func(tx *database.Tx) error {
		rounds, err := r.site.Book.Rounds(tx)
		for _, x := range rounds {
			out[x.ID] = r.pick(x.Name, x.NameEn)
		}
		return err
	})
	return out, err
}

func (s *site) steerFilter(r *request, f application.Filter) (views.SteerFilter, error) {
	base, err := s.applicationFilter(r, f)
	if err != nil {
		return views.SteerFilter{}, err
	}
	v := views.SteerFilter{Action: "/applications", Clear: "/applications?all=1", Search: *r.searchField(f.Text), Lists: base.Lists, Overdue: f.Overdue, Hidden: map[string]string{}}
	units, err := s.Identity.AllUnits(r.ctx(), identity.KindDistrict)
	if err != nil {
		return v, err
	}
	unit := views.Field{Name: "unit", Label: r.T("column.unit"), Value: f.Unit}
	for _, u := range units {
		unit.Options = append(unit.Options, views.Option{Value: u.Code, Label: r.pick(u.NameShort, u.NameEn)})
	}
	v.Lists = append(v.Lists, unit)
	if r.actor.ReadsAll() {
		officers, err := r.officers(f.Officer)
		if err != nil {
			return v, err
		}
		v.Lists = append(v.Lists, officers)
	}
	v.Dates = []views.Field{{Name: "due_before", Label: r.T("steer.due_before"), Value: f.DueBefore}, {Name: "from", Label: r.T("steer.from"), Value: f.SubmittedFrom},
		{Name: "to", Label: r.T("steer.to"), Value: f.SubmittedTo}}
	chosen := steering.Chosen(r.Request.URL.Query())
	for _, c := range steering.Columns() {
		v.Columns = append(v.Columns, views.Option{Value: string(c), Label: r.T("column." + string(c)), Chosen: slices.Contains(chosen, c)})
	}
	for _, name := range []string{"passed", "corrected", "sort"} {
		if value := r.text(name); value != "" {
			v.Hidden[name] = value
		}
	}
	q, _ := url.ParseQuery(steering.Canonical(r.Request.URL.Query())) // written by ourselves
	q.Del("columns")
	q.Del("sort")
	v.Active = len(q) > 0
	v.Open = f.Overdue || f.DueBefore+f.SubmittedFrom+f.SubmittedTo != ""
	return v, nil
}

// officers are the people of the commission as a choice.
func (r *request) officers(value string) (views.Field, error) {
	f := views.Field{Name: "officer", Label: r.T("steer.officer"), Value: value}
	err := r.view(func(tx *database.Tx) error {
		people, err := identity.Recipients(tx, identity.Query{Roles: office()})
		for _, p := range people {
			f.Options = append(f.Options, views.Option{Value: p.ID, Label: p.Name})
		}
		return err
	})
	return f, err
}

// bulkOptions are the actions that the reader can take on many cases.
func (r *request) bulkOptions() []views.Option {
	var out []views.Option
	for _, action := range steering.BulkActions(r.actor) {
		out = append(out, views.Option{Value: string(action), Label: workflows.Application.ActionLabel(action).In(string(r.lang))})
	}
	return out
}

// shareOptions are with whom a view can be shared: nobody, the own unit, each own role.
func (r *request) shareOptions() []views.Option {
	out := []views.Option{{Value: "", Label: r.T("view.shared.none")}, {Value: "unit", Label: r.T("view.shared.unit.own", "Unit", r.actor.UnitName)}}
	for _, role := range r.actor.Roles {
		out = append(out, views.Option{Value: "role:" + string(role), Label: r.T("view.shared.role.own", "Role", r.roleName(role))})
	}
	return out
}

type viewForm struct {
	Name   string `form:"name,200"`
	Query  string `form:"query,2000"`
	Shared string `form:"shared,60"`
}

// keepView keeps the list as it stands under a name.
func (s *site) keepView(r *request) error {
	var in viewForm
	if err := r.bind(&in); err != nil {
		return err
	}
	shared, role, _ := strings.Cut(in.Shared, ":")
	id, err := s.Steering.KeepView(r.ctx(), r.actor, steering.NewView{Name: in.Name, Query: in.Query, Shared: shared, Role: workflows.Role(role)})
	if err != nil {
		return err
	}
	return r.done(viewHref(steering.View{ID: id, Query: in.Query}), "view.kept", "Name", in.Name)
}

type switchForm struct {
	On string `form:"on,5"`
}

// defaultView makes a view the one that the list opens with, or no longer.
func (s *site) defaultView(r *request) error {
	var in switchForm
	if err := r.bind(&in); err != nil {
		return err
	}
	id, key := r.Param("id"), "view.default.set"
	if in.On != "1" {
		id, key = "", "view.default.unset"
	}
	if err := s.Steering.SetDefault(r.ctx(), r.actor, id); err != nil {
		return err
	}
	return r.done("/applications?all=1", key)
}

func (s *site) dropView(r *request) error {
	var in struct{}
	if err := r.bind(&in); err != nil {
		return err
	}
	if err := s.Steering.DropView(r.ctx(), r.actor, r.Param("id")); err != nil {
		return err
	}
	return r.done("/applications?all=1", "view.dropped")
}

type urgeForm struct {
	Case  string `form:"case,80"`
	Words string `form:"words,2000"`
	Back  string `form:"back,500"`
}

// urge urges one case and leads back to the list.
func (s *site) urge(r *request) error {
	var in urgeForm
	if err := r.bind(&in); err != nil {
		return err
	}
	kind, id, _ := strings.Cut(in.Case, "/")
	to := "/applications?all=1"
	if in.Back != "" {
		to = back(in.Back)
	}
	err := s.Steering.Urge(r.ctx(), r.actor, casework.Ref{Kind: workflows.Kind(kind), ID: id}, in.Words)
	told, err := r.refused(err, nil)
	switch {
	case err != nil:
		return err
	case told.Status != 0:
		r.flash(views.Warning, "fault."+told.Told.Code)
		return r.redirect(to)
	}
	s.wake()
	return r.done(to, "urge.done")
}
