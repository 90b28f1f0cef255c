package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// maxItems bounds the rows of a correction notice in the making.
const maxItems = 100

// correctionForm is the notice in the making: <n>.anchor and <n>.words below "item.", and
// which button was pressed.
type correctionForm struct {
	Version int64             `form:"version"`
	Rows    map[string]string `form:"item.*"`
	Do      string            `form:"do,300"`
}

// draftItem is a row of the form. Anchor is kind and place, as slot:development-plan.
type draftItem struct{ anchor, words string }

func (d draftItem) empty() bool { return d.anchor == "" && d.words == "" }

// items are the rows in their order; anything that is no row is refused.
func (f correctionForm) items() ([]draftItem, error) {
	var rows []draftItem
	for name, value := range f.Rows {
		number, field, _ := strings.Cut(name, ".")
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i >= maxItems || field != "anchor" && field != "words" {
			return nil, fault.BadField("item."+name, "unknown_field")
		}
		for len(rows) <= i {
			rows = append(rows, draftItem{})
		}
		if field == "anchor" {
			rows[i].anchor = value
		} else {
			rows[i].words = value
		}
	}
	return slices.DeleteFunc(rows, draftItem.empty), nil
}

// correction is the notice in the making as it is shown.
type correction struct {
	view    application.View
	version int64
	items   []draftItem
	preview bool
	told    refusal
	over    *views.Overtaken
}

// correctionPage begins the notice with what the verdicts say must be corrected.
func (s *site) correctionPage(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showCorrection(r, correction{view: v, version: v.Version, items: uncovered(v, nil)})
}

// uncovered are the corrections that verdicts ask for and no item speaks of; the service adds
// them to the notice by itself.
func uncovered(v application.View, items []draftItem) []draftItem {
	var out []draftItem
	for _, x := range v.Verdicts {
		named := slices.ContainsFunc(items, func(it draftItem) bool {
			return !strings.HasPrefix(it.anchor, "slot:") && partOfAnchor(v.Slots, it.anchor) == x.Part
		})
		if x.Verdict == "correct" && !named {
			out = append(out, draftItem{anchor: "clarification:" + x.Part, words: x.Note})
		}
	}
	return out
}

// partOfAnchor is the part that an item opens.
func partOfAnchor(slots []policy.Slot, anchor string) string {
	kind, place, _ := strings.Cut(anchor, ":")
	switch kind {
	case "slot":
		for _, slot := range slots {
			if slot.Code == place {
				return partOfSlot(slot)
			}
		}
	case "field":
		part, _, _ := strings.Cut(strings.ReplaceAll(place, "[", "."), ".")
		if slices.Contains(application.Parts(), part) {
			return part
		}
		return "materials"
	}
	return place
}

// draftCorrection adds a row, shows the notice or sends it.
func (s *site) draftCorrection(r *request) error {
	var in correctionForm
	bound := r.bind(&in)
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	items, err := in.items()
	if bound == nil {
		bound = err
	}
	c := correction{view: v, version: in.Version, items: items}
	if bound == nil {
		return s.pressed(r, c, in.Do)
	}
	if c.told, err = r.refused(bound, nil); err != nil {
		return err
	}
	return s.showCorrection(r, c)
}

// pressed does what the button of the draft says; one of a finding names it, as take:3.
func (s *site) pressed(r *request, c correction, button string) error {
	do, what, _ := strings.Cut(button, ":")
	switch do {
	case "", "add":
	case "take":
		c.items = append(c.items, r.taken(c.view, what))
	case "preview":
		c.preview = true
		c.items = append(c.items, uncovered(c.view, c.items)...)
	case "send":
		return s.sendCorrection(r, c)
	default:
		return fault.BadField("do", "unknown")
	}
	return s.showCorrection(r, c)
}

// taken makes an item of what the machine found, by the finding's number.
func (r *request) taken(v application.View, number string) draftItem {
	all := r.found(v)
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(all) {
		return draftItem{}
	}
	return draftItem{anchor: anchorOf(all[i].Path), words: r.problemText(all[i])}
}

// found lists what the machine checks have found, in the order of the form.
func (r *request) found(v application.View) []application.Problem {
	var out []application.Problem
	for _, c := range v.Checks {
		out = append(out, c.Problems...)
	}
	return out
}

// anchorOf turns the place of a finding into the anchor of an item.
func anchorOf(path string) string {
	if slot, ok := strings.CutPrefix(path, "materials["); ok {
		return "slot:" + strings.TrimSuffix(slot, "]")
	}
	if path == "" {
		return ""
	}
	return "field:" + path
}

