package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/audit"
	"clusterzone/services/database"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// auditPage lists the record, the newest first.
func (s *site) auditPage(r *request) error { return s.showAudit(r, nil) }

// verifyAudit checks the whole chain and says what it found.
func (s *site) verifyAudit(r *request) error {
	var report audit.Report
	err := r.view(func(tx *database.Tx) (err error) {
		report, err = audit.Verify(tx, nil)
		return err
	})
	if err != nil {
		return err
	}
	return s.showAudit(r, &report)
}

func (s *site) showAudit(r *request, report *audit.Report) error {
	before, _ := strconv.ParseInt(r.text("before"), 10, 64) // no number is the first page
	f := audit.Filter{ActorID: r.text("actor"), Action: r.text("action"), ObjectKind: r.text("kind"), ObjectID: r.text("object"), Before: before, Limit: pageSize}
	v := views.AuditView{List: views.ListView{Header: views.Header{Title: r.T("menu.audit"), Lead: r.T("audit.lead")}}}
	var found []audit.Recorded
	var units map[string]string
	err := r.view(func(tx *database.Tx) (err error) {
		if f.Except, err = review.HiddenFrom(tx, r.actor.ID); err != nil {
			return err
		}
		if found, err = audit.List(tx, f); err != nil {
			return err
		}
		units, err = r.unitNames(tx)
		return err
	})
	if err != nil {
		return err
	}
	v.List.Table = r.auditTable(found, units)
	v.List.Filter = r.auditFilter(f)
	v.List.Pager = r.auditPager(found, before)
	if report != nil {
		flash := views.Flash{Kind: views.Done, Text: r.T("audit.whole", "Count", report.Entries, "Head", report.Head[:16])}
		if len(report.Problems) > 0 {
			flash = views.Flash{Kind: views.Failed, Text: r.T("audit.broken", "Count", len(report.Problems))}
			v.Problems = report.Problems
		}
		v.Result = &flash
	}
	p, err := s.page(r, v.List.Header.Title)
	if err != nil {
		return err
	}
	p.Wide = true
	return s.show(r, p, views.AuditPage(v))
}

func (r *request) auditTable(found []audit.Recorded, units map[string]string) views.Table {
	t := views.Table{Caption: r.T("menu.audit"), Dense: true, Empty: views.Empty{Text: r.T("list.none"), Help: r.T("list.none.help")}, Columns: []views.Column{
		{Label: r.T("audit.seq"), Numeric: true}, {Label: r.T("audit.at"), Keep: true}, {Label: r.T("audit.actor"), Keep: true}, {Label: r.T("audit.action"), Keep: true},
		{Label: r.T("audit.object"), Keep: true}, {Label: r.T("audit.detail")}}}
	for _, x := range found {
		object := url.Values{"kind": {x.ObjectKind}, "object": {x.ObjectID}}
		t.Rows = append(t.Rows, views.Row{Cells: []views.Cell{{Text: strconv.FormatInt(x.Seq, 10), Sub: x.Hash[:min(8, len(x.Hash))]},
			{Text: wording.DateTime(r.lang, x.At), Sub: x.IP}, {Text: x.ActorName, Href: "/audit?actor=" + url.QueryEscape(x.ActorID), Sub: units[x.ActorUnit]},
			{Text: r.actionName(x.Action), Href: "/audit?action=" + url.QueryEscape(x.Action), Sub: x.Action},
			{Text: r.objectName(x), Href: "/audit?" + object.Encode(), Sub: tail(x.ObjectID)},
			{Text: string(x.Detail)}}})
	}
	return t
}

// actionName says what was done: an action of a case by the label of its table.
func (r *request) actionName(action string) string {
	if key := "audit.action." + action; r.site.Words.Has(key) {
		return r.T(key)
	}
	kind, verb, _ := strings.Cut(action, ".")
	if w := workflows.ByKind(workflows.Kind(kind)); w != nil && slices.Contains(w.Actions(), workflows.Action(verb)) {
		return w.ActionLabel(workflows.Action(verb)).In(string(r.lang))
	}
	return r.T("audit.action.other")
}

// tail is the end of an id, enough to tell two apart.
func tail(id string) string {
	if len(id) <= 12 {
		return id
	}
	return "…" + id[len(id)-12:]
}

// objectName says what kind of thing an entry is about.
func (r *request) objectName(x audit.Recorded) string {
	if key := "audit.object." + x.ObjectKind; r.site.Words.Has(key) {
		return r.T(key)
	}
	return x.ObjectKind
}

func (r *request) auditFilter(f audit.Filter) *views.Filter {
	v := &views.Filter{Action: "/audit", Active: f.ActorID != "" || f.Action != "" || f.ObjectKind != "" || f.ObjectID != ""}
	kinds := views.Field{Name: "kind", Label: r.T("audit.object"), Value: f.ObjectKind}
	for _, kind := range []string{"application", "opinion", "review", "zone", "evaluation", "rectification", "condition", "objection", "report", "notice", "person", "unit"} {
		kinds.Options = append(kinds.Options, views.Option{Value: kind, Label: r.T("audit.object." + kind)})
	}
	action := views.Field{Name: "action", Label: r.T("audit.action"), Value: f.Action, Max: 80, Kind: "search", Hint: "application.sign"}
	v.Search, v.Lists = &action, []views.Field{kinds}
	return v
}

func (r *request) auditPager(found []audit.Recorded, before int64) views.Pager {
	p := views.Pager{Shown: len(found)}
	query := r.Request.URL.Query()
	query.Del("before")
	if before > 0 {
		p.First = "/audit?" + query.Encode()
	}
	if len(found) == pageSize {
		query.Set("before", strconv.FormatInt(found[len(found)-1].Seq, 10))
		p.Next = "/audit?" + query.Encode()
	}
	return p
}
