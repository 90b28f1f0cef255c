package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/sheet"
	"clusterzone/services/tables"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// tableRoutes are the tables of an application in a spreadsheet, and the page of a long list of firms.
func tableRoutes() []route {
	filler := only(workflows.Filler)
	readers := only(append(watchers(), workflows.Filler, workflows.Leader, workflows.Department, workflows.Evaluator)...)
	return []route{
		{get, "/applications/:id/tables.xlsx", (*site).tableTemplate, readers, false},
		{get, "/applications/:id/firms.csv", (*site).firmsText, readers, false},
		{get, "/applications/:id/imports", (*site).uploadTablePage, filler, false},
		{post, "/applications/:id/imports", (*site).uploadTable, filler, false},
		{get, "/applications/:id/imports/:code", (*site).importTable, filler, false},
		{get, "/applications/:id/imports/:code/problems.xlsx", (*site).importProblems, filler, false},
		{post, "/applications/:id/imports/:code/confirm", (*site).confirmTable, filler, false},
		{post, "/applications/:id/imports/:code/undo", (*site).undoTable, filler, false},
		{post, "/applications/:id/imports/:code/rebase", (*site).rebaseTable, filler, false},
		{post, "/applications/:id/imports/:code/discard", (*site).discardTable, filler, false},
		{get, "/applications/:id/firms", (*site).firmGrid, filler, false},
		{post, "/applications/:id/firms", (*site).saveFirmGrid, filler, false},
		{post, "/applications/:id/firms/choose", (*site).chooseFirms, filler, false},
	}
}

func importsHref(id string) string { return casework.Path(workflows.Application.Kind, id) + "/imports" }

func (s *site) tableTemplate(r *request) error {
	f, err := s.Tables.Template(r.ctx(), r.actor, r.Param("id"), r.lang)
	return r.sendTable(f, err)
}

func (s *site) firmsText(r *request) error {
	f, err := s.Tables.FirmsText(r.ctx(), r.actor, r.Param("id"), r.lang)
	return r.sendTable(f, err)
}

func (s *site) importProblems(r *request) error {
	f, err := s.Tables.Marked(r.ctx(), r.actor, r.Param("id"), r.Param("code"), r.lang)
	return r.sendTable(f, err)
}

func (r *request) sendTable(f tables.File, err error) error {
	if err != nil {
		return err
	}
	return r.send(download{name: f.Name, kind: f.Type, size: f.Content.Size(), content: f.Content})
}

// uploadTablePage explains the way and takes a file.
func (s *site) uploadTablePage(r *request) error { return s.showUpload(r, http.StatusOK, "") }

func (s *site) showUpload(r *request, status int, problem string) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	if state, _ := workflows.Application.State(v.State); !state.Editable {
		r.flash(views.Warning, "edit.closed.state", "State", r.stateLabel(workflows.Application.Kind, v.State))
		return r.redirect(casework.Path(workflows.Application.Kind, v.ID))
	}
	here := casework.Path(workflows.Application.Kind, v.ID)
	limits := sheet.Default()
	out := views.UploadTableView{Action: importsHref(v.ID), Accept: ".xlsx,.csv", Error: problem, Header: r.tableHeader(v.ID, v.Number, r.T("tables.import"), r.T("tables.import.lead")),
		Limit: r.T("tables.limit", "Max", limits.Bytes>>20, "Rows", tables.MaxFirms),
		Steps: []views.TableStep{
			{Title: r.T("tables.step.get"), Text: r.T("tables.step.get.text"), Actions: []views.Action{
				{Label: r.T("tables.template"), Icon: "download", Href: here + "/tables.xlsx", Get: true}, {Label: r.T("tables.csv"), Icon: "download", Href: here + "/firms.csv", Get: true}}},
			{Title: r.T("tables.step.send"), Text: r.T("tables.step.send.text")},
		}}
	if out.Last, out.Undo, err = s.lastImport(r, v.ID); err != nil {
		return err
	}
	return s.simple(r, status, out.Header.Title, views.UploadTablePage(out))
}

