package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/policy"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// inviteForm is who is to be asked. Key makes a second press of the button the same request.
type inviteForm struct {
	Version    int64    `form:"version"`
	Key        string   `form:"key,60"`
	Evaluators []string `form:"evaluators,60"`
}

// panel is the expert review of a case as it is shown.
type panel struct {
	ref     casework.Ref
	number  string
	state   workflows.State
	title   string
	sectors []string
	rubric  policy.Review
	result  policy.PanelResult
	done    bool
	lines   []review.Summary
	picked  []string
	told    refusal
}

// expertsPage shows the panel of a case and the pool it can be filled from.
func expertsPage(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		p, err := s.panelOf(r, w.Kind)
		if err != nil {
			return err
		}
		return s.showPanel(r, p)
	}
}

// invite asks the picked evaluators; nobody is asked unless all can be.
func invite(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		var in inviteForm
		err := r.bind(&in)
		ref := casework.Ref{Kind: w.Kind, ID: r.Param("id")}
		var outs []casework.Outcome
		if err == nil {
			outs, err = s.Reviews.Invite(r.ctx(), r.actor, ref, in.Evaluators, in.Key)
		}
		if err == nil {
			s.wake()
			return r.done(casework.Path(w.Kind, ref.ID)+"/experts", "experts.invited", "Count", len(outs))
		}
		labels := map[string]string{"evaluators": r.T("review.field.evaluators")}
		for i := range in.Evaluators {
			labels[fmt.Sprintf("evaluators[%d]", i)] = r.T("review.field.evaluator")
		}
		told, err := r.refused(err, labels)
		if err != nil {
			return err
		}
		p, err := s.panelOf(r, w.Kind)
		if err != nil {
			return err
		}
		p.picked, p.told = in.Evaluators, told
		return s.showPanel(r, p)
	}
}

// panelOf loads the case with the reader's scope and how its review stands.
func (s *site) panelOf(r *request, kind workflows.Kind) (p panel, err error) {
	p.ref = casework.Ref{Kind: kind, ID: r.Param("id")}
	actions, err := s.Cases[kind].Actions(r.ctx(), r.actor, p.ref.ID)
	if err != nil {
		return p, err
	}
	p.number, p.state = actions.Number, actions.State
	if p.title, _, err = s.caseTitle(r, p.ref); err != nil {
		return p, err
	}
	if p.sectors, p.rubric, err = s.panelRules(r, p.ref); err != nil {
		return p, err
	}
	err = r.view(func(tx *database.Tx) error {
		if p.result, p.done, err = s.Reviews.Result(tx, p.ref); err != nil {
			return err
		}
		p.lines, err = s.Reviews.ForSubject(tx, r.actor, p.ref)
		return err
	})
	return p, err
}

// panelRules are the sectors of a case and the rules of its panel.
func (s *site) panelRules(r *request, ref casework.Ref) (sectors []string, rubric policy.Review, err error) {
	if ref.Kind == workflows.Evaluation.Kind {
		return s.evaluationPanel(r, ref.ID)
	}
	v, err := s.Applications.View(r.ctx(), r.actor, ref.ID)
	if err != nil {
		return nil, rubric, err
	}
	err = r.view(func(tx *database.Tx) error {
		rules, err := s.Book.RuleSet(tx, v.RuleSetID)
		rubric = rules.Review
		return err
	})
	return v.Content.Business.Sectors, rubric, err
}

func (s *site) showPanel(r *request, p panel) error {
	path := casework.Path(p.ref.Kind, p.ref.ID)
	badge := r.badge(p.ref.Kind, p.state)
	v := views.ExpertsView{Header: views.Header{Title: r.T("experts.title"), Badge: &badge, Lead: r.T("desk.lead", "Number", p.number, "Name", p.title),
		Crumbs: []views.Link{{Label: r.T("menu." + string(p.ref.Kind) + "s"), Href: "/" + string(p.ref.Kind) + "s"}, {Label: p.number, Href: path}}}}
	var err error
	if v.Panel, err = s.panelTable(r, p); err != nil {
		return err
	}
	r.panelResult(&v, p)
	if p.open() > 0 && p.ref.Kind == workflows.Application.Kind {
		v.Notes = append(v.Notes, r.T("review.clock.held"))
	}
	v.Actions = r.panelActions(p, path)
	switch {
	case !r.actor.Has(workflows.Officer):
	case !p.scoring():
		v.InviteWhy = r.T("experts.closed", "State", r.stateLabel(p.ref.Kind, p.state))
	default:
		if err := s.poolOf(r, &v, p, path); err != nil {
			return err
		}
	}
	return s.simple(r, p.told.status(), v.Header.Title, views.ExpertsPage(v))
}

