package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// draftRoutes are what a draft has besides its form: who is at it, and its earlier states.
func draftRoutes() []route {
	filler, unit := only(workflows.Filler), only(workflows.Filler, workflows.Leader)
	return []route{
		{post, "/applications/:id/edit/presence", (*site).presence, filler, false},
		{get, "/applications/:id/revisions", (*site).revisions, unit, false},
		{get, "/applications/:id/revisions/:code", (*site).revision, unit, false},
		{post, "/applications/:id/revisions/:code", (*site).restore, filler, false},
	}
}

// samePerson refuses a save by a page that was opened by somebody else in this browser, before
// another login: the words would be recorded under the wrong name.
func (r *request) samePerson() error {
	return r.isPerson(r.GetHeader("X-Person"))
}

// isPerson compares whose page it was with who is logged in; a page without a script does not
// say.
func (r *request) isPerson(who string) error {
	if who != "" && who != r.actor.ID {
		return fault.New(fault.Unauthenticated, "other_person")
	}
	return nil
}

// draftBase is what a form held when it was last saved; a nil value is not known.
type draftBase struct {
	value json.RawMessage
	name  string
	typed typed
}

// baseOf reads what the form held when it was last saved. What cannot be read is as good as
// not sent.
func (e *editor) baseOf(r *request) (out draftBase) {
	values, err := url.ParseQuery(e.acked)
	if e.acked == "" || err != nil {
		return out
	}
	was := &editor{view: e.view, rules: e.rules, form: e.form, typed: newTyped()}
	all, whole := values[firmsPath+".all"]
	for _, name := range []string{firmsPath + ".all", firmsPath + ".lines", "version", "base", "do"} {
		values.Del(name)
	}
	unknown := was.typed.read(values, was.form)
	if whole {
		was.typed.rows[firmsPath] = 0
		was.lines = was.addFirms(r, strings.Join(all, "\n"))
	}
	was.withoutDefaults(r)
	value, problems := was.typed.value(was.form)
	if len(unknown) > 0 || len(problems) > 0 || was.lines != "" {
		return out
	}
	if value, err = e.withFirms(value); err != nil {
		return out
	}
	return draftBase{value: value, name: strings.TrimSpace(was.typed.text[zoneName]), typed: was.typed}
}

// withoutDefaults takes what the page only suggested out of what was saved: a suggestion counts
// once the part is saved.
func (e *editor) withoutDefaults(r *request) {
	stored, err := typedOf(e.view.Content, e.form.path)
	if err != nil {
		return
	}
	suggested := newTyped()
	suggested.defaults(e.form, r.site.DB.Now().Year())
	for path, text := range suggested.text {
		if stored.text[path] == "" && e.typed.text[path] == text {
			e.typed.text[path] = ""
		}
	}
}

// tellTheirs adds to the answer of an autosave what others have changed in the part meanwhile:
// single fields with their values, lists by name.
func (e *editor) tellTheirs(after *editor, answer map[string]any) error {
	if e.was.value == nil || len(e.sent) == 0 {
		return nil
	}
	mine, problems := application.Apply(after.view.Content, e.form.path, e.sent)
	if len(problems) > 0 {
		return nil
	}
	changes, err := application.Compare(mine, after.view.Content)
	if err != nil {
		return err
	}
	stored, err := typedOf(after.view.Content, e.form.path)
	if err != nil {
		return err
	}
	theirs, lists := map[string]string{}, []string{}
	for _, c := range changes {
		name := fieldOf(c.Path)
		if list, _, _ := strings.Cut(name, "["); !strings.HasPrefix(name, goalRowsPath) && list != name {
			if !slices.Contains(lists, list) {
				lists = append(lists, list)
			}
			continue
		}
		theirs[name] = stored.text[name]
	}
	if name, asked := e.typed.text[zoneName]; asked && strings.TrimSpace(name) != after.view.Name {
		theirs[zoneName] = after.view.Name
	}
	answer["theirs"], answer["lists"] = theirs, lists
	return nil
}

