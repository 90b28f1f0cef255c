package web

import (
	"net/http"
	"net/url"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// tab is the tab of the work list asked for, the first where none is.
func (r *request) tab() casework.Tab {
	if t := casework.Tab(r.Query("tab")); slices.Contains(casework.Tabs(), t) {
		return t
	}
	return casework.TabTodo
}

// desks are those of some kinds of case, in the order asked for.
func (s *site) desks(kinds ...workflows.Kind) []casework.Desk {
	var out []casework.Desk
	for _, kind := range kinds {
		if service, ok := s.Cases[kind]; ok {
			out = append(out, service.Desk())
		}
	}
	return out
}

// workView is one page of a tab with the number of cases on every tab.
type workView struct {
	page   casework.WorkPage
	counts map[casework.Tab]int
}

// readWork reads what the address asks for: tab, place, and the kind where several are listed.
func (s *site) readWork(r *request, kinds ...workflows.Kind) (v workView, err error) {
	all := s.desks(kinds...)
	err = r.view(func(tx *database.Tx) (err error) {
		v.counts = map[casework.Tab]int{}
		for _, tab := range casework.Tabs() {
			n, err := casework.CountWork(tx, all, r.actor, tab)
			if err != nil {
				return err
			}
			v.counts[tab] = int(n)
		}
		v.page, err = casework.Work(tx, all, r.actor, casework.WorkQuery{Tab: r.tab(), After: r.text("after"), Limit: pageSize})
		return err
	})
	return v, err
}

// workList is the home of everybody who works on cases.
func (s *site) workList(r *request) error {
	kinds := s.kindsOfCase()
	if kind := workflows.Kind(r.text("kind")); slices.Contains(kinds, kind) {
		kinds = []workflows.Kind{kind}
	}
	return s.showWork(r, "/", r.T("menu.work"), kinds...)
}

// caseList is the list of one kind of case by the tabs of the work list.
func caseList(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		return s.showWork(r, "/"+string(w.Kind)+"s", r.T("menu."+string(w.Kind)+"s"), w.Kind)
	}
}

func (s *site) showWork(r *request, path, title string, kinds ...workflows.Kind) error {
	v, err := s.readWork(r, kinds...)
	if err != nil {
		return err
	}
	table, err := s.workTable(r, v.page.Items, r.tab())
	if err != nil {
		return err
	}
	list := views.ListView{Header: views.Header{Title: title}, Tabs: r.tabLinks(path, v.counts), Table: table, Pager: r.workPager(path, v.page)}
	if path == "/" {
		list.Header.Lead = r.T("work.lead", "Date", wording.Date(r.lang, s.DB.Now()), "Count", v.counts[casework.TabTodo])
		list.Actions, list.Filter = s.starters(r), s.kindFilter(r)
	}
	return s.simple(r, http.StatusOK, title, views.ListPage(list))
}

// workQuery is the address of a tab, with the kind that is filtered by.
func (r *request) workQuery(tab casework.Tab) url.Values {
	q := url.Values{"tab": {string(tab)}}
	if kind := r.text("kind"); workflows.ByKind(workflows.Kind(kind)) != nil {
		q.Set("kind", kind)
	}
	return q
}

// tabLinks are the tabs of a list at an address, each with its number of cases.
func (r *request) tabLinks(path string, counts map[casework.Tab]int) []views.Tab {
	out := make([]views.Tab, 0, len(casework.Tabs()))
	for _, t := range casework.Tabs() {
		out = append(out, views.Tab{Label: r.T("work.tab." + string(t)), Href: path + "?" + r.workQuery(t).Encode(), Active: r.tab() == t, Count: counts[t]})
	}
	return out
}

func (r *request) workPager(path string, page casework.WorkPage) views.Pager {
	q := r.workQuery(r.tab())
	p := views.Pager{Shown: len(page.Items)}
	if r.text("after") != "" {
		p.First = path + "?" + q.Encode()
	}
	if page.Next != "" {
		q.Set("after", page.Next)
		p.Next = path + "?" + q.Encode()
	}
	return p
}

// kindFilter narrows the work list to one kind of case.
func (s *site) kindFilter(r *request) *views.Filter {
	field := views.Field{Name: "kind", Label: r.T("work.kind"), Value: r.text("kind")}
	for _, kind := range s.kindsOfCase() {
		field.Options = append(field.Options, views.Option{Value: string(kind), Label: workflows.ByKind(kind).Label.In(string(r.lang))})
	}
	return &views.Filter{Action: "/", Kept: map[string]string{"tab": string(r.tab())}, Lists: []views.Field{field}, Active: r.text("kind") != ""}
}

// clockName is which of its periods a case is due by.
func clockName(r *request, w casework.WorkItem) string {
	if w.Clock == "" {
		return ""
	}
	return casework.ClockLabel(w.Clock).In(string(r.lang))
}