// lastImport is what one imported last and the button that takes it back.
func (s *site) lastImport(r *request, id string) (string, *views.Action, error) {
	last, name, at, ok, err := s.Tables.Undoable(r.ctx(), r.actor, id)
	if err != nil || !ok {
		return "", nil, err
	}
	return r.T("tables.last", "Name", name, "When", wording.DateTime(r.lang, at)), r.undoAction(id, last), nil
}

func (r *request) undoAction(id, last string) *views.Action {
	return &views.Action{Label: r.T("tables.undo"), Icon: "history", Href: importsHref(id) + "/" + last + "/undo",
		Confirm: &views.Confirm{Title: r.T("tables.undo"), Text: r.T("tables.undo.ask")}}
}

func (r *request) tableHeader(id, number, title, lead string) views.Header {
	return views.Header{Title: title, Lead: lead, Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications"},
		{Label: number, Href: casework.Path(workflows.Application.Kind, id)}, {Label: r.T("field.business"), Href: editHref(id, "business", "")}}}
}

// uploadTable reads a file and leads to what is wrong with it, or to what it would change.
func (s *site) uploadTable(r *request) error {
	name, data, err := r.tableFile()
	if err == nil {
		var i tables.Import
		if i, err = s.Tables.Upload(r.ctx(), r.actor, r.Param("id"), name, data); err == nil {
			return r.redirect(importsHref(r.Param("id")) + "/" + i.ID)
		}
	}
	told, err := r.refused(err, map[string]string{"file": r.T("tables.file")})
	if err != nil {
		return err
	}
	return s.showUpload(r, told.status(), told.Problems[0].Text)
}

// tableFile reads the file of the form under its limit.
func (r *request) tableFile() (name string, data []byte, err error) {
	limit := sheet.Default().Bytes
	if _, err := r.formUpTo(limit + 1<<20); err != nil {
		return "", nil, err
	}
	file, head, err := r.Request.FormFile("file")
	if err != nil {
		return "", nil, fault.BadField("file", "required")
	}
	defer func() { _ = file.Close() }() // it was only read
	data, err = io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return "", nil, fault.BadField("file", "malformed")
	}
	return head.Filename, data, nil
}

// importTable shows an upload.
func (s *site) importTable(r *request) error {
	i, err := s.Tables.FindAs(r.ctx(), r.actor, r.Param("id"), r.Param("code"), tables.Mode(r.Query("mode")))
	if err != nil {
		return err
	}
	return s.showImport(r, http.StatusOK, i, nil)
}

func (s *site) showImport(r *request, status int, i tables.Import, failed *fault.Error) error {
	v, err := s.Applications.View(r.ctx(), r.actor, i.Application)
	if err != nil {
		return err
	}
	out := views.ImportTableView{Header: r.tableHeader(v.ID, v.Number, i.Name, r.T("tables.uploaded", "When", wording.DateTime(r.lang, i.CreatedAt)))}
	p := importPage{r: r, s: s, i: i, here: importsHref(i.Application) + "/" + i.ID, out: &out}
	switch {
	case failed != nil:
		p.failed(failed)
	case i.Count > 0:
		p.refused()
	case i.UndoneAt != nil:
		p.done("tables.undone", views.Quiet, false)
	case i.ConfirmedAt != nil:
		p.done("tables.done", views.Good, true)
	default:
		p.preview()
	}
	return s.simple(r, status, out.Header.Title, views.ImportTablePage(out))
}

// tableAction is what the buttons of an import send.
type tableAction struct {
	Version int64  `form:"version"`
	Mode    string `form:"mode,20"`
}

// confirmTable carries an import out.
func (s *site) confirmTable(r *request) error {
	var in tableAction
	if err := r.bind(&in); err != nil {
		return err
	}
	id, code := r.Param("id"), r.Param("code")
	if _, err := s.Tables.Confirm(r.ctx(), r.actor, id, code, tables.Mode(in.Mode)); err != nil {
		return s.importFailed(r, tables.Mode(in.Mode), err)
	}
	s.wake()
	return r.done(importsHref(id)+"/"+code, "tables.done")
}

