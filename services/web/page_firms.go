package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/tables"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// long reports whether the list of firms is too long for the form of its part: it has a page of its own then, which
// sends a hundred rows at a time, and the form leaves the list alone.
func (e *editor) long() bool {
	return e.form.part == "business" && len(e.view.Content.Business.Firms) > tableFirms
}

// withFirms puts the stored firms into a part that was sent without them.
func (e *editor) withFirms(value json.RawMessage) (json.RawMessage, error) {
	if !e.long() {
		return value, nil
	}
	part := map[string]json.RawMessage{}
	if err := json.Unmarshal(value, &part); err != nil {
		return nil, fault.BadField("business", "malformed")
	}
	firms, err := json.Marshal(e.view.Content.Business.Firms)
	if err != nil {
		return nil, err
	}
	part["firms"] = firms
	return json.Marshal(part)
}

// tools lead from a part to its tables in a spreadsheet.
func (s *site) tools(r *request, e *editor) (*views.TableTools, error) {
	if e.form.part != "business" && e.form.part != "goals" || !e.open(e.form.part) {
		return nil, nil
	}
	t, err := s.tableTools(r, e.view.ID)
	if err != nil {
		return nil, err
	}
	t.Lead = r.T("tables.tools.goals")
	if e.form.part == "business" {
		t.Lead = r.T("tables.tools.firms")
		t.Actions = append(t.Actions, views.Action{Label: r.T("tables.grid"), Icon: "table", Href: gridHref(e.view.ID, 0), Get: true, Primary: e.long()})
	}
	if e.long() {
		t.Lead = r.T("tables.grid.many", "Count", len(e.view.Content.Business.Firms))
	}
	return &t, nil
}

func (s *site) tableTools(r *request, id string) (views.TableTools, error) {
	here := casework.Path(workflows.Application.Kind, id)
	t := views.TableTools{Actions: []views.Action{{Label: r.T("tables.template"), Icon: "download", Href: here + "/tables.xlsx", Get: true},
		{Label: r.T("tables.import"), Icon: "upload", Href: importsHref(id), Get: true}}}
	last, undo, err := s.lastImport(r, id)
	if undo != nil {
		t.Undo = last
		t.Actions = append(t.Actions, *undo)
	}
	return t, err
}

// gridHref is the page of the firms from one row on.
func gridHref(id string, from int) string {
	href := casework.Path(workflows.Application.Kind, id) + "/firms"
	if from > 0 {
		href += "?from=" + strconv.Itoa(from)
	}
	return href
}

// grid is some rows of the list of firms on their way to the page or from it. Their names in the form count from 0.
type grid struct {
	*editor
	from, count int
	firmsWere   []application.Firm // the rows when they were last saved, where the form says so
	stale       *views.EditorStale
}

// openGrid loads the list; the form has the list alone.
func (s *site) openGrid(r *request) (*grid, error) {
	e, err := s.openEditor(r, "business")
	if err != nil {
		return nil, err
	}
	whole, _ := r.partForm("business", e.view.Unit, e.rules)
	list, _ := whole.list(firmsPath)
	e.form.inputs, e.form.lists = nil, []listForm{list}
	e.typed = newTyped()
	return &grid{editor: e}, nil
}

// rows shows the rows that stand at a place of the stored list.
func (g *grid) rows(from int) {
	firms := g.view.Content.Business.Firms
	if from < 0 || from > len(firms) {
		from = 0
	}
	g.from, g.count = from, min(onePage, len(firms)-from)
	g.base = tables.RowsBase(firms, g.from, g.count)
	g.fill(firms[g.from : g.from+g.count])
	g.acked = g.typed.form().Encode()
}

// fill types rows into the form.
func (g *grid) fill(firms []application.Firm) {
	for i, f := range firms {
		at := rowPath(firmsPath, i)
		g.typed.text[at+".name"], g.typed.text[at+".code"], g.typed.text[at+".sector"], g.typed.text[at+".revenue_band"] = f.Name, f.Code, f.Sector, f.RevenueBand
	}
	g.typed.rows[firmsPath] = len(firms)
}

