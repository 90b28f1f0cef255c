package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// formUpTo reads a form of at most so many bytes, as bind does with small ones.
func (r *request) formUpTo(most int64) (url.Values, error) {
	r.Request.Body = http.MaxBytesReader(r.Writer, r.Request.Body, most)
	err := r.Request.ParseMultipartForm(most)
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil // a plain form has been read all the same
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &fault.Error{Kind: fault.TooLarge, Code: "too_large", Err: err}
	case err != nil:
		return nil, &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	return r.Request.PostForm, nil
}

// number reads a version; nothing is 0.
func number(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fault.BadField("version", "not_a_number")
	}
	return n, nil
}

// showStale answers a save that somebody else has overtaken: what both have changed, with both
// values. Mine travels in the page with everything else that was typed, so that nothing is
// lost.
func (s *site) showStale(r *request, e *editor) error {
	now, err := s.openEditor(r, e.form.part)
	if err != nil {
		return err
	}
	mine, names, err := e.clash(now)
	if err != nil {
		return err
	}
	rows, err := r.staleRows(now, mine, names)
	if err != nil {
		return err
	}
	v, err := r.staleForm(e, now, mine, rows)
	if err != nil {
		return err
	}
	if len(v.Rows) == 0 { // both wrote the same, or the answer to an earlier save was lost
		return s.editSaved(r, e, application.Saved{Version: now.view.Version, Problems: now.view.Problems})
	}
	if r.autosaves() {
		return s.showFragment(r, http.StatusConflict, views.EditorStaleForm(v))
	}
	if err := now.load(s.DB.Now().Year()); err != nil {
		return err
	}
	now.status = http.StatusConflict
	return s.showEditor(r, now, &v)
}

// staleForm asks for a choice in every row, and about the zone's name where both changed it.
func (r *request) staleForm(e, now *editor, mine application.Content, rows []views.StaleChoice) (views.EditorStale, error) {
	v := views.EditorStale{Action: "/applications/" + now.view.ID + "/edit/choose?part=" + now.form.part, Version: now.view.Version,
		When: wording.DateTime(r.lang, now.view.UpdatedAt), Rows: rows, Discard: editHref(now.view.ID, now.form.part, "")}
	name, asked := e.typed.text[zoneName]
	if asked && name != now.view.Name && name != e.was.name {
		v.Name, v.Was = name, now.view.Name
		if e.was.name == "" || e.was.name != now.view.Name {
			v.Rows = append([]views.StaleChoice{{Name: zoneName, Label: r.pathLabel(zoneName), Mine: name, Theirs: now.view.Name}}, rows...)
		}
	}
	mineTree, err := treeOfContent(mine)
	if err != nil {
		return v, err
	}
	text, err := application.CanonicalValue(mineTree[now.form.path])
	if err != nil {
		return v, err
	}
	seen, err := now.stored()
	v.Mine, v.Seen = string(text), string(seen)
	return v, err
}

