package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/notice"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func decisionRoutes() []route {
	return []route{
		{get, "/decisions", (*site).decisions, only(watchers()...), false},
		{get, "/objections/:id", (*site).objectionPage, only(watchers()...), false},
	}
}

// decidingStates are those in which an application is weighed against the others.
func decidingStates() []workflows.State {
	return []workflows.State{"in_review", "recommended", "refusal_proposed", "notice", "deciding"}
}

// candidate is one application with everything a decision rests on.
type candidate struct {
	line       application.Line
	view       application.Weighing
	result     policy.PanelResult
	done       bool
	limit      policy.Points
	open       int // experts asked or scoring
	objections int64
}

// decisions ranks the applications that are in review or wait for a decision.
func (s *site) decisions(r *request) error {
	all, err := s.candidates(r)
	if err != nil {
		return err
	}
	table, err := s.rankingTable(r, all)
	if err != nil {
		return err
	}
	filter, err := s.applicationFilter(r, application.Filter{RoundID: r.text("round"), Sector: r.text("sector")})
	if err != nil {
		return err
	}
	filter.Action, filter.Search = "/decisions", nil
	filter.Lists = slices.DeleteFunc(filter.Lists, func(f views.Field) bool { return f.Name == "state" })
	p, err := s.page(r, r.T("decision.title"))
	if err != nil {
		return err
	}
	p.Wide = true
	return s.showStatus(r, http.StatusOK, p, views.ListPage(views.ListView{Header: views.Header{Title: r.T("decision.title"), Lead: r.T("decision.lead", "Count", len(all))},
		Filter: filter, Table: table}))
}

// candidates are the applications that are weighed against each other, the highest mean first.
func (s *site) candidates(r *request) (all []candidate, err error) {
	for _, state := range decidingStates() {
		lines, err := s.Applications.List(r.ctx(), r.actor, application.Filter{State: state, RoundID: r.text("round"), Sector: r.text("sector"), Limit: maxRows})
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			c, err := s.candidate(r, line)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.scored(), a.scored()), cmp.Compare(b.result.Score, a.result.Score), cmp.Compare(a.line.Number, b.line.Number))
	})
	return all, nil
}

func (c candidate) scored() int {
	if len(c.result.Ballots) > 0 {
		return 1
	}
	return 0
}

func (s *site) candidate(r *request, line application.Line) (c candidate, err error) {
	c.line = line
	if c.view, err = s.Applications.Weigh(r.ctx(), r.actor, line.ID); err != nil {
		return c, err
	}
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: line.ID}
	err = r.view(func(tx *database.Tx) error {
		rules, err := s.Book.RuleSet(tx, c.view.RuleSetID)
		if err != nil {
			return err
		}
		c.limit = rules.Review.SpreadLimit.Value
		if c.result, c.done, err = s.Reviews.Result(tx, ref); err != nil {
			return err
		}
		lines, err := s.Reviews.ForSubject(tx, r.actor, ref)
		for _, l := range lines {
			if l.State == "invited" || l.State == "accepted" {
				c.open++
			}
		}
		if err != nil {
			return err
		}
		c.objections, err = s.Notices.OpenObjections(tx, ref)
		return err
	})
	return c, err
}