// undoTable takes an import back.
func (s *site) undoTable(r *request) error {
	var in tableAction
	if err := r.bind(&in); err != nil {
		return err
	}
	if _, err := s.Tables.Undo(r.ctx(), r.actor, r.Param("id"), r.Param("code")); err != nil {
		return s.importFailed(r, "", err)
	}
	s.wake()
	return r.done(importsHref(r.Param("id"))+"/"+r.Param("code"), "tables.undone")
}

// importFailed shows the import again with what stands in its way.
func (s *site) importFailed(r *request, mode tables.Mode, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Conflict || !strings.HasPrefix(f.Code, "tables.") {
		return err
	}
	i, missing := s.Tables.FindAs(r.ctx(), r.actor, r.Param("id"), r.Param("code"), mode)
	if missing != nil {
		return missing
	}
	if f.Code == "tables.confirmed" || f.Code == "tables.undone" || f.Code == "tables.refused" {
		return s.showImport(r, http.StatusConflict, i, nil)
	}
	return s.showImport(r, http.StatusConflict, i, f)
}

// rebaseTable compares an import with the tables as they stand now.
func (s *site) rebaseTable(r *request) error {
	var in tableAction
	if err := r.bind(&in); err != nil {
		return err
	}
	if err := s.Tables.Rebase(r.ctx(), r.actor, r.Param("id"), r.Param("code")); err != nil {
		return err
	}
	return r.redirect(importsHref(r.Param("id")) + "/" + r.Param("code"))
}

// discardTable drops an upload.
func (s *site) discardTable(r *request) error {
	var in tableAction
	if err := r.bind(&in); err != nil {
		return err
	}
	if err := s.Tables.Discard(r.ctx(), r.actor, r.Param("id"), r.Param("code")); err != nil {
		return err
	}
	return r.done(editHref(r.Param("id"), "business", ""), "tables.discarded")
}

// importPage lays out one import.
type importPage struct {
	r    *request
	s    *site
	i    tables.Import
	here string
	out  *views.ImportTableView
}

// onePage is how many rows of a long list a page shows.
const onePage = 100

// slice is the part of a list of n that the page shows, with the links to the others.
func (p importPage) slice(n int) (from, to int) {
	from, err := strconv.Atoi(p.r.Query("from"))
	if err != nil || from < 0 || from >= n {
		from = 0
	}
	to = min(n, from+onePage)
	p.out.Pager.Shown = to - from
	at := p.here + "?mode=" + string(p.i.Mode)
	if from > 0 {
		p.out.Pager.First = at
	}
	if to < n {
		p.out.Pager.Next = at + "&from=" + strconv.Itoa(to)
	}
	return from, to
}

// refused lists the problems, each at its cell.
func (p importPage) refused() {
	r := p.r
	p.out.Tone, p.out.Result, p.out.Help = views.Bad, r.T("tables.refused", "Count", p.i.Count), r.T("tables.refused.help")
	p.out.Actions = []views.Action{{Label: r.T("tables.problems.get"), Icon: "download", Href: p.here + "/problems.xlsx", Get: true},
		{Label: r.T("tables.again"), Icon: "upload", Href: importsHref(p.i.Application), Get: true, Primary: true}}
	t := views.Table{Caption: r.T("table.problems"), Columns: []views.Column{{Label: r.T("table.problems.place"), Keep: true}, {Label: r.T("table.problems.text")}}}
	from, to := p.slice(len(p.i.Problems))
	for _, problem := range p.i.Problems[from:to] {
		t.Rows = append(t.Rows, views.Row{Cells: views.Cells(p.place(problem), p.s.Tables.Text(r.lang, problem))})
	}
	note := ""
	if more := p.i.Count - len(p.i.Problems); more > 0 {
		note = r.T("tables.problems.more", "Count", more)
	}
	p.out.Lists = []views.TitledTable{{Title: r.T("table.problems"), Table: t, Note: note}}
}

