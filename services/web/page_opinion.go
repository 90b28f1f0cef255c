package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func opinionRoutes() []route {
	readers := append(watchers(), workflows.Department)
	return []route{
		{get, "/opinions", (*site).opinionQueue, only(readers...), false},
		{get, "/opinions/:id", (*site).opinionPage, only(readers...), false},
		{post, "/opinions/:id/draft", (*site).saveOpinionDraft, only(workflows.Department, workflows.Officer), false},
		{post, "/opinions/:id", (*site).giveOpinion, only(workflows.Department, workflows.Officer), false},
		{post, "/opinions/:id/transfer", (*site).transferOpinion, only(workflows.Department), false},
	}
}

// opinionForm is what the forms of an opinion send. Acked and Person are what autosave.js says.
type opinionForm struct {
	Version int64             `form:"version"`
	Base    int64             `form:"base"`
	Do      string            `form:"do,200"`
	Reason  string            `form:"reason,5000"`
	Acked   string            `form:"acked,2000000,raw"`
	Person  string            `form:"person,64"`
	Data    map[string]string `form:"data.*"`
}

// draft is the opinion as it is typed, without rows that hold nothing.
func (f opinionForm) draft() (d application.OpinionDraft, err error) {
	d.Stance, d.Grounds = f.Data["stance"], f.Data["grounds"]
	for name := range f.Data {
		if name != "stance" && name != "grounds" && !strings.HasPrefix(name, "conditions[") {
			return d, fault.BadField("data."+fieldName(name), "unknown_field")
		}
	}
	d.Conditions, err = typedConditions(f.Data)
	return d, err
}

// opinionState is an opinion as it is shown, with what was typed and why it was refused.
type opinionState struct {
	opinion  application.Opinion
	app      application.View
	actions  casework.Actions
	saved    application.SavedDraft
	give     application.OpinionDraft
	version  int64
	transfer opinionForm
	told     refusal
	over     *views.Overtaken
	handing  bool // the refusal is of the transfer
}

func (s *site) loadOpinion(r *request) (o opinionState, err error) {
	opinions := s.Applications.Opinions()
	if o.opinion, o.app, err = opinions.View(r.ctx(), r.actor, r.Param("id")); err != nil {
		return o, err
	}
	if o.actions, err = opinions.Actions(r.ctx(), r.actor, r.Param("id")); err != nil {
		return o, err
	}
	o.saved, err = opinions.Draft(r.ctx(), r.actor, r.Param("id"))
	o.give, o.version, o.transfer.Version = o.saved.Draft, o.opinion.Version, o.opinion.Version
	return o, err
}

// opinionPage shows the application beside the opinion asked for.
func (s *site) opinionPage(r *request) error {
	o, err := s.loadOpinion(r)
	if err != nil {
		return err
	}
	return s.showOpinion(r, o)
}

// giveOpinion gives the opinion, or only keeps what is typed where a button without a script
// asks for that.
func (s *site) giveOpinion(r *request) error {
	var in opinionForm
	err := r.bind(&in)
	if err == nil {
		err = r.isPerson(in.Person)
	}
	d, wrong := in.draft()
	if err = errors.Join(err, wrong); err != nil {
		return s.refuseOpinion(r, err, func(o *opinionState) { o.give = d })
	}
	row, removing := strings.CutPrefix(in.Do, "remove:data.")
	if removing {
		d = in.without(row)
	}
	if in.Do == "save" || in.Do == "more" || removing {
		if _, err := s.Applications.Opinions().SaveDraft(r.ctx(), r.actor, r.Param("id"), in.Base, d); err != nil {
			return s.refuseOpinion(r, err, func(o *opinionState) { o.give = d })
		}
		return r.done(opinionHref(r.Param("id"), in.Do), "opinion.draft.saved")
	}
	if d.Stance != "conditional" {
		d.Conditions = nil
	}
	if err := s.opinionCommand(r, "give", in, d); err != nil {
		// What was refused is kept as well, so that the page and the draft say the same.
		if kept, wrong := in.draft(); wrong == nil {
			d = kept
			_, _ = s.Applications.Opinions().SaveDraft(r.ctx(), r.actor, r.Param("id"), in.Base, kept)
		}
		return s.refuseOpinion(r, err, func(o *opinionState) { o.give = d })
	}
	s.wake()
	return r.done(casework.Path(workflows.Opinion.Kind, r.Param("id")), "opinion.given")
}

// without is what is typed without one row.
func (f opinionForm) without(row string) application.OpinionDraft {
	rest := opinionForm{Data: map[string]string{}}
	for name, value := range f.Data {
		if !strings.HasPrefix(name, row+".") {
			rest.Data[name] = value
		}
	}
	d, _ := rest.draft() // read before
	return d
}