// panelActions lead to the recusals and draws of a case; officers draw for its empty seats.
func (r *request) panelActions(p panel, path string) []views.Action {
	out := []views.Action{{Label: r.T("recusal.title"), Href: path + "/recusals", Get: true, Icon: "shield-check"}, {Label: r.T("draw.title"), Href: "/draws", Get: true, Icon: "list-check"}}
	if empty := p.rubric.PanelSize.Value - p.sitting(); r.actor.Has(workflows.Officer) && p.scoring() && empty > 0 {
		out = append([]views.Action{{Label: r.T("draw.do.count", "Count", empty), Href: "/draws", Name: "cases", Value: keyOf(p.ref), Primary: true, Icon: "users-group"}}, out...)
	}
	return out
}

// sitting counts those who are on the panel: asked, scoring or done.
func (p panel) sitting() int {
	n := p.open()
	for _, l := range p.lines {
		if l.State == "scored" {
			n++
		}
	}
	return n
}

// scoring reports whether the case is in the state in which experts are asked.
func (p panel) scoring() bool {
	return p.ref.Kind == workflows.Application.Kind && p.state == "in_review" || p.ref.Kind == workflows.Evaluation.Kind && p.state == "scoring"
}

// open counts those who are asked or scoring.
func (p panel) open() int {
	n := 0
	for _, l := range p.lines {
		if l.State == "invited" || l.State == "accepted" {
			n++
		}
	}
	return n
}

