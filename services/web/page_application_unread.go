package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/fault"
)

// mostUnread is how many times an autosave puts values aside before it is refused as a whole: each time the service
// names up to a hundred.
const mostUnread = 10

// unread are the values of a form that could not be saved, under the names of the form that was sent. They stay with
// who typed them; everything else is saved.
type unread map[string]string

// names lists the fields, in order.
func (u unread) names() []string { return slices.Sorted(maps.Keys(u)) }

// saveReadable saves what of an autosaved form can be read. A value that cannot, or that the service refuses by its
// field, is put back to what was last saved there, so that it stops nothing else; the answer names it, and the page
// keeps it. What cannot be put aside refuses the whole, as a button does.
func (s *site) saveReadable(r *request, e *editor) error {
	aside := unread{}
	if e.lines != "" && e.asideList(firmsPath) {
		aside[firmsPath+e.pasteSuffix()] = e.lines
		e.lines = ""
	}
	for range mostUnread {
		saved, problems, err := s.saveTyped(r, e)
		switch {
		case len(problems) > 0 && e.aside(r, problems, aside):
		case len(problems) > 0:
			e.told = problems
			return s.refuseEdit(r, e)
		case err != nil:
			r.keeps(aside)
			return s.editFailed(r, e, err)
		default:
			e.unread = aside
			return s.editSaved(r, e, saved)
		}
	}
	return s.refuseEdit(r, e)
}

// keeps tells the script which values an answer that is no list of fields has not taken.
func (r *request) keeps(aside unread) {
	if len(aside) > 0 {
		r.Header("X-Kept", strings.Join(aside.names(), " "))
	}
}

// saveTyped saves the form as it was read. Problems are what refuses it by field.
func (s *site) saveTyped(r *request, e *editor) (saved application.Saved, problems []application.Problem, err error) {
	value, problems := e.typed.value(e.form)
	if len(problems) > 0 || e.lines != "" {
		return saved, problems, fault.New(fault.Invalid, "invalid")
	}
	if e.sent, err = e.withFirms(value); err != nil {
		return saved, nil, err
	}
	edit, err := e.edit()
	if err != nil {
		return saved, nil, err
	}
	saved, err = s.Applications.Save(r.ctx(), r.actor, e.view.ID, edit)
	return saved, problemsOf(err), err
}

// problemsOf are the fields that an error refuses, under their names in the form.
func problemsOf(err error) (out []application.Problem) {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		return nil
	}
	for _, x := range f.Fields {
		path := x.Path
		if path == "name" {
			path = zoneName
		}
		out = append(out, application.Problem{Path: path, Code: x.Code, Severity: application.Refuse, Params: x.Params})
	}
	return out
}

// aside puts the values that problems name back to what the form held when it was last saved, and notes why. It
// reports whether that leaves something new to try.
func (e *editor) aside(r *request, problems []application.Problem, aside unread) bool {
	if e.was.value == nil {
		return false
	}
	for _, p := range problems {
		path := fieldOf(p.Path)
		name := e.typed.sentAs(path)
		if _, again := aside[name]; again || !e.asideOne(path) {
			return false
		}
		aside[name] = r.T("edit.unread", "Text", r.problemText(p))
	}
	return true
}

// asideOne puts one field back, or a list as a whole.
func (e *editor) asideOne(path string) bool {
	if _, ok := e.form.list(path); ok {
		return e.asideList(path)
	}
	if _, typed := e.typed.text[path]; !typed {
		return false
	}
	e.typed.text[path] = e.was.typed.text[e.was.typed.nowOf(e.typed.sentAs(path))]
	return true
}

// asideList puts the rows of a list back.
func (e *editor) asideList(path string) bool {
	list, ok := e.form.list(path)
	if !ok || e.was.value == nil {
		return false
	}
	for i := range e.typed.rows[path] {
		e.typed.dropRow(list, i)
		delete(e.typed.from, rowPath(path, i))
	}
	e.typed.rows[path] = e.was.typed.rows[path]
	for i := range e.typed.rows[path] {
		at := rowPath(path, i)
		for _, column := range list.columns {
			e.typed.text[at+"."+column.path] = e.was.typed.text[at+"."+column.path]
		}
		if from, ok := e.was.typed.from[at]; ok {
			e.typed.from[at] = from
		}
	}
	return true
}

// nowOf is the present name of a field that the form sent by another, as sentAs the other way round; a row that the
// form did not send has none.
func (t typed) nowOf(sent string) string {
	end := strings.LastIndex(sent, "].")
	if _, _, _, row := rowOf(sent); !row || end < 0 {
		return sent
	}
	now := t.nowAt(sent[:end+1])
	if now == "" {
		return ""
	}
	return now + sent[end+1:]
}

// answerSaved is the answer to an autosave that went through, with what of it did not.
func (r *request) answerSaved(answer map[string]any, problems map[string]string, aside unread) {
	maps.Copy(problems, aside)
	answer["problems"] = problems
	if len(aside) > 0 {
		answer["kept"] = aside.names()
	}
	r.JSON(http.StatusOK, answer)
}