// opinionHref is the form again after it was kept, with one more row where that was asked for.
func opinionHref(id, do string) string {
	path := casework.Path(workflows.Opinion.Kind, id)
	if do == "more" {
		path += "?more=1"
	}
	return path + "#f-data.conditions"
}

// saveOpinionDraft keeps what is typed, each time it changes.
func (s *site) saveOpinionDraft(r *request) error {
	if err := r.samePerson(); err != nil {
		return err
	}
	var in opinionForm
	if err := r.bind(&in); err != nil {
		return err
	}
	d, err := in.draft()
	if err != nil {
		return err
	}
	base, err := s.Applications.Opinions().SaveDraft(r.ctx(), r.actor, r.Param("id"), in.Base, d)
	if f, ok := asFault(err); ok && f.Kind == fault.Conflict {
		return s.opinionConflict(r, in, d, f)
	}
	if err != nil {
		return err
	}
	if !r.wantsJSON() {
		return r.done(casework.Path(workflows.Opinion.Kind, r.Param("id")), "opinion.draft.saved")
	}
	r.JSON(http.StatusOK, map[string]any{"version": in.Version, "base": strconv.FormatInt(base, 10), "saved_at": wording.Clock(s.DB.Now()), "problems": map[string]string{}})
	return nil
}

// opinionConflict shows both texts where a colleague or another window was faster; an opinion
// that has been given meanwhile is not written on.
func (s *site) opinionConflict(r *request, in opinionForm, d application.OpinionDraft, f *fault.Error) error {
	saved, ok := f.Detail.(application.SavedDraft)
	if !ok {
		return s.showFragment(r, http.StatusConflict, views.FlashBox(views.Flash{Kind: views.Note, Text: r.T("opinion.draft.closed")}))
	}
	mine, theirs := opinionValues(d), opinionValues(saved.Draft)
	labels := r.opinionLabels(max(len(d.Conditions), len(saved.Draft.Conditions)))
	out := views.Stale{Action: casework.Path(workflows.Opinion.Kind, r.Param("id")) + "/draft", Version: in.Version, By: saved.Person, When: wording.Clock(saved.At),
		Hidden: map[string]string{"base": strconv.FormatInt(saved.Version, 10)}}
	names := maps.Clone(mine)
	maps.Copy(names, theirs)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if mine[name] == theirs[name] {
			out.Hidden[name] = mine[name]
			continue
		}
		out.Rows = append(out.Rows, views.StaleRow{Name: name, Label: labels[name], Mine: mine[name], Theirs: theirs[name]})
	}
	return s.showFragment(r, http.StatusConflict, views.StaleComparison(out))
}

// opinionValues is a draft by the names of the form.
func opinionValues(d application.OpinionDraft) map[string]string {
	out := map[string]string{"data.stance": d.Stance, "data.grounds": d.Grounds}
	for i, c := range d.Conditions {
		path := fmt.Sprintf("data.conditions[%d].", i)
		for part, value := range map[string]string{"text": c.Text, "proof": c.Proof, "moment": string(c.Moment), "due_on": c.DueOn, "responsible": c.Responsible} {
			out[path+part] = value
		}
	}
	return out
}

// transferOpinion hands the case to a colleague of the same department.
func (s *site) transferOpinion(r *request) error {
	var in opinionForm
	err := r.bind(&in)
	if err == nil {
		err = s.opinionCommand(r, "transfer", in, map[string]string{"person_id": in.Data["person_id"]})
	}
	if err != nil {
		return s.refuseOpinion(r, err, func(o *opinionState) { o.transfer, o.handing = in, true })
	}
	s.wake()
	return r.done(casework.Path(workflows.Opinion.Kind, r.Param("id")), "opinion.transferred")
}

// refuseOpinion shows the page again with what was typed put back into its form.
func (s *site) refuseOpinion(r *request, failed error, keep func(*opinionState)) error {
	told, err := r.refused(failed, r.opinionLabels(condition.Most))
	if err != nil {
		return err
	}
	o, err := s.loadOpinion(r)
	if err != nil {
		return err
	}
	o.told = told
	keep(&o)
	if c, ok := told.Told.Detail.(casework.Changed); ok {
		o.over, o.told.Problems = &views.Overtaken{Since: r.timeline(workflows.Opinion.Kind, c.Since, nil)}, nil
		o.version, o.transfer.Version = c.Version, c.Version
	}
	return s.showOpinion(r, o)
}

