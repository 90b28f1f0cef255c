package web

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func conditionRoutes() []route {
	return []route{
		{get, "/conditions", caseList(workflows.Condition), only(conditionReaders()...), false},
		{get, "/conditions/:id", (*site).conditionPage, only(conditionReaders()...), false},
		{post, "/conditions/:id/files", uploadTicket(workflows.Condition), only(uploaders()...), false},
	}
}

func conditionReaders() []workflows.Role {
	return append(watchers(), workflows.Department, workflows.Filler, workflows.Leader)
}

// uploaders are who may put files: the units that file, and who can be made responsible for a
// condition.
func uploaders() []workflows.Role {
	return append(unitSide(), workflows.Department, workflows.Officer)
}

// conditionPage is one condition: what must be done by when, how it stands, what can be done.
func (s *site) conditionPage(r *request) error {
	x, err := s.Applications.Conditions().View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	units, err := r.units()
	if err != nil {
		return err
	}
	kind := workflows.Condition.Kind
	badge := r.badge(kind, x.State)
	v := views.ConditionView{Header: views.Header{Title: r.T("condition.of", "Number", x.Number), Lead: x.Title, Badge: &badge, Crumbs: r.conditionCrumbs(x.Condition)},
		Steps: r.steps(kind, x.State, x.History), Actions: r.choices(casework.Ref{Kind: kind, ID: x.ID}, x.Choices), Text: x.Text,
		Facts: r.conditionFacts(x.Condition, units), History: r.timeline(kind, x.History, units)}
	if v.Header.Clocks, err = r.clocks(x.Clocks); err != nil {
		return err
	}
	if err := s.conditionEvidence(r, x, &v); err != nil {
		return err
	}
	return s.wide(r, wide{200, v.Header.Title, x.Demo, views.ConditionPage(v)})
}

// conditionEvidence shows the files that show the condition to be met, and a place for more to
// who can report on it.
func (s *site) conditionEvidence(r *request, x condition.View, v *views.ConditionView) error {
	ref := casework.Ref{Kind: workflows.Condition.Kind, ID: x.ID}
	return r.view(func(tx *database.Tx) error {
		files, err := attachment.List(tx, ref)
		if err != nil {
			return err
		}
		slot, err := s.Applications.ConditionSlot(tx, x.Subject.ID)
		if err != nil {
			return err
		}
		name, hint := r.T("condition.files"), r.T("condition.files.help")
		slot.Name, slot.Hint, slot.Required = policy.Text{ZH: name, EN: name}, policy.Text{ZH: hint, EN: hint}, false
		for _, c := range x.Choices {
			if c.Action == "report" && len(c.Blocked) == 0 {
				path := casework.Path(ref.Kind, ref.ID)
				v.Slots = []views.SlotView{r.openSlotView(slot, caseFiles{path: path, back: path, version: x.Version, files: files})}
				return nil
			}
		}
		if len(files) > 0 {
			v.Files = r.fileLines([]policy.Slot{slot}, files)
		}
		return nil
	})
}

// conditionCrumbs lead to what the condition belongs to, as far as the reader has it.
func (r *request) conditionCrumbs(x condition.Condition) []views.Link {
	out := []views.Link{{Label: r.T("menu.conditions"), Href: "/conditions"}}
	if x.ZoneID != "" {
		return append(out, views.Link{Label: r.T("condition.zone"), Href: casework.Path(workflows.Zone.Kind, x.ZoneID)})
	}
	return append(out, views.Link{Label: r.T("condition.application"), Href: casework.Path(x.Subject.Kind, x.Subject.ID)})
}

// conditionFacts say what shows a condition to be met, by when and who; then what was done.
func (r *request) conditionFacts(x condition.Condition, units map[string]string) []views.Item {
	out := []views.Item{{Term: r.T("condition.proof"), Text: x.Proof}, {Term: r.T("condition.moment"), Text: r.T("condition.moment." + string(x.Moment))}}
	if x.DueOn != "" {
		out = append(out, views.Item{Term: r.T("condition.due_on"), Text: r.dayText(x.DueOn)})
	}
	out = append(out, views.Item{Term: r.T("condition.responsible"), Text: units[x.Responsible]}, views.Item{Term: r.T("condition.source"),
		Text: r.T("condition.source."+string(x.Source), "Unit", units[x.SetUnit])})
	if x.Evidence != "" {
		out = append(out, views.Item{Term: r.T("condition.evidence"), Text: x.Evidence})
	}
	if x.Reason != "" {
		out = append(out, views.Item{Term: r.T("condition.reason." + string(x.State)), Text: x.Reason})
	}
	if x.SettledAt != nil {
		out = append(out, views.Item{Term: r.T("condition.settled"), Text: wording.DateTime(r.lang, *x.SettledAt)})
	}
	return out
}

// conditionCards shows conditions as they stand.
func (r *request) conditionCards(all []condition.Condition, units map[string]string) ([]views.ConditionCard, error) {
	if len(all) == 0 {
		return nil, nil
	}
	d, err := r.days()
	out := make([]views.ConditionCard, 0, len(all))
	for _, x := range all {
		c := views.ConditionCard{ID: x.ID, Number: x.Number, Href: casework.Path(workflows.Condition.Kind, x.ID), Text: x.Text, Badge: r.badge(workflows.Condition.Kind, x.State),
			Facts: r.conditionFacts(x, units), Unmet: x.Moment == condition.BeforeDecision && x.Unmet()}
		if clock, ok := d.dueClock(x.DueOn, !d.today.Before(dayAfter(x.DueOn)), false); ok && (x.State == "open" || x.State == "reported") {
			c.Clock = &clock
		}
		out = append(out, c)
	}
	return out, err
}

