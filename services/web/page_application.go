package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// districtRoutes are the pages of an application: for its unit to fill in, for everybody to
// read.
func districtRoutes() []route {
	readers := append(watchers(), workflows.Filler, workflows.Leader, workflows.Department, workflows.Evaluator)
	filler := only(workflows.Filler)
	return []route{
		{get, "/applications/new", (*site).startPage, filler, false},
		{post, "/applications/new", (*site).startApplication, filler, false},
		{get, "/applications/:id", (*site).application, only(readers...), false},
		{get, "/applications/:id/compare", (*site).compareVersions, only(readers...), false},
		{get, "/applications/:id/self-check", (*site).selfCheck, only(append(office(), unitSide()...)...), false},
		{get, "/applications/:id/edit", (*site).editPage, filler, false},
		{post, "/applications/:id/edit", (*site).saveEdit, filler, false},
		{get, "/applications/:id/edit/status", (*site).statusPart, filler, false},
		{post, "/applications/:id/edit/choose", (*site).chooseEdit, filler, false},
		{post, "/applications/:id/items/:code", (*site).answerItem, filler, false},
		{get, "/applications/:id/corrections", (*site).corrections, only(append(watchers(), unitSide()...)...), false},
		{get, "/applications/:id/corrections/status", (*site).correctionsStatus, only(append(watchers(), unitSide()...)...), false},
		{get, "/applications/:id/send", (*site).sendPage, filler, false},
		{get, "/applications/:id/sign", (*site).signPage, only(workflows.Leader), false},
		{post, "/applications/:id/send-back", (*site).sendBack, only(workflows.Leader), false},
		{get, "/applications/:id/print", (*site).printApplication, only(readers...), false},
		{post, "/applications/:id/carried", (*site).confirmCarried, filler, false},
		{post, "/applications/:id/keep-body", (*site).keepBody, filler, false},
		{get, "/unit-profile", (*site).unitProfilePage, only(unitSide()...), false},
		{post, "/unit-profile", (*site).saveUnitProfile, filler, false},
		{get, "/applications/:id/outline.geojson", (*site).outline, only(readers...), false},
		{get, "/applications/:id/neighbours.geojson", (*site).neighbours, only(readers...), false},
		{post, "/applications/:id/boundary/check", (*site).checkBoundary, filler, false},
		{post, "/applications/:id/boundary/import", (*site).importBoundary, filler, false},
		{post, "/applications/:id/boundary/import/confirm", (*site).confirmImport, filler, false},
		{get, "/applications/:id/boundary/print", (*site).printBoundary, only(readers...), false},
		{get, "/applications/:id/boundary/export/:code", (*site).exportBoundary, only(readers...), false},
		{get, "/files/:id", (*site).linkedFile, only(workers()...), false},
	}
}

// caseFile is an application with everything that its page shows of it.
type caseFile struct {
	view     application.View
	versions []application.VersionView
	units    map[string]string
	signers  map[string]string
	scores   []review.Summary
	notices  []notice.Public
	objected []notice.View

	conditions []views.ConditionCard
}

// application shows a case: its head, and one of its sections.
func (s *site) application(r *request) error {
	f, err := s.openCase(r)
	if err != nil {
		return err
	}
	head, err := s.applicationHead(r, f)
	if err != nil {
		return err
	}
	page, err := s.page(r, f.view.Name)
	if err != nil {
		return err
	}
	page.Map = r.section(f) == "content"
	head.Actions = append(head.Actions, s.applicationPapers(r, f)...)
	return s.show(r, page, views.ApplicationPage(views.ApplicationView{Head: head, Notes: s.applicationNotes(r, f),
		Items: r.answeredItems(f), Body: s.sectionBody(r, f)}))
}

