package web

import (
	"strconv"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/evaluation"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// evaluationRoutes are the annual evaluation, what follows from it, and the filing rounds.
func evaluationRoutes() []route {
	readers := append(watchers(), workflows.Filler, workflows.Leader, workflows.Evaluator, workflows.Statistics)
	return append([]route{
		{get, "/evaluations/open", (*site).openYearPage, only(workflows.Officer), false},
		{post, "/evaluations/open", (*site).openYear, only(workflows.Officer), false},
		{get, "/evaluations/:id", (*site).evaluationPage, only(readers...), false},
		{post, "/evaluations/:id/self", (*site).saveSelf, only(workflows.Filler), false},
		{post, "/evaluations/:id/checked", (*site).saveChecked, only(workflows.Officer), false},
	}, append(rectificationRoutes(), append(roundRoutes(), shelfRoutes()...)...)...)
}

// evaluationTabs are the sections of the case page.
func evaluationTabs() []string {
	return []string{"figures", "materials", "result", "scores", "history"}
}

// evaluationState is an evaluation as it is shown, with what was typed where it was refused.
type evaluationState struct {
	view  evaluation.View
	tab   string
	form  *sheetForm // nil: as stored
	told  refusal
	stale *views.Stale
}

// evaluationPage shows one section of an evaluation.
func (s *site) evaluationPage(r *request) error {
	v, err := s.Evaluations.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	e := evaluationState{view: v, tab: "figures"}
	for _, tab := range evaluationTabs() {
		if r.Query("tab") == tab {
			e.tab = tab
		}
	}
	return s.showEvaluation(r, e)
}

func (s *site) showEvaluation(r *request, e evaluationState) error {
	units, err := r.units()
	if err != nil {
		return err
	}
	v := views.EvaluationView{Head: r.evaluationHead(e, units)}
	if v.Head.Clocks, err = r.clocks(e.view.Clocks); err != nil {
		return err
	}
	switch e.tab {
	case "figures":
		v.Sheet = r.sheetView(e)
		if !r.notBegun(e.view) {
			v.Missing = r.missing(e.view, false)
		}
	case "materials":
		r.evaluationFiles(&v, e.view)
	case "result":
		v.Result = r.resultView(e.view)
	case "scores":
		err = s.evaluationScores(r, &v, e.view)
	case "history":
		v.History = r.timeline(workflows.Evaluation.Kind, e.view.History, units)
	}
	if err != nil {
		return err
	}
	p, err := s.page(r, v.Head.Header.Title)
	if err != nil {
		return err
	}
	p.Wide, p.Demo = true, p.Demo || e.view.Demo
	return s.showStatus(r, e.told.status(), p, views.EvaluationPage(v))
}

func (r *request) evaluationHead(e evaluationState, units map[string]string) views.CaseHead {
	x := e.view
	path := casework.Path(workflows.Evaluation.Kind, x.ID)
	badge := r.badge(workflows.Evaluation.Kind, x.State)
	h := views.CaseHead{Header: views.Header{Title: r.T("evaluation.title", "Year", strconv.Itoa(x.Year), "Zone", x.ZoneName), Badge: &badge,
		Crumbs: []views.Link{{Label: r.T("menu.evaluations"), Href: "/evaluations"}}}}
	h.Facts = []views.Item{{Term: r.T("column.number"), Text: x.Number}, {Term: r.T("column.unit"), Text: units[x.Unit]},
		{Term: r.T("column.zone"), Text: x.ZoneNumber, Href: casework.Path(workflows.Zone.Kind, x.ZoneID)}}
	if x.RectificationID != "" {
		h.Facts = append(h.Facts, views.Item{Term: r.T("menu.rectifications"), Text: r.T("web.view"), Href: casework.Path(workflows.Rectification.Kind, x.RectificationID)})
	}
	h.Steps = r.steps(workflows.Evaluation.Kind, x.State, x.History)
	h.Actions = leading(r.choices(casework.Ref{Kind: workflows.Evaluation.Kind, ID: x.ID}, x.Choices), x.Choices)
	for _, tab := range evaluationTabs() {
		if tab == "scores" && !r.actor.ReadsAll() {
			continue
		}
		t := views.Tab{Label: r.T("evaluation.tab." + tab), Href: path + "?tab=" + tab, Active: tab == e.tab}
		if tab == "materials" {
			t.Count, t.Alert = len(x.Files), len(r.missing(x, true)) > 0
		}
		h.Tabs = append(h.Tabs, t)
	}
	return h
}

// leading lets the first open action that needs no reason lead: what sends a case back or ends
// it always needs one.
func leading(actions []views.Action, choices []workflows.Choice) []views.Action {
	led := false
	for i, c := range choices {
		actions[i].Primary = !led && !c.Danger && !c.Reason && len(c.Blocked) == 0
		led = led || actions[i].Primary
	}
	return actions
}

// notBegun reports whether the officer has not saved anything yet: the form then shows the
// unit's figures, and to call them missing would confuse.
func (r *request) notBegun(x evaluation.View) bool {
	return r.actor.Has(workflows.Officer) && x.State == "filed" && (x.Checked == nil || len(x.Checked.Figures) == 0)
}

// missing is what still keeps the open column from being handed on: of the materials, or of
// the figures.
func (r *request) missing(x evaluation.View, materials bool) []views.Problem {
	var out []views.Problem
	for _, f := range x.Problems {
		if isSlot(f.Path) == materials {
			out = append(out, views.Problem{Field: f.Path, Text: r.site.Teller.Text(r.lang, f.Code, f.Params)})
		}
	}
	return out
}

func isSlot(path string) bool {
	return len(path) > len("materials[") && path[:len("materials[")] == "materials["
}

// evaluationFiles shows the slots, open to who reports, and for reading to everybody else.
func (r *request) evaluationFiles(v *views.EvaluationView, x evaluation.View) {
	if !r.actor.Has(workflows.Filler) || x.State != "self_report" {
		v.Files = r.fileLines(x.Slots, x.Files)
		return
	}
	v.Missing = r.missing(x, true)
	path := casework.Path(workflows.Evaluation.Kind, x.ID)
	begun := r.unfinished(casework.Ref{Kind: workflows.Evaluation.Kind, ID: x.ID})
	for _, slot := range x.Slots {
		v.Slots = append(v.Slots, r.openSlotView(slot, caseFiles{path: path, back: path + "?tab=materials", version: x.Version, files: x.Files, begun: begun}))
	}
}

// evaluationScores shows the commission who scores and how far they are.
func (s *site) evaluationScores(r *request, v *views.EvaluationView, x evaluation.View) error {
	if !r.actor.ReadsAll() {
		return fault.Missing()
	}
	ref := casework.Ref{Kind: workflows.Evaluation.Kind, ID: x.ID}
	p := panel{ref: ref, number: x.Number, state: x.State}
	var err error
	if p.lines, err = s.summaries(r, ref); err != nil {
		return err
	}
	t, err := s.panelTable(r, p)
	v.Panel = &t
	v.PanelTo = views.Link{Label: r.T("experts.title"), Href: casework.Path(ref.Kind, ref.ID) + "/experts"}
	return err
}

// evaluationPanel are the sector of a zone under evaluation and the rules of its panel.
func (s *site) evaluationPanel(r *request, id string) (sectors []string, rubric policy.Review, err error) {
	x, err := s.Evaluations.View(r.ctx(), r.actor, id)
	if err != nil {
		return nil, rubric, err
	}
	var sub review.Subject
	err = r.view(func(tx *database.Tx) error {
		sub, err = s.Evaluations.ReviewSubject(tx, casework.Ref{Kind: workflows.Evaluation.Kind, ID: id})
		return err
	})
	return []string{x.Sector}, sub.Rubric, err
}

// evaluationDossier is an evaluation as evaluators read it: both columns and the files.
func (s *site) evaluationDossier(r *request, id string) (*views.Dossier, error) {
	x, err := s.Evaluations.View(r.ctx(), r.actor, id)
	if err != nil {
		return nil, err
	}
	d := &views.Dossier{Title: r.T("evaluation.title", "Year", strconv.Itoa(x.Year), "Zone", x.ZoneName)}
	if x.SignedAt != nil {
		d.Note = r.T("evaluation.signed", "When", wording.DateTime(r.lang, *x.SignedAt))
	}
	for _, group := range x.Rules.Groups {
		t := views.Table{Caption: group.Name.In(string(r.lang)), Dense: true, Columns: []views.Column{{Label: r.T("evaluation.indicator")},
			{Label: r.T("evaluation.was"), Numeric: true}, {Label: r.T("evaluation.own"), Numeric: true}, {Label: r.T("evaluation.checked"), Numeric: true}}}
		for _, i := range x.Rules.Indicators {
			if i.Group != group.Code {
				continue
			}
			row := r.figureRow(x, i)
			sub := i.Definition.In(string(r.lang))
			if row.OwnNote != "" {
				sub = r.T("evaluation.with.note", "Definition", sub, "Note", row.OwnNote)
			}
			cells := []views.Cell{{Text: r.T("evaluation.name.unit", "Name", row.Name, "Unit", row.Unit), Sub: sub}, {Text: row.Was}, {Text: row.Own}, {Text: row.Text}}
			if row.Expert != "" {
				cells[2].Text = row.Expert
			}
			t.Rows = append(t.Rows, views.Row{Cells: cells})
		}
		d.Parts = append(d.Parts, views.DossierPart{Code: group.Code, Label: group.Name.In(string(r.lang)), Tables: []views.Passage{{Title: r.T("evaluation.figures"), Table: &t}}})
	}
	d.Parts = append(d.Parts, views.DossierPart{Code: "materials", Label: r.T("field.materials"), Files: r.fileLines(x.Slots, x.Files)})
	return d, nil
}

// evaluationOpeners is the button above the list of evaluations, for who may open a year.
func (r *request) evaluationOpeners(w *workflows.Workflow) []views.Action {
	if w.Kind != workflows.Evaluation.Kind || !r.actor.Has(workflows.Officer) {
		return nil
	}
	return []views.Action{{Label: r.T("evaluation.open.title"), Href: "/evaluations/open", Get: true, Icon: "plus", Primary: true}}
}

// openYearForm opens the evaluation of a year: of every zone, or of one.
type openYearForm struct {
	Version int64  `form:"version"`
	Year    string `form:"year,10"`
	Due     string `form:"due,20"`
	Zone    string `form:"zone_id,60"`
}

func (s *site) openYearPage(r *request) error {
	last := s.DB.Now().Year() - 1
	return s.showOpenYear(r, openYearForm{Year: strconv.Itoa(last)}, refusal{})
}

func (s *site) openYear(r *request) error {
	var in openYearForm
	err := r.bind(&in)
	year, bad := strconv.Atoi(in.Year)
	if err == nil && bad != nil {
		err = fault.BadField("year", "not_a_number")
	}
	opened := 0
	if err == nil {
		opened, err = s.open(r, evaluation.Opening{ZoneID: in.Zone, Year: year, Due: in.Due})
	}
	if err == nil {
		s.wake()
		return r.done("/evaluations?year="+strconv.Itoa(year), "evaluation.opened", "Year", strconv.Itoa(year), "Count", opened)
	}
	told, err := r.refused(err, map[string]string{"year": r.T("evaluation.year"), "due": r.T("evaluation.due"), "zone_id": r.T("column.zone")})
	if err != nil {
		return err
	}
	return s.showOpenYear(r, in, told)
}

// open opens one zone's evaluation, or all of a year where no zone is named.
func (s *site) open(r *request, in evaluation.Opening) (int, error) {
	if in.ZoneID != "" {
		_, err := s.Evaluations.Open(r.ctx(), r.actor, in)
		return 1, err
	}
	outs, err := s.Evaluations.OpenYear(r.ctx(), r.actor, in)
	return len(outs), err
}

func (s *site) showOpenYear(r *request, in openYearForm, told refusal) error {
	zones, err := s.Zones.Zones(r.ctx(), r.actor, registryFilter())
	if err != nil {
		return err
	}
	zone := views.Field{Name: "zone_id", Label: r.T("column.zone"), Help: r.T("evaluation.open.zone.help"), Value: in.Zone, Error: told.Of("zone_id")}
	for _, z := range zones.Rows {
		if z.State == "in_force" || z.State == "rectifying" || z.State == "revocation_proposed" {
			zone.Options = append(zone.Options, views.Option{Value: z.ID, Label: z.Name})
		}
	}
	v := views.InputPage{Header: views.Header{Title: r.T("evaluation.open.title"), Crumbs: []views.Link{{Label: r.T("menu.evaluations"), Href: "/evaluations"}}},
		Text: []string{r.T("evaluation.open.text")}, Back: "/evaluations",
		Form: views.InputForm{Form: views.Form{Action: "/evaluations/open", Problems: told.Problems}, Submit: r.T("evaluation.open.do"), Inputs: []views.Input{
			{Kind: views.LineInput, Field: views.Field{Name: "year", Label: r.T("evaluation.year"), Required: true, Value: in.Year, Max: 4, Error: told.Of("year")}},
			{Kind: views.DateInput, Field: views.Field{Name: "due", Label: r.T("evaluation.due"), Help: r.T("evaluation.due.help"), Value: in.Due, Least: r.today(), Error: told.Of("due")}},
			{Kind: views.SelectInput, Field: zone}}}}
	return s.simple(r, told.status(), v.Header.Title, views.OneFormPage(v))
}
