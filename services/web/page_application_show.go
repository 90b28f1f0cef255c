package web

import (
	"net/http"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// showEditor shows one part: its form with what was typed, or both values of a save that came
// too late, or the part for reading where it is closed.
func (s *site) showEditor(r *request, e *editor, stale *views.EditorStale) error {
	v := e.view
	page, err := s.page(r, r.T("edit.title"))
	if err != nil {
		return err
	}
	page.Wide, page.Map = true, e.form.part == "boundary"
	here := casework.Path(workflows.Application.Kind, v.ID)
	clocks, err := r.clocks(v.Clocks)
	if err != nil {
		return err
	}
	out := views.EditorView{
		Head: views.Header{Clocks: clocks, Title: v.Name, Lead: r.T("edit.lead", "Number", v.Number, "Round", r.pick(v.RoundName, v.RoundNameEn)),
			Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications"}, {Label: v.Number, Href: here}}, Badge: r.stateBadge(v.State)},
		Part: e.form.part, Title: r.T("field." + e.form.part), Asks: r.asks(e.form.part), Status: r.editStatus(e), Base: e.base, Stale: stale,
		Actions: r.editActions(v, here), Items: r.partItems(e), SentBack: r.sentBack(v),
		Form: views.Form{Action: editHref(v.ID, e.form.part, ""), Version: e.version, Problems: e.summary},
	}
	if v.State == "correction" {
		out.Strip = r.itemStrip(v, e.form.part)
	}
	out.Status.Strip = nil // it stands above already
	if err := s.layCarried(r, e, &out); err != nil {
		return err
	}
	if next := nextPart(e.form.part); next != "" {
		out.Next = r.T("field." + next)
	}
	if out.Tools, err = s.tools(r, e); err != nil {
		return err
	}
	s.layPart(r, e, &out)
	if err := s.layPresence(r, e, &out); err != nil {
		return err
	}
	return s.showStatus(r, e.status, page, views.EditorPage(out))
}

// editActions lead to the self-check, and on to the signature once nothing stands in the way.
func (r *request) editActions(v application.View, here string) []views.Action {
	out := []views.Action{{Label: r.T("draft.revisions"), Icon: "history", Href: here + "/revisions", Get: true}, {Label: r.T("edit.check"), Icon: "list-check", Href: here + "/self-check", Get: true}}
	for _, c := range v.Choices {
		if c.Action == "send_to_sign" && len(c.Blocked) == 0 {
			out = append(out, views.Action{Label: c.Label.In(string(r.lang)), Href: here + "/send", Get: true, Primary: true})
		}
	}
	return out
}

// savedToday is when the part was last saved, where that was today.
func (r *request) savedToday(e *editor) string {
	now := r.site.DB.Now()
	if !begun(e.view, e.form.part) || wording.Day(e.view.UpdatedAt) != wording.Day(now) {
		return ""
	}
	return wording.Clock(e.view.UpdatedAt)
}

// layPart fills in the form of the part, or says why it is closed.
func (s *site) layPart(r *request, e *editor, out *views.EditorView) {
	if e.form.part == "materials" {
		out.Slots = r.slots(e)
		if err := r.furnish(e, out.Slots); err != nil { // the slots themselves are there
			s.Log.Warn("lay out shelf and versions", "case", e.view.ID, "err", err)
		}
	}
	switch open := e.open(e.form.part) && (e.form.part != "materials" || e.fieldsOpen()); {
	case open:
		out.Form.Autosave, out.Form.Saved = out.Form.Action, r.savedToday(e)
		out.Form.Keep = r.actor.ID + "/" + e.view.ID + "/" + e.form.part
		if e.status != http.StatusOK {
			out.Form.Saved, out.Form.Acked = "", e.acked
		}
	case !e.keep:
		r.closePart(s, e, out)
		return
	}
	r.layFields(e, out)
	for _, list := range e.form.lists {
		out.Lists = append(out.Lists, r.rowTable(e, list))
	}
	if len(e.form.indicators) > 0 {
		out.Goals = r.goalTable(e)
	}
	if e.form.part == "boundary" {
		r.layBoundary(e, out)
	}
}

// fieldsOpen reports whether number and date of the recommendation can be changed, which lie
// with the materials.
func (e *editor) fieldsOpen() bool {
	if !e.editable() {
		return false
	}
	for _, part := range e.view.OpenParts {
		if part == "*" || part == "materials" {
			return true
		}
	}
	return false
}

func (r *request) closePart(s *site, e *editor, out *views.EditorView) {
	if e.form.part == "materials" && e.open("materials") {
		out.Closed = r.T("edit.closed.fields")
	} else {
		out.Closed = r.T("edit.closed.part")
	}
	part := s.dossierPart(r, e.view, e.form.part)
	part.Label = ""
	out.Reading = &part
}

// asks says what a part is to make clear, in the words of the policy.
func (r *request) asks(part string) string {
	for i, name := range application.Parts() {
		if name == part && i < len(r.site.Book.Clarifications) {
			return r.site.Book.Clarifications[i].Asks.In(string(r.lang))
		}
	}
	return r.T("edit.asks.materials")
}

func (r *request) stateBadge(state workflows.State) *views.Badge {
	b := r.badge(workflows.Application.Kind, state)
	return &b
}

// layFields lays out the single fields: factors in groups, the map apart.
func (r *request) layFields(e *editor, out *views.EditorView) {
	told := e.messages(r, e.told, false)
	for _, in := range e.form.inputs {
		input := r.inputOf(e, in, in.path, told)
		if in.kind == mapField {
			out.Map = &views.Boundary{Field: input.Field, Tall: false}
			continue
		}
		if e.form.part != "factors" {
			out.Inputs = append(out.Inputs, input)
			continue
		}
		group := r.T("field." + in.path[:strings.LastIndex(in.path, ".")])
		if n := len(out.Groups); n == 0 || out.Groups[n-1].Title != group {
			out.Groups = append(out.Groups, views.InputGroup{Title: group})
		}
		last := &out.Groups[len(out.Groups)-1]
		last.Inputs = append(last.Inputs, input)
	}
}

// inputOf is one field as the page asks it.
func (r *request) inputOf(e *editor, in fieldForm, path string, told map[string]string) views.Input {
	key := application.LabelKey(path)
	if path == zoneName {
		key = "edit.zone_name"
	}
	f := views.Field{Name: path, Label: r.T(key), Value: e.typed.text[path], Required: in.required, Max: in.most, Rows: in.rows, Error: told[path],
		Words: r.wordsOn(e, path), Carried: e.view.Carried.Open(path)}
	if help := "edit.help." + strings.TrimPrefix(application.LabelKey(path), "field."); r.site.Words.Has(help) {
		f.Help = r.T(help)
	}
	switch in.kind {
	case areaText:
		return views.Input{Kind: views.AreaInput, Field: f}
	case dateText:
		return views.Input{Kind: views.DateInput, Field: f}
	case figureField, yearField:
		f.Max = 0
		return views.Input{Kind: views.FigureInput, Field: f}
	case radioText, selectText, checksField:
		f.Options = chosen(in, f.Value)
		return views.Input{Kind: choiceKind(in.kind), Field: f}
	}
	return views.Input{Kind: views.LineInput, Field: f}
}

func choiceKind(k fieldKind) views.InputKind {
	switch k {
	case radioText:
		return views.RadioInput
	case selectText:
		return views.SelectInput
	}
	return views.ChecksInput
}

// chosen marks what is chosen. A value that is no choice any more stays visible.
func chosen(in fieldForm, value string) []views.Option {
	picked := strings.Split(value, "\n")
	out := make([]views.Option, 0, len(in.options)+1)
	known := 0
	for _, o := range in.options {
		for _, p := range picked {
			if p == o.Value {
				o.Chosen = true
				known++
			}
		}
		out = append(out, o)
	}
	if known == 0 && value != "" && in.kind != checksField {
		out = append(out, views.Option{Value: value, Label: value, Chosen: true})
	}
	return out
}

// wordsOn are an officer's words on a field in the correction notice.
func (r *request) wordsOn(e *editor, path string) string {
	if e.view.State != "correction" {
		return ""
	}
	for _, item := range e.view.Items {
		if item.AnchorKind == "field" && placeOf(fieldOf(item.Anchor)) == path {
			return item.Words
		}
	}
	return ""
}

// rowTable is a list to be typed row by row; a very long one is a text.
func (r *request) rowTable(e *editor, list listForm) views.RowTable {
	told := e.messages(r, e.told, false)
	t := views.RowTable{Words: r.listWordsOn(e, list.path), Carried: e.view.Carried.Open(list.path), Name: list.path, Title: r.T(application.LabelKey(list.path)), Most: list.most, Error: told[list.path], Add: r.T("edit.row.add")}
	if help := "edit.help." + list.path; r.site.Words.Has(help) {
		t.Help = r.T(help)
	}
	for _, c := range list.columns {
		t.Columns = append(t.Columns, views.Column{Label: r.T(application.LabelKey(list.path + "." + c.path))})
	}
	n := e.typed.rows[list.path]
	if list.path == firmsPath {
		t.Whole = e.wholeFirms()
		t.Paste = r.pasteField(e, t.Whole)
		if n > 0 {
			t.Sum = r.T("edit.firms.sum", "Count", n)
		}
	}
	if t.Whole {
		t.Error = r.firstOf(e, list.path)
		return t
	}
	shown := min(max(list.least, n+list.spare), list.most)
	for i := range shown {
		t.Rows = append(t.Rows, r.inputRow(e, list, strconv.Itoa(i), strconv.Itoa(i+1), told))
	}
	t.Next = shown
	t.Blank = r.inputRow(e, list, "__row__", r.T("edit.row.new"), nil)
	return t
}

// firstOf is the first problem of a list that is shown as a text.
func (r *request) firstOf(e *editor, list string) string {
	for _, p := range e.told {
		if strings.HasPrefix(p.Path, list) {
			return r.placedProblem(p)
		}
	}
	return ""
}

func (r *request) inputRow(e *editor, list listForm, row, label string, told map[string]string) views.InputRow {
	name := list.path + "[" + row + "]"
	out := views.InputRow{Name: name, Label: label}
	for _, c := range list.columns {
		in := r.inputOf(e, c, name+"."+c.path, told)
		in.Field.Label = r.T("edit.cell", "Row", r.rowName(label), "Label", in.Field.Label)
		in.Field.Help = ""
		out.Inputs = append(out.Inputs, in)
	}
	return out
}

// rowName is a row as it is called in a sentence.
func (r *request) rowName(label string) string {
	if _, err := strconv.Atoi(label); err != nil {
		return label
	}
	return r.T("edit.row.nth", "Row", label)
}

func (r *request) pasteField(e *editor, whole bool) *views.Field {
	f := &views.Field{Name: firmsPath + ".lines", Label: r.T("edit.paste.label"), Help: r.T("edit.paste.help"), Value: e.paste, Error: e.lines, Rows: 6}
	if whole {
		f.Name, f.Label, f.Rows = firmsPath+".all", r.T("edit.paste.all"), 24
		if !e.whole {
			f.Value = e.firmText()
		}
	}
	return f
}

// goalTable is the indicators over the years.
func (r *request) goalTable(e *editor) *views.GoalTable {
	told := e.messages(r, e.told, false)
	base, _ := strconv.Atoi(e.typed.text["goals.base_year"])
	heading := func(key string, k int) string {
		if base < 1000 || base > 9000 {
			return r.T(key, "Number", k)
		}
		return r.T(key+".year", "Year", base+k)
	}
	t := &views.GoalTable{Words: r.listWordsOn(e, goalRowsPath), Carried: r.carriedGoals(e), Caption: r.T("field.goals.rows"), Base: heading("edit.goals.base", 0), Reason: r.T("field.goals.rows.reason")}
	for k := range e.form.years {
		t.Years = append(t.Years, heading("edit.goals.planned", k+1))
	}
	for _, indicator := range e.form.indicators {
		path, label := goalPath(indicator), r.indicatorName(indicator)
		cell := func(path, heading string) views.Field {
			in, _ := e.form.input(path)
			f := r.inputOf(e, in, path, told).Field
			f.Label, f.Help = r.T("edit.cell", "Row", label, "Label", heading), ""
			return f
		}
		row := views.GoalRow{Label: label, Base: cell(path+".base", t.Base), Reason: cell(path+".reason", t.Reason)}
		row.Reason.Rows = 2
		for k := range e.form.years {
			row.Years = append(row.Years, cell(plannedPath(indicator, k), t.Years[k]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