// openCase loads an application and what belongs to it, as far as the reader may know.
func (s *site) openCase(r *request) (f caseFile, err error) {
	id := r.Param("id")
	if f.view, err = s.Applications.View(r.ctx(), r.actor, id); err != nil {
		return f, err
	}
	if f.versions, err = s.Applications.Versions(r.ctx(), r.actor, id); err != nil {
		return f, err
	}
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: id}
	err = r.view(func(tx *database.Tx) (err error) {
		if f.units, err = r.unitNames(tx); err != nil {
			return err
		}
		if f.scores, err = s.Reviews.ForSubject(tx, r.actor, ref); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if f.notices, err = s.Notices.ForSubject(tx, ref); err != nil {
			return err
		}
		if r.actor.ReadsAll() {
			if f.objected, err = s.Notices.Objections(tx, r.actor, ref); err != nil {
				return err
			}
		}
		signers := make([]string, len(f.versions))
		for i, v := range f.versions {
			signers[i] = v.SignedBy
		}
		f.signers, err = identity.Names(tx, signers)
		return err
	})
	if err != nil {
		return f, err
	}
	conditions, err := r.conditionsOf(ref)
	if err != nil {
		return f, err
	}
	f.conditions, err = r.conditionCards(conditions, f.units)
	return f, err
}

func (s *site) applicationHead(r *request, f caseFile) (views.CaseHead, error) {
	v := f.view
	clocks, err := r.clocks(v.Clocks)
	if err != nil {
		return views.CaseHead{}, err
	}
	h := views.CaseHead{Header: views.Header{Title: v.Name, Badge: r.stateBadge(v.State), Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications"}}},
		Facts: []views.Item{{Term: r.T("application.number"), Text: v.Number}, {Term: r.T("application.unit"), Text: f.units[v.Unit]},
			{Term: r.T("application.round"), Text: r.pick(v.RoundName, v.RoundNameEn)}},
		Steps: r.steps(workflows.Application.Kind, v.State, v.History), Clocks: clocks, Actions: r.applicationActions(v), Tabs: r.sectionTabs(f)}
	if v.SubmittedAt != nil {
		h.Facts = append(h.Facts, views.Item{Term: r.T("application.submitted"), Text: r.T("application.version.at", "No", v.SubmittedNo, "When", wording.DateTime(r.lang, *v.SubmittedAt))})
	}
	if v.DocumentNumber != "" {
		h.Facts = append(h.Facts, views.Item{Term: r.T("application.document"), Text: v.DocumentNumber})
	}
	return h, nil
}

// applicationActions are the actions of the table, with the pages that lead up to them before
// them: the editor for the unit, the check for the commission.
func (r *request) applicationActions(v application.View) []views.Action {
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: v.ID}
	state, _ := workflows.Application.State(v.State)
	here, table := casework.Path(ref.Kind, ref.ID), r.choices(ref, v.Choices)
	var first []views.Action
	switch {
	case state.Editable && r.actor.Has(workflows.Filler):
		key := "application.edit"
		if v.State == "correction" {
			key = "application.correct"
		}
		missing := application.Refused(v.Problems) || slices.ContainsFunc(v.Items, func(i application.CorrectionItem) bool { return v.State == "correction" && !i.Done })
		first = []views.Action{{Label: r.T(key), Icon: "edit", Href: here + "/edit", Get: true, Primary: missing},
			{Label: r.T("edit.check"), Icon: "list-check", Href: here + "/self-check", Get: true}}
		for i := range table {
			table[i].Primary = table[i].Primary && !missing
		}
	case v.State == "submitted" && r.actor.Any(workflows.Clerk, workflows.Officer):
		first = []views.Action{{Label: r.T("application.check"), Icon: "clipboard-check", Href: here + "/check", Get: true, Primary: len(v.Verdicts) < len(application.Parts())}}
		for i := range table {
			table[i].Primary = table[i].Primary && !first[0].Primary
		}
	case r.actor.ReadsAll() && v.AcceptedAt != nil:
		first = []views.Action{{Label: r.T("application.experts"), Icon: "users-group", Href: here + "/experts", Get: true}}
	}
	if r.actor.ReadsAll() && v.SubmittedNo > 0 {
		first = append(first, views.Action{Label: r.T("recusal.title"), Icon: "shield-check", Href: here + "/recusals", Get: true})
	}
	return append(first, table...)
}

