package web

import (
	"slices"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
)

// fieldKind is how a field of the document is asked.
type fieldKind int

const (
	lineText fieldKind = iota
	areaText
	dateText
	radioText
	selectText
	checksField // any number of choices
	figureField // a number in the unit of its path
	yearField
	mapField // GeoJSON on a map
)

// fieldForm is one field of the form of a part. In a list, path is the column.
type fieldForm struct {
	path     string
	kind     fieldKind
	required bool
	most     int // characters
	rows     int
	options  []views.Option
}

// zoneName is the one field that is not part of the document but of the application itself.
const zoneName = "zone.name"

func (f fieldForm) stored() bool { return f.path != zoneName }

// listForm is a list of rows. At least so many rows are shown, and so many empty ones after
// those that are filled in; most is what the document takes.
type listForm struct {
	path         string
	columns      []fieldForm
	least, spare int
	most         int
}

// partForm is the form of one part: what the page asks and where it lies in the document.
type partForm struct {
	part       string // task of the editor
	path       string // member of the document that is saved as a whole
	inputs     []fieldForm
	lists      []listForm
	indicators []string // goals: one row each
	years      int      // goals: planned years
}

// input finds a field by its name in the form.
func (f partForm) input(name string) (fieldForm, bool) {
	if i := slices.IndexFunc(f.inputs, func(in fieldForm) bool { return in.path == name }); i >= 0 {
		return f.inputs[i], true
	}
	for _, indicator := range f.indicators {
		in := fieldForm{path: name, kind: figureField}
		switch {
		case name == goalPath(indicator)+".reason":
			return fieldForm{path: name, kind: areaText, most: 1000}, true
		case name == goalPath(indicator)+".base":
			return in, true
		}
		for k := range f.years {
			if name == plannedPath(indicator, k) {
				return in, true
			}
		}
	}
	return fieldForm{}, false
}

// column finds the cell of a list by its name in the form.
func (f partForm) column(name string) (list listForm, row int, column fieldForm, ok bool) {
	path, row, member, ok := rowOf(name)
	if !ok {
		return listForm{}, 0, fieldForm{}, false
	}
	list, ok = f.list(path)
	i := slices.IndexFunc(list.columns, func(c fieldForm) bool { return c.path == member })
	if !ok || i < 0 {
		return listForm{}, 0, fieldForm{}, false
	}
	return list, row, list.columns[i], true
}

func (f partForm) list(path string) (listForm, bool) {
	i := slices.IndexFunc(f.lists, func(l listForm) bool { return l.path == path })
	if i < 0 {
		return listForm{}, false
	}
	return f.lists[i], true
}

// editParts are the tasks of the editor: the seven parts, then the materials.
func editParts() []string { return append(application.Parts(), "materials") }

// partForm lays out a part under the rules of the filing.
func (r *request) partForm(part, unit string, rules policy.RuleSet) (partForm, bool) {
	f := partForm{part: part, path: part}
	switch part {
	case "body":
		f.inputs = r.bodyForm(rules)
	case "boundary":
		f.inputs = []fieldForm{{path: polygonPath, kind: mapField, required: true}, {path: "boundary.area_m2", kind: figureField, required: true},
			{path: "boundary.floor_area_m2", kind: figureField}}
		for _, side := range []string{"east", "south", "west", "north"} {
			f.inputs = append(f.inputs, fieldForm{path: "boundary." + side, required: true, most: 300})
		}
	case "goals":
		f.inputs = []fieldForm{{path: "goals.base_year", kind: yearField, required: true}}
		for _, i := range rules.Goals.Indicators {
			f.indicators = append(f.indicators, i.Code)
		}
		f.years = rules.Goals.PlannedYears.Value
	case "business":
		f.inputs = []fieldForm{{path: sectorsPath, kind: checksField, required: true, options: r.sectorChoices()}}
		f.lists = r.businessLists(rules)
	case "positioning":
		f.inputs, f.lists = r.positioningForm(unit, rules)
	case "factors":
		f.inputs = factorFields()
	case "fund":
		f.inputs = []fieldForm{{path: "fund.source_line", required: true, most: 300}, {path: "fund.document_number", required: true, most: 60}}
		f.lists = []listForm{{path: "fund.years", least: 3, spare: 1, most: 40, columns: []fieldForm{{path: "year", kind: yearField}, {path: "amount_fen", kind: figureField}}}}
	case "materials":
		f.path = "recommendation"
		f.inputs = []fieldForm{{path: "recommendation.document_number", required: true, most: 60}, {path: "recommendation.date", kind: dateText, required: true}}
	default:
		return partForm{}, false
	}
	return f, true
}

