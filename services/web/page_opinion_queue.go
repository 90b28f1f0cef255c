package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// opinionQueue lists opinions by due date: a department's own, for the commission and
// supervision all, with who was asked and how often was urged.
func (s *site) opinionQueue(r *request) error {
	f := r.queueFilter()
	lines, err := s.Applications.Opinions().Queue(r.ctx(), r.actor, f)
	if err != nil {
		return err
	}
	v := views.ListView{Header: views.Header{Title: r.T("menu.opinions"), Lead: r.T("opinion.queue.lead." + f.Part)}, Tabs: r.queueTabs(f), Pager: views.Pager{Shown: len(lines)}}
	if v.Filter, err = s.queueFilterBar(r, f); err != nil {
		return err
	}
	if v.Table, err = r.queueTable(f, lines); err != nil {
		return err
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.ListPage(v))
}

func (r *request) queueFilter() application.QueueFilter {
	f := application.QueueFilter{Part: application.QueueOpen, Unit: r.text("unit"), Late: r.text("late") == "1"}
	if r.text("part") == application.QueueAnswered {
		f.Part = application.QueueAnswered
	}
	return f
}

func (r *request) queueTabs(f application.QueueFilter) (out []views.Tab) {
	for _, part := range []string{application.QueueOpen, application.QueueAnswered} {
		q := url.Values{"part": {part}}
		if f.Unit != "" {
			q.Set("unit", f.Unit)
		}
		if f.Late {
			q.Set("late", "1")
		}
		out = append(out, views.Tab{Label: r.T("opinion.queue." + part), Href: "/opinions?" + q.Encode(), Active: f.Part == part})
	}
	return out
}

// queueFilterBar narrows the queue to what is late, and for those who see all of them to one
// asked unit.
func (s *site) queueFilterBar(r *request, f application.QueueFilter) (*views.Filter, error) {
	late := views.Field{Name: "late", Label: r.T("opinion.late.filter"), Options: []views.Option{{Value: "1", Label: r.T("opinion.late.only")}}}
	if f.Late {
		late.Value = "1"
	}
	bar := &views.Filter{Action: "/opinions", Kept: map[string]string{"part": f.Part}, Lists: []views.Field{late}, Active: f.Late || f.Unit != ""}
	if !r.actor.ReadsAll() {
		return bar, nil
	}
	names, err := r.units()
	if err != nil {
		return nil, err
	}
	unit := views.Field{Name: "unit", Label: r.T("application.opinion.unit"), Value: f.Unit}
	for _, code := range s.leadUnits() {
		unit.Options = append(unit.Options, views.Option{Value: code, Label: names[code]})
	}
	bar.Lists = append(bar.Lists, unit)
	return bar, nil
}

// leadUnits are the units that lead a sector, each once, in the order of the sectors.
func (s *site) leadUnits() (out []string) {
	seen := map[string]bool{}
	for _, sector := range s.Book.Sectors {
		for _, code := range sector.Leads {
			if !seen[code] {
				seen[code] = true
				out = append(out, code)
			}
		}
	}
	return out
}

func (r *request) queueTable(f application.QueueFilter, lines []application.Queued) (views.Table, error) {
	t := views.Table{Caption: r.T("menu.opinions"), Empty: views.Empty{Text: r.T("opinion.queue.empty." + f.Part), Help: r.T("opinion.queue.empty.help")},
		Columns: []views.Column{{Label: r.T("column.case")}, {Label: r.T("application.opinion.unit")}, {Label: r.T("column.state")}, {Label: r.T("opinion.clock")},
			{Label: r.T("column.due"), Keep: true}, {Label: r.T("column.action"), Keep: true}}}
	d, err := r.days()
	if err != nil {
		return t, err
	}
	units, err := r.units()
	for _, x := range lines {
		t.Rows = append(t.Rows, r.queueRow(d, units, x))
	}
	return t, err
}

func (r *request) queueRow(d days, units map[string]string, x application.Queued) views.Row {
	href := casework.Path(workflows.Opinion.Kind, x.ID)
	row := views.Row{ID: x.ID, Name: x.Number, Cells: []views.Cell{
		{Text: x.Title, Href: href, Sub: r.T("opinion.queue.case", "Number", x.Number, "Filing", x.Filing, "Unit", units[x.District])},
		{Text: units[x.Unit], Sub: r.queueSide(x)},
		{View: r.opinionMarks(x.State, x.Late, x.Stance), Sub: r.queueHolder(x)},
		{}, {}, {View: views.ActionButton(views.Action{Label: r.T("work.view"), Get: true, Href: href})}}}
	if x.Mine {
		row.Cells[5].View = views.ActionButton(views.Action{Label: r.T("opinion.give"), Get: true, Href: href + "#desk-form", Primary: true})
	}
	if x.Clock != nil {
		c := r.clock(d, *x.Clock)
		row.Cells[3].Text = r.T("opinion.clock.used", "Used", c.Used)
		if !c.Finished && !c.Overdue {
			row.Cells[3].Sub = r.T("opinion.clock.left", "Left", c.Left)
		}
	}
	r.queueDue(d, &row, x)
	return row
}