func (s *site) opinionCommand(r *request, action workflows.Action, in opinionForm, doc any) error {
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	_, err = s.Applications.Opinions().Do(r.ctx(), r.actor, casework.Command{ID: r.Param("id"), Action: action, Version: in.Version, Reason: in.Reason, Data: data})
	return err
}

// opinionLabels name the fields of the forms, with those of n conditions.
func (r *request) opinionLabels(n int) map[string]string {
	out := map[string]string{"data.stance": r.T("opinion.stance"), "data.grounds": r.T("opinion.grounds"), "data.conditions": r.T("opinion.conditions"),
		"data.person_id": r.T("opinion.person"), "reason": r.T("opinion.transfer.note")}
	r.conditionLabels("data.conditions", n, out)
	return out
}

func (s *site) showOpinion(r *request, o opinionState) error {
	units, err := r.units()
	if err != nil {
		return err
	}
	badge := r.badge(workflows.Opinion.Kind, o.opinion.State)
	v := views.OpinionView{Header: r.caseHeader(o.app, r.T("opinion.of", "Unit", units[o.opinion.Unit])), Dossier: s.dossier(r, o.app, ""), Overtaken: o.over}
	v.Header.Badge = &badge
	v.Facts = []views.Item{{Term: r.T("opinion.number"), Text: o.opinion.Number}, {Term: r.T("opinion.unit"), Text: units[o.app.Unit]},
		{Term: r.T("opinion.sectors"), Text: r.sectorNames(o.opinion.Sectors)}}
	if v.Clocks, err = r.clocks(o.opinion.Clocks); err != nil {
		return err
	}
	r.givenOpinion(&v, o)
	v.Earlier, v.History = r.earlierOpinions(o), r.timeline(workflows.Opinion.Kind, o.opinion.History, units)
	if v.Cards, err = r.conditionCards(o.opinion.Conditions, units); err != nil {
		return err
	}
	if o.opinion.State == "given" && len(v.Cards) > 0 {
		v.CardsLead = r.T("opinion.conditions.lead")
	}
	if v.Before, v.After, err = s.queueNeighbours(r, o.opinion.ID); err != nil {
		return err
	}
	if err := s.opinionForms(r, &v, o); err != nil {
		return err
	}
	v.Header.Crumbs = append([]views.Link{{Label: r.T("menu.opinions"), Href: "/opinions"}}, v.Header.Crumbs[1:]...)
	return s.wide(r, wide{o.told.status(), v.Header.Title, o.app.Demo, views.OpinionPage(v)})
}

// givenOpinion shows what was written to those who may read it.
func (r *request) givenOpinion(v *views.OpinionView, o opinionState) {
	x := o.opinion
	switch {
	case x.State == "cancelled":
		v.Note = r.T("opinion.cancelled")
	case x.State != "given":
		return
	case x.Stance == "":
		v.Note = r.T("opinion.given.hidden")
	default:
		v.Given = []views.Passage{{Title: r.T("opinion.stance"), Text: r.T("act.stance." + x.Stance)}, {Title: r.T("opinion.grounds"), Text: x.Grounds}}
		if x.GivenAt != nil {
			v.Facts = append(v.Facts, views.Item{Term: r.T("opinion.given.at"), Text: wording.DateTime(r.lang, *x.GivenAt)})
		}
	}
	if x.Late {
		v.Facts = append(v.Facts, views.Item{Term: r.T("opinion.late"), Text: r.T("web.yes")})
	}
}

// opinionForms shows the forms of what the reader can do, the reason where something is
// blocked, and the other actions as buttons.
func (s *site) opinionForms(r *request, v *views.OpinionView, o opinionState) error {
	path := casework.Path(workflows.Opinion.Kind, o.opinion.ID)
	var rest []workflows.Choice
	for _, c := range o.actions.Choices {
		switch {
		case c.Action == "give" && len(c.Blocked) > 0 && r.actor.Has(workflows.Department):
			v.Note = r.blocked(workflows.Opinion.Kind, c)
		case c.Action == "give" && len(c.Blocked) == 0:
			form, err := s.giveForm(r, path, o)
			if err != nil {
				return err
			}
			v.Give = form
		case c.Action == "transfer" && len(c.Blocked) == 0:
			form, err := s.transferForm(r, path, o)
			if err != nil {
				return err
			}
			v.Transfer = form
		case c.Action != "give" && c.Action != "transfer":
			rest = append(rest, c)
		}
	}
	v.Actions = r.choices(o.actions.Case, rest)
	if v.Give == nil && v.Note == "" && o.opinion.State != "given" {
		v.Note = r.T("opinion.waiting")
	}
	return nil
}

