package web

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/evaluation"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// columnSave is a column of an evaluation on its way to being stored.
type columnSave struct {
	in     sheetForm
	x      evaluation.View
	was    *sheetForm // what the form held when it was last saved; nil: it does not say
	column evaluation.Column
	save   func(evaluation.Draft) (evaluation.Saved, error)
	unread unread
}

// saveSelf stores the unit's column.
func (s *site) saveSelf(r *request) error {
	return s.saveSheet(r, evaluation.SelfColumn, func(d evaluation.Draft) (evaluation.Saved, error) {
		return s.Evaluations.SaveSelfDraft(r.ctx(), r.actor, r.Param("id"), d)
	})
}

// saveChecked stores the officer's column.
func (s *site) saveChecked(r *request) error {
	return s.saveSheet(r, evaluation.CheckColumn, func(d evaluation.Draft) (evaluation.Saved, error) {
		return s.Evaluations.SaveCheckedDraft(r.ctx(), r.actor, r.Param("id"), d)
	})
}

// saveSheet stores a column and leads on as the pressed button says.
func (s *site) saveSheet(r *request, column evaluation.Column, save func(evaluation.Draft) (evaluation.Saved, error)) error {
	if err := r.samePerson(); err != nil {
		return err
	}
	c := columnSave{column: column, save: save, unread: unread{}}
	err := r.bind(&c.in)
	var missing error
	if c.x, missing = s.Evaluations.View(r.ctx(), r.actor, r.Param("id")); missing != nil {
		return missing
	}
	if person := r.isPerson(c.in.Person); person != nil {
		return person
	}
	var saved evaluation.Saved
	if err == nil {
		c.in.take(c.x)
		c.was = c.in.ackedForm()
		saved, err = c.store(r)
	}
	if err != nil {
		return s.refuseSheet(r, c, err)
	}
	if r.wantsJSON() {
		return s.columnSaved(r, c, saved)
	}
	return r.afterSheet(c, saved)
}

// afterSheet leads on after a button.
func (r *request) afterSheet(c columnSave, saved evaluation.Saved) error {
	path := casework.Path(workflows.Evaluation.Kind, c.x.ID)
	switch c.in.Next {
	case "send_to_sign", "pass_check":
		return r.redirect(path + "/act/" + c.in.Next)
	}
	if n := len(saved.Problems); n > 0 {
		return r.done(path, "evaluation.saved.missing", "Count", n)
	}
	return r.done(path, "evaluation.saved")
}

// ackedForm is what the form held when it was last saved, where it says so.
func (f sheetForm) ackedForm() *sheetForm {
	values, err := url.ParseQuery(f.Acked)
	if f.Acked == "" || err != nil {
		return nil
	}
	for _, name := range []string{"version", "acked", "person", "next"} {
		values.Del(name)
	}
	var was sheetForm
	if bindValues(values, &was) != nil {
		return nil
	}
	return &was
}

// store saves the column. An autosave puts what cannot be read back to what was last saved there, so that it stops
// nothing else.
func (c *columnSave) store(r *request) (saved evaluation.Saved, err error) {
	for range mostUnread {
		draft := evaluation.Draft{Version: c.in.Version}
		if draft.Sheet, err = json.Marshal(c.in.sheet(c.x.Self.Carried)); err != nil {
			return saved, err
		}
		if c.was != nil {
			if draft.Base, err = json.Marshal(c.was.sheet(nil)); err != nil {
				return saved, err
			}
		}
		if saved, err = c.save(draft); err == nil || !r.autosaves() || !c.aside(r, err) {
			return saved, err
		}
	}
	return saved, err
}

// aside puts the values that an error refuses by field back, and reports whether that leaves something new to try.
func (c *columnSave) aside(r *request, err error) bool {
	var f *fault.Error
	if c.was == nil || !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) == 0 {
		return false
	}
	told, err := r.refused(err, r.sheetLabels(c.x))
	if err != nil {
		return false
	}
	typed, was := c.in.parts(), c.was.parts()
	for _, x := range f.Fields {
		part, code, _ := strings.Cut(x.Path, ".")
		if _, is := typed[part][code]; !is || c.unread[x.Path] != "" {
			return false
		}
		typed[part][code] = was[part][code]
		c.unread[x.Path] = r.T("edit.unread", "Text", told.Of(x.Path))
	}
	return true
}