func (p importPage) place(problem tables.Problem) string {
	if place := problem.Place(); place != "" {
		return place
	}
	return p.r.T("tables.place.file")
}

// preview shows what would change, in the mode chosen, with the button that does it.
func (p importPage) preview() {
	r, i := p.r, p.i
	p.out.Tone, p.out.Result = views.Waiting, r.T("tables.preview")
	p.out.Help = r.T("tables.preview.help", "Until", wording.Clock(i.ExpiresAt))
	p.facts()
	if i.HasFirms {
		for _, mode := range []tables.Mode{tables.Replace, tables.Merge} {
			p.out.Modes = append(p.out.Modes, views.ModeChoice{Label: r.T("tables.mode." + string(mode)), Help: r.T("tables.mode." + string(mode) + ".help"),
				Href: p.here + "?mode=" + string(mode), Chosen: mode == i.Mode})
		}
	}
	confirm := views.Action{Label: r.T("tables.confirm"), Icon: "check", Href: p.here + "/confirm", Name: "mode", Value: string(i.Mode), Primary: true}
	if !i.Changes() {
		p.out.Result, confirm.Blocked = r.T("tables.preview.none"), r.T("tables.preview.none.help")
	} else if i.Firms.Removed > 0 {
		confirm.Confirm = &views.Confirm{Title: r.T("tables.confirm"), Text: r.T("tables.confirm.removes", "Count", i.Firms.Removed)}
	}
	p.out.Actions = []views.Action{confirm, {Label: r.T("tables.discard"), Icon: "x", Href: p.here + "/discard"}}
	p.changes(i.Firms, i.Goals)
}

// facts are the figures of an import.
func (p importPage) facts() {
	r, i := p.r, p.i
	if i.HasFirms {
		for _, x := range []struct {
			key string
			n   int
		}{{"added", i.Firms.Added}, {"changed", i.Firms.Changed}, {"removed", i.Firms.Removed}, {"same", i.Firms.Same}, {"after", i.Firms.After}} {
			p.out.Facts = append(p.out.Facts, views.Item{Term: r.T("tables.count." + x.key), Text: r.T("tables.firms", "Count", x.n)})
		}
	}
	if i.HasGoals {
		p.out.Facts = append(p.out.Facts, views.Item{Term: r.T("field.goals"), Text: r.T("tables.values", "Count", len(i.Goals))})
	}
	for _, note := range i.Notes {
		text := p.s.Tables.Text(r.lang, note)
		if place := note.Place(); place != "" {
			text = r.T("tables.at", "Place", place, "Text", text)
		}
		p.out.Notes = append(p.out.Notes, text)
	}
}

// done shows an import that was carried out, or taken back.
func (p importPage) done(key string, tone views.Tone, undo bool) {
	p.out.Tone, p.out.Result = tone, p.r.T(key)
	p.facts()
	if undo {
		p.out.Help = p.r.T("tables.done.help")
		p.out.Actions = append(p.out.Actions, *p.r.undoAction(p.i.Application, p.i.ID))
	}
	p.out.Actions = append(p.out.Actions, views.Action{Label: p.r.T("tables.back"), Icon: "arrow-right", Href: editHref(p.i.Application, "business", ""), Get: true, Primary: true})
	p.changes(p.i.Firms, p.i.Goals)
}

// failed shows what has changed meanwhile.
func (p importPage) failed(f *fault.Error) {
	p.out.Tone, p.out.Result = views.Bad, p.r.site.Teller.Text(p.r.lang, f.Code, f.Params)
	if f.Code == "tables.stale" {
		p.out.Actions = []views.Action{{Label: p.r.T("tables.rebase"), Icon: "refresh", Href: p.here + "/rebase", Primary: true}}
	}
	p.out.Actions = append(p.out.Actions, views.Action{Label: p.r.T("tables.back"), Icon: "arrow-right", Href: editHref(p.i.Application, "business", ""), Get: true})
	if since, ok := f.Detail.(tables.Since); ok {
		p.out.Help = p.r.T("tables.since")
		p.changes(since.Firms, since.Goals)
	}
}