// lastPlace is the address of the part and field where the reader was last in a draft; empty
// where they never were.
func (s *site) lastPlace(r *request) (string, error) {
	at, err := s.Applications.LastPlace(r.ctx(), r.actor, r.Param("id"))
	if err != nil || at.Part == "" {
		return "", err
	}
	return editHref(r.Param("id"), at.Part, at.Field), nil
}

type presenceForm struct {
	Part  string `form:"part,40"`
	Field string `form:"field,200"`
	Known string `form:"known,100"`
	Gone  bool   `form:"gone"`
}

// presence takes where the reader is in a draft and answers who else is there, where that is
// not what the page already shows.
func (s *site) presence(r *request) error {
	var in presenceForm
	if err := r.bind(&in); err != nil {
		return err
	}
	id, at := r.Param("id"), application.Place{Part: in.Part, Field: in.Field}
	if in.Gone {
		r.Status(http.StatusNoContent)
		return s.Applications.Away(r.ctx(), r.actor, id, at)
	}
	others, err := s.Applications.Here(r.ctx(), r.actor, id, at)
	if fault.Is(err, fault.Conflict) {
		return s.showFragment(r, http.StatusOK, views.EditorPresent(r.draftClosed(id)))
	}
	if err != nil {
		return err
	}
	shown := r.presentView(id, in.Part, others)
	if shown.Known == in.Known {
		r.Status(http.StatusNoContent)
		return nil
	}
	status, err := s.statusWith(r, in.Part, others)
	if err != nil {
		return err
	}
	return s.showFragment(r, http.StatusOK, views.EditorPresentAnswer(shown, status))
}

// draftClosed tells that the draft has been sent on while this page was open.
func (r *request) draftClosed(id string) views.EditorPresence {
	return views.EditorPresence{Closed: &views.Flash{Kind: views.Warning, Text: r.T("draft.closed"),
		Links: []views.Link{{Label: r.T("draft.closed.link"), Href: casework.Path(workflows.Application.Kind, id)}}}}
}

// statusWith is the list of tasks with who is at each.
func (s *site) statusWith(r *request, part string, others []application.Present) (views.EditorStatus, error) {
	e, err := s.openEditor(r, part)
	if err != nil {
		return views.EditorStatus{}, err
	}
	if e.typed, err = typedOf(e.view.Content, e.form.path); err != nil {
		return views.EditorStatus{}, err
	}
	status := r.editStatus(e)
	status.Oob = true
	placePresent(&status, others)
	return status, nil
}

// placePresent writes the names of those at work beside the tasks.
func placePresent(status *views.EditorStatus, others []application.Present) {
	for i, part := range editParts() {
		var names []string
		for _, o := range others {
			if o.Part == part {
				names = append(names, o.Name)
			}
		}
		if i < len(status.Tasks) {
			status.Tasks[i].Who = strings.Join(names, " ")
		}
	}
}

// presentView is who else is at work, for the page.
func (r *request) presentView(id, part string, others []application.Present) views.EditorPresence {
	out := views.EditorPresence{Action: casework.Path(workflows.Application.Kind, id) + "/edit/presence", Part: part}
	known := ""
	for _, o := range others {
		text := r.T("draft.present.at", "Part", r.T("field."+o.Part), "Time", wording.Clock(o.Since))
		out.Others = append(out.Others, views.PresentView{Name: o.Name, Text: text, Href: editHref(id, o.Part, "")})
		known += o.Person + "\x00" + text + "\x00"
	}
	if known != "" {
		out.Known = application.Digest([]byte(known))
	}
	return out
}

// layPresence shows who else is at work as the page opens.
func (s *site) layPresence(r *request, e *editor, out *views.EditorView) error {
	if !e.editable() {
		return nil
	}
	others, err := s.Applications.Others(r.ctx(), r.actor, e.view.ID)
	if err != nil {
		return err
	}
	out.Presence = r.presentView(e.view.ID, e.form.part, others)
	placePresent(&out.Status, others)
	return nil
}
