package web

import (
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// recusalForm declares a recusal.
type recusalForm struct {
	Version int64  `form:"version"`
	Person  string `form:"person,60"`
	Kind    string `form:"kind,20"`
	Reason  string `form:"reason,5000"`
}

// overrideForm asks for a change of a recusal, or answers one.
type overrideForm struct {
	Version   int64  `form:"version"`
	Person    string `form:"person,60"`
	Direction string `form:"direction,20"`
	Until     string `form:"until_on,20"`
	Reason    string `form:"reason,5000"`
	Override  string `form:"override,60"`
	Answer    string `form:"answer,20"`
}

// recusalState is what came back refused, and which form it was.
type recusalState struct {
	declare recusalForm
	ask     overrideForm
	told    refusal
}

// recusalsPage shows who is recused from a case, where that comes from, and what was asked
// about it.
func recusalsPage(w *workflows.Workflow) handler {
	return func(s *site, r *request) error { return s.showRecusals(r, w.Kind, recusalState{}) }
}

// declareRecusal records the own recusal, or somebody else's; whoever declares the own one
// finds the case gone.
func declareRecusal(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		var in recusalForm
		ref := casework.Ref{Kind: w.Kind, ID: r.Param("id")}
		err := r.bind(&in)
		if err == nil {
			if in.Person == "" {
				in.Person = r.actor.ID
			}
			err = s.Reviews.DeclareFor(r.ctx(), r.actor, ref, review.Recusal{PersonID: in.Person, Kind: in.Kind, Reason: in.Reason})
		}
		if err == nil {
			if in.Person == r.actor.ID {
				return r.done("/"+string(w.Kind)+"s", "recusal.own.done")
			}
			return r.done(casework.Path(ref.Kind, ref.ID)+"/recusals", "recusal.done")
		}
		told, err := r.refused(err, map[string]string{"reason": r.T("web.reason"), "data.kind": r.T("review.field.kind"), "person": r.T("recusal.person")})
		if err != nil {
			return err
		}
		return s.showRecusals(r, w.Kind, recusalState{declare: in, told: told})
	}
}

// askOverride asks another director to lift a recusal or to end a lift.
func askOverride(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		var in overrideForm
		ref := casework.Ref{Kind: w.Kind, ID: r.Param("id")}
		err := r.bind(&in)
		if err == nil {
			_, err = s.Reviews.AskOverride(r.ctx(), r.actor, ref, review.Ask{PersonID: in.Person, Direction: in.Direction, Reason: in.Reason, UntilOn: in.Until})
		}
		return s.overrideDone(r, ref, in, err, "recusal.asked")
	}
}

// answerOverride confirms or refuses what another director has asked.
func answerOverride(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		var in overrideForm
		ref := casework.Ref{Kind: w.Kind, ID: r.Param("id")}
		err := r.bind(&in)
		if err == nil {
			err = s.Reviews.AnswerOverride(r.ctx(), r.actor, ref, in.Override, in.Answer == "confirm")
		}
		return s.overrideDone(r, ref, overrideForm{}, err, "recusal.answered")
	}
}

func (s *site) overrideDone(r *request, ref casework.Ref, in overrideForm, err error, key string) error {
	if err == nil {
		s.wake()
		return r.done(casework.Path(ref.Kind, ref.ID)+"/recusals", key)
	}
	told, err := r.refused(err, map[string]string{"reason": r.T("web.reason"), "until_on": r.T("recusal.until"), "person": r.T("recusal.person"), "direction": r.T("recusal.direction")})
	if err != nil {
		return err
	}
	return s.showRecusals(r, ref.Kind, recusalState{ask: in, told: told})
}