// rankingTable shows the candidates from the highest mean down.
func (s *site) rankingTable(r *request, all []candidate) (views.Table, error) {
	t := views.Table{Caption: r.T("decision.title"), Columns: []views.Column{{Label: r.T("decision.rank"), Numeric: true}, {Label: r.T("column.zone")},
		{Label: r.T("column.state"), Keep: true}, {Label: r.T("review.field.mean"), Numeric: true}, {Label: r.T("review.field.spread"), Numeric: true}, {Label: r.T("decision.opinions")},
		{Label: r.T("decision.objections")}, {Label: r.T("column.due"), Keep: true}, {Label: r.T("column.action")}},
		Empty: views.Empty{Text: r.T("decision.empty"), Help: r.T("decision.empty.help")}}
	d, err := r.days()
	if err != nil {
		return t, err
	}
	units, err := r.units()
	if err != nil {
		return t, err
	}
	for i, c := range all {
		row := r.rankingRow(i+1, c, units)
		if clock, ok := d.dueClock(c.line.DueOn, c.line.Overdue, false); ok {
			row.Cells[7] = views.Cell{View: views.ClockBadge(clock), Sub: wording.Date(r.lang, clock.Due)}
		}
		if c.line.Overdue {
			row.Tone = views.Bad
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func (r *request) rankingRow(rank int, c candidate, units map[string]string) views.Row {
	path := casework.Path(workflows.Application.Kind, c.line.ID)
	row := views.Row{ID: c.line.ID, Name: c.line.Number, Cells: []views.Cell{{Text: strconv.Itoa(rank)},
		{Text: c.line.Name, Href: path, Sub: r.T("decision.line", "Number", c.line.Number, "Unit", units[c.line.Unit])},
		{View: views.StateBadge(r.badge(workflows.Application.Kind, c.line.State))}, {Text: r.T("decision.unscored")}, {},
		{Text: r.opinionSum(c.view.Opinions)}, {Text: r.T("decision.objections.none")}, {}, {}}}
	if len(c.result.Ballots) == 0 {
		row.Cells[0].Text = ""
	} else {
		row.Cells[3] = views.Cell{Text: wording.Hundredths(int64(c.result.Score))}
		row.Cells[4] = views.Cell{Text: wording.Hundredths(int64(c.result.Spread))}
		if c.result.Moderate {
			row.Cells[4].Sub = r.T("decision.spread.over", "Limit", wording.Hundredths(int64(c.limit)))
		}
	}
	row.Cells[3].Sub = r.T("decision.progress", "Scored", strconv.Itoa(len(c.result.Ballots)), "Open", strconv.Itoa(c.open))
	if c.result.Vetoed {
		row.Cells[3].Sub = r.T("experts.vetoed")
	}
	if c.objections > 0 {
		row.Cells[6] = views.Cell{Text: r.T("decision.objections.open", "Count", int(c.objections)), Href: "/objections"}
	}
	row.Cells[8].View = views.LinkCell(r.nextStep(c), []views.Link{{Label: r.T("experts.link"), Href: path + "/experts"}})
	return row
}

// nextStep is the action that takes the case on towards its decision, where it is open now.
func (r *request) nextStep(c candidate) *views.Action {
	onward := []workflows.Action{"recommend", "publish_notice", "accredit"}
	for _, choice := range c.view.Choices {
		if slices.Contains(onward, choice.Action) && len(choice.Blocked) == 0 {
			return &views.Action{Label: choice.Label.In(string(r.lang)), Get: true, Primary: true,
				Href: actHref(casework.Ref{Kind: workflows.Application.Kind, ID: c.line.ID}, choice.Action)}
		}
	}
	return nil
}

// opinionSum counts the departments' opinions by what they say.
func (r *request) opinionSum(all []application.Opinion) string {
	count := map[string]int{}
	for _, o := range all {
		switch {
		case o.State == "given":
			count[o.Stance]++
		case o.NoObjection:
			count["no_objection"]++
		case o.State != "cancelled":
			count[string(o.State)]++
		}
	}
	var parts []string
	for _, key := range []string{"agree", "conditional", "disagree", "no_objection", "requested", "overdue"} {
		if count[key] > 0 {
			parts = append(parts, r.T("decision.opinion."+key, "Count", count[key]))
		}
	}
	if len(parts) == 0 {
		return r.T("decision.opinions.none")
	}
	return strings.Join(parts, r.T("web.list.comma"))
}

// objectionPage shows one objection: what was objected, what the examination found.
func (s *site) objectionPage(r *request) error {
	x, err := s.Notices.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	units, err := r.units()
	if err != nil {
		return err
	}
	badge := r.badge(workflows.Objection.Kind, x.State)
	v := views.ObjectionView{Head: views.CaseHead{Header: views.Header{Title: r.T("objection.page", "Number", x.Number), Lead: x.Title, Badge: &badge,
		Crumbs: []views.Link{{Label: r.T("menu.objections"), Href: "/objections"}}}, Steps: r.steps(workflows.Objection.Kind, x.State, x.History),
		Actions: r.choices(casework.Ref{Kind: workflows.Objection.Kind, ID: x.ID}, x.Choices)}}
	if v.Head.Clocks, err = r.clocks(x.Clocks); err != nil {
		return err
	}
	v.Facts, v.Passages = r.objectionFacts(x), r.objectionTexts(x)
	if v.Evidence, err = r.objectionFiles(x); err != nil {
		return err
	}
	v.History = r.timeline(workflows.Objection.Kind, x.History, units)
	return s.simple(r, http.StatusOK, v.Head.Header.Title, views.ObjectionPage(v))
}

// objectionFacts are who objects, to what and when.
func (r *request) objectionFacts(x notice.View) []views.Item {
	contact := x.Contact
	if contact == "" {
		contact = r.T("objection.contact.hidden")
	}
	return []views.Item{{Term: r.T("objection.notice"), Text: x.NoticeNumber, Href: "/notices/" + x.NoticeID},
		{Term: r.T("objection.case"), Text: r.T("objection.case.open"), Href: casework.Path(x.Subject.Kind, x.Subject.ID)},
		{Term: r.T("objection.kind"), Text: r.T("objection.by." + string(x.ObjectorKind))}, {Term: r.T("objection.name"), Text: x.Name},
		{Term: r.T("objection.contact"), Text: contact}, {Term: r.T("objection.filed"), Text: wording.DateTime(r.lang, x.FiledAt)}}
}

// objectionTexts are what was objected, found and decided.
func (r *request) objectionTexts(x notice.View) []views.Passage {
	out := []views.Passage{{Title: r.T("objection.body"), Text: x.Body}}
	if x.Findings != "" {
		out = append(out, views.Passage{Title: r.T("objection.findings", "Name", x.HandledBy), Text: x.Findings})
	}
	if x.Result != "" {
		out = append(out, views.Passage{Title: r.T("objection.result", "Name", x.DecidedBy), Text: x.Result})
	}
	return out
}