// form is what was typed as a form sends it.
func (t typed) form() url.Values {
	out := make(url.Values, len(t.text))
	for name, text := range t.text {
		out.Set(name, text)
	}
	return out
}

// firmGrid shows a page of the list, or leads to the firm that was looked for.
func (s *site) firmGrid(r *request) error {
	g, err := s.openGrid(r)
	if err != nil {
		return err
	}
	if text := r.text("q"); text != "" {
		return g.find(r, text)
	}
	from, _ := strconv.Atoi(r.Query("from")) // what is no number is the first page
	g.rows(from)
	g.told = g.local(g.view.Problems)
	return s.showGrid(r, g)
}

// find leads to the first row after the page that holds a text in its name or code, from the start again after the end.
func (g *grid) find(r *request, text string) error {
	after, _ := strconv.Atoi(r.Query("after"))
	firms, want := g.view.Content.Business.Firms, strings.ToLower(text)
	for k := range firms {
		i := (max(after, 0) + k) % len(firms)
		if strings.Contains(strings.ToLower(firms[i].Name), want) || strings.Contains(strings.ToLower(firms[i].Code), want) {
			return r.redirect(gridHref(g.view.ID, i/onePage*onePage) + "#f-" + rowPath(firmsPath, i%onePage) + ".name")
		}
	}
	r.flash(views.Warning, "tables.grid.none", "Text", text)
	return r.redirect(gridHref(g.view.ID, 0))
}

// local are the problems of the rows on the page, under the names they have there.
func (g *grid) local(problems []application.Problem) (out []application.Problem) {
	for _, p := range problems {
		if list, row, column, ok := rowOf(p.Path); ok && list == firmsPath && row >= g.from && row < g.from+g.count {
			p.Path = rowPath(firmsPath, row-g.from) + "." + column
			out = append(out, p)
		}
	}
	return out
}

// saveFirmGrid takes the rows of a page, from its button or from autosave.
func (s *site) saveFirmGrid(r *request) error {
	if err := r.samePerson(); err != nil {
		return err
	}
	g, err := s.openGrid(r)
	if err != nil {
		return err
	}
	if err := g.receive(r); err != nil {
		return err
	}
	if len(g.told) > 0 || g.lines != "" {
		return s.refuseGrid(r, g)
	}
	aside := unread{}
	for range mostUnread {
		saved, problems, err := s.saveGrid(r, g)
		switch {
		case len(problems) > 0 && r.autosaves() && g.aside(r, problems, aside):
		case len(problems) > 0:
			g.told = problems
			return s.refuseGrid(r, g)
		case err != nil:
			r.keeps(aside)
			return s.gridFailed(r, g, err)
		default:
			g.unread = aside
			return s.gridSaved(r, g, saved)
		}
	}
	return s.refuseGrid(r, g)
}

// saveGrid saves the rows as they were read. Problems are what refuses them by field, under its name on the page.
func (s *site) saveGrid(r *request, g *grid) (saved tables.RowsSaved, problems []application.Problem, err error) {
	firms, problems := firmsTyped(g.typed, g.form)
	if len(problems) > 0 {
		return saved, problems, fault.New(fault.Invalid, "invalid")
	}
	slice := tables.Slice{From: g.from, Count: g.count, Base: g.base, Firms: firms, Was: g.firmsWere, Of: g.origins()}
	if saved, err = s.Tables.SaveRows(r.ctx(), r.actor, g.view.ID, slice); err == nil {
		g.count, g.base = len(firms), tables.RowsBase(firms, 0, len(firms))
		return saved, nil, nil
	}
	all := problemsOf(err)
	g.count = max(g.count, len(firms)) // paths of the service name rows of the whole list
	if problems = g.local(all); len(problems) == 0 && len(all) > 0 {
		problems = []application.Problem{{Path: firmsPath, Code: all[0].Code, Severity: application.Refuse, Params: all[0].Params}}
	}
	return saved, problems, err
}

