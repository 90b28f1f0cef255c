package web

import (
	"maps"
	"slices"
	"strconv"

	"clusterzone/services/casework"
	"clusterzone/services/evaluation"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

// sheetForm is one column as it is typed. Names are the places that the service names in its
// problems: figures.revenue, notes.tax.
type sheetForm struct {
	Version    int64             `form:"version"`
	Figures    map[string]string `form:"figures.*"`
	Targets    map[string]string `form:"targets.*"`
	Bonuses    map[string]string `form:"bonuses.*"`
	Deductions map[string]string `form:"deductions.*"`
	Vetoes     map[string]string `form:"vetoes.*"`
	Notes      map[string]string `form:"notes.*"`
	Confirmed  map[string]string `form:"confirmed.*"`
	Next       string            `form:"next,100"`
	Acked      string            `form:"acked,400000,raw"`
	Person     string            `form:"person,60"`
}

// sheet is the column as the service takes it. What is carried over from last year stays
// marked until somebody confirms it.
func (f sheetForm) sheet(carried []string) evaluation.Sheet {
	out := evaluation.Sheet{Figures: f.Figures, Targets: f.Targets, Bonuses: f.Bonuses, Deductions: f.Deductions, Notes: f.Notes}
	for _, code := range slices.Sorted(maps.Keys(f.Vetoes)) {
		if f.Vetoes[code] != "" {
			out.Vetoes = append(out.Vetoes, code)
		}
	}
	for _, code := range carried {
		if f.Confirmed[code] == "" {
			out.Carried = append(out.Carried, code)
		}
	}
	return out
}

// formOfSheet is a stored column as the form shows it.
func formOfSheet(x evaluation.Sheet, version int64) *sheetForm {
	f := &sheetForm{Version: version, Figures: x.Figures, Targets: x.Targets, Bonuses: x.Bonuses, Deductions: x.Deductions, Notes: x.Notes, Vetoes: map[string]string{}}
	for _, code := range x.Vetoes {
		f.Vetoes[code] = "true"
	}
	return f
}

// canFill reports whether a column is open to the reader.
func (r *request) canFill(x evaluation.View) bool {
	return r.actor.Has(workflows.Filler) && x.State == "self_report" || r.actor.Has(workflows.Officer) && x.State == "filed"
}

func (r *request) sheetLabels(x evaluation.View) map[string]string {
	out := map[string]string{}
	add := func(code string, name policy.Text) {
		for _, part := range []string{"figures.", "targets.", "bonuses.", "deductions.", "vetoes.", "notes."} {
			out[part+code] = name.In(string(r.lang))
		}
	}
	for _, i := range x.Rules.Indicators {
		add(i.Code, i.Name)
	}
	for _, a := range slices.Concat(x.Rules.Bonuses, x.Rules.Deductions) {
		add(a.Code, a.Name)
	}
	for _, v := range x.Rules.Vetoes {
		add(v.Code, v.Name)
	}
	return out
}

func (f sheetForm) parts() map[string]map[string]string {
	return map[string]map[string]string{"figures": f.Figures, "targets": f.Targets, "bonuses": f.Bonuses, "deductions": f.Deductions, "vetoes": f.Vetoes,
		"notes": f.Notes, "confirmed": f.Confirmed}
}

// sheetView is the table of indicators: to fill in for whose turn it is, else for reading.
func (r *request) sheetView(e evaluationState) *views.SheetView {
	x := e.view
	officer := r.actor.Has(workflows.Officer) && x.State == "filed"
	v := &views.SheetView{ShowWas: x.Last != nil, ShowOwn: x.Checked != nil, Figure: r.T("evaluation.this"), Stale: e.stale, Lead: r.T("evaluation.lead.read")}
	if v.ShowOwn {
		v.Figure = r.T("evaluation.checked")
	}
	var form *sheetForm
	if r.canFill(x) {
		form = e.form
		if form == nil {
			form = r.storedForm(x, officer)
		}
		r.openSheet(v, x, e, form, officer)
	}
	goals := r.zoneGoals(x)
	for _, group := range x.Rules.Groups {
		g := views.SheetGroup{Title: group.Name.In(string(r.lang))}
		for _, i := range x.Rules.Indicators {
			if i.Group == group.Code {
				row := r.figureRow(x, i)
				row.Goal = r.goalText(goals[i.Code], x.Year)
				if form != nil {
					r.openRow(&row, x, i, form, e.told)
				}
				g.Rows = append(g.Rows, row)
			}
		}
		v.Groups = append(v.Groups, g)
	}
	r.adjustments(v, x, form, e.told, officer)
	r.vetoes(v, x, form, e.told, officer)
	return v
}

// storedForm is the column of whose turn it is. An officer who has not begun starts from the
// unit's figures.
func (r *request) storedForm(x evaluation.View, officer bool) *sheetForm {
	if !officer {
		return formOfSheet(x.Self, x.Version)
	}
	if x.Checked != nil && len(x.Checked.Figures) > 0 {
		return formOfSheet(*x.Checked, x.Version)
	}
	own := x.Self
	own.Notes = nil
	return formOfSheet(own, x.Version)
}

func (r *request) openSheet(v *views.SheetView, x evaluation.View, e evaluationState, form *sheetForm, officer bool) {
	path := casework.Path(workflows.Evaluation.Kind, x.ID)
	v.Form = &views.Form{Action: path + "/self", Version: form.Version, Problems: e.told.Problems}
	v.Lead, v.Figure = r.T("evaluation.lead.self", "Year", strconv.Itoa(x.Year)), r.T("evaluation.this")
	v.Buttons = []views.CheckButton{{Label: r.T("web.save"), Value: "stay"}, {Label: r.T("evaluation.save.sign"), Value: "send_to_sign", Primary: true}}
	if officer {
		v.Form.Action, v.Lead, v.Figure = path+"/checked", r.T("evaluation.lead.check"), r.T("evaluation.checked")
		if r.notBegun(x) {
			v.Lead = r.T("evaluation.lead.begin")
		}
		v.Buttons[1] = views.CheckButton{Label: r.T("evaluation.save.pass"), Value: "pass_check", Primary: true}
	}
	v.Form.Autosave, v.Form.Keep = v.Form.Action, r.actor.ID+"/"+x.ID+"/column"
	if e.form != nil {
		v.Form.Acked = form.Acked
	}
	if !officer {
		v.TakeAll = r.takeAll(x)
	}
}

// figureRow is an indicator for reading: last year's, the unit's and the checked figure.
func (r *request) figureRow(x evaluation.View, i policy.Indicator) views.SheetRow {
	lang := string(r.lang)
	row := views.SheetRow{Name: i.Name.In(lang), Definition: i.Definition.In(lang), Unit: i.Unit.In(lang),
		Weight: r.T("evaluation.weight", "Points", x.Rules.WeightFor(x.Sector, i).String()), Own: grouped(x.Self.Figures[i.Code]), OwnNote: x.Self.Notes[i.Code], Text: grouped(x.Self.Figures[i.Code])}
	if x.Last != nil {
		row.Was = grouped(x.Last.Figures[i.Code])
	}
	if t := x.Self.Targets[i.Code]; t != "" {
		row.TargetText = r.T("evaluation.target.is", "Value", grouped(t))
	}
	if x.Checked == nil {
		row.NoteText = row.OwnNote
	} else {
		row.Text, row.NoteText = grouped(x.Checked.Figures[i.Code]), x.Checked.Notes[i.Code]
		row.Differs = row.Text != "" && row.Text != row.Own
	}
	if i.Method.Kind == policy.MethodExpert {
		row.Expert = r.T("evaluation.by.experts")
	}
	return row
}

// asksTarget reports whether an indicator is measured against the zone's own goal.
func asksTarget(i policy.Indicator) bool {
	return i.Method.Kind == policy.MethodStep && i.Method.Step != nil && i.Method.Step.Target == nil
}

// openRow makes an indicator's row a row to fill in.
func (r *request) openRow(row *views.SheetRow, x evaluation.View, i policy.Indicator, form *sheetForm, told refusal) {
	field := func(part, label string, values map[string]string) *views.Field {
		name := part + "." + i.Code
		return &views.Field{Name: name, Label: r.T("evaluation.field", "Name", row.Name, "Part", label), Value: values[i.Code], Error: told.Of(name), Rows: 2}
	}
	row.Note = field("notes", r.T("evaluation.note"), form.Notes)
	r.offerNote(row, x, i.Code)
	if i.Evidence {
		row.Weight = r.T("evaluation.weight.evidence", "Points", x.Rules.WeightFor(x.Sector, i).String())
	}
	if row.Expert != "" {
		return
	}
	row.Figure = field("figures", row.Unit, form.Figures)
	row.Figure.Required = true
	r.offerFigure(row, x, i.Code)
	if asksTarget(i) {
		row.Target = field("targets", r.T("evaluation.target"), form.Targets)
		row.Target.Label = r.T("evaluation.target")
	}
	if x.State == "self_report" && slices.Contains(x.Self.Carried, i.Code) {
		row.Confirm = &views.Field{Name: "confirmed." + i.Code, Label: r.T("evaluation.confirm"), Value: form.Confirmed[i.Code]}
	}
}

// adjustments are the bonuses, and for the officer the deductions.
func (r *request) adjustments(v *views.SheetView, x evaluation.View, form *sheetForm, told refusal, officer bool) {
	checked := evaluation.Sheet{}
	if x.Checked != nil {
		checked = *x.Checked
	}
	var bonuses, deductions map[string]string
	if form != nil {
		bonuses, deductions = form.Bonuses, form.Deductions
	}
	v.Items = append(v.Items, r.adjustmentGroup("bonuses", x.Rules.Bonuses, adjusting{own: x.Self, checked: checked, last: x.LastOwn, typed: bonuses, form: form, told: told, isChecked: x.Checked != nil}))
	if officer || form == nil && x.Checked != nil {
		v.Items = append(v.Items, r.adjustmentGroup("deductions", x.Rules.Deductions, adjusting{checked: checked, typed: deductions, form: form, told: told, isChecked: true}))
	}
}

// adjusting is what a group of bonuses or deductions is shown from.
type adjusting struct {
	own, checked evaluation.Sheet
	last         *evaluation.Sheet // what the unit claimed the year before
	typed        map[string]string
	form         *sheetForm // nil: for reading
	told         refusal
	isChecked    bool
}

func (r *request) adjustmentGroup(part string, items []policy.Adjustment, a adjusting) views.SheetGroup {
	g := views.SheetGroup{Title: r.T("evaluation." + part)}
	stored := func(x evaluation.Sheet) map[string]string {
		if part == "bonuses" {
			return x.Bonuses
		}
		return x.Deductions
	}
	for _, item := range items {
		name := item.Name.In(string(r.lang))
		row := views.SheetRow{Name: name, Weight: r.T("evaluation.most", "Points", item.Max.String()), Own: stored(a.own)[item.Code], OwnNote: a.own.Notes[item.Code],
			Text: stored(a.own)[item.Code], NoteText: a.own.Notes[item.Code]}
		if a.isChecked {
			row.Text, row.NoteText = stored(a.checked)[item.Code], a.checked.Notes[item.Code]
			row.Differs = row.Text != row.Own && part == "bonuses" && len(a.checked.Figures) > 0
		}
		if item.Evidence && part == "bonuses" {
			row.Definition = r.T("evaluation.bonus.evidence")
		}
		if a.form != nil {
			row.Figure = &views.Field{Name: part + "." + item.Code, Label: r.T("evaluation.field", "Name", name, "Part", r.T("evaluation.points")),
				Value: a.typed[item.Code], Error: a.told.Of(part + "." + item.Code)}
			row.Note = &views.Field{Name: "notes." + item.Code, Label: r.T("evaluation.field", "Name", name, "Part", r.T("evaluation.note")),
				Value: a.form.Notes[item.Code], Error: a.told.Of("notes." + item.Code), Rows: 2}
		}
		if part == "bonuses" && a.last != nil {
			row.Was = a.last.Bonuses[item.Code]
			r.offerWords(&row, a, item.Code)
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// vetoes are raised by the officer, and read by everybody who sees the checked column.
func (r *request) vetoes(v *views.SheetView, x evaluation.View, form *sheetForm, told refusal, officer bool) {
	for _, veto := range x.Rules.Vetoes {
		name := veto.Name.In(string(r.lang))
		switch {
		case officer && form != nil:
			v.Vetoes = append(v.Vetoes, views.Field{Name: "vetoes." + veto.Code, Label: name, Value: form.Vetoes[veto.Code], Error: told.Of("vetoes")})
			v.VetoWhy = append(v.VetoWhy, views.Field{Name: "notes." + veto.Code, Label: r.T("review.field.veto_reason"), Value: form.Notes[veto.Code], Max: 1000, Rows: 2,
				Error: told.Of("notes." + veto.Code)})
		case form == nil && x.Checked != nil && slices.Contains(x.Checked.Vetoes, veto.Code):
			v.Raised = append(v.Raised, views.Passage{Title: r.T("review.vetoed", "Name", name), Text: x.Checked.Notes[veto.Code]})
		}
	}
}