// sendCorrection sends the notice; a refusal shows it again with everything typed.
func (s *site) sendCorrection(r *request, c correction) error {
	type item struct {
		AnchorKind string `json:"anchor_kind"`
		Anchor     string `json:"anchor"`
		Words      string `json:"words"`
	}
	doc := map[string][]item{"items": {}}
	for _, it := range c.items {
		kind, place, _ := strings.Cut(it.anchor, ":")
		doc["items"] = append(doc["items"], item{kind, place, it.words})
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	out, err := s.Applications.Do(r.ctx(), r.actor, casework.Command{ID: c.view.ID, Action: "request_correction", Version: c.version, Data: data})
	if err == nil {
		s.wake()
		return r.done(casework.Path(out.Kind, out.ID), "correction.sent", "Number", out.Number, "Count", strconv.Itoa(len(c.items)))
	}
	if c.told, err = r.refused(itemFields(err), r.itemLabels(len(c.items))); err != nil {
		return err
	}
	c.preview = true
	if changed, ok := c.told.Told.Detail.(casework.Changed); ok {
		c.version, c.told.Problems = changed.Version, nil
		c.over = &views.Overtaken{Since: r.timeline(workflows.Application.Kind, changed.Since, nil)}
	}
	return s.showCorrection(r, c)
}

// itemFields names the fields of a refusal as the form does: data.items[2].words is item.2.words.
func itemFields(err error) error {
	f, ok := asFault(err)
	if !ok {
		return err
	}
	out := *f
	out.Fields = slices.Clone(f.Fields)
	for i := range out.Fields {
		path := strings.NewReplacer("data.items[", "item.", "]", "").Replace(out.Fields[i].Path)
		out.Fields[i].Path = path
	}
	return &out
}

func (r *request) itemLabels(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		label := r.T("correction.item", "No", strconv.Itoa(i+1))
		out[fmt.Sprintf("item.%d.words", i)], out[fmt.Sprintf("item.%d.anchor", i)] = label, label
	}
	return out
}

func (s *site) showCorrection(r *request, c correction) error {
	path := casework.Path(workflows.Application.Kind, c.view.ID) + "/check"
	v := views.CorrectionView{Header: r.caseHeader(c.view, r.T("correction.title")), Overtaken: c.over, Back: path, Anchors: r.anchors(c),
		Form: views.Form{Action: path + "/notice", Version: c.version, Problems: c.told.Problems}}
	v.Header.Crumbs = append(v.Header.Crumbs, views.Link{Label: r.T("checking.title"), Href: path})
	var err error
	if v.Header.Clocks, err = r.clocks(c.view.Clocks); err != nil {
		return err
	}
	v.CanSend, v.Blocked = r.canSend(c.view)
	for i, it := range c.items {
		v.Items = append(v.Items, r.itemRow(i, it, c.told, v.Anchors))
	}
	if len(c.items) < maxItems {
		v.Items = append(v.Items, r.itemRow(len(c.items), draftItem{}, c.told, v.Anchors))
	}
	for i, x := range r.found(c.view) {
		tone := views.Waiting
		if x.Severity == application.Refuse {
			tone = views.Bad
		}
		v.Findings = append(v.Findings, views.CorrectionFinding{Check: views.Check{Tone: tone, Text: r.problemText(x)}, Part: r.T("field." + x.Clarification),
			Value: "take:" + strconv.Itoa(i)})
	}
	if c.preview && len(c.items) > 0 {
		if v.Preview, err = s.letter(r, c); err != nil {
			return err
		}
	}
	return s.wide(r, wide{c.told.status(), r.T("correction.title"), c.view.Demo, views.CorrectionPage(v)})
}

// canSend says whether this person can send the notice now, and why not.
func (r *request) canSend(v application.View) (bool, []string) {
	for _, choice := range v.Choices {
		if choice.Action != "request_correction" {
			continue
		}
		if len(choice.Blocked) == 0 {
			return true, nil
		}
		return false, []string{r.blocked(workflows.Application.Kind, choice)}
	}
	if v.State != "submitted" {
		return false, []string{r.T("checking.locked.state", "State", r.stateLabel(workflows.Application.Kind, v.State))}
	}
	return false, []string{r.T("checking.clerk")}
}

func (r *request) itemRow(i int, it draftItem, told refusal, anchors []views.Option) views.CorrectionRow {
	name := fmt.Sprintf("item.%d", i)
	return views.CorrectionRow{Number: i + 1,
		Anchor: views.Field{Name: name + ".anchor", Label: r.T("correction.anchor"), Value: it.anchor, Options: anchors, Error: told.Of(name + ".anchor")},
		Words: views.Field{Name: name + ".words", Label: r.T("correction.words"), Value: it.words, Max: 500, Rows: 2, Hint: r.T("correction.words.hint"),
			Error: told.Of(name + ".words")}}
}

