package web

import (
	"encoding/json"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func reviewRoutes() []route {
	readers, evaluator := append(watchers(), workflows.Evaluator), only(workflows.Evaluator)
	return []route{
		{get, "/reviews/:id", (*site).reviewPage, only(readers...), false},
		{get, "/reviews/:id/score", toReview, evaluator, false},
		{post, "/reviews/:id/score", (*site).score, evaluator, false},
		{post, "/reviews/:id/answer", (*site).answerInvitation, evaluator, false},
		{get, "/applications/:id/experts", expertsPage(workflows.Application), only(watchers()...), false},
		{post, "/applications/:id/experts", invite(workflows.Application), only(workflows.Officer), false},
		{get, "/evaluations/:id/experts", expertsPage(workflows.Evaluation), only(watchers()...), false},
		{post, "/evaluations/:id/experts", invite(workflows.Evaluation), only(workflows.Officer), false},
	}
}

// toReview leads the button of the table to the workbench.
func toReview(_ *site, r *request) error {
	return r.redirect(casework.Path(workflows.Review.Kind, r.Param("id")) + "#rubric")
}

// reviewState is a review as it is shown: what was typed where something was refused.
type reviewState struct {
	view   review.View
	answer answerForm
	draft  *review.Draft // typed and not saved; nil: as stored
	told   refusal
	stale  *views.Stale
}

// reviewPage shows one review: to its evaluator the invitation or the workbench, to the
// commission how it stands.
func (s *site) reviewPage(r *request) error {
	v, err := s.Reviews.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showReview(r, reviewState{view: v})
}

// answerForm answers an invitation.
type answerForm struct {
	Version int64             `form:"version"`
	Do      string            `form:"do,20"`
	Reason  string            `form:"reason,5000"`
	Data    map[string]string `form:"data.*"`
}

// document is the data of the command, as the table asks for it.
func (f answerForm) document() ([]byte, error) {
	switch f.Do {
	case "accept":
		return json.Marshal(map[string]bool{"commitment": f.Data["commitment"] == "true", "no_conflict": f.Data["no_conflict"] == "true"})
	case "recuse":
		return json.Marshal(map[string]string{"kind": f.Data["kind"]})
	}
	return nil, nil
}

// answerInvitation accepts, declines or declares a recusal, after which the case does not
// exist any more for this person.
func (s *site) answerInvitation(r *request) error {
	var in answerForm
	err := r.bind(&in)
	if err == nil && !slices.Contains([]string{"accept", "decline", "recuse"}, in.Do) {
		err = fault.BadField("do", "unknown")
	}
	if err == nil {
		err = s.doAnswer(r, in)
	}
	if err == nil {
		s.wake()
		if in.Do == "accept" {
			return r.done(casework.Path(workflows.Review.Kind, r.Param("id")), "review.accepted")
		}
		return r.done("/reviews", "review.answered."+in.Do)
	}
	told, err := r.refused(err, map[string]string{"reason": r.T("web.reason"), "data.kind": r.T("review.field.kind"),
		"data.commitment": r.T("review.field.commitment"), "data.no_conflict": r.T("review.field.no_conflict")})
	if err != nil {
		return err
	}
	v, err := s.Reviews.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	in.Version = v.Version
	return s.showReview(r, reviewState{view: v, answer: in, told: told})
}

func (s *site) doAnswer(r *request, in answerForm) error {
	data, err := in.document()
	if err != nil {
		return err
	}
	_, err = s.Reviews.Do(r.ctx(), r.actor, casework.Command{ID: r.Param("id"), Action: workflows.Action(in.Do), Version: in.Version, Reason: in.Reason, Data: data})
	return err
}

func (s *site) showReview(r *request, st reviewState) error {
	x := st.view
	units, err := r.units()
	if err != nil {
		return err
	}
	badge := r.badge(workflows.Review.Kind, x.State)
	if row, ok := workflows.Review.State(x.State); ok && x.Own { // who scores knows how far they are
		badge.Label = row.Label.In(string(r.lang))
	}
	v := views.ReviewView{Header: views.Header{Title: x.Subject.Title, Badge: &badge, Lead: r.T("desk.lead", "Number", x.Number, "Name", x.Subject.Number),
		Crumbs: []views.Link{{Label: r.T("menu.reviews"), Href: "/reviews"}}}}
	v.Facts = []views.Item{{Term: r.T("review.field.unit.filed"), Text: units[x.Subject.Unit]}, {Term: r.T("review.field.body"), Text: x.Subject.BodyName}}
	if v.Clocks, err = r.clocks(x.Clocks); err != nil {
		return err
	}
	if x.Own {
		err = s.ownReview(r, &v, st)
	} else {
		r.watchReview(&v, x, units)
	}
	if err != nil {
		return err
	}
	return s.wide(r, wide{st.told.status(), x.Subject.Title, false, views.ReviewPage(v)})
}

// ownReview shows the evaluator's own side.
func (s *site) ownReview(r *request, v *views.ReviewView, st reviewState) error {
	x := st.view
	switch x.State {
	case "invited":
		v.Invite = r.invitation(st)
		return nil
	case "accepted":
		v.Rubric = r.rubricForm(st)
		v.OthersHid = r.T("review.others.hidden")
		if slices.ContainsFunc(x.Choices, func(c workflows.Choice) bool { return c.Action == "recuse" }) {
			f := r.recuseForm(st)
			v.Withdraw = &f
		}
	case "scored":
		v.Ballot = r.ballot(x)
		v.Others = totals(x)
		if len(v.Others) == 0 {
			v.OthersHid = r.T("review.others.none")
		}
	}
	d, err := s.reviewDocument(r, x.Subject.Ref)
	v.Document = d
	return err
}

// reviewDocument is what the evaluator judges, for reading.
func (s *site) reviewDocument(r *request, ref casework.Ref) (*views.Dossier, error) {
	if ref.Kind == workflows.Evaluation.Kind {
		return s.evaluationDossier(r, ref.ID)
	}
	app, err := s.Applications.View(r.ctx(), r.actor, ref.ID)
	if err != nil {
		return nil, err
	}
	d := s.dossier(r, app, "")
	return &d, nil
}

// watchReview shows the commission how a review stands, and what was handed in.
func (r *request) watchReview(v *views.ReviewView, x review.View, units map[string]string) {
	v.Facts = append([]views.Item{{Term: r.T("review.field.evaluator"), Text: x.Evaluator}, {Term: r.T("review.subject"), Text: x.Subject.Number,
		Href: casework.Path(x.Subject.Ref.Kind, x.Subject.Ref.ID)}}, v.Facts...)
	v.Header.Crumbs = append(v.Header.Crumbs, views.Link{Label: r.T("review.panel"), Href: casework.Path(x.Subject.Ref.Kind, x.Subject.Ref.ID) + "/experts"})
	v.Actions = r.choices(casework.Ref{Kind: workflows.Review.Kind, ID: x.ID}, x.Choices)
	v.History = r.timeline(workflows.Review.Kind, x.History, units)
	if x.Written {
		v.Ballot = r.ballot(x)
		return
	}
	v.Note = r.T("review.unsubmitted")
}

func (r *request) invitation(st reviewState) *views.Invitation {
	path := casework.Path(workflows.Review.Kind, st.view.ID) + "/answer"
	accept := views.InputForm{Form: views.Form{Action: path, Version: st.view.Version}, Do: "accept", Text: r.T("review.invite.text"), Submit: r.T("review.invite.accept.do"),
		Inputs: []views.Input{{Kind: views.BoxInput, Field: views.Field{Name: "data.commitment", Label: r.T("review.commitment.text"), Required: true}},
			{Kind: views.BoxInput, Field: views.Field{Name: "data.no_conflict", Label: r.T("review.no_conflict.text"), Required: true}}}}
	decline := views.InputForm{Form: views.Form{Action: path, Version: st.view.Version}, Do: "decline", Fold: r.T("review.invite.decline"), Submit: r.T("review.invite.decline"),
		Inputs: []views.Input{{Kind: views.AreaInput, Field: views.Field{Name: "reason", Label: r.T("web.reason"), Help: r.T("review.decline.help"), Required: true, Max: 2000, Rows: 3}}}}
	switch st.answer.Do {
	case "accept":
		returned(&accept, st)
	case "decline":
		returned(&decline, st)
	}
	return &views.Invitation{Accept: accept, Decline: decline, Recuse: r.recuseForm(st), Rows: r.rubricTable(st.view)}
}

func (r *request) recuseForm(st reviewState) views.InputForm {
	f := views.InputForm{Form: views.Form{Action: casework.Path(workflows.Review.Kind, st.view.ID) + "/answer", Version: st.view.Version}, Do: "recuse",
		Fold: r.T("review.invite.recuse"), Submit: r.T("review.invite.recuse"), Danger: true, Text: r.T("review.recusal.warning"),
		Inputs: []views.Input{{Kind: views.RadioInput, Field: views.Field{Name: "data.kind", Label: r.T("review.field.kind"), Required: true,
			Options: r.options("review.recusal.", review.RecusalKinds()...)}},
			{Kind: views.AreaInput, Field: views.Field{Name: "reason", Label: r.T("web.reason"), Help: r.T("review.recusal.help"), Required: true, Max: 2000, Rows: 3}}}}
	if st.answer.Do == "recuse" {
		returned(&f, st)
	}
	return f
}

// returned puts what was typed and what is wrong with it back into a form.
func returned(f *views.InputForm, st reviewState) {
	f.Open, f.Form.Problems = true, st.told.Problems
	for i := range f.Inputs {
		field := &f.Inputs[i].Field
		field.Error = st.told.Of(field.Name)
		if field.Name == "reason" {
			field.Value = st.answer.Reason
		} else {
			field.Value = st.answer.Data[field.Name[len("data."):]]
		}
	}
}

// rubricTable tells before accepting what is to be scored.
func (r *request) rubricTable(x review.View) views.Table {
	t := views.Table{Caption: r.T("review.invite.rubric"), Dense: true, Columns: []views.Column{{Label: r.T("review.criterion")}, {Label: r.T("review.max"), Numeric: true}}}
	for _, c := range x.Rubric.Criteria {
		t.Rows = append(t.Rows, views.Row{Cells: []views.Cell{{Text: c.Name.In(string(r.lang)), Sub: c.Guidance.In(string(r.lang))}, {Text: c.Max.String()}}})
	}
	return t
}

// ballot is a scoring sheet as it was handed in.
func (r *request) ballot(x review.View) *views.Ballot {
	t := views.Table{Caption: r.T("review.ballot"), Dense: true, Columns: []views.Column{{Label: r.T("review.criterion")}, {Label: r.T("review.field.points"), Numeric: true},
		{Label: r.T("review.max"), Numeric: true}, {Label: r.T("review.field.reason")}}}
	for _, c := range x.Rubric.Criteria {
		m := x.Draft.Scores[c.Code]
		t.Rows = append(t.Rows, views.Row{Cells: views.Cells(c.Name.In(string(r.lang)), m.Points, c.Max.String(), m.Reason)})
	}
	if x.Total != nil {
		t.Foot = &views.Row{Cells: views.Cells(r.T("review.field.total"), wording.Hundredths(int64(*x.Total)), "", "")}
	}
	b := &views.Ballot{Scores: t, Comment: views.Passage{Title: r.T("review.field.comment"), Text: x.Draft.Comment}}
	for _, raised := range x.Draft.Vetoes {
		veto, _ := x.Rubric.Veto(raised.Code)
		b.Vetoes = append(b.Vetoes, views.Passage{Title: r.T("review.vetoed", "Name", veto.Name.In(string(r.lang))), Text: raised.Reason})
	}
	return b
}

func totals(x review.View) []string {
	out := make([]string, 0, len(x.Others))
	for _, p := range x.Others {
		out = append(out, wording.Hundredths(int64(p)))
	}
	return out
}

// summaries are the lines of a panel as far as the reader may know them.
func (s *site) summaries(r *request, ref casework.Ref) (out []review.Summary, err error) {
	err = r.view(func(tx *database.Tx) (err error) {
		out, err = s.Reviews.ForSubject(tx, r.actor, ref)
		return err
	})
	return out, err
}
