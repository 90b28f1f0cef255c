package web

import (
	"encoding/json"
	"maps"
	"slices"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func opinionRoutes() []route {
	readers := append(watchers(), workflows.Department)
	return []route{
		{get, "/opinions/:id", (*site).opinionPage, only(readers...), false},
		{post, "/opinions/:id", (*site).giveOpinion, only(workflows.Department, workflows.Officer), false},
		{post, "/opinions/:id/transfer", (*site).transferOpinion, only(workflows.Department), false},
	}
}

// opinionForm is what the forms of an opinion send.
type opinionForm struct {
	Version int64             `form:"version"`
	Reason  string            `form:"reason,5000"`
	Data    map[string]string `form:"data.*"`
}

// opinionState is an opinion as it is shown, with what was typed and why it was refused.
type opinionState struct {
	opinion  application.Opinion
	app      application.View
	actions  casework.Actions
	give     opinionForm
	transfer opinionForm
	told     refusal
	over     *views.Overtaken
	handing  bool // the refusal is of the transfer
}

func (s *site) loadOpinion(r *request) (o opinionState, err error) {
	if o.opinion, o.app, err = s.Applications.Opinions().View(r.ctx(), r.actor, r.Param("id")); err != nil {
		return o, err
	}
	o.actions, err = s.Applications.Opinions().Actions(r.ctx(), r.actor, r.Param("id"))
	o.give.Version, o.transfer.Version = o.opinion.Version, o.opinion.Version
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

// giveOpinion gives the opinion.
func (s *site) giveOpinion(r *request) error {
	return s.doOpinion(r, "give", "opinion.given", func(o *opinionState, in opinionForm) { o.give = in })
}

// transferOpinion hands the case to a colleague of the same department.
func (s *site) transferOpinion(r *request) error {
	return s.doOpinion(r, "transfer", "opinion.transferred", func(o *opinionState, in opinionForm) { o.transfer, o.handing = in, true })
}

// doOpinion performs one of the page's two actions; a refusal shows the page with what was
// typed put back into its form.
func (s *site) doOpinion(r *request, action workflows.Action, said string, keep func(*opinionState, opinionForm)) error {
	var in opinionForm
	err := r.bind(&in)
	if err == nil {
		err = s.opinionCommand(r, action, in)
	}
	if err == nil {
		s.wake()
		return r.done(casework.Path(workflows.Opinion.Kind, r.Param("id")), said)
	}
	told, err := r.refused(err, r.opinionLabels())
	if err != nil {
		return err
	}
	o, err := s.loadOpinion(r)
	if err != nil {
		return err
	}
	o.told = told
	keep(&o, in)
	if c, ok := told.Told.Detail.(casework.Changed); ok {
		o.over, o.told.Problems = &views.Overtaken{Since: r.timeline(workflows.Opinion.Kind, c.Since, nil)}, nil
		o.give.Version, o.transfer.Version = c.Version, c.Version
	}
	return s.showOpinion(r, o)
}

func (s *site) opinionCommand(r *request, action workflows.Action, in opinionForm) error {
	doc := maps.Clone(in.Data)
	if doc == nil {
		doc = map[string]string{}
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	_, err = s.Applications.Opinions().Do(r.ctx(), r.actor, casework.Command{ID: r.Param("id"), Action: action, Version: in.Version, Reason: in.Reason, Data: data})
	return err
}

func (r *request) opinionLabels() map[string]string {
	return map[string]string{"data.stance": r.T("opinion.stance"), "data.grounds": r.T("opinion.grounds"), "data.conditions": r.T("opinion.conditions"),
		"data.person_id": r.T("opinion.person"), "reason": r.T("web.reason")}
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
	if err := s.opinionForms(r, &v, o); err != nil {
		return err
	}
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
		if x.Conditions != "" {
			v.Given = append(v.Given, views.Passage{Title: r.T("opinion.conditions"), Text: x.Conditions})
		}
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
			v.Give = r.giveForm(path, o)
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

func (r *request) giveForm(path string, o opinionState) *views.OpinionForm {
	told := o.told
	if o.handing {
		told = refusal{}
	}
	f := &views.OpinionForm{Form: views.Form{Action: path, Version: o.give.Version, Problems: told.Problems},
		Stance: views.Field{Name: "data.stance", Label: r.T("opinion.stance"), Required: true, Value: o.give.Data["stance"],
			Options: r.options("act.stance.", "agree", "conditional", "disagree"), Error: told.Of("data.stance")},
		Grounds: views.Field{Name: "data.grounds", Label: r.T("opinion.grounds"), Help: r.T("opinion.grounds.help"), Value: o.give.Data["grounds"], Max: 2000,
			Rows: 6, Error: told.Of("data.grounds")},
		Conditions: views.Field{Name: "data.conditions", Label: r.T("opinion.conditions"), Help: r.T("opinion.conditions.help"),
			Value: o.give.Data["conditions"], Max: 2000, Rows: 4, Error: told.Of("data.conditions")}}
	return f
}

func (s *site) transferForm(r *request, path string, o opinionState) (*views.TransferForm, error) {
	people, err := s.colleagues(r)
	if err != nil {
		return nil, err
	}
	told := o.told
	if !o.handing {
		told = refusal{}
	}
	f := &views.TransferForm{Form: views.Form{Action: path + "/transfer", Version: o.transfer.Version, Problems: told.Problems}, Open: o.handing,
		Person: views.Field{Name: "data.person_id", Label: r.T("opinion.person"), Required: true, Value: o.transfer.Data["person_id"], Options: people,
			Error: told.Of("data.person_id")},
		Reason: views.Field{Name: "reason", Label: r.T("web.reason"), Help: r.T("opinion.transfer.help"), Required: true, Value: o.transfer.Reason, Max: 2000,
			Rows: 3, Error: told.Of("reason")}}
	if !slices.ContainsFunc(people, func(p views.Option) bool { return p.Value != "" }) {
		f.Nobody = r.T("opinion.nobody")
	}
	return f, nil
}