// dayAfter is the day on which something due on a day is late; never for none.
func dayAfter(day string) workflows.Date {
	d, err := workflows.ParseDate(day)
	if err != nil {
		return workflows.Date{Year: 9999, Month: 12, Day: 31}
	}
	return d.AddDays(1)
}

// conditionsOf reads the conditions of a case that the reader may see.
func (r *request) conditionsOf(ref casework.Ref) (out []condition.Condition, err error) {
	err = r.view(func(tx *database.Tx) error {
		if ref.Kind == workflows.Zone.Kind {
			out, err = condition.ForZone(tx, r.actor, ref.ID)
			return err
		}
		out, err = condition.ForSubject(tx, r.actor, ref)
		return err
	})
	return out, err
}

// conditionList is the list of conditions in a form, with what was typed and what is wrong.
func (r *request) conditionList(name string, drafts []condition.Draft, told refusal, options []views.Option) views.ConditionList {
	l := views.ConditionList{Name: name, Title: r.T("opinion.conditions"), Help: r.T("condition.list.help"), Most: condition.Most, Error: told.Of(name)}
	if len(drafts) == 0 {
		drafts = []condition.Draft{{}}
	}
	for i, d := range drafts {
		l.Rows = append(l.Rows, r.conditionRow(fmt.Sprintf("%s[%d]", name, i), strconv.Itoa(i+1), d, told, options))
	}
	l.Next = len(drafts)
	l.Blank = r.conditionRow(name+"[__row__]", "", condition.Draft{}, refusal{}, options)
	return l
}

func (r *request) conditionRow(name, label string, d condition.Draft, told refusal, options []views.Option) views.ConditionRow {
	field := func(part, value string) views.Field {
		return views.Field{Name: name + "." + part, Label: r.T("condition." + part), Value: value, Error: told.Of(name + "." + part), Required: part != "due_on"}
	}
	row := views.ConditionRow{Name: name, Label: label, Text: field("text", d.Text), Proof: field("proof", d.Proof), Moment: field("moment", string(d.Moment)),
		Due: field("due_on", d.DueOn), Responsible: field("responsible", d.Responsible)}
	row.Text.Rows, row.Text.Max, row.Proof.Max = 2, 1000, 500
	row.Proof.Hint = r.T("condition.proof.hint")
	row.Due.Least = r.today()
	for _, m := range condition.Moments() {
		row.Moment.Options = append(row.Moment.Options, views.Option{Value: string(m), Label: r.T("condition.moment." + string(m))})
	}
	row.Responsible.Options = slices.Clone(options)
	if row.Responsible.Value == "" && len(options) > 0 {
		row.Responsible.Value = options[0].Value
	}
	return row
}

// conditionLabels name the fields of a list in the summary of its problems.
func (r *request) conditionLabels(name string, n int, out map[string]string) {
	for i := range n {
		for _, part := range conditionParts() {
			out[fmt.Sprintf("%s[%d].%s", name, i, part)] = r.T("condition.field", "No", strconv.Itoa(i+1), "Name", r.T("condition."+part))
		}
	}
}

func conditionParts() []string { return []string{"text", "proof", "moment", "due_on", "responsible"} }

// typedConditions reads the rows of a list out of a form, in the order of their numbers; empty
// rows count for nothing. data holds the names below the prefix of the form.
func typedConditions(data map[string]string) ([]condition.Draft, error) {
	rows := map[int]*condition.Draft{}
	for _, name := range slices.Sorted(maps.Keys(data)) {
		rest, ok := strings.CutPrefix(name, "conditions[")
		if !ok {
			continue
		}
		number, part, _ := strings.Cut(rest, "].")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > 9999 || !slices.Contains(conditionParts(), part) {
			return nil, fault.BadField("data."+fieldName(name), "unknown_field")
		}
		if rows[n] == nil {
			rows[n] = &condition.Draft{}
		}
		setPart(rows[n], part, data[name])
	}
	var out []condition.Draft
	for _, n := range slices.Sorted(maps.Keys(rows)) {
		if !rows[n].Empty() {
			out = append(out, *rows[n])
		}
	}
	return out, nil
}

func setPart(d *condition.Draft, part, value string) {
	switch part {
	case "text":
		d.Text = value
	case "proof":
		d.Proof = value
	case "moment":
		d.Moment = condition.Moment(value)
	case "due_on":
		d.DueOn = value
	default:
		d.Responsible = value
	}
}

// zoneConditions are the conditions that a zone has to meet, for those who may see them.
func (r *request) zoneConditions(id string) ([]views.ConditionCard, error) {
	found, err := r.conditionsOf(casework.Ref{Kind: workflows.Zone.Kind, ID: id})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	units, err := r.units()
	if err != nil {
		return nil, err
	}
	return r.conditionCards(found, units)
}

// conditionsBefore are the conditions on an application that an action decides on, with what is
// still unmet of those that come before the decision.
func (r *request) conditionsBefore(ref casework.Ref, action workflows.Action) ([]views.ConditionCard, string, error) {
	if ref.Kind != workflows.Application.Kind || !slices.Contains([]workflows.Action{"recommend", "propose_refusal", "accredit", "refuse"}, action) {
		return nil, "", nil
	}
	found, err := r.conditionsOf(ref)
	if err != nil || len(found) == 0 {
		return nil, "", err
	}
	units, err := r.units()
	if err != nil {
		return nil, "", err
	}
	cards, err := r.conditionCards(found, units)
	return cards, r.conditionsLead(caseFile{conditions: cards}), err
}