func (s *site) showRecusals(r *request, kind workflows.Kind, st recusalState) error {
	ref := casework.Ref{Kind: kind, ID: r.Param("id")}
	if _, err := s.Cases[kind].Actions(r.ctx(), r.actor, ref.ID); err != nil {
		return err
	}
	x, err := s.Reviews.Recusals(r.ctx(), r.actor, ref)
	if err != nil {
		return err
	}
	path := casework.Path(kind, ref.ID)
	v := views.SectionsView{Header: views.Header{Title: r.T("recusal.title"), Lead: r.T("desk.lead", "Number", x.Number, "Name", x.Title),
		Crumbs: []views.Link{{Label: r.T("menu." + string(kind) + "s"), Href: "/" + string(kind) + "s"}, {Label: x.Number, Href: path}}},
		Actions: []views.Action{{Label: r.T("experts.title"), Href: path + "/experts", Get: true, Icon: "users-group"}}}
	for _, p := range st.told.Problems {
		v.Flashes = append(v.Flashes, views.Flash{Kind: views.Failed, Text: p.Text})
	}
	v.Sections = []views.Section{{Title: r.T("recusal.inforce"), Text: r.T("recusal.help"), Table: r.recusalTable(x)}}
	if len(x.Overrides) > 0 {
		v.Sections = append(v.Sections, views.Section{Title: r.T("recusal.overrides"), Table: r.overrideTable(x, path)})
	}
	if r.actor.Has(workflows.Director) && (len(x.InForce) > 0 || len(lifted(x)) > 0) {
		v.Sections = append(v.Sections, views.Section{Title: r.T("recusal.ask"), Text: r.T("recusal.ask.help"), Forms: []views.InputForm{r.askInputs(x, st, path)}})
	}
	form, err := s.declareInputs(r, st, path)
	if err != nil {
		return err
	}
	v.Sections = append(v.Sections, views.Section{Title: r.T("recusal.declare"), Text: r.T("recusal.declare.help"), Forms: []views.InputForm{form}})
	return s.simple(r, st.told.status(), v.Header.Title, views.SectionsPage(v))
}

func (r *request) recusalTable(x review.Recusals) *views.Table {
	t := views.Table{Caption: r.T("recusal.inforce"), Empty: views.Empty{Text: r.T("recusal.empty"), Help: r.T("recusal.empty.help")}, Columns: []views.Column{
		{Label: r.T("recusal.person"), Keep: true}, {Label: r.T("review.field.kind")}, {Label: r.T("recusal.source")}, {Label: r.T("recusal.evidence")}, {Label: r.T("recusal.since"), Keep: true}}}
	for _, c := range x.InForce {
		by := c.By
		if by == "" {
			by = r.T("recusal.machine")
		}
		evidence := c.Reason
		if c.Evidence != "" {
			evidence = c.Evidence
		}
		t.Rows = append(t.Rows, views.Row{ID: c.PersonID, Name: c.Person, Cells: []views.Cell{{Text: c.Person}, {Text: r.T("review.recusal." + c.Kind)},
			{Text: r.T("recusal.source." + c.Source), Sub: by}, {Text: evidence}, {Text: wording.DateTime(r.lang, c.At), Sub: r.T("recusal.version", "No", c.Version)}}})
	}
	return &t
}

func (r *request) overrideTable(x review.Recusals, path string) *views.Table {
	t := views.Table{Caption: r.T("recusal.overrides"), Columns: []views.Column{{Label: r.T("recusal.person"), Keep: true}, {Label: r.T("recusal.direction")}, {Label: r.T("web.reason")},
		{Label: r.T("recusal.asker"), Keep: true}, {Label: r.T("column.state")}, {Label: r.T("column.action"), Keep: true}}}
	for _, o := range x.Overrides {
		row := views.Row{ID: o.ID, Name: o.Person, Cells: []views.Cell{{Text: o.Person}, {Text: r.T("recusal.direction." + o.Direction)}, {Text: o.Reason},
			{Text: o.Asker, Sub: wording.DateTime(r.lang, o.AskedAt)}, {Text: r.overrideState(o), Sub: o.Answerer}, {}}}
		if o.UntilOn != "" {
			row.Cells[1].Sub = r.T("recusal.until.on", "Date", o.UntilOn)
		}
		if o.Answer == "" && !o.Lapsed && r.actor.Has(workflows.Director) && r.actor.ID != o.AskedBy && r.actor.ID != o.PersonID {
			form := func(answer string, danger bool) views.Cell {
				return views.Cell{View: views.SmallForm(path+"/recusals/answer", []views.Item{{Term: "override", Text: o.ID}, {Term: "answer", Text: answer}}, r.T("recusal.answer."+answer), danger)}
			}
			row.Cells[5].View = views.Both(form("confirm", false).View, form("refuse", true).View)
		}
		t.Rows = append(t.Rows, row)
	}
	return &t
}

