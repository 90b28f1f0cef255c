package web

import (
	"encoding/json"
	"errors"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// actHref is where an action of a case is taken: its form, or the page of its own that gathers
// what it needs.
func actHref(ref casework.Ref, action workflows.Action) string {
	if own, ok := ownPages()[string(ref.Kind)+"."+string(action)]; ok {
		return casework.Path(ref.Kind, ref.ID) + own
	}
	return casework.Path(ref.Kind, ref.ID) + "/act/" + string(action)
}

// ownPages are the actions that need more than a form: they start from a page of the case.
func ownPages() map[string]string {
	return map[string]string{
		"application.request_correction": "/check",
		"review.submit_scores":           "/score",
		"opinion.give":                   "",
	}
}

// actForm is what the form of an action sends.
type actForm struct {
	Version int64             `form:"version"`
	Reason  string            `form:"reason,5000"`
	Data    map[string]string `form:"data.*"`
}

// pending is an action about to be taken: the case as it stands, the choice, and the case's
// title.
type pending struct {
	actions casework.Actions
	choice  workflows.Choice
	title   string
	fields  []actField
}

// actPage shows the form of an action of a kind of case.
func actPage(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		p, err := s.pending(r, w)
		if err != nil {
			return err
		}
		if own, ok := ownPages()[string(w.Kind)+"."+string(p.choice.Action)]; ok {
			return r.redirect(casework.Path(w.Kind, p.actions.Case.ID) + own)
		}
		if shown, ok := shownFirst()[string(w.Kind)+"."+string(p.choice.Action)]; ok {
			return r.redirect(casework.Path(w.Kind, p.actions.Case.ID) + shown)
		}
		return s.showAct(r, p, actForm{Version: p.actions.Version}, refusal{})
	}
}

// shownFirst are the actions whose form stands on a page that shows what they are about.
func shownFirst() map[string]string {
	return map[string]string{"application.send_to_sign": "/send", "application.sign": "/sign"}
}

// act takes an action and leads back to the case, or to the work list where the case is no
// longer the actor's to see.
func act(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		p, err := s.pending(r, w)
		if err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
		var in actForm
		ours := r.bind(&in)
		if ours == nil && err != nil {
			return err // the case has moved on: there is no form to show again
		}
		if ours == nil {
			ours = s.do(r, w, p, in)
		}
		if ours == nil {
			return s.acted(r, p)
		}
		told, err := r.refused(ours, p.labels(r))
		if err != nil {
			return err
		}
		if told.Told.Code == "no_transition" {
			return ours
		}
		return s.showAct(r, p, in, told)
	}
}

// pending loads the case and the choice; an action that the table does not know is NotFound,
// one that the case has left behind a Conflict.
func (s *site) pending(r *request, w *workflows.Workflow) (p pending, err error) {
	service, action := s.Cases[w.Kind], workflows.Action(r.Param("action"))
	if service == nil || !slices.Contains(w.Actions(), action) {
		return p, fault.Missing()
	}
	if p.actions, err = service.Actions(r.ctx(), r.actor, r.Param("id")); err != nil {
		return p, err
	}
	i := slices.IndexFunc(p.actions.Choices, func(c workflows.Choice) bool { return c.Action == action })
	if i < 0 {
		return p, noChoice(r, w, action)
	}
	p.choice = p.actions.Choices[i]
	if p.title, _, err = s.caseTitle(r, p.actions.Case); err != nil {
		return p, err
	}
	p.fields, err = s.actFields(r, w.Kind, p.choice)
	return p, err
}

// noChoice tells a case that has moved on from an action that is not for this person.
func noChoice(r *request, w *workflows.Workflow, action workflows.Action) error {
	for _, row := range w.Transitions {
		if row.Action == action && r.actor.Any(row.Roles...) {
			return fault.New(fault.Conflict, "no_transition")
		}
	}
	return fault.Missing()
}

// do makes the command of a form.
func (s *site) do(r *request, w *workflows.Workflow, p pending, in actForm) error {
	data, err := p.data(in.Data)
	if err != nil {
		return err
	}
	_, err = s.Cases[w.Kind].Do(r.ctx(), r.actor, casework.Command{ID: p.actions.Case.ID, Action: p.choice.Action, Version: in.Version,
		Reason: in.Reason, Data: data})
	return err
}

// data turns what was typed into the document of the command: texts as texts, boxes as
// booleans, what is empty and optional left out.
func (p pending) data(typed map[string]string) (json.RawMessage, error) {
	doc := map[string]any{}
	for _, f := range p.fields {
		value := typed[f.name]
		switch {
		case f.kind == boxField:
			doc[f.name] = value != ""
		case value != "" || f.required:
			doc[f.name] = value
		}
	}
	for name := range typed {
		if !slices.ContainsFunc(p.fields, func(f actField) bool { return f.name == name }) {
			return nil, fault.BadField("data."+name, "unknown_field")
		}
	}
	if len(doc) == 0 {
		return nil, nil
	}
	return json.Marshal(doc)
}

