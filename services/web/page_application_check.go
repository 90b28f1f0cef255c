package web

import (
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/problem"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

// selfCheckView sorts the checks by part. It says 可以提交 only when the server would take the
// filing now.
func (r *request) selfCheckView(v application.View) views.SelfCheckView {
	here := casework.Path(workflows.Application.Kind, v.ID)
	out := views.SelfCheckView{Head: views.Header{Title: r.T("edit.check"), Lead: v.Name,
		Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications"}, {Label: v.Number, Href: here}}}}
	r.checkResult(&out, v, here)
	for _, part := range editParts() {
		if p := r.checkPart(v, part); len(p.Rows) > 0 {
			out.Parts = append(out.Parts, p)
		}
	}
	return out
}

// checkResult is the sentence on top: ready, what is missing, or what else stands in the way.
func (r *request) checkResult(out *views.SelfCheckView, v application.View, here string) {
	refused := 0
	for _, p := range v.Problems {
		if p.Severity == application.Refuse {
			refused++
		}
	}
	editable := r.fills(v)
	for _, fact := range v.Missing {
		if fact != workflows.CheckClean {
			out.Why = append(out.Why, problem.FactText(string(r.lang), workflows.Application.Kind, fact))
		}
	}
	out.Ready = v.Ready
	for _, c := range v.Choices {
		if v.Ready && (c.Action == "send_to_sign" || c.Action == "sign") {
			out.Links = append(out.Links, views.Action{Label: c.Label.In(string(r.lang)), Href: actHref(casework.Ref{Kind: workflows.Application.Kind, ID: v.ID}, c.Action), Get: true, Primary: true})
		}
	}
	switch {
	case out.Ready:
		out.Result, out.Help = r.T("selfcheck.ready"), r.T("selfcheck.ready.help")
	case refused > 0:
		out.Result, out.Help = r.T("selfcheck.refused", "Count", refused), r.T("selfcheck.refused.help")
	case len(out.Why) > 0:
		out.Result = r.T("selfcheck.blocked")
	default:
		out.Result = r.T("selfcheck.clean")
	}
	if editable {
		out.Links = append(out.Links, views.Action{Label: r.T("application.edit"), Icon: "edit", Href: here + "/edit", Get: true})
	}
	out.Links = append(out.Links, views.Action{Label: r.T("selfcheck.back"), Href: here, Get: true})
}

// fills reports whether the reader can change the filing now.
func (r *request) fills(v application.View) bool {
	state, _ := workflows.Application.State(v.State)
	return state.Editable && r.actor.Has(workflows.Filler)
}

// checkPart is the checks of one part.
func (r *request) checkPart(v application.View, part string) views.CheckPart {
	out := views.CheckPart{Label: r.T("field." + part)}
	refused := 0
	for _, c := range v.Checks {
		if c.Clarification != part {
			continue
		}
		row := views.CheckRow{Name: r.T(c.TitleKey), Tone: views.Good, State: r.T("selfcheck.passed")}
		for _, p := range c.Problems[:min(len(c.Problems), mostProblems)] {
			row.Problems = append(row.Problems, views.Link{Label: r.placedProblem(p), Href: r.problemHref(v, p)})
		}
		if more := len(c.Problems) - mostProblems; more > 0 {
			row.Problems = append(row.Problems, views.Link{Label: r.T("edit.more", "Count", more)})
		}
		if len(c.Problems) > 0 {
			row.Mend = r.T("check_mend." + c.Name)
		}
		switch {
		case !c.Passed:
			refused++
			row.Tone, row.State = views.Bad, r.T("selfcheck.failed")
		case len(c.Problems) > 0:
			row.Tone, row.State = views.Waiting, r.T("selfcheck.look")
		}
		out.Rows = append(out.Rows, row)
	}
	out.State = views.Badge{Label: r.T("selfcheck.part.passed"), Tone: views.Good}
	if refused > 0 {
		out.State = views.Badge{Label: r.T("selfcheck.part.failed", "Count", refused), Tone: views.Bad}
	}
	if r.fills(v) {
		out.Href = editHref(v.ID, part, "")
	}
	return out
}

// problemHref leads to the field, or to the slot whose file is missing; for whoever only reads
// to the part.
func (r *request) problemHref(v application.View, p application.Problem) string {
	if !r.fills(v) {
		return casework.Path(workflows.Application.Kind, v.ID) + "#part-" + p.Clarification
	}
	if slot := p.Params["SlotCode"]; slot != "" {
		return editHref(v.ID, "materials", "materials["+slot+"]")
	}
	anchor := fieldOf(p.Path)
	if list, row, _, ok := rowOf(p.Path); ok && list == firmsPath && len(v.Content.Business.Firms) > tableFirms {
		return gridHref(v.ID, row/onePage*onePage) + "#f-" + rowPath(firmsPath, row%onePage) + ".name"
	}
	if !strings.ContainsAny(anchor, ".[") {
		anchor = ""
	}
	return editHref(v.ID, partOfPath(p.Path), anchor)
}