func (s *site) giveForm(r *request, path string, o opinionState) (*views.OpinionForm, error) {
	told := o.told
	if o.handing {
		told = refusal{}
	}
	options, err := s.responsibleUnits(r, o)
	if err != nil {
		return nil, err
	}
	drafts := slices.Clone(o.give.Conditions)
	if r.Query("more") != "" {
		drafts = append(drafts, condition.Draft{})
	}
	f := &views.OpinionForm{Form: views.Form{Action: path, Version: o.version, Problems: told.Problems, Autosave: path + "/draft",
		Keep: fmt.Sprintf("%s/%s/opinion-%d", r.actor.ID, o.opinion.ID, len(o.opinion.Earlier))}, Base: o.saved.Version,
		Stance: views.Field{Name: "data.stance", Label: r.T("opinion.stance"), Required: true, Value: o.give.Stance,
			Options: r.options("act.stance.", "agree", "conditional", "disagree"), Error: told.Of("data.stance")},
		Grounds: views.Field{Name: "data.grounds", Label: r.T("opinion.grounds"), Help: r.T("opinion.grounds.help"), Value: o.give.Grounds, Max: 2000,
			Rows: 6, Error: told.Of("data.grounds")},
		Conditions: r.conditionList("data.conditions", drafts, told, options)}
	if o.saved.Version > 0 {
		f.Form.Saved = wording.Clock(o.saved.At)
		f.By = r.T("opinion.draft.by", "Person", o.saved.Person, "When", wording.DateTime(r.lang, o.saved.At))
	}
	return f, nil
}

// responsibleUnits are who can be made responsible for a condition: first the unit that filed,
// then the asked department, the commission and the other offices of the city.
func (s *site) responsibleUnits(r *request, o opinionState) (out []views.Option, err error) {
	err = r.view(func(tx *database.Tx) error {
		names, err := r.unitNames(tx)
		if err != nil {
			return err
		}
		out = append(out, views.Option{Value: o.app.Unit, Label: names[o.app.Unit]}, views.Option{Value: o.opinion.Unit, Label: names[o.opinion.Unit]})
		for _, kind := range []identity.UnitKind{identity.KindCommission, identity.KindDepartment, identity.KindStatistics} {
			units, err := identity.Units(tx, kind)
			if err != nil {
				return err
			}
			for _, u := range units {
				if u.Code != o.opinion.Unit {
					out = append(out, views.Option{Value: u.Code, Label: names[u.Code]})
				}
			}
		}
		return nil
	})
	return out, err
}

func (s *site) transferForm(r *request, path string, o opinionState) (*views.TransferForm, error) {
	found, err := s.Applications.Opinions().Colleagues(r.ctx(), r.actor, o.opinion.ID)
	if err != nil {
		return nil, err
	}
	people := make([]views.Option, len(found))
	for i, p := range found {
		people[i] = views.Option{Value: p.ID, Label: p.Name}
	}
	told := o.told
	if !o.handing {
		told = refusal{}
	}
	f := &views.TransferForm{Form: views.Form{Action: path + "/transfer", Version: o.transfer.Version, Problems: told.Problems}, Open: o.handing,
		Person: views.Field{Name: "data.person_id", Label: r.T("opinion.person"), Required: true, Value: o.transfer.Data["person_id"], Options: people,
			Error: told.Of("data.person_id")},
		Reason: views.Field{Name: "reason", Label: r.T("opinion.transfer.note"), Help: r.T("opinion.transfer.help"), Value: o.transfer.Reason, Max: 2000,
			Rows: 3, Error: told.Of("reason")}}
	if len(people) == 0 {
		f.Nobody = r.T("opinion.nobody")
	}
	return f, nil
}

// earlierOpinions are what was given before the opinion was asked for anew, with what has
// changed in the application since.
func (r *request) earlierOpinions(o opinionState) (out []views.Earlier) {
	for _, x := range o.opinion.Earlier {
		e := views.Earlier{When: wording.DateTime(r.lang, x.GivenAt), Stance: r.T("act.stance." + x.Stance), Grounds: x.Grounds, Changes: r.T("opinion.earlier.same")}
		if x.Conditions != "" {
			e.Grounds = strings.TrimSpace(x.Grounds + "\n" + r.T("opinion.earlier.conditions", "Text", x.Conditions))
		}
		if x.VersionNo > 0 && x.VersionNo < o.app.SubmittedNo {
			e.Changes = r.T("opinion.earlier.changed", "From", x.VersionNo, "To", o.app.SubmittedNo)
			e.Compare = fmt.Sprintf("/applications/%s/compare?from=%d&to=%d", o.app.ID, x.VersionNo, o.app.SubmittedNo)
		}
		out = append(out, e)
	}
	return out
}