// applicationNotes say what is asked of the reader now, and what must not be overlooked.
func (s *site) applicationNotes(r *request, f caseFile) []views.Flash {
	var out []views.Flash
	if asked := r.asked(workflows.Application.Kind, f.view.State); asked != "" {
		out = append(out, views.Flash{Kind: views.Note, Text: asked})
	}
	if note := r.withdrawalNote(f.view); note != nil {
		out = append(out, *note)
	}
	if note := r.signatureNote(f); note != nil {
		out = append(out, *note)
	}
	if f.view.Working && f.view.SubmittedNo > 0 && r.section(f) == "content" {
		out = append(out, views.Flash{Kind: views.Note, Text: r.T("application.working", "No", f.view.SubmittedNo), Links: []views.Link{{Label: r.T("application.working.compare"),
			Href: "/applications/" + f.view.ID + "/compare?to=0"}}})
	}
	return out
}

// applicationPapers are the papers that can be downloaded.
func (s *site) applicationPapers(r *request, f caseFile) []views.Action {
	here := "/applications/" + f.view.ID
	if s.Papers == nil {
		return nil
	}
	out := []views.Action{{Label: r.T("filing.print.open"), Icon: "printer", Href: here + "/print", Get: true}}
	if f.view.SubmittedNo > 0 && r.actor.Any(append(unitSide(), office()...)...) {
		out = append(out, views.Action{Label: r.T("application.receipt"), Icon: "download", Href: here + "/receipt.pdf", Get: true})
	}
	if f.view.SubmittedNo > 0 && r.actor.Any(append(unitSide(), watchers()...)...) {
		out = append(out, views.Action{Label: r.T("document.title"), Icon: "rubber-stamp", Href: here + "/documents", Get: true})
	}
	if f.view.SubmittedNo > 0 || f.view.Working {
		out = append(out, views.Action{Label: r.T("application.book"), Icon: "download", Href: here + "/book.pdf", Get: true})
	}
	return out
}

// answeredItems are the items of the newest correction notice with their answers.
func (r *request) answeredItems(f caseFile) []views.ItemView {
	v := f.view
	if r.section(f) != "content" {
		return nil
	}
	out := make([]views.ItemView, 0, len(v.Items))
	for i, item := range v.Items {
		x := r.itemView(v, i)
		x.Href = "#part-" + partOfItem(item)
		out = append(out, x)
	}
	return out
}

// sections are the tabs of the page that the reader has, in order.
func (r *request) sections(f caseFile) []string {
	all := []string{"content", "materials"}
	if len(f.view.Opinions) > 0 || r.actor.ReadsAll() && f.view.AcceptedAt != nil || len(f.conditions) > 0 {
		all = append(all, "opinions")
	}
	if len(f.scores) > 0 || r.actor.ReadsAll() && f.view.AcceptedAt != nil {
		all = append(all, "scores")
	}
	if len(f.notices) > 0 {
		all = append(all, "notice")
	}
	return append(all, "history")
}

// section is the one asked for, the first where none is.
func (r *request) section(f caseFile) string {
	if tab := r.Query("tab"); slices.Contains(r.sections(f), tab) {
		return tab
	}
	return "content"
}

func (r *request) sectionTabs(f caseFile) []views.Tab {
	counts := map[string]int{"materials": len(f.view.Files), "opinions": len(f.view.Opinions), "notice": len(f.notices)}
	var out []views.Tab
	for _, name := range r.sections(f) {
		out = append(out, views.Tab{Label: r.T("application.tab." + name), Href: "/applications/" + f.view.ID + "?tab=" + name, Active: r.section(f) == name,
			Count: counts[name]})
	}
	return out
}

