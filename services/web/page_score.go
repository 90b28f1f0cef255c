package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/policy"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// scoreForm is the scoring sheet: points, reasons and vetoes by code.
type scoreForm struct {
	Version int64             `form:"version"`
	Points  map[string]string `form:"points.*"`
	Reasons map[string]string `form:"reason.*"`
	Vetoes  map[string]string `form:"veto.*"`
	Why     map[string]string `form:"vetoreason.*"`
	Comment string            `form:"comment"`
	Do      string            `form:"do,20"`
}

// draft is the sheet as the service keeps it. The reason of a veto that is not raised is
// dropped with it.
func (f scoreForm) draft() review.Draft {
	d := review.Draft{Scores: map[string]review.Mark{}, Comment: f.Comment}
	for code, points := range f.Points {
		d.Scores[code] = review.Mark{Points: plainPoints(points), Reason: f.Reasons[code]}
	}
	for code, reason := range f.Reasons {
		if _, ok := f.Points[code]; !ok {
			d.Scores[code] = review.Mark{Reason: reason}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(f.Vetoes)) {
		if f.Vetoes[code] != "" {
			d.Vetoes = append(d.Vetoes, review.Raised{Code: code, Reason: f.Why[code]})
		}
	}
	return d
}

// plainPoints writes points as they are stored: "08.50" and "8.5" are the same.
func plainPoints(text string) string {
	if p, err := policy.ParsePoints(text); err == nil {
		return p.String()
	}
	return text
}

// score saves the sheet, and hands it in where that was asked. What is refused at handing in
// has been saved before.
func (s *site) score(r *request) error {
	var in scoreForm
	if err := r.bind(&in); err != nil {
		return s.refuseScores(r, in, err)
	}
	version, err := s.Reviews.SaveScores(r.ctx(), r.actor, r.Param("id"), in.Version, in.draft())
	if err != nil {
		return s.refuseScores(r, in, err)
	}
	in.Version = version
	switch {
	case r.wantsJSON():
		r.saved(version)
		return nil
	case in.Do != "submit":
		return r.done(casework.Path(workflows.Review.Kind, r.Param("id"))+"#rubric", "review.draft.saved")
	}
	_, err = s.Reviews.Do(r.ctx(), r.actor, casework.Command{ID: r.Param("id"), Action: "submit_scores", Version: version})
	if err != nil {
		return s.refuseScores(r, in, err)
	}
	s.wake()
	return r.done(casework.Path(workflows.Review.Kind, r.Param("id")), "review.submitted")
}

// refuseScores shows the sheet again with everything typed, or tells a script.
func (s *site) refuseScores(r *request, in scoreForm, failed error) error {
	v, err := s.Reviews.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	draft := in.draft()
	told, err := r.refused(scoreFields(failed, draft), r.scoreLabels(v.Rubric))
	if err != nil || v.State != "accepted" { // handed in or recused meanwhile: there is no sheet to show
		return failed
	}
	st := reviewState{view: v, draft: &draft, told: told}
	if saved, ok := told.Told.Detail.(review.Saved); ok {
		st.stale = r.staleScores(v, in, saved)
		st.told.Problems, st.view.Version = nil, saved.Version
	}
	switch {
	case r.wantsJSON() && st.stale != nil:
		return s.showFragment(r, http.StatusConflict, views.StaleComparison(*st.stale))
	case r.wantsJSON():
		return scoreFields(failed, draft)
	}
	return s.showReview(r, st)
}

// scoreFields names the fields of a refusal as the form does.
func scoreFields(err error, d review.Draft) error {
	f, ok := asFault(err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	out := *f
	out.Fields = slices.Clone(f.Fields)
	for i := range out.Fields {
		out.Fields[i].Path = scoreField(out.Fields[i].Path, d)
	}
	return &out
}

func scoreField(path string, d review.Draft) string {
	path = strings.TrimPrefix(path, "data.")
	if rest, ok := strings.CutPrefix(path, "vetoes["); ok { // by place in the list
		number, field, _ := strings.Cut(rest, "].")
		if n, err := strconv.Atoi(number); err == nil && n < len(d.Vetoes) {
			return vetoField(d.Vetoes[n].Code, field)
		}
	}
	if rest, ok := strings.CutPrefix(path, "vetoes."); ok {
		code, field, _ := strings.Cut(rest, ".")
		return vetoField(code, field)
	}
	if rest, ok := strings.CutPrefix(path, "scores."); ok {
		code, field, _ := strings.Cut(rest, ".")
		if field == "reason" {
			return "reason." + code
		}
		return "points." + code
	}
	return path
}

func vetoField(code, field string) string {
	if field == "reason" {
		return "vetoreason." + code
	}
	return "veto." + code
}

// scoreLabels name the fields in the summary. The texts of the rows name them already, so the
// labels are short.
func (r *request) scoreLabels(rubric policy.Review) map[string]string {
	out := map[string]string{"comment": r.T("review.field.comment")}
	for _, c := range rubric.Criteria {
		name := c.Name.In(string(r.lang))
		out["points."+c.Code], out["reason."+c.Code] = name, name
	}
	for _, v := range rubric.Vetoes {
		name := v.Name.In(string(r.lang))
		out["veto."+v.Code], out["vetoreason."+v.Code] = name, name
	}
	return out
}

// staleScores sets what was typed beside what was saved in another window.
func (r *request) staleScores(v review.View, in scoreForm, saved review.Saved) *views.Stale {
	mine, theirs := sheetValues(in.draft()), sheetValues(saved.Draft)
	labels := r.scoreLabels(v.Rubric)
	out := &views.Stale{Action: casework.Path(workflows.Review.Kind, v.ID) + "/score", Version: saved.Version, By: r.T("review.other.window"),
		When: wording.Clock(r.site.DB.Now()), Hidden: map[string]string{"do": "save"}}
	names := maps.Clone(mine)
	maps.Copy(names, theirs)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if mine[name] == theirs[name] {
			out.Hidden[name] = mine[name]
			continue
		}
		kind, _, _ := strings.Cut(name, ".")
		out.Rows = append(out.Rows, views.StaleRow{Name: name, Label: r.T("review.stale", "Name", labels[name], "Kind", r.T("review.stale."+kind)), Mine: mine[name], Theirs: theirs[name]})
	}
	return out
}

// sheetValues is a draft by the names of the form.
func sheetValues(d review.Draft) map[string]string {
	out := map[string]string{"comment": d.Comment}
	for code, m := range d.Scores {
		out["points."+code], out["reason."+code] = m.Points, m.Reason
	}
	for _, v := range d.Vetoes {
		out["veto."+v.Code], out["vetoreason."+v.Code] = "true", v.Reason
	}
	return out
}

// rubricForm is the sheet to fill in, with what was typed or saved.
func (r *request) rubricForm(st reviewState) *views.RubricForm {
	x, d := st.view, st.view.Draft
	if st.draft != nil {
		d = *st.draft
	}
	path := casework.Path(workflows.Review.Kind, x.ID) + "/score"
	f := &views.RubricForm{Form: views.Form{Action: path, Version: x.Version, Autosave: path, Problems: st.scoreProblems()}, Stale: st.stale,
		Keys: r.T("review.keys"), Total: wording.Hundredths(int64(totalOf(d))),
		Other: views.Field{Name: "comment", Label: r.T("review.field.comment"), Value: d.Comment, Max: 4000, Rows: 4, Error: st.told.Of("comment")}}
	var most policy.Points
	for i, c := range x.Rubric.Criteria {
		most += c.Max
		f.Rows = append(f.Rows, r.rubricRow(i+1, x.Rubric, c, d.Scores[c.Code], st.told))
	}
	f.Max = most.String()
	for _, v := range x.Rubric.Vetoes {
		f.Vetoes = append(f.Vetoes, r.vetoRow(v, d, st.told))
	}
	return f
}

// scoreProblems are those of the sheet, none of an answer that came back.
func (st reviewState) scoreProblems() []views.Problem {
	if st.answer.Do != "" {
		return nil
	}
	return st.told.Problems
}

func totalOf(d review.Draft) (sum policy.Points) {
	for _, m := range d.Scores {
		if p, err := policy.ParsePoints(m.Points); err == nil {
			sum += p
		}
	}
	return sum
}

func (r *request) rubricRow(number int, rubric policy.Review, c policy.Criterion, m review.Mark, told refusal) views.RubricRow {
	lang := string(r.lang)
	step := "0.01"
	if c.Step > 0 {
		step = c.Step.String()
	}
	row := views.RubricRow{Number: number, Code: c.Code, Name: c.Name.In(lang), Guidance: c.Guidance.In(lang), Levels: r.levels(c), Rule: r.justifyRule(rubric, c),
		Points: views.Field{Name: "points." + c.Code, Label: r.T("review.points.of", "Max", c.Max.String()), Value: m.Points, Required: true,
			Least: "0", Most: c.Max.String(), Step: step, Unit: r.T("review.points.unit"), Error: told.Of("points." + c.Code)},
		Reason: views.Field{Name: "reason." + c.Code, Label: r.T("review.field.reason"), Value: m.Reason, Rows: 2, Max: 2000, Error: told.Of("reason." + c.Code)}}
	if part := partOfSlot(policy.Slot{Clarification: c.Clarification}); part != "materials" {
		row.See = []views.Link{{Label: r.T("review.see", "Part", r.T("field."+part)), Href: "#part-" + part}}
	}
	return row
}

// levels tells from how many points on each level of the scale begins.
func (r *request) levels(c policy.Criterion) string {
	out := ""
	for i, l := range c.Levels {
		if i > 0 {
			out += r.T("review.level.sep")
		}
		out += r.T("review.level", "Name", l.Name.In(string(r.lang)), "From", (l.FromPercent * c.Max / policy.Hundred).String())
	}
	return out
}

// justifyRule tells when a score on a row needs words.
func (r *request) justifyRule(rubric policy.Review, c policy.Criterion) string {
	least := strconv.Itoa(rubric.Justify.MinLength)
	if c.Justify {
		return r.T("review.justify.always", "Min", least)
	}
	return r.T("review.justify", "Low", (rubric.Justify.LowPercent * c.Max / policy.Hundred).String(), "High", (rubric.Justify.HighPercent * c.Max / policy.Hundred).String(), "Min", least)
}

func (r *request) vetoRow(v policy.Veto, d review.Draft, told refusal) views.VetoRow {
	row := views.VetoRow{Box: views.Field{Name: "veto." + v.Code, Label: v.Name.In(string(r.lang)), Error: told.Of("veto." + v.Code)},
		Reason: views.Field{Name: "vetoreason." + v.Code, Label: r.T("review.field.veto_reason"), Rows: 2, Max: 2000, Error: told.Of("vetoreason." + v.Code)}}
	for _, raised := range d.Vetoes {
		if raised.Code == v.Code {
			row.Box.Value, row.Reason.Value = "true", raised.Reason
		}
	}
	return row
}