// changes lists firms by row and goals by field.
func (p importPage) changes(plan tables.FirmPlan, goals []application.Change) {
	r := p.r
	if len(goals) > 0 {
		c := views.Comparison{Before: r.T("tables.before"), After: r.T("tables.after")}
		for _, g := range goals {
			c.Rows = append(c.Rows, r.goalChange(g))
		}
		p.out.Goals = &c
	}
	if len(plan.Rows) == 0 {
		return
	}
	t := views.Table{Caption: r.T("tables.changes"), Dense: true, Columns: []views.Column{{Label: r.T("tables.row"), Numeric: true}, {Label: r.T("tables.change"), Keep: true},
		{Label: r.T("table.column.name")}, {Label: r.T("table.column.code"), Keep: true}, {Label: r.T("table.column.sector")}, {Label: r.T("table.column.band")}}}
	from, to := p.slice(len(plan.Rows))
	for _, change := range plan.Rows[from:to] {
		t.Rows = append(t.Rows, p.changeRow(change))
	}
	title := r.T("tables.changes.firms", "Count", len(plan.Rows))
	p.out.Lists = append(p.out.Lists, views.TitledTable{Title: title, Table: t, Note: p.order(plan)})
}

func (p importPage) order(plan tables.FirmPlan) string {
	if plan.Reordered {
		return p.r.T("tables.reordered")
	}
	return ""
}

func (p importPage) changeRow(c tables.FirmChange) views.Row {
	r, now := p.r, c.After
	tone := map[tables.ChangeKind]views.Tone{tables.Added: views.Good, tables.Changed: views.Active, tables.Removed: views.Bad}[c.Kind]
	if c.Kind == tables.Removed {
		now = c.Before
	}
	row := ""
	if c.Row > 0 {
		row = strconv.Itoa(c.Row)
	}
	cells := []views.Cell{{Text: row}, {View: views.StateBadge(views.Badge{Label: r.T("tables.kind." + string(c.Kind)), Tone: tone})}}
	for _, x := range [][2]string{{c.Before.Name, now.Name}, {c.Before.Code, now.Code}, {r.sectorLabel(c.Before.Sector), r.sectorLabel(now.Sector)},
		{p.band(c.Before.RevenueBand), p.band(now.RevenueBand)}} {
		cell := views.Cell{Text: x[1]}
		if c.Kind == tables.Changed && x[0] != x[1] {
			cell.Sub = r.T("tables.was", "Text", orNone(r, x[0]))
		}
		cells = append(cells, cell)
	}
	return views.Row{Cells: cells}
}

func orNone(r *request, text string) string {
	if text == "" {
		return r.T("web.none")
	}
	return text
}

func (r *request) sectorLabel(code string) string {
	for _, x := range r.site.Book.Sectors {
		if x.Code == code {
			return x.Short.In(string(r.lang))
		}
	}
	return code
}

func (p importPage) band(code string) string {
	if b, ok := p.s.Book.Rules.RevenueBand(code); ok {
		return b.Name.In(string(p.r.lang))
	}
	return code
}

// goalChange is one field of the goals before and after.
func (r *request) goalChange(c application.Change) views.Diff {
	label := r.T(c.LabelKey)
	if rest, ok := strings.CutPrefix(c.Path, goalRowsPath+"["); ok {
		indicator, _, _ := strings.Cut(rest, "]")
		label = r.T("tables.goal", "Indicator", r.indicatorName(indicator), "Field", label)
	}
	d := views.Diff{Label: label, Before: shownValue(c.Path, c.Old), After: shownValue(c.Path, c.New), Kind: views.Changed}
	switch {
	case d.Before == "":
		d.Kind = views.Added
	case d.After == "":
		d.Kind = views.Removed
	}
	return d
}

// shownValue is a stored value as people read it.
func shownValue(path, text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if path == "goals.base_year" && n == 0 {
		return ""
	}
	if err != nil || application.UnitOf(path) == application.UnitNone {
		return text
	}
	return application.UnitOf(path).Format(n)
}