// columnSaved answers an autosave: what of it was not saved, and what others have changed meanwhile.
func (s *site) columnSaved(r *request, c columnSave, saved evaluation.Saved) error {
	answer := map[string]any{"version": saved.Version, "saved_at": wording.Clock(s.DB.Now())}
	if c.was != nil {
		after, err := s.Evaluations.View(r.ctx(), r.actor, c.x.ID)
		if err != nil {
			return err
		}
		answer["theirs"] = c.theirs(after)
	}
	r.answerSaved(answer, map[string]string{}, c.unread)
	return nil
}

// theirs are the fields that hold something else than was sent.
func (c columnSave) theirs(after evaluation.View) map[string]string {
	out := map[string]string{}
	sent, err := json.Marshal(c.in.sheet(nil))
	if err != nil { // texts always marshal
		return out
	}
	mine, _ := evaluation.ParseSheet(sent, after.Rules, c.column)
	stored := after.Self
	if c.column == evaluation.CheckColumn && after.Checked != nil {
		stored = *after.Checked
	}
	for _, part := range []string{"figures", "targets", "bonuses", "deductions", "notes"} {
		a, b := mine.Part(part), stored.Part(part)
		all := maps.Clone(a)
		maps.Copy(all, b)
		for code := range all {
			if a[code] != b[code] {
				out[part+"."+code] = b[code]
			}
		}
	}
	return out
}

// refuseSheet shows the column again with everything typed, or tells a script.
func (s *site) refuseSheet(r *request, c columnSave, failed error) error {
	told, err := r.refused(failed, r.sheetLabels(c.x))
	if err != nil || !r.canFill(c.x) { // handed on meanwhile: there is no form to show
		return failed
	}
	e := evaluationState{view: c.x, tab: "figures", form: &c.in, told: told}
	if told.Told.Code == "stale" {
		e.stale = r.staleSheet(c, told)
		e.told.Problems, c.in.Version = nil, c.x.Version
	}
	switch {
	case r.wantsJSON() && e.stale != nil:
		r.keeps(c.unread)
		return s.showFragment(r, http.StatusConflict, views.StaleComparison(*e.stale))
	case r.wantsJSON() && len(told.fields) > 0:
		r.JSON(http.StatusUnprocessableEntity, map[string]any{"problems": told.fields})
		return nil
	case r.wantsJSON():
		return failed
	}
	return s.showEvaluation(r, e)
}

// staleSheet sets what was typed beside what somebody else has saved meanwhile. Everything else that both have changed
// travels with the choice.
func (r *request) staleSheet(c columnSave, told refusal) *views.Stale {
	x, path := c.x, casework.Path(workflows.Evaluation.Kind, c.x.ID)
	out := &views.Stale{Action: path + "/self", Version: x.Version, By: r.T("evaluation.colleague"), When: wording.DateTime(r.lang, x.UpdatedAt), Hidden: map[string]string{}}
	if r.actor.Has(workflows.Officer) {
		out.Action = path + "/checked"
	}
	detail, _ := told.Told.Detail.(map[string]any)
	fields, _ := detail["fields"].([]evaluation.ConflictField)
	labels := r.sheetLabels(x)
	for name, value := range c.together(r) {
		out.Hidden[name] = value
	}
	for _, f := range fields {
		if f.Path == "carried" || f.Path == "vetoes" { // both travel as the person left them
			continue
		}
		delete(out.Hidden, f.Path)
		part, _, _ := strings.Cut(f.Path, ".")
		out.Rows = append(out.Rows, views.StaleRow{Name: f.Path, Label: r.T("evaluation.stale", "Name", labels[f.Path], "Part", r.T("evaluation.part."+part)), Mine: f.Mine, Theirs: f.Theirs})
	}
	return out
}

// together is the form with what was typed since the last save, over what is stored now; the form as typed where it does
// not say what was saved.
func (c columnSave) together(r *request) map[string]string {
	mine := c.in.values()
	if c.was == nil {
		return mine
	}
	was := c.was.values()
	out := r.storedForm(c.x, c.column == evaluation.CheckColumn).values()
	for name, value := range mine {
		if value != was[name] {
			out[name] = value
		}
	}
	for name := range was {
		if _, still := mine[name]; !still { // a box that was unticked
			delete(out, name)
		}
	}
	return out
}

func (f sheetForm) values() map[string]string {
	out := map[string]string{}
	for part, values := range f.parts() {
		for code, value := range values {
			out[part+"."+code] = value
		}
	}
	return out
}