// panelTable lists who was asked and how far they are, with what can be done about each.
func (s *site) panelTable(r *request, p panel) (views.Table, error) {
	t := views.Table{Caption: r.T("review.panel"), Columns: []views.Column{{Label: r.T("review.field.evaluator")}, {Label: r.T("review.field.state")},
		{Label: r.T("column.due"), Keep: true}, {Label: r.T("review.field.total"), Numeric: true}, {Label: r.T("experts.do")}},
		Empty: views.Empty{Text: r.T("experts.empty"), Help: r.T("experts.empty.help", "Size", strconv.Itoa(p.rubric.PanelSize.Value))}}
	d, err := r.days()
	if err != nil {
		return t, err
	}
	for _, l := range p.lines {
		row := views.Row{ID: l.ReviewID, Name: l.Evaluator, Cells: []views.Cell{{Text: l.Evaluator, Href: casework.Path(workflows.Review.Kind, l.ReviewID), Sub: l.Number},
			{View: views.StateBadge(r.badge(workflows.Review.Kind, l.State))}, {}, {}, {}}}
		if clock, ok := d.dueClock(l.DueOn, l.DueOn < d.today.String(), false); ok {
			row.Cells[2] = views.Cell{View: views.ClockBadge(clock), Sub: wording.Date(r.lang, clock.Due)}
		}
		if l.Total != nil && l.State == "scored" {
			row.Cells[3].Text = wording.Hundredths(int64(*l.Total))
			if l.Vetoed {
				row.Cells[3].Sub = r.T("experts.vetoed")
			}
		}
		if r.actor.Has(workflows.Officer) {
			if row.Cells[4].View, err = s.reviewLinks(r, l.ReviewID); err != nil {
				return t, err
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// reviewLinks are the officer's actions on one review that are open now.
func (s *site) reviewLinks(r *request, id string) (templ.Component, error) {
	a, err := s.Reviews.Actions(r.ctx(), r.actor, id)
	if err != nil {
		return nil, err
	}
	var links []views.Link
	for _, c := range a.Choices {
		if len(c.Blocked) == 0 {
			links = append(links, views.Link{Label: c.Label.In(string(r.lang)), Href: actHref(a.Case, c.Action)})
		}
	}
	if len(links) == 0 {
		return nil, nil
	}
	return views.LinkRow(links), nil
}

// panelResult sums up what the scores come to so far.
func (r *request) panelResult(v *views.ExpertsView, p panel) {
	scored := len(p.result.Ballots)
	v.Result = []views.Item{{Term: r.T("experts.progress"), Text: r.T("experts.progress.of", "Scored", strconv.Itoa(scored), "Open", strconv.Itoa(p.open()),
		"Size", strconv.Itoa(p.rubric.PanelSize.Value))}}
	if scored == 0 {
		return
	}
	v.Result = append(v.Result, views.Item{Term: r.T("review.field.mean"), Text: wording.Hundredths(int64(p.result.Score))},
		views.Item{Term: r.T("experts.formula"), Text: p.result.Total.Formula.In(string(r.lang))},
		views.Item{Term: r.T("review.field.spread"), Text: r.T("experts.spread", "Spread", wording.Hundredths(int64(p.result.Spread)),
			"Limit", wording.Hundredths(int64(p.rubric.SpreadLimit.Value)))})
	if p.result.Moderate && !p.done {
		v.Warning = r.T("review.moderation.due", "Limit", wording.Hundredths(int64(p.rubric.SpreadLimit.Value)))
	}
	for _, c := range p.result.Vetoes {
		v.Result = append(v.Result, views.Item{Term: r.T("review.field.vetoes"), Text: r.T("experts.veto", "Name", c.Veto.Name.In(string(r.lang)), "Count", c.Count)})
	}
	t := views.Table{Caption: r.T("experts.criteria"), Dense: true, Columns: []views.Column{{Label: r.T("review.criterion")}, {Label: r.T("review.max"), Numeric: true},
		{Label: r.T("experts.mean"), Numeric: true}, {Label: r.T("experts.scores")}}}
	for _, c := range p.result.Criteria {
		scores := make([]string, len(c.Inputs))
		for i, in := range c.Inputs {
			scores[i] = in.Value
		}
		t.Rows = append(t.Rows, views.Row{Cells: views.Cells(c.Label.In(string(r.lang)), c.Weight.String(), wording.Hundredths(int64(c.Points)), strings.Join(scores, " · "))})
	}
	v.Criteria = &t
}

// poolOf lists whom the officer can ask, and whom not and why.
func (s *site) poolOf(r *request, v *views.ExpertsView, p panel, path string) error {
	pool, err := s.Reviews.Pool(r.ctx(), r.actor, p.ref)
	if err != nil {
		return err
	}
	units, err := r.units()
	if err != nil {
		return err
	}
	text, sector := strings.ToLower(r.text("q")), r.text("sector")
	v.Invite = &views.Form{Action: path + "/experts", Problems: p.told.Problems}
	v.Key = uuid.NewString()
	v.PoolNote = r.T("experts.pool.note", "Sectors", r.sectorNames(p.sectors), "Size", strconv.Itoa(p.rubric.PanelSize.Value), "Max", strconv.Itoa(p.rubric.MaxLoad.Value))
	v.Filter = &views.Filter{Action: path + "/experts", Search: r.searchField(r.text("q")), Lists: []views.Field{r.sectorField(sector)}, Active: text != "" || sector != ""}
	v.Pool = views.Table{Caption: r.T("review.pool"), Columns: []views.Column{{Label: r.T("experts.pick"), Keep: true}, {Label: r.T("review.field.evaluator")},
		{Label: r.T("review.field.fields")}, {Label: r.T("review.field.load"), Numeric: true}}, Empty: views.Empty{Text: r.T("experts.pool.empty"), Help: r.T("experts.pool.empty.help")}}
	v.Excluded = views.Table{Caption: r.T("experts.excluded.caption"), Dense: true, Columns: []views.Column{{Label: r.T("review.field.evaluator")}, {Label: r.T("experts.why")}}}
	for _, c := range matchFirst(pool, p.sectors) {
		where := c.Employer
		if where == "" {
			where = units[c.Unit]
		}
		switch {
		case c.Excluded != "":
			v.Excluded.Rows = append(v.Excluded.Rows, views.Row{Cells: []views.Cell{{Text: c.Name, Sub: where},
				{Text: r.site.Teller.Text(r.lang, c.Excluded, map[string]string{"Name": c.Name})}}})
		case text != "" && !strings.Contains(strings.ToLower(c.Name+" "+where), text), sector != "" && !slices.Contains(c.Fields, sector):
		default:
			v.Pool.Rows = append(v.Pool.Rows, r.poolRow(c, where, p))
		}
	}
	return nil
}

// matchFirst puts those before the others who know a sector of the case.
func matchFirst(pool []review.Candidate, sectors []string) []review.Candidate {
	out := slices.Clone(pool)
	slices.SortStableFunc(out, func(a, b review.Candidate) int { return matches(b.Fields, sectors) - matches(a.Fields, sectors) })
	return out
}

func matches(fields, sectors []string) int {
	if slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(sectors, f) }) {
		return 1
	}
	return 0
}

func (r *request) poolRow(c review.Candidate, where string, p panel) views.Row {
	fields := views.Cell{Text: r.sectorNames(c.Fields)}
	if matches(c.Fields, p.sectors) > 0 {
		fields.Sub = r.T("experts.match")
	}
	load := views.Cell{Text: strconv.Itoa(c.Load)}
	if c.Load >= p.rubric.MaxLoad.Value {
		load.Sub = r.T("experts.busy")
	}
	return views.Row{ID: c.ID, Name: c.Name, Cells: []views.Cell{{View: views.PickBox("evaluators", c.ID, r.T("web.select.row", "Name", c.Name), slices.Contains(p.picked, c.ID))},
		{Text: c.Name, Sub: where}, fields, load}}
}
