package web

import (
	"net/http"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// maxRows bounds lists that have no pages.
const maxRows = 200

// home is the work list for those who work on cases, the first page of their office for
// administrators, and the public's front page for everybody else.
func (s *site) home(r *request) error {
	switch {
	case !r.loggedIn():
		return s.front(r)
	case r.actor.Any(workers()...):
		return s.workList(r)
	}
	for _, item := range s.menu(r) {
		return r.redirect(item.Href)
	}
	return r.redirect("/profile")
}

// kindsOfCase lists every kind that has a service, in the order of the tables.
func (s *site) kindsOfCase() []workflows.Kind {
	var out []workflows.Kind
	for _, w := range workflows.All() {
		if s.Cases[w.Kind] != nil {
			out = append(out, w.Kind)
		}
	}
	return out
}

// workTable shows cases of the work list: which case, where it stands, what is asked, how long
// there is, one button.
func (s *site) workTable(r *request, items []casework.WorkItem, tab casework.Tab) (views.Table, error) {
	t := views.Table{Caption: r.T("work.tab." + string(tab)), Empty: views.Empty{Text: r.T("work.empty." + string(tab)), Help: r.T("work.empty." + string(tab) + ".help")},
		Columns: []views.Column{{Label: r.T("column.case"), Keep: false}, {Label: r.T("column.state")}, {Label: r.T("column.asked")},
			{Label: r.T("column.due"), Keep: true}, {Label: r.T("column.action"), Keep: true}}}
	if len(items) == 0 {
		return t, nil
	}
	d, err := r.days()
	if err != nil {
		return t, err
	}
	var units map[string]string
	err = r.view(func(tx *database.Tx) (err error) {
		units, err = r.unitNames(tx)
		return err
	})
	for _, w := range items {
		t.Rows = append(t.Rows, r.workRow(d, units, w, tab))
	}
	return t, err
}

func (r *request) workRow(d days, units map[string]string, w casework.WorkItem, tab casework.Tab) views.Row {
	href := casework.Path(w.Kind, w.ID)
	row := views.Row{ID: w.ID, Name: w.Number, Cells: []views.Cell{
		{Text: w.Title, Href: href, Sub: r.T("work.case", "Kind", workflows.ByKind(w.Kind).Label.In(string(r.lang)), "Number", w.Number, "Unit", units[w.Unit])},
		{View: views.StateBadge(r.badge(w.Kind, w.State))},
		{Text: r.asked(w.Kind, w.State)},
		{},
		{View: views.ActionButton(views.Action{Label: r.T("work.view"), Get: true, Href: href})},
	}}
	if tab == casework.TabTodo {
		row.Cells[2].Sub = clockName(r, w)
		row.Cells[4].View = views.ActionButton(views.Action{Label: r.T("work.do"), Get: true, Href: href + r.workPlace(w), Primary: true})
	} else {
		row.Cells[2].Text = wording.DateTime(r.lang, w.UpdatedAt)
	}
	if clock, ok := d.dueClock(w.DueOn, w.Overdue, w.Provisional); ok {
		row.Cells[3] = views.Cell{View: views.ClockBadge(clock), Sub: wording.Date(r.lang, clock.Due)}
		if w.Overdue {
			row.Tone = views.Bad
		}
	}
	return row
}

// workPlace is where the work on a case goes on: in the editor for who fills in an application,
// at the field where they left it.
func (r *request) workPlace(w casework.WorkItem) string {
	if state, _ := workflows.Application.State(w.State); w.Kind == workflows.Application.Kind && state.Editable && r.actor.Has(workflows.Filler) {
		return "/edit"
	}
	return ""
}

// asked says what a state asks of the reader: by role where the table gives it to several.
func (r *request) asked(kind workflows.Kind, state workflows.State) string {
	row, ok := workflows.ByKind(kind).State(state)
	if !ok {
		return ""
	}
	for _, role := range row.Desk {
		if !r.actor.Has(role) {
			continue
		}
		key := "work.ask." + string(kind) + "." + string(state)
		if own := key + "." + string(role); r.site.Words.Has(own) {
			return r.T(own)
		}
		return r.T(key)
	}
	besides := "work.ask." + string(kind) + ".besides"
	for _, role := range r.actor.Roles {
		if own := besides + "." + string(role); !row.Final && r.site.Words.Has(own) {
			return r.T(own)
		}
	}
	if !row.Final && r.site.Words.Has(besides) {
		return r.T(besides)
	}
	return ""
}

// starters are what the reader can begin: an application, for who fills them in.
func (s *site) starters(r *request) []views.Action {
	if !r.actor.Has(workflows.Filler) {
		return nil
	}
	return []views.Action{{Label: r.T("work.start"), Get: true, Href: "/applications/new", Icon: "plus", Primary: true}}
}

// overdue lists what stands beyond its due date anywhere, for those who watch over it.
func (s *site) overdue(r *request) error {
	items, err := s.lateCases(r)
	if err != nil {
		return err
	}
	table, err := s.workTable(r, items, casework.TabCopied)
	if err != nil {
		return err
	}
	table.Empty = views.Empty{Text: r.T("overdue.empty"), Help: r.T("overdue.empty.help")}
	return s.simple(r, http.StatusOK, r.T("menu.overdue"), views.ListPage(views.ListView{
		Header: views.Header{Title: r.T("menu.overdue"), Lead: r.T("overdue.lead", "Count", len(items))}, Table: table}))
}

// lateCases are the overdue cases that the reader may see, the longest first, each once.
func (s *site) lateCases(r *request) ([]casework.WorkItem, error) {
	var late []casework.Late
	err := r.view(func(tx *database.Tx) (err error) {
		late, err = casework.Overdue(tx, maxRows)
		return err
	})
	if err != nil {
		return nil, err
	}
	seen := map[casework.Ref]bool{}
	var out []casework.WorkItem
	for _, l := range late {
		if seen[l.Case] || s.Cases[l.Case.Kind] == nil {
			continue
		}
		seen[l.Case] = true
		item, err := s.lateCase(r, l)
		switch {
		case fault.Is(err, fault.NotFound): // recused
		case err != nil:
			return nil, err
		default:
			out = append(out, item)
		}
	}
	return out, nil
}

func (s *site) lateCase(r *request, l casework.Late) (casework.WorkItem, error) {
	now, err := s.Cases[l.Case.Kind].Actions(r.ctx(), r.actor, l.Case.ID)
	if err != nil {
		return casework.WorkItem{}, err
	}
	title, unit, err := s.caseTitle(r, l.Case)
	return casework.WorkItem{Kind: l.Case.Kind, ID: l.Case.ID, Number: now.Number, Title: title, Unit: unit, State: now.State, DueOn: l.DueOn,
		Overdue: true, UpdatedAt: l.DueAt}, err
}