func (r *request) overrideState(o review.Override) string {
	switch {
	case o.Over:
		return r.T("recusal.state.over")
	case o.Lapsed:
		return r.T("recusal.state.lapsed")
	case o.Answer == "":
		return r.T("recusal.state.open")
	}
	return r.T("recusal.state." + o.Answer)
}

// lifted are the confirmed lifts that still run.
func lifted(x review.Recusals) (out []review.Override) {
	for _, o := range x.Overrides {
		if o.Direction == review.Lift && o.Answer == "confirmed" && !o.Over {
			out = append(out, o)
		}
	}
	return out
}

func (r *request) askInputs(x review.Recusals, st recusalState, path string) views.InputForm {
	person := views.Field{Name: "person", Label: r.T("recusal.person"), Required: true, Value: st.ask.Person, Error: st.told.Of("person")}
	for _, c := range x.InForce {
		if c.PersonID != r.actor.ID {
			person.Options = append(person.Options, views.Option{Value: c.PersonID, Label: c.Person})
		}
	}
	for _, o := range lifted(x) {
		person.Options = append(person.Options, views.Option{Value: o.PersonID, Label: r.T("recusal.lifted.person", "Name", o.Person)})
	}
	direction := views.Field{Name: "direction", Label: r.T("recusal.direction"), Required: true, Value: st.ask.Direction, Options: r.options("recusal.direction.", review.Lift, review.Restore)}
	return views.InputForm{Form: views.Form{Action: path + "/recusals/ask"}, Submit: r.T("recusal.ask.submit"), Fold: r.T("recusal.ask.fold"), Open: st.ask.Direction != "", Inputs: []views.Input{
		{Kind: views.SelectInput, Field: person}, {Kind: views.RadioInput, Field: direction},
		{Kind: views.DateInput, Field: views.Field{Name: "until_on", Label: r.T("recusal.until"), Help: r.T("recusal.until.help"), Value: st.ask.Until, Least: r.today(), Error: st.told.Of("until_on")}},
		{Kind: views.AreaInput, Field: views.Field{Name: "reason", Label: r.T("web.reason"), Value: st.ask.Reason, Required: true, Max: 2000, Rows: 3, Error: st.told.Of("reason")}}}}
}

// declareInputs asks for a recusal: officers and directors name anybody who takes part by
// office, all others themselves.
func (s *site) declareInputs(r *request, st recusalState, path string) (views.InputForm, error) {
	f := views.InputForm{Form: views.Form{Action: path + "/recusals"}, Submit: r.T("recusal.declare"), Danger: true, Fold: r.T("recusal.declare.fold"), Open: st.declare.Person != ""}
	if r.actor.Any(workflows.Officer, workflows.Director) {
		person := views.Field{Name: "person", Label: r.T("recusal.person"), Required: true, Value: st.declare.Person, Error: st.told.Of("person")}
		err := r.view(func(tx *database.Tx) error {
			people, err := identity.Recipients(tx, identity.Query{Roles: append(append(watchers(), administrators()...), workflows.Department, workflows.Statistics, workflows.Evaluator)})
			for _, p := range people {
				person.Options = append(person.Options, views.Option{Value: p.ID, Label: p.Name})
			}
			return err
		})
		if err != nil {
			return f, err
		}
		f.Inputs = append(f.Inputs, views.Input{Kind: views.SelectInput, Field: person})
	}
	f.Inputs = append(f.Inputs, views.Input{Kind: views.RadioInput, Field: views.Field{Name: "kind", Label: r.T("review.field.kind"), Required: true, Value: st.declare.Kind,
		Options: r.options("review.recusal.", review.RecusalKinds()...), Error: st.told.Of("data.kind")}},
		views.Input{Kind: views.AreaInput, Field: views.Field{Name: "reason", Label: r.T("web.reason"), Help: r.T("review.recusal.help"), Value: st.declare.Reason, Required: true, Max: 2000, Rows: 3,
			Error: st.told.Of("reason")}})
	return f, nil
}
