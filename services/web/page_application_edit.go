package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// maxDocument bounds the form of one part in bytes: a list of firms may be long.
const maxDocument = 8 << 20

// editor is one part of one application on its way to the page or from it.
type editor struct {
	view      application.View
	rules     policy.RuleSet
	form      partForm
	typed     typed
	version   int64
	base      string // digest of the part that the form was read from
	acked     string // what the form held when it was last saved, as a form
	was       draftBase
	sent      []byte // the part's value as it was sent
	do        string // which button
	paste     string // rows pasted at once
	whole     bool   // the firms came as one text
	told      []application.Problem
	unread    unread
	lines     string // what is wrong with the pasted rows
	summary   []views.Problem
	status    int
	importing importAnswers // what was said about a boundary file
	keep      bool          // the form is shown even where nothing can be changed, so that nothing is lost
}

// editHref is the page of a part, and of a field in it.
func editHref(id, part, anchor string) string {
	href := casework.Path(workflows.Application.Kind, id) + "/edit?part=" + url.QueryEscape(part)
	if anchor != "" {
		href += "#f-" + anchor
	}
	return href
}

// openEditor loads an application and lays out the part asked for.
func (s *site) openEditor(r *request, part string) (*editor, error) {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return nil, err
	}
	e := &editor{view: v, version: v.Version, status: http.StatusOK}
	err = r.view(func(tx *database.Tx) (err error) {
		e.rules, err = s.Book.RuleSet(tx, v.RuleSetID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if part == "" {
		part = e.firstPart()
	}
	var ok bool
	if e.form, ok = r.partForm(part, v.Unit, e.rules); !ok {
		return nil, fault.Missing()
	}
	if e.long() {
		e.form.lists = slices.DeleteFunc(e.form.lists, func(l listForm) bool { return l.path == firmsPath })
	}
	return e, nil
}

// firstPart is where work goes on: the first part that is open in a correction, the first
// that is not done in a draft.
func (e *editor) firstPart() string {
	for _, part := range editParts() {
		if e.open(part) && (e.view.State != "draft" || refusals(e.view.Problems, part) > 0) {
			return part
		}
	}
	return "body"
}

func refusals(problems []application.Problem, part string) (n int) {
	for _, p := range problems {
		if p.Clarification == part && p.Severity == application.Refuse {
			n++
		}
	}
	return n
}

// editable reports whether anything can be changed now.
func (e *editor) editable() bool {
	state, _ := workflows.Application.State(e.view.State)
	return state.Editable
}

// open reports whether a part can be changed: all of them in a draft, those that the
// correction notice names afterwards. Materials are open by slot.
func (e *editor) open(part string) bool {
	if !e.editable() {
		return false
	}
	if slices.Contains(e.view.OpenParts, "*") || slices.Contains(e.view.OpenParts, part) {
		return true
	}
	return part == "materials" && slices.ContainsFunc(e.view.Slots, e.openSlot)
}

func (e *editor) openSlot(slot policy.Slot) bool {
	all := e.view.OpenParts
	return e.editable() && (slices.Contains(all, "*") || slices.Contains(all, "slot:"+slot.Code) || slices.Contains(all, partOfSlot(slot)))
}

// editPage shows one part for filling in.
func (s *site) editPage(r *request) error {
	if r.Query("part") == "" {
		if href, err := s.lastPlace(r); err != nil {
			return err
		} else if href != "" {
			return r.redirect(href)
		}
	}
	e, err := s.openEditor(r, r.Query("part"))
	if err != nil {
		return err
	}
	if !e.editable() {
		r.flash(views.Warning, "edit.closed.state", "State", r.stateLabel(workflows.Application.Kind, e.view.State))
		return r.redirect(casework.Path(workflows.Application.Kind, e.view.ID))
	}
	if err := e.load(s.DB.Now().Year()); err != nil {
		return err
	}
	return s.showEditor(r, e, nil)
}

// load fills the form with what is stored.
func (e *editor) load(year int) (err error) {
	if e.typed, err = typedOf(e.view.Content, e.form.path); err != nil {
		return err
	}
	if e.base, err = e.digest(); err != nil {
		return err
	}
	if e.typed.started() && e.form.part != "materials" || e.anyFile() {
		for _, p := range e.view.Problems {
			if p.Clarification == e.form.part && p.Severity == application.Refuse {
				e.told = append(e.told, p)
			}
		}
	}
	e.typed.text[zoneName] = e.view.Name
	e.typed.defaults(e.form, year)
	return nil
}

// anyFile reports whether the materials have been begun, where they are what is shown.
func (e *editor) anyFile() bool {
	return e.form.part == "materials" && (len(e.view.Files) > 0 || e.typed.started())
}

// digest identifies the stored value of the part, and of the name that is asked with it. A
// form sends it back: as long as nobody else has touched the part, a save goes through
// whatever else has moved.
func (e *editor) digest() (string, error) {
	text, err := e.stored()
	if err != nil {
		return "", err
	}
	if e.form.part == "body" {
		text = append(append(text, 0), e.view.Name...)
	}
	return application.Digest(text), nil
}

// stored is the canonical value of the part as it stands.
func (e *editor) stored() ([]byte, error) {
	tree, err := treeOfContent(e.view.Content)
	if err != nil {
		return nil, err
	}
	return application.CanonicalValue(tree[e.form.path])
}

// saveEdit takes the form of a part, from its button or from autosave.
func (s *site) saveEdit(r *request) error {
	if err := r.samePerson(); err != nil {
		return err
	}
	e, err := s.openEditor(r, r.Query("part"))
	if err != nil {
		return err
	}
	if err := e.receive(r); err != nil {
		return err
	}
	if r.autosaves() && len(e.told) == 0 {
		return s.saveReadable(r, e)
	}
	if len(e.told) > 0 || e.lines != "" {
		return s.refuseEdit(r, e)
	}
	saved, problems, err := s.saveTyped(r, e)
	if e.told = problems; len(problems) > 0 {
		return s.refuseEdit(r, e)
	}
	if err != nil {
		return s.editFailed(r, e, err)
	}
	return s.editSaved(r, e, saved)
}

// edit is the save that the form asks for: against what it held when it was last saved, where
// it says so, and otherwise against the part as it stands while that is what it was read from.
func (e *editor) edit() (application.Edit, error) {
	out := application.Edit{Version: e.version, Path: e.form.path, Value: e.sent}
	name, asked := e.typed.text[zoneName]
	if e.was.value != nil {
		out.Base = e.was.value
		if asked && e.was.name != "" {
			out.Name, out.BaseName = &name, &e.was.name
		}
		return out, nil
	}
	if asked && name != e.view.Name {
		out.Name = &name
	}
	now, err := e.digest()
	if err == nil && now == e.base {
		out.BaseName = &e.view.Name
		out.Base, err = e.stored()
	}
	return out, err
}

// receive reads a form into the editor. Problems with single values are kept for the page;
// the error is for what is no form of this part.
func (e *editor) receive(r *request) error {
	values, err := r.formUpTo(maxDocument)
	if err != nil {
		return err
	}
	take := func(name string) string {
		text := values.Get(name)
		values.Del(name)
		return text
	}
	if e.version, err = number(take("version")); err != nil {
		return err
	}
	e.base, e.do, e.paste = take("base"), take("do"), take(firmsPath+".lines")
	if err := r.isPerson(take("person")); err != nil {
		return err
	}
	e.acked = take("acked")
	e.was = e.baseOf(r)
	e.typed = newTyped()
	all, whole := values[firmsPath+".all"]
	values.Del(firmsPath + ".all")
	for _, name := range e.typed.read(values, e.form) {
		e.told = append(e.told, application.Problem{Code: "unknown_field", Severity: application.Refuse, Params: map[string]string{"Name": name}})
	}
	if _, sent := values[zoneName]; e.form.part == "body" && !sent {
		e.typed.text[zoneName] = e.view.Name
	}
	e.button(r, all, whole)
	return nil
}

// button does what a button asks besides saving. Autosave presses none, and what is being
// pasted stays where it is until its own button is pressed.
func (e *editor) button(r *request, all []string, whole bool) {
	if whole {
		e.whole = true
		e.typed.rows[firmsPath] = 0
		e.lines = e.addFirms(r, strings.Join(all, "\n"))
		e.paste = strings.Join(all, "\n")
	}
	if path, ok := strings.CutPrefix(e.do, "remove:"); ok {
		name, row, _, ok := rowOf(e.typed.nowAt(path))
		if list, known := e.form.list(name); ok && known {
			e.typed.remove(list, row)
		}
	}
	if r.autosaves() || whole || strings.TrimSpace(e.paste) == "" {
		return
	}
	if e.lines = e.addFirms(r, e.paste); e.lines == "" {
		e.paste = ""
	}
}

// nowAt is the present place of a row that the form called by another.
func (t typed) nowAt(sent string) string {
	for now, was := range t.from {
		if was == sent {
			return now
		}
	}
	return ""
}

// autosaves reports whether the form was sent by autosave.js.
func (r *request) autosaves() bool { return r.GetHeader("X-Autosave") == "1" }

// refuseEdit sends the form back with everything typed and what is wrong with it.
func (s *site) refuseEdit(r *request, e *editor) error {
	if r.autosaves() {
		problems := e.messages(r, e.told, true)
		if e.lines != "" {
			problems[firmsPath+e.pasteSuffix()] = e.lines
		}
		r.JSON(http.StatusUnprocessableEntity, map[string]any{"problems": problems})
		return nil
	}
	e.status, e.keep = http.StatusUnprocessableEntity, true
	for _, p := range e.told {
		e.summary = append(e.summary, e.summaryLine(r, p))
	}
	if e.lines != "" {
		e.summary = append(e.summary, views.Problem{Field: firmsPath + e.pasteSuffix(), Text: strings.SplitN(e.lines, "\n", 2)[0]})
	}
	return s.showEditor(r, e, nil)
}

func (e *editor) pasteSuffix() string {
	if e.whole {
		return ".all"
	}
	return ".lines"
}

// editFailed answers a save that was refused: both values where somebody was faster, the form
// with its problems otherwise.
func (s *site) editFailed(r *request, e *editor, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	switch {
	case f.Kind == fault.Conflict && f.Code == "stale":
		return s.showStale(r, e)
	case f.Kind == fault.Conflict, f.Kind == fault.Blocked:
		return s.editClosed(r, e, err)
	case f.Kind != fault.Invalid:
		return err
	}
	e.told = append(e.told, problemsOf(err)...)
	return s.refuseEdit(r, e)
}

// editClosed answers a save of what can no longer be changed: the words stay on the page to
// be copied.
func (s *site) editClosed(r *request, e *editor, err error) error {
	told := s.Teller.Of(r.lang, err)
	if r.autosaves() {
		return s.showFragment(r, told.Status, views.FlashBox(views.Flash{Kind: views.Failed, Text: told.Title}))
	}
	e.status, e.keep = told.Status, true
	e.summary = []views.Problem{{Text: told.Title}}
	return s.showEditor(r, e, nil)
}

// editSaved answers a save that went through.
func (s *site) editSaved(r *request, e *editor, saved application.Saved) error {
	s.wake()
	at := wording.Clock(s.DB.Now())
	if !r.autosaves() {
		part := e.form.part
		if e.do == "next" {
			part = nextPart(part)
		}
		anchor := ""
		if name, ok := strings.CutPrefix(e.do, "more:"); ok {
			anchor = name
		}
		return r.done(editHref(e.view.ID, part, anchor), "edit.saved", "Time", at)
	}
	after, err := s.openEditor(r, e.form.part)
	if err != nil {
		return err
	}
	base, err := after.digest()
	if err != nil {
		return err
	}
	var mine []application.Problem
	for _, p := range saved.Problems {
		if p.Clarification == e.form.part && p.Severity == application.Refuse && e.typed.text[p.Path] != "" && (!e.whole || len(mine) < mostProblems) {
			mine = append(mine, p)
		}
	}
	answer := map[string]any{"version": saved.Version, "saved_at": at, "base": base}
	if err := e.tellTheirs(after, answer); err != nil {
		return err
	}
	r.answerSaved(answer, e.messages(r, mine, true), e.unread)
	return nil
}

// nextPart is the part after one, empty after the last.
func nextPart(part string) string {
	all := editParts()
	if i := slices.Index(all, part); i >= 0 && i+1 < len(all) {
		return all[i+1]
	}
	return ""
}

// messages are problems by field, under the names of the form on the page or of the one sent.
func (e *editor) messages(r *request, problems []application.Problem, sent bool) map[string]string {
	out := map[string]string{}
	for _, p := range problems {
		path := fieldOf(p.Path)
		if sent {
			path = e.typed.sentAs(path)
		}
		if out[path] == "" {
			out[path] = r.problemText(p)
		}
	}
	return out
}

// fieldOf is the field of the form that shows a problem: the choices stand together.
func fieldOf(path string) string {
	if strings.HasPrefix(path, sectorsPath+"[") {
		return sectorsPath
	}
	return path
}

// summaryLine is one line above the form, with the row it is about.
func (e *editor) summaryLine(r *request, p application.Problem) views.Problem {
	line := views.Problem{Field: fieldOf(p.Path), Text: r.placedProblem(p)}
	if list, _, _, ok := rowOf(p.Path); ok && list == firmsPath && e.wholeFirms() {
		line.Field = firmsPath
	}
	if e.long() && strings.HasPrefix(p.Path, firmsPath) {
		line.Field = "tables"
	}
	return line
}

// placedProblem is the text of a problem with the row it is about before it.
func (r *request) placedProblem(p application.Problem) string {
	text := r.problemText(p)
	if list, row, _, ok := rowOf(p.Path); ok && list != sectorsPath {
		return r.T("edit.problem.row", "List", r.T(application.LabelKey(list)), "Row", row+1, "Text", text)
	}
	if rest, ok := strings.CutPrefix(p.Path, goalRowsPath+"["); ok && strings.HasPrefix(p.Code, "field.") {
		indicator, _, _ := strings.Cut(rest, "]")
		return r.T("edit.problem.goal", "Indicator", r.indicatorName(indicator), "Text", text)
	}
	return text
}