// anchors are the places that an item can name: each part as a whole, its fields, its files,
// and whatever the rows name besides.
func (r *request) anchors(c correction) []views.Option {
	var out []views.Option
	for _, part := range append(application.Parts(), "materials") {
		group := r.T("field." + part)
		out = append(out, views.Option{Value: "clarification:" + part, Label: r.T("correction.whole", "Part", group), Group: group})
		for _, field := range fieldsOfPart(part) {
			out = append(out, views.Option{Value: "field:" + field, Label: r.anchorLabel(c.view, "field:"+field), Group: group})
		}
		for _, slot := range c.view.Slots {
			if partOfSlot(slot) == part {
				out = append(out, views.Option{Value: "slot:" + slot.Code, Label: r.anchorLabel(c.view, "slot:"+slot.Code), Group: group})
			}
		}
	}
	for _, it := range c.items {
		if it.anchor != "" && !slices.ContainsFunc(out, func(o views.Option) bool { return o.Value == it.anchor }) {
			out = append(out, views.Option{Value: it.anchor, Label: r.anchorLabel(c.view, it.anchor), Group: r.T("correction.place")})
		}
	}
	return out
}

// fieldsOfPart are the fields that corrections name most; a finding of the machine names any.
func fieldsOfPart(part string) []string {
	switch part {
	case "body":
		return []string{"body.name", "body.kind", "body.credit_code", "body.legal_representative", "body.managers", "body.contact"}
	case "boundary":
		return []string{"boundary.east", "boundary.south", "boundary.west", "boundary.north", "boundary.polygon", "boundary.area_m2", "boundary.floor_area_m2"}
	case "goals":
		return []string{"goals.base_year", "goals.rows"}
	case "business":
		return []string{"business.sectors", "business.leading", "business.firms"}
	case "positioning":
		return []string{"positioning.area", "positioning.text", "positioning.relation", "positioning.platforms"}
	case "factors":
		return []string{"factors.land", "factors.funds", "factors.talent", "factors.utilities"}
	case "fund":
		return []string{"fund.years", "fund.source_line", "fund.document_number"}
	}
	return []string{"recommendation.document_number", "recommendation.date"}
}

// anchorLabel names a place in words, with the row where it lies in a list.
func (r *request) anchorLabel(v application.View, anchor string) string {
	kind, place, _ := strings.Cut(anchor, ":")
	switch kind {
	case "slot":
		for _, slot := range v.Slots {
			if slot.Code == place {
				return r.T("correction.file", "Name", slot.Name.In(string(r.lang)))
			}
		}
	case "clarification":
		return r.T("correction.whole", "Part", r.T("field."+place))
	case "field":
		label := r.T(application.LabelKey(place))
		_, rest, _ := strings.Cut(place, "[")
		key, _, indexed := strings.Cut(rest, "]")
		if !indexed {
			return label
		}
		if n, err := strconv.Atoi(key); err == nil {
			key = r.T("correction.row", "No", strconv.Itoa(n+1))
		} else {
			key = r.indicatorName(key)
		}
		return r.T("correction.in", "Field", label, "Row", key)
	}
	return place
}

// letter is the notice as the unit will read it.
func (s *site) letter(r *request, c correction) (*views.CorrectionPreview, error) {
	var rules policy.RuleSet
	var due workflows.Date
	err := r.view(func(tx *database.Tx) (err error) {
		if rules, err = s.Book.RuleSet(tx, c.view.RuleSetID); err != nil {
			return err
		}
		calendar, err := s.Book.Calendar(tx)
		if err != nil {
			return err
		}
		term, _ := rules.Clock(policy.ClockCorrection)
		due, _ = calendar.Add(workflows.DateOf(tx.Now()), term.Days)
		return nil
	})
	if err != nil {
		return nil, err
	}
	units, err := r.units()
	if err != nil {
		return nil, err
	}
	term, _ := rules.Clock(policy.ClockCorrection)
	p := &views.CorrectionPreview{Title: r.T("correction.letter.title", "Number", c.view.Number),
		Opening: r.T("correction.letter.opening", "Unit", units[c.view.Unit], "Name", c.view.Name, "Count", len(c.items)),
		Closing: r.T("correction.letter.closing", "Days", strconv.Itoa(term.Days), "Due", wording.Date(r.lang, due.Start()))}
	for _, it := range c.items {
		where := r.T("correction.nowhere")
		if it.anchor != "" {
			where = r.T("correction.where", "Part", r.T("field."+orMaterials(partOfAnchor(c.view.Slots, it.anchor))), "Place", r.anchorLabel(c.view, it.anchor))
		}
		p.Items = append(p.Items, views.CorrectionLine{Where: where, Words: it.words})
	}
	return p, nil
}

// orMaterials keeps a place that no part knows among the materials, so that it has a name.
func orMaterials(part string) string {
	if slices.Contains(application.Parts(), part) {
		return part
	}
	return "materials"
}