// clash makes of the part what it would be with one's own values, and names the places where
// they stand against another's: what both changed since the form was last saved, or everything
// that differs where the form does not say.
func (e *editor) clash(now *editor) (mine application.Content, names []string, err error) {
	path, theirs := e.form.path, now.view.Content
	mine, problems := application.Apply(theirs, path, e.sent)
	if len(problems) > 0 {
		return mine, nil, fault.BadField(path, problems[0].Code)
	}
	add := func(place string) {
		if name := choiceOf(place); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if e.was.value == nil {
		changes, err := application.Compare(theirs, mine)
		for _, c := range changes {
			add(c.Path)
		}
		return mine, names, err
	}
	base, problems := application.Apply(theirs, path, e.was.value)
	if len(problems) > 0 {
		return mine, nil, fault.BadField(path, problems[0].Code)
	}
	return e.mergeClash(base, mine, theirs)
}

// staleRows writes both values of the places named.
func (r *request) staleRows(now *editor, mine application.Content, names []string) ([]views.StaleChoice, error) {
	theirs, err := typedOf(now.view.Content, now.form.path)
	if err != nil {
		return nil, err
	}
	own, err := typedOf(mine, now.form.path)
	if err != nil {
		return nil, err
	}
	rows := make([]views.StaleChoice, 0, len(names))
	for _, name := range names {
		row, ok := r.staleCell(now.form, own, theirs, name)
		if !ok {
			row = views.StaleChoice{Name: name, Label: r.pathLabel(name), Mine: r.inWords(now.form, own, name), Theirs: r.inWords(now.form, theirs, name)}
			row.Mine, row.Theirs = onlyDiffering(now.form, name, row.Mine, row.Theirs)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// choiceOf is what a person chooses between where a path differs.
func choiceOf(path string) string {
	if rest, ok := strings.CutPrefix(path, goalRowsPath+"["); ok {
		indicator, _, _ := strings.Cut(rest, "]")
		return goalPath(indicator)
	}
	list, _, _ := strings.Cut(path, "[")
	return list
}

// pathLabel names a field, a list or an indicator.
func (r *request) pathLabel(path string) string {
	if rest, ok := strings.CutPrefix(path, goalRowsPath+"["); ok {
		indicator, _, _ := strings.Cut(rest, "]")
		return r.indicatorName(indicator)
	}
	return r.T(application.LabelKey(path))
}

// inWords writes a field, a list or an indicator for reading.
func (r *request) inWords(f partForm, t typed, path string) string {
	if list, ok := f.list(path); ok {
		lines := make([]string, 0, t.rows[path])
		for i := range t.rows[path] {
			cells := make([]string, 0, len(list.columns))
			for _, c := range list.columns {
				cells = append(cells, labelOf(c, t.text[rowPath(path, i)+"."+c.path]))
			}
			lines = append(lines, strings.Join(cells, " · "))
		}
		return strings.Join(lines, "\n")
	}
	if strings.HasPrefix(path, goalRowsPath+"[") {
		cells := []string{t.text[path+".base"]}
		for k := range f.years {
			cells = append(cells, t.text[path+".planned["+strconv.Itoa(k)+"]"])
		}
		return strings.TrimSpace(strings.Join(cells, " · ") + "\n" + t.text[path+".reason"])
	}
	text := t.text[path]
	if path == polygonPath {
		return r.geometryInWords(text)
	}
	in, _ := f.input(path)
	names := strings.Split(text, "\n")
	if in.kind != checksField {
		return labelOf(in, text)
	}
	for i, name := range names {
		names[i] = labelOf(in, name)
	}
	return strings.Join(names, r.T("web.list.comma"))
}

// geometryInWords says a boundary by its size.
func (r *request) geometryInWords(text string) string {
	if text == "" {
		return ""
	}
	g, err := application.ParseGeometry([]byte(text))
	if err != nil {
		return r.T("edit.geometry.unread")
	}
	return r.T("edit.geometry", "Area", application.UnitKm2.Format(g.AreaM2()), "Points", g.Vertices())
}

// chooseEdit saves what a person has chosen between two values, against what they were shown:
// what has changed since is asked again.
func (s *site) chooseEdit(r *request) error {
	if err := r.samePerson(); err != nil {
		return err
	}
	e, err := s.openEditor(r, r.Query("part"))
	if err != nil {
		return err
	}
	values, err := r.formUpTo(2 * maxDocument)
	if err != nil {
		return err
	}
	if e.version, err = number(values.Get("version")); err != nil {
		return err
	}
	if e.sent, err = e.choice(values); err != nil {
		return err
	}
	e.typed = newTyped()
	edit := application.Edit{Version: e.version, Path: e.form.path, Value: e.sent}
	if seen := values.Get("seen"); seen != "" {
		e.was = draftBase{value: json.RawMessage(seen), name: values.Get("was")}
		edit.Base = e.was.value
	}
	if name := values.Get("name"); name != "" && values.Get("take."+zoneName) != "theirs" {
		edit.Name, edit.BaseName = &name, &e.was.name
		e.typed.text[zoneName] = name
	}
	saved, err := s.Applications.Save(r.ctx(), r.actor, e.view.ID, edit)
	if err != nil {
		return s.editFailed(r, e, err)
	}
	if r.autosaves() {
		r.flash(views.Done, "edit.saved", "Time", wording.Clock(s.DB.Now()))
	}
	return s.editSaved(r, e, saved)
}

// choice puts the values taken from the other into one's own.
func (e *editor) choice(values url.Values) (json.RawMessage, error) {
	mine, err := treeOfJSON([]byte(values.Get("mine")))
	if err != nil || mine == nil {
		return nil, fault.BadField(e.form.path, "malformed")
	}
	seen := []byte(values.Get("seen"))
	if len(seen) == 0 {
		if seen, err = e.stored(); err != nil {
			return nil, err
		}
	}
	theirs, err := treeOfJSON(seen)
	if err != nil {
		return nil, fault.BadField(e.form.path, "malformed")
	}
	for name := range values {
		path, ok := strings.CutPrefix(name, "take."+e.form.path+".")
		if ok && values.Get(name) == "theirs" {
			takeOver(mine, theirs, path)
		}
	}
	return json.Marshal(mine)
}

// takeOver copies one value from one tree into another; an indicator row by its name, a cell of a list by the places of
// the row in both.
func takeOver(into, from map[string]any, path string) {
	if indicator, ok := strings.CutPrefix(path, "rows["); ok {
		takeRow(into, from, strings.TrimSuffix(indicator, "]"))
		return
	}
	if list, at, column, ok := cellPath(path); ok {
		takeCell(into[list], from[list], at, column)
		return
	}
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		a, okA := into[name].(map[string]any)
		b, okB := from[name].(map[string]any)
		if !okA || !okB {
			return
		}
		into, from = a, b
	}
	last := names[len(names)-1]
	if value, ok := from[last]; ok {
		into[last] = value
	}
}

func takeRow(into, from map[string]any, indicator string) {
	of := func(tree map[string]any) ([]any, int) {
		rows, _ := tree["rows"].([]any)
		return rows, slices.IndexFunc(rows, func(row any) bool {
			members, _ := row.(map[string]any)
			return members["indicator"] == indicator
		})
	}
	mine, i := of(into)
	theirs, k := of(from)
	switch {
	case i < 0 || i >= len(mine):
	case k < 0:
		into["rows"] = slices.Delete(mine, i, i+1)
	default:
		mine[i] = theirs[k]
	}
}