// acted leads on after an action.
func (s *site) acted(r *request, p pending) error {
	s.wake()
	ref := p.actions.Case
	now, err := s.Cases[ref.Kind].Actions(r.ctx(), r.actor, ref.ID)
	label := p.choice.Label.In(string(r.lang))
	switch {
	case fault.Is(err, fault.NotFound): // recused: the case does not exist any more
		return r.done("/", "page.act.done.gone", "Action", label)
	case err != nil:
		return err
	}
	return r.done(casework.Path(ref.Kind, ref.ID), "page.act.done", "Action", label, "Number", now.Number, "State", r.stateLabel(ref.Kind, now.State))
}

// showAct shows the form, empty or as it came back.
func (s *site) showAct(r *request, p pending, in actForm, told refusal) error {
	ref := p.actions.Case
	v := views.ActView{
		Header: views.Header{Title: p.choice.Label.In(string(r.lang)), Lead: p.title, Crumbs: []views.Link{
			{Label: r.T("menu.work"), Href: "/"}, {Label: p.actions.Number, Href: casework.Path(ref.Kind, ref.ID)}}},
		Now: r.badge(ref.Kind, p.actions.State), Form: views.Form{Action: casework.Path(ref.Kind, ref.ID) + "/act/" + string(p.choice.Action), Version: in.Version, Problems: told.Problems},
		Danger: p.choice.Danger, Submit: p.choice.Label.In(string(r.lang)), Back: casework.Path(ref.Kind, ref.ID),
	}
	if p.choice.To != p.actions.State {
		b := r.badge(ref.Kind, p.choice.To)
		v.Next = &b
	}
	for _, fact := range p.choice.Blocked {
		v.Blocked = append(v.Blocked, r.blocked(ref.Kind, workflows.Choice{Blocked: []workflows.Fact{fact}}))
	}
	var err error
	if v.Header.Clocks, err = s.clocksOf(r, ref); err != nil {
		return err
	}
	v.Fields = p.inputs(r, in, told)
	if v.Conditions, v.ConditionsLead, err = r.conditionsBefore(ref, p.choice.Action); err != nil {
		return err
	}
	var changed casework.Changed
	if c, ok := told.Told.Detail.(casework.Changed); ok {
		changed = c
		v.Form.Version = c.Version
		v.Form.Problems = nil
	}
	if err := s.since(r, ref.Kind, changed, &v); err != nil {
		return err
	}
	return s.simple(r, told.status(), v.Header.Title, views.ActPage(v))
}

// clocksOf are the clocks of an application, for the head of pages that know only its id.
func (s *site) clocksOf(r *request, ref casework.Ref) ([]views.NamedClock, error) {
	if ref.Kind != workflows.Application.Kind {
		return nil, nil
	}
	v, err := s.Applications.View(r.ctx(), r.actor, ref.ID)
	if err != nil {
		return nil, err
	}
	return r.clocks(v.Clocks)
}

// since lists what happened to the case while the form was open.
func (s *site) since(r *request, kind workflows.Kind, c casework.Changed, v *views.ActView) error {
	if len(c.Since) == 0 && c.Version == 0 {
		return nil
	}
	var units map[string]string
	err := r.view(func(tx *database.Tx) (err error) {
		units, err = r.unitNames(tx)
		return err
	})
	v.Stale, v.Since = true, r.timeline(kind, c.Since, units)
	return err
}

// labels name the fields of an action in the summary of its problems.
func (p pending) labels(r *request) map[string]string {
	out := map[string]string{"reason": r.T("web.reason")}
	for _, f := range p.fields {
		out["data."+f.name] = f.label
	}
	return out
}

// inputs are the fields of the form with what was typed: those of the action, then the reason.
func (p pending) inputs(r *request, in actForm, told refusal) []views.Input {
	var out []views.Input
	for _, f := range p.fields {
		field := views.Field{Name: "data." + f.name, Label: f.label, Help: f.help, Value: in.Data[f.name], Required: f.required, Max: f.most,
			Options: f.options, Error: told.Of("data." + f.name), Least: f.least}
		for i := range field.Options {
			field.Options[i].Chosen = field.Options[i].Value == field.Value
		}
		out = append(out, views.Input{Kind: f.kind, Field: field})
	}
	if p.choice.Reason {
		out = append(out, views.Input{Kind: areaField, Field: views.Field{Name: "reason", Label: r.T("web.reason"), Help: r.reasonHelp(p),
			Value: in.Reason, Required: true, Max: 2000, Rows: 6, Error: told.Of("reason")}})
	}
	return out
}

// reasonHelp says what a good reason of this action holds, where there is more to say than
// that it goes on record.
func (r *request) reasonHelp(p pending) string {
	key := "act.reason." + string(p.actions.Case.Kind) + "." + string(p.choice.Action)
	if r.site.Words.Has(key) {
		return r.T(key)
	}
	return r.T("web.reason.help")
}

