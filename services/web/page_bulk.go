package web

import (
	"net/http"
	"strconv"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/problem"
	"clusterzone/services/steering"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

type bulkForm struct {
	IDs    []string `form:"ids"`
	All    string   `form:"all,5"`
	Query  string   `form:"query,2000"`
	Action string   `form:"action,60"`
}

// previewBulk shows for each chosen case what an action would do.
func (s *site) previewBulk(r *request) error {
	var in bulkForm
	if err := r.bind(&in); err != nil {
		return err
	}
	sel := steering.Selection{IDs: in.IDs}
	if in.All == "1" {
		sel = steering.Selection{Query: "all=1&" + in.Query}
	}
	id, err := s.Steering.Preview(r.ctx(), r.actor, steering.Draft{Selection: sel, Action: workflows.Action(in.Action)})
	told, err := r.refused(err, nil)
	switch {
	case err != nil:
		return err
	case told.Status != 0 && len(told.Told.Fields) > 0:
		r.flash(views.Warning, "fault."+told.Told.Fields[0].Code, "Max", strconv.Itoa(steering.MaxBulk))
		return r.redirect("/applications?all=1&" + in.Query)
	}
	return r.redirect("/bulk/" + id)
}

// bulkRuns lists the runs that the reader has started.
func (s *site) bulkRuns(r *request) error {
	runs, err := s.Steering.Runs(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	t := views.Table{Caption: r.T("bulk.mine"), Empty: views.Empty{Text: r.T("bulk.empty"), Help: r.T("bulk.empty.help")}, Columns: []views.Column{{Label: r.T("bulk.started")},
		{Label: r.T("column.action")}, {Label: r.T("bulk.total"), Numeric: true}, {Label: r.T("bulk.done"), Numeric: true}, {Label: r.T("bulk.refused"), Numeric: true}, {Label: r.T("bulk.waiting"), Numeric: true}}}
	for _, x := range runs {
		t.Rows = append(t.Rows, views.Row{ID: x.ID, Cells: []views.Cell{{Text: wording.DateTime(r.lang, *x.StartedAt), Href: "/bulk/" + x.ID},
			{Text: workflows.Application.ActionLabel(x.Action).In(string(r.lang))}, {Text: strconv.Itoa(len(x.Items))}, {Text: strconv.Itoa(x.Done())},
			{Text: strconv.Itoa(x.Refused())}, {Text: strconv.Itoa(x.Waiting())}}})
	}
	return s.simple(r, http.StatusOK, r.T("bulk.mine"), views.ListPage(views.ListView{Header: views.Header{Title: r.T("bulk.mine"), Lead: r.T("bulk.mine.lead")}, Table: t}))
}

// bulkRun shows a run: before its start what would happen, after it what did.
func (s *site) bulkRun(r *request) error {
	run, err := s.Steering.ReadRun(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showRun(r, run, actForm{}, refusal{})
}

// startBulk begins a run with the reason and what else the action needs.
func (s *site) startBulk(r *request) error {
	run, err := s.Steering.ReadRun(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	var in actForm
	err = r.bind(&in)
	if err == nil {
		err = s.beginRun(r, run, in)
	}
	told, err := r.refused(err, map[string]string{"reason": r.T("web.reason")})
	switch {
	case err != nil:
		return err
	case told.Status != 0:
		return s.showRun(r, run, in, told)
	}
	s.wake()
	return r.redirect("/bulk/" + run.ID)
}

func (s *site) beginRun(r *request, run steering.Run, in actForm) error {
	p, err := s.runForm(r, run)
	if err != nil {
		return err
	}
	data, err := p.data(in.Data)
	if err != nil {
		return err
	}
	return s.Steering.Start(r.ctx(), r.actor, run.ID, in.Reason, data)
}

// runForm is the form of a run's action, the same as that of one case.
func (s *site) runForm(r *request, run steering.Run) (pending, error) {
	p := pending{actions: casework.Actions{Case: casework.Ref{Kind: workflows.Application.Kind}},
		choice: workflows.Choice{Action: run.Action, Label: workflows.Application.ActionLabel(run.Action), Reason: run.NeedsReason}}
	for _, row := range workflows.Application.Transitions {
		p.choice.Danger = p.choice.Danger || row.Action == run.Action && row.Danger
	}
	var err error
	p.fields, err = s.actFields(r, workflows.Application.Kind, p.choice)
	return p, err
}

func (s *site) showRun(r *request, run steering.Run, in actForm, told refusal) error {
	p, err := s.runForm(r, run)
	if err != nil {
		return err
	}
	label := p.choice.Label.In(string(r.lang))
	v := views.BulkView{Header: views.Header{Title: r.T("bulk.title", "Action", label), Lead: r.T("bulk.lead.preview"), Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications?all=1"}}},
		Started: run.StartedAt != nil, Finished: run.FinishedAt != nil, Total: len(run.Items), Done: run.Done(), Refused: run.Refused(), Waiting: run.Waiting(),
		Action: "/bulk/" + run.ID, Submit: r.T("bulk.start", "Action", label), Danger: p.choice.Danger, Problems: told.Problems, Fields: p.inputs(r, in, told), Back: "/applications?all=1"}
	if v.Started {
		v.Header.Lead, v.Back = r.T("bulk.lead.run"), "/bulk"
	}
	if v.Started && !v.Finished {
		r.Header("Refresh", "3")
	}
	v.Table = views.Table{Caption: v.Header.Title, Columns: []views.Column{{Label: r.T("column.number"), Keep: true}, {Label: r.T("column.zone")}, {Label: r.T("column.state")},
		{Label: r.T("bulk.then")}}}
	for _, i := range run.Items {
		row := r.runRow(i, v.Started)
		if i.Blocks() {
			v.Blocked++
		}
		v.Table.Rows = append(v.Table.Rows, row)
	}
	return s.simple(r, told.status(), v.Header.Title, views.BulkPage(v))
}

// runRow is one case of a run: where it goes, or why not.
func (r *request) runRow(i steering.Item, started bool) views.Row {
	kind := workflows.Application.Kind
	row := views.Row{ID: i.CaseID, Name: i.Number, Cells: []views.Cell{{Text: i.Number, Href: casework.Path(kind, i.CaseID)}, {Text: i.Title},
		{View: views.StateBadge(r.badge(kind, i.From))}, {}}}
	if i.CaseID == "" {
		row.Name = r.T("bulk.gone")
		row.Cells[0], row.Cells[2] = views.Cell{Text: row.Name}, views.Cell{}
	}
	last := &row.Cells[3]
	switch {
	case i.Outcome == "done":
		*last = views.Cell{View: views.StateBadge(views.Badge{Label: r.T("bulk.outcome.done"), Tone: views.Good}), Sub: r.stateLabel(kind, i.To)}
	case i.Outcome == "refused":
		*last, row.Tone = views.Cell{View: views.StateBadge(views.Badge{Label: r.T("bulk.outcome.refused"), Tone: views.Bad}), Sub: i.Problem}, views.Bad
	case started:
		*last = views.Cell{Text: r.T("bulk.outcome.waiting")}
	case i.NotThere:
		*last, row.Tone = views.Cell{View: views.StateBadge(views.Badge{Label: r.T("bulk.outcome.blocked"), Tone: views.Bad}), Sub: r.T("fault.no_transition")}, views.Bad
	case len(i.Blocked) > 0:
		why := make([]string, 0, len(i.Blocked))
		for _, f := range i.Blocked {
			why = append(why, problem.FactText(string(r.lang), kind, f))
		}
		*last, row.Tone = views.Cell{View: views.StateBadge(views.Badge{Label: r.T("bulk.outcome.blocked"), Tone: views.Bad}), Sub: strings.Join(why, r.T("page.semicolon"))}, views.Bad
	default:
		*last = views.Cell{Text: r.T("bulk.outcome.will", "State", r.stateLabel(kind, i.To))}
	}
	return row
}
