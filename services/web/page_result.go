package web

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"clusterzone/services/evaluation"
	"clusterzone/services/policy"
	"clusterzone/services/registry"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// resultView is what an evaluation came to: the grade, and every line of its calculation in
// three columns.
func (r *request) resultView(x evaluation.View) *views.ResultView {
	switch {
	case x.Result == nil && x.State == "cancelled":
		return &views.ResultView{Hidden: r.T("evaluation.result.cancelled")}
	case x.Result == nil:
		return &views.ResultView{Hidden: r.T("evaluation.result.hidden")}
	case x.Result.Absent:
		return &views.ResultView{Grade: r.gradeBadge(x.Result.Expert.Grade.Code), Notes: []string{r.T("evaluation.result.absent")}, Lines: views.Table{Empty: views.Empty{Text: r.T("evaluation.result.absent")}}}
	}
	res := x.Result
	grade := res.Expert.Grade
	v := &views.ResultView{Grade: r.gradeBadge(grade.Code), Total: r.T("evaluation.total", "Points", wording.Hundredths(int64(res.Expert.Total)))}
	if x.Preview {
		v.Preview = r.T("evaluation.preview")
	}
	v.Facts = []views.Item{{Term: r.T("evaluation.base"), Text: wording.Hundredths(int64(res.Expert.Base))}, {Term: r.T("evaluation.bonuses"), Text: wording.Hundredths(int64(res.Expert.Bonus))},
		{Term: r.T("evaluation.deductions"), Text: wording.Hundredths(int64(res.Expert.Deduction))}, {Term: r.T("evaluation.peers"), Text: strconv.Itoa(res.Peers)},
		{Term: r.T("evaluation.cuts"), Text: r.cuts(x.Rules)}}
	if res.Panel.Score > 0 {
		v.Facts = append(v.Facts, views.Item{Term: r.T("review.field.spread"), Text: wording.Hundredths(int64(res.Panel.Spread))})
	}
	for _, veto := range res.Expert.Vetoes {
		v.Notes = append(v.Notes, r.T("review.vetoed", "Name", veto.Name.In(string(r.lang))))
	}
	if note := res.Note.In(string(r.lang)); note != "" {
		v.Notes = append(v.Notes, note)
	}
	v.Lines = r.resultTable(res)
	return v
}

// cuts tells from how many points on each grade begins.
func (r *request) cuts(rules policy.Evaluation) string {
	parts := make([]string, 0, len(rules.Grades))
	for _, g := range rules.Grades {
		if g.From == 0 { // everything below
			continue
		}
		parts = append(parts, r.T("evaluation.cut", "Grade", g.Name.In(string(r.lang)), "From", g.From.String()))
	}
	return strings.Join(parts, r.T("web.list.comma"))
}

// resultTable is the calculation line by line: what each column gives, and how the points that
// count were found.
func (r *request) resultTable(res *evaluation.Result) views.Table {
	t := views.Table{Caption: r.T("evaluation.tab.result"), Dense: true, Columns: []views.Column{{Label: r.T("evaluation.indicator")}, {Label: r.T("evaluation.weight.column"), Numeric: true},
		{Label: r.T("evaluation.column.self"), Numeric: true}, {Label: r.T("evaluation.column.check"), Numeric: true}, {Label: r.T("evaluation.column.expert"), Numeric: true},
		{Label: r.T("evaluation.calculation")}}}
	lang := string(r.lang)
	for _, line := range res.Expert.Lines {
		weight := ""
		if line.Weight > 0 {
			weight = line.Weight.String()
		}
		row := views.Row{ID: line.Code, Cells: []views.Cell{{Text: line.Label.In(lang)}, {Text: weight}, {Text: pointsOf(res.Self, line.Code)}, {Text: pointsOf(res.Check, line.Code)},
			{Text: wording.Hundredths(int64(line.Points))}, {View: r.calculation(line)}}}
		if line.Code == "total" {
			t.Foot = &row
			continue
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// calculation is how the points of a line were found. Where no formula was applied, the note
// says why.
func (r *request) calculation(line policy.Calculation) templ.Component {
	formula, note := line.Formula.In(string(r.lang)), line.Note.In(string(r.lang))
	if formula == "" {
		formula, note = note, ""
	}
	return views.CalculationCell(formula, r.inputsOf(line), note)
}

// pointsOf finds a line's points in another column.
func pointsOf(o policy.Outcome, code string) string {
	for _, line := range o.Lines {
		if line.Code == code {
			return wording.Hundredths(int64(line.Points))
		}
	}
	return ""
}

func (r *request) inputsOf(line policy.Calculation) []views.Item {
	out := make([]views.Item, 0, len(line.Inputs)+1)
	for _, in := range line.Inputs {
		out = append(out, views.Item{Term: in.Name.In(string(r.lang)), Text: in.Value})
	}
	if line.Code != "total" && line.Code != "bonus" && line.Code != "deduction" {
		out = append(out, views.Item{Term: r.T("evaluation.mark"), Text: wording.Hundredths(int64(line.Mark))})
	}
	return out
}

// registryFilter takes as many zones as a list gives at once.
func registryFilter() registry.Filter { return registry.Filter{Limit: 200} }