// queueDue fills in by when the opinion is due, or when it was given.
func (r *request) queueDue(d days, row *views.Row, x application.Queued) {
	if x.GivenAt != nil {
		row.Cells[4] = views.Cell{Text: wording.DateTime(r.lang, *x.GivenAt), Sub: r.dayText(x.DueOn)}
		return
	}
	open := x.State == "requested" || x.State == "overdue"
	if clock, ok := d.dueClock(x.DueOn, x.State == "overdue", false); ok && open {
		row.Cells[4] = views.Cell{View: views.ClockBadge(clock), Sub: wording.Date(r.lang, clock.Due)}
	}
	if x.State == "overdue" {
		row.Tone = views.Bad
	}
}

// queueSide says whether the asked unit leads or co-operates, and in which sectors.
func (r *request) queueSide(x application.Queued) string {
	side := "opinion.side.partner"
	if x.Lead {
		side = "opinion.side.lead"
	}
	return r.T(side, "Sectors", r.sectorNames(x.Sectors))
}

// queueHolder says with which colleague an opinion lies, and how often it was urged.
func (r *request) queueHolder(x application.Queued) string {
	var out []string
	if x.Holder != "" && x.GivenAt == nil {
		out = append(out, r.T("opinion.holder", "Person", x.Holder))
	}
	if x.UrgedAt != nil {
		out = append(out, r.T("opinion.urged", "Count", x.Urgings, "When", wording.Date(r.lang, *x.UrgedAt)))
	}
	return strings.Join(out, " · ")
}

// opinionMarks shows how an opinion stands, marked where it is late.
func (r *request) opinionMarks(state workflows.State, late bool, stance string) templ.Component {
	marks := []views.Badge{r.badge(workflows.Opinion.Kind, state)}
	if stance != "" {
		marks = append(marks, views.Badge{Label: r.T("act.stance." + stance), Tone: stanceTone(stance)})
	}
	if late && state != "overdue" {
		marks = append(marks, views.Badge{Label: r.T("opinion.late"), Tone: views.Bad})
	}
	return views.Badges(marks)
}

// opinionState shows how one opinion on a case stands, with what its lateness means.
func (r *request) opinionState(o application.Opinion) templ.Component {
	marks := r.opinionMarks(o.State, o.Late, "")
	if !o.NoObjection {
		return marks
	}
	return templ.Join(marks, views.StateBadge(views.Badge{Label: r.T("opinion.no_objection"), Tone: views.Quiet}))
}

func stanceTone(stance string) views.Tone {
	return map[string]views.Tone{"agree": views.Good, "conditional": views.Waiting, "disagree": views.Bad}[stance]
}

// queueNeighbours are the addresses before and after an opinion in the reader's own queue.
func (s *site) queueNeighbours(r *request, id string) (before, after string, err error) {
	if !r.actor.Any(workflows.Department, workflows.Officer) {
		return "", "", nil
	}
	before, after, err = s.Applications.Opinions().Neighbours(r.ctx(), r.actor, id)
	if before != "" {
		before = casework.Path(workflows.Opinion.Kind, before)
	}
	if after != "" {
		after = casework.Path(workflows.Opinion.Kind, after)
	}
	return before, after, err
}

// opinionBody is the tab of opinions of an application: who was asked, then the conditions.
func (s *site) opinionBody(r *request, f caseFile) []templ.Component {
	var out []templ.Component
	if len(f.view.Opinions) > 0 || r.actor.ReadsAll() {
		out = append(out, views.DataTable(r.opinionTable(f)))
	}
	return append(out, views.ConditionPanel(r.T("conditions.title"), r.conditionsLead(f), f.conditions))
}

// conditionsLead warns of what must be settled before a decision.
func (r *request) conditionsLead(f caseFile) string {
	n := 0
	for _, c := range f.conditions {
		if c.Unmet {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return r.T("conditions.unmet", "Count", n)
}

// opinionWords are the grounds of an opinion and how many conditions it has.
func (r *request) opinionWords(o application.Opinion) string {
	if len(o.Conditions) == 0 {
		return o.Grounds
	}
	return r.T("application.opinion.words", "Grounds", o.Grounds, "Count", len(o.Conditions))
}