func (r *request) bodyForm(rules policy.RuleSet) []fieldForm {
	kinds := make([]views.Option, 0, len(rules.Filing.BodyKinds))
	for _, k := range rules.Filing.BodyKinds {
		kinds = append(kinds, views.Option{Value: k.Code, Label: k.Name.In(string(r.lang))})
	}
	return []fieldForm{{path: zoneName, required: true, most: 80}, {path: "body.name", required: true, most: 100},
		{path: "body.kind", kind: radioText, required: true, options: kinds}, {path: "body.credit_code", required: true, most: 60},
		{path: "body.legal_representative", required: true, most: 60}, {path: "body.managers", kind: figureField, required: true},
		{path: "body.contact.name", required: true, most: 60}, {path: "body.contact.phone", required: true, most: 60}, {path: "body.contact.email", most: 254}}
}

func (r *request) sectorChoices() []views.Option {
	out := make([]views.Option, 0, len(r.site.Book.Sectors))
	for _, s := range r.site.Book.Sectors {
		out = append(out, views.Option{Value: s.Code, Label: s.Name.In(string(r.lang))})
	}
	return out
}

// shortSectors are the sectors for a narrow column.
func (r *request) shortSectors() []views.Option {
	out := make([]views.Option, 0, len(r.site.Book.Sectors))
	for _, s := range r.site.Book.Sectors {
		out = append(out, views.Option{Value: s.Code, Label: s.Short.In(string(r.lang))})
	}
	return out
}

func (r *request) businessLists(rules policy.RuleSet) []listForm {
	bands := make([]views.Option, 0, len(rules.RevenueBands))
	for _, b := range rules.RevenueBands {
		bands = append(bands, views.Option{Value: b.Code, Label: b.Name.In(string(r.lang))})
	}
	sectors := r.shortSectors()
	return []listForm{
		{path: "business.leading", least: 2, spare: 1, most: 40, columns: []fieldForm{{path: "name", most: 100}, {path: "sector", kind: selectText, options: sectors},
			{path: "share_bp", kind: figureField}}},
		{path: firmsPath, least: 3, spare: 2, most: 20_000, columns: []fieldForm{{path: "name", most: 100}, {path: "code", most: 60},
			{path: "sector", kind: selectText, options: sectors}, {path: "revenue_band", kind: selectText, options: bands}}},
	}
}

func (r *request) positioningForm(unit string, rules policy.RuleSet) ([]fieldForm, []listForm) {
	var areas []views.Option
	for _, a := range r.site.Book.AreasOf(unit) {
		areas = append(areas, views.Option{Value: a.Code, Label: a.Name.In(string(r.lang)), Help: r.encouraged(a, unit)})
	}
	inputs := []fieldForm{{path: "positioning.area", kind: radioText, required: true, options: areas}}
	for _, name := range []string{"text", "relation"} {
		in := fieldForm{path: "positioning." + name, kind: areaText, required: true, rows: 8, most: 8000}
		if limit, ok := rules.TextLimit(in.path); ok && limit.Max > 0 {
			in.most = limit.Max
		}
		inputs = append(inputs, in)
	}
	return inputs, []listForm{{path: "positioning.platforms", least: 1, spare: 1, most: 40,
		columns: []fieldForm{{path: "name", most: 100}, {path: "description", kind: areaText, rows: 2, most: 1000}, {path: "year", kind: yearField}}}}
}

// encouraged names what the text encourages in an area, so that the relation can be written
// without looking it up.
func (r *request) encouraged(a policy.Area, unit string) string {
	names := ""
	for i, e := range a.EncouragedFor(unit) {
		if i > 0 {
			names += r.T("web.list.comma")
		}
		names += e.Name.In(string(r.lang))
	}
	if names == "" {
		return ""
	}
	return r.T("edit.area.encouraged", "Names", names)
}

func factorFields() (out []fieldForm) {
	for _, name := range []string{"land", "funds", "talent", "utilities"} {
		path := "factors." + name
		out = append(out, fieldForm{path: path + ".amount", kind: figureField, required: true}, fieldForm{path: path + ".source", required: name == "land", most: 300},
			fieldForm{path: path + ".body", required: true, most: 100}, fieldForm{path: path + ".date", kind: dateText, required: true})
	}
	return out
}

// defaults suggests what is nearly always right; it counts only once the part is saved.
func (t typed) defaults(f partForm, year int) {
	for _, in := range f.inputs {
		switch {
		case t.text[in.path] != "":
		case in.path == "goals.base_year":
			t.text[in.path] = strconv.Itoa(year - 1)
		case in.kind == radioText && len(in.options) == 1:
			t.text[in.path] = in.options[0].Value
		}
	}
}