// sectionBody is the section that is open.
func (s *site) sectionBody(r *request, f caseFile) []templ.Component {
	switch r.section(f) {
	case "materials":
		slots := make([]views.SlotView, 0, len(f.view.Slots))
		for _, slot := range f.view.Slots {
			slots = append(slots, r.slotView(slot, f.view.Files))
		}
		return []templ.Component{views.SlotList(slots)}
	case "opinions":
		return s.opinionBody(r, f)
	case "scores":
		return []templ.Component{views.DataTable(r.scoreTable(f))}
	case "notice":
		return r.noticeBody(f)
	case "history":
		return r.historyBody(f)
	}
	if r.fills(f.view) { // what is still to do stands in the editor and in the self-check
		f.view.Checks = nil
	}
	d := s.dossier(r, f.view, "")
	if f.view.Working {
		d.Note = r.T("application.draft.note", "When", wording.DateTime(r.lang, f.view.UpdatedAt))
	}
	return []templ.Component{views.DossierView(d)}
}

// opinionTable lists the departments that were asked; their words where the reader may know
// them.
func (r *request) opinionTable(f caseFile) views.Table {
	t := views.Table{Caption: r.T("application.tab.opinions"), Columns: []views.Column{{Label: r.T("application.opinion.unit")}, {Label: r.T("application.opinion.sectors")},
		{Label: r.T("column.state")}, {Label: r.T("application.opinion.stance")}, {Label: r.T("application.opinion.at"), Keep: true}},
		Empty: views.Empty{Text: r.T("application.opinions.empty"), Help: r.T("application.opinions.empty.help")}}
	for _, o := range f.view.Opinions {
		row := views.Row{ID: o.ID, Name: o.Number, Cells: []views.Cell{{Text: f.units[o.Unit]}, {Text: r.sectorNames(o.Sectors)},
			{View: r.opinionState(o)}, {Text: r.T("application.opinion.inside")}, {}}}
		if r.actor.ReadsAll() || r.actor.Has(workflows.Department) && r.actor.Unit == o.Unit {
			row.Cells[0].Href = casework.Path(workflows.Opinion.Kind, o.ID)
			row.Cells[3].Text = ""
		}
		if o.Stance != "" {
			row.Cells[3] = views.Cell{Text: r.T("act.stance." + o.Stance), Sub: r.opinionWords(o)}
		}
		if o.GivenAt != nil {
			row.Cells[4].Text = wording.DateTime(r.lang, *o.GivenAt)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// scoreTable is what the reader may know of the experts' scores.
func (r *request) scoreTable(f caseFile) views.Table {
	t := views.Table{Caption: r.T("application.tab.scores"), Columns: []views.Column{{Label: r.T("application.score.who")}, {Label: r.T("column.state")},
		{Label: r.T("application.score.total"), Numeric: true}}, Empty: views.Empty{Text: r.T("application.scores.empty"), Help: r.T("application.scores.empty.help")}}
	for i, x := range f.scores {
		row := views.Row{ID: x.ReviewID, Cells: []views.Cell{{Text: r.T("application.score.other", "Number", i+1)}, {View: views.StateBadge(r.badge(workflows.Review.Kind, x.State))}, {}}}
		switch {
		case x.Mean:
			row.Cells[0].Text = r.T("application.score.mean")
		case x.Own:
			row.Cells[0] = views.Cell{Text: r.T("application.score.own"), Href: casework.Path(workflows.Review.Kind, x.ReviewID)}
		case x.ReviewID != "":
			row.Cells[0] = views.Cell{Text: x.Evaluator, Href: casework.Path(workflows.Review.Kind, x.ReviewID)}
		}
		if x.Total != nil {
			row.Cells[2].Text = x.Total.String()
		}
		if x.Vetoed {
			row.Cells[2].Sub = r.T("application.score.veto")
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// noticeBody lists the public notices, and for the commission what was objected in them.
func (r *request) noticeBody(f caseFile) []templ.Component {
	t := views.Table{Caption: r.T("application.tab.notice"), Columns: []views.Column{{Label: r.T("column.number"), Keep: true}, {Label: r.T("application.notice.title")},
		{Label: r.T("application.notice.days"), Keep: true}, {Label: r.T("column.state")}}}
	for _, n := range f.notices {
		cell := views.Cell{Text: n.Number}
		if n.Phase != notice.Upcoming {
			cell.Href = "/notices/" + n.ID
		}
		t.Rows = append(t.Rows, views.Row{ID: n.ID, Name: n.Number, Cells: []views.Cell{cell, {Text: n.Title},
			{Text: r.T("application.notice.period", "From", r.dayText(n.StartsOn.String()), "To", r.dayText(n.EndsOn.String()))}, {Text: r.T("application.notice." + string(n.Phase))}}})
	}
	out := []templ.Component{views.DataTable(t)}
	if !r.actor.ReadsAll() {
		return out
	}
	o := views.Table{Caption: r.T("menu.objections"), Columns: []views.Column{{Label: r.T("column.number"), Keep: true}, {Label: r.T("application.objection.body")}, {Label: r.T("column.state")}},
		Empty: views.Empty{Text: r.T("application.objections.empty")}}
	for _, x := range f.objected {
		o.Rows = append(o.Rows, views.Row{ID: x.ID, Name: x.Number, Cells: []views.Cell{{Text: x.Number, Href: casework.Path(workflows.Objection.Kind, x.ID)}, {Text: x.Body},
			{View: views.StateBadge(r.badge(workflows.Objection.Kind, x.State))}}})
	}
	return append(out, views.TableSection(views.TitledTable{Title: r.T("menu.objections"), Table: o}))
}

// historyBody is the timeline, and the versions that were signed.
func (r *request) historyBody(f caseFile) []templ.Component {
	events := r.timeline(workflows.Application.Kind, f.view.History, f.units)
	r.linkVersions(f, events)
	out := []templ.Component{views.HistorySection(r.T("application.history"), events)}
	t := views.Table{Caption: r.T("application.versions"), Columns: []views.Column{{Label: r.T("application.version"), Keep: true}, {Label: r.T("application.signed")},
		{Label: r.T("application.digest")}, {Label: r.T("application.papers"), Keep: true}},
		Empty: views.Empty{Text: r.T("application.versions.empty"), Help: r.T("application.versions.empty.help")}}
	for _, v := range slices.Backward(f.versions) {
		row := views.Row{ID: strconv.Itoa(v.No), Cells: []views.Cell{{Text: r.T("application.version.no", "No", v.No)},
			{Text: wording.DateTime(r.lang, v.SignedAt), Sub: f.signers[v.SignedBy]}, {Text: v.Digest}, {}}}
		if r.site.Papers != nil {
			row.Cells[3] = views.Cell{Text: r.T("application.book"), Href: "/applications/" + f.view.ID + "/book.pdf?version=" + strconv.Itoa(v.No)}
		}
		t.Rows = append(t.Rows, row)
	}
	versions := views.TitledTable{Title: r.T("application.versions"), Table: t, Note: r.T("application.versions.note")}
	out = append(out, views.TableSection(versions))
	if from, to, ok := r.versionFields(f, 0, 0); ok {
		out = append(out, views.VersionForm("/applications/"+f.view.ID+"/compare", from, to))
	}
	return out
}

// linkVersions gives every signature in the timeline a link to what it signed and what had
// changed. The timeline runs backwards.
func (r *request) linkVersions(f caseFile, events []views.Event) {
	no := len(f.versions)
	for i := range events {
		if no < 1 || !events[i].When.Equal(f.versions[no-1].SignedAt) {
			continue
		}
		if no > 1 {
			events[i].Links = append(events[i].Links, views.Link{Label: r.T("application.compare.before", "No", no-1),
				Href: "/applications/" + f.view.ID + "/compare?from=" + strconv.Itoa(no-1) + "&to=" + strconv.Itoa(no)})
		}
		no--
	}
}

// selfCheck shows every machine check with what it found.
func (s *site) selfCheck(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	if len(v.Checks) == 0 { // not for this reader, or not now
		return fault.Missing()
	}
	view := r.selfCheckView(v)
	if view.Head.Clocks, err = r.clocks(v.Clocks); err != nil {
		return err
	}
	return s.simple(r, http.StatusOK, r.T("edit.check"), views.SelfCheckPage(view))
}