// caseTitle names a case the actor may see, and the unit whose turn or case it is, by code.
func (s *site) caseTitle(r *request, ref casework.Ref) (title, unit string, err error) {
	switch ref.Kind {
	case workflows.Application.Kind:
		v, err := s.Applications.View(r.ctx(), r.actor, ref.ID)
		return v.Name, v.Unit, err
	case workflows.Opinion.Kind:
		o, v, err := s.Applications.Opinions().View(r.ctx(), r.actor, ref.ID)
		return v.Name, o.Unit, err
	case workflows.Review.Kind:
		v, err := s.Reviews.View(r.ctx(), r.actor, ref.ID)
		return v.Subject.Title, v.Subject.Unit, err
	case workflows.Objection.Kind:
		v, err := s.Notices.View(r.ctx(), r.actor, ref.ID)
		return v.Title, "", err
	case workflows.Zone.Kind:
		v, err := s.Zones.View(r.ctx(), r.actor, ref.ID)
		return v.Name, v.Unit, err
	case workflows.Evaluation.Kind:
		v, err := s.Evaluations.View(r.ctx(), r.actor, ref.ID)
		return v.ZoneName, v.Unit, err
	case workflows.Condition.Kind:
		v, err := s.Applications.Conditions().View(r.ctx(), r.actor, ref.ID)
		return v.Title, v.Unit, err
	case workflows.Rectification.Kind:
		v, err := s.Rectifications.View(r.ctx(), r.actor, ref.ID)
		return v.ZoneName, v.Unit, err
	}
	return "", "", errors.New("no title for " + string(ref.Kind))
}

// The kinds of input of an action's form.
const (
	lineField  = views.LineInput
	areaField  = views.AreaInput
	dateField  = views.DateInput
	radioField = views.RadioInput
	listField  = views.SelectInput
	boxField   = views.BoxInput
)

// actField is one thing an action needs besides the reason.
type actField struct {
	name, label, help string
	kind              views.InputKind
	required          bool
	most              int
	least             string
	options           []views.Option
}

// actFields lists what an action needs. Labels stand in the catalogue below act.field.
func (s *site) actFields(r *request, kind workflows.Kind, c workflows.Choice) ([]actField, error) {
	var out []actField
	switch string(kind) + "." + string(c.Action) {
	case "application.accredit":
		out = []actField{{name: "document_number", kind: lineField, required: true, most: 60}, {name: "valid_from", kind: dateField, least: r.today()}}
	case "application.refuse":
		out = []actField{{name: "document_number", kind: lineField, required: true, most: 60}}
	case "zone.revoke", "zone.keep", "zone.renew":
		out = []actField{{name: "document_number", kind: lineField, most: 60}}
	case "evaluation.return_report":
		out = []actField{{name: "due", kind: dateField, least: r.today()}}
	case "application.publish_notice", "evaluation.publish_notice":
		out = []actField{{name: "starts_on", kind: dateField, least: r.today()}}
	case "opinion.give":
		out = []actField{{name: "stance", kind: radioField, required: true, options: r.options("act.stance.", "agree", "conditional", "disagree")},
			{name: "grounds", kind: areaField, most: 2000}}
	case "opinion.transfer":
		people, err := s.colleagues(r)
		if err != nil {
			return nil, err
		}
		out = []actField{{name: "person_id", kind: listField, required: true, options: people}}
	case "review.accept":
		out = []actField{{name: "commitment", kind: boxField, required: true}, {name: "no_conflict", kind: boxField, required: true}}
	case "review.recuse":
		out = []actField{{name: "kind", kind: radioField, required: true, options: r.options("review.recusal.", review.RecusalKinds()...)}}
	}
	for i := range out {
		f := &out[i]
		f.label = r.T("act.field." + string(kind) + "." + f.name)
		if help := "act.help." + string(kind) + "." + f.name; s.Words.Has(help) {
			f.help = r.T(help)
		}
	}
	return out, nil
}

func (r *request) today() string { return wording.Day(r.site.DB.Now()) }

// options are choices whose labels stand in the catalogue below a prefix.
func (r *request) options(prefix string, values ...string) []views.Option {
	out := make([]views.Option, len(values))
	for i, v := range values {
		out[i] = views.Option{Value: v, Label: r.T(prefix + v)}
	}
	return out
}

// colleagues are the others of the actor's department who can take a case over.
func (s *site) colleagues(r *request) (out []views.Option, err error) {
	err = r.view(func(tx *database.Tx) error {
		people, err := identity.Recipients(tx, identity.Query{Roles: []workflows.Role{workflows.Department}, Unit: r.actor.Unit})
		for _, p := range people {
			if p.ID != r.actor.ID {
				out = append(out, views.Option{Value: p.ID, Label: p.Name})
			}
		}
		return err
	})
	return out, err
}