// gridSaved answers a save that went through.
func (s *site) gridSaved(r *request, g *grid, saved tables.RowsSaved) error {
	s.wake()
	if !r.autosaves() {
		return r.done(gridHref(g.view.ID, g.from), "edit.saved", "Time", wording.Clock(s.DB.Now()))
	}
	var mine []application.Problem
	for _, p := range g.local(saved.Problems) {
		if p.Severity == application.Refuse && g.typed.text[p.Path] != "" || p.Severity == application.Warn {
			mine = append(mine, p)
		}
	}
	answer := map[string]any{"version": saved.Version, "saved_at": wording.Clock(s.DB.Now()), "base": g.token()}
	if saved.Merged {
		answer["lists"] = []string{firmsPath}
	}
	r.answerSaved(answer, g.messages(r, mine, true), g.unread)
	return nil
}

// token carries how many rows the page was read with, and what they were.
func (g *grid) token() string { return strconv.Itoa(g.count) + ":" + g.base }

// receive reads the rows of the form.
func (g *grid) receive(r *request) error {
	values, err := r.formUpTo(2 * maxForm)
	if err != nil {
		return err
	}
	count, base, ok := strings.Cut(values.Get("base"), ":")
	from, err := strconv.Atoi(values.Get("from"))
	n, err2 := strconv.Atoi(count)
	if !ok || err != nil || err2 != nil {
		return fault.BadField("base", "malformed")
	}
	if err := r.isPerson(values.Get("person")); err != nil {
		return err
	}
	g.from, g.count, g.base, g.do, g.paste, g.acked = from, n, base, values.Get("do"), values.Get(firmsPath+".lines"), values.Get("acked")
	g.readWas()
	for _, name := range g.typed.read(withoutControls(values), g.form) {
		g.told = append(g.told, application.Problem{Code: "unknown_field", Severity: application.Refuse, Params: map[string]string{"Name": name}})
	}
	g.button(r, nil, false)
	return nil
}

// withoutControls are the rows of a form alone.
func withoutControls(values url.Values) url.Values {
	for _, name := range []string{"base", "from", "do", "version", "person", "acked", firmsPath + ".lines"} {
		values.Del(name)
	}
	return values
}

// refuseGrid sends the rows back with everything typed and what is wrong with them.
func (s *site) refuseGrid(r *request, g *grid) error {
	if r.autosaves() {
		r.JSON(http.StatusUnprocessableEntity, map[string]any{"problems": g.messages(r, g.told, true)})
		return nil
	}
	g.status = http.StatusUnprocessableEntity
	for _, p := range g.told {
		g.summary = append(g.summary, views.Problem{Field: p.Path, Text: r.problemText(p)})
	}
	if g.lines != "" {
		g.summary = append(g.summary, views.Problem{Field: firmsPath + ".lines", Text: strings.SplitN(g.lines, "\n", 2)[0]})
	}
	return s.showGrid(r, g)
}

// gridFailed answers a save that was refused: both values where somebody was faster; the words stay on the page.
func (s *site) gridFailed(r *request, g *grid, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Conflict {
		return err
	}
	if detail, ok := f.Detail.(tables.RowsStale); ok {
		return s.showGridStale(r, g, detail)
	}
	return s.editClosedGrid(r, g, err)
}

func (s *site) editClosedGrid(r *request, g *grid, err error) error {
	told := s.Teller.Of(r.lang, err)
	if r.autosaves() {
		return s.showFragment(r, told.Status, views.FlashBox(views.Flash{Kind: views.Failed, Text: told.Title}))
	}
	g.status, g.keep = told.Status, true
	g.summary = []views.Problem{{Text: told.Title}}
	return s.showGrid(r, g)
}

func (s *site) showGrid(r *request, g *grid) error {
	v := g.view
	page, err := s.page(r, r.T("tables.grid.title"))
	if err != nil {
		return err
	}
	page.Wide = true
	total := len(v.Content.Business.Firms)
	out := views.FirmGridView{Head: r.tableHeader(v.ID, v.Number, r.T("tables.grid.title"), r.gridLead(g, total)), Base: g.token(), From: g.from,
		Form: views.Form{Action: gridHref(v.ID, g.from), Autosave: gridHref(v.ID, g.from), Version: v.Version, Problems: g.summary,
			Keep: r.actor.ID + "/" + v.ID + "/firms-" + strconv.Itoa(g.from)}, Stale: g.stale,
		Back: views.Action{Label: r.T("tables.grid.part"), Icon: "arrow-left", Href: editHref(v.ID, "business", ""), Get: true},
		Find: views.Field{Name: "q", Label: r.T("tables.grid.find"), Help: r.T("tables.grid.find.help"), Kind: "search", Max: 100}, FindAt: gridHref(v.ID, 0)}
	if !g.open("business") && !g.keep {
		out.Closed = r.T("edit.closed.part")
	}
	if out.Tools, err = s.tableTools(r, v.ID); err != nil {
		return err
	}
	out.Tools.Lead = r.T("tables.tools.firms")
	if out.Table, out.Acked = r.gridTable(g), g.acked; g.status != http.StatusOK {
		out.Form.Acked = g.acked
	}
	out.Pages = r.gridPages(v.ID, g.from, total)
	r.gridProblems(g, &out)
	return s.showStatus(r, g.status, page, views.FirmGridPage(out))
}

func (r *request) gridLead(g *grid, total int) string {
	if total == 0 {
		return r.T("tables.grid.empty")
	}
	return r.T("tables.grid.lead", "Count", total, "From", min(g.from+1, total), "To", min(g.from+g.count, total))
}

// gridTable is the rows as a table of inputs, numbered as in the whole list.
func (r *request) gridTable(g *grid) views.RowTable {
	list := g.form.lists[0]
	told := g.messages(r, g.told, false)
	total := len(g.view.Content.Business.Firms)
	n := g.typed.rows[firmsPath]
	t := views.RowTable{Name: list.path, Title: r.T(application.LabelKey(list.path)), Add: r.T("edit.row.add"), Error: told[list.path], First: g.from,
		Most: max(n, min(2*onePage, n+tables.MaxFirms-total)), Paste: r.pasteField(g.editor, false)}
	for _, c := range list.columns {
		t.Columns = append(t.Columns, views.Column{Label: r.T(application.LabelKey(list.path + "." + c.path))})
	}
	shown := n
	if g.from+g.count >= total { // rows are added at the end
		shown = min(t.Most, max(list.least, n+list.spare))
	}
	for i := range shown {
		t.Rows = append(t.Rows, r.inputRow(g.editor, list, strconv.Itoa(i), strconv.Itoa(g.from+i+1), told))
	}
	t.Next = shown
	t.Blank = r.inputRow(g.editor, list, "__row__", r.T("edit.row.new"), nil)
	return t
}

// gridPages are the pages around this one, the first and the last.
func (r *request) gridPages(id string, from, total int) (out []views.PageLink) {
	if total <= onePage {
		return nil
	}
	here, last := from/onePage, (total-1)/onePage
	for p := range last + 1 {
		switch {
		case p == 0 || p == last || p >= here-2 && p <= here+2:
			label := strconv.Itoa(p*onePage+1) + "–" + strconv.Itoa(min(total, (p+1)*onePage))
			out = append(out, views.PageLink{Label: label, Href: gridHref(id, p*onePage), Here: p == here && from%onePage == 0})
		case p == here-3 || p == here+3:
			out = append(out, views.PageLink{Label: r.T("tables.grid.gap")})
		}
	}
	return out
}

// gridProblems are the problems of the whole list, each with a link to its row.
func (r *request) gridProblems(g *grid, out *views.FirmGridView) {
	const most = 50
	more := 0
	for _, p := range g.view.Problems {
		list, row, column, ok := rowOf(p.Path)
		if !ok || list != firmsPath {
			continue
		}
		if len(out.Problems) == most {
			more++
			continue
		}
		anchor := "#f-" + rowPath(firmsPath, row%onePage) + "." + cmp.Or(column, "name")
		out.Problems = append(out.Problems, views.Link{Label: r.T("tables.grid.row", "Row", row+1, "Text", r.problemText(p)), Href: gridHref(g.view.ID, row/onePage*onePage) + anchor})
	}
	if more > 0 {
		out.More = r.T("tables.grid.more", "Count", more)
	}
}
