package web

import (
	"net/http"
	"strings"

	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

// units lists the register of units, also those that no longer exist.
func (s *site) unitsPage(r *request) error {
	kind := identity.UnitKind(r.text("kind"))
	all, err := s.Identity.AllUnits(r.ctx(), "")
	if err != nil {
		return err
	}
	t := views.Table{Caption: r.T("menu.units"), Empty: views.Empty{Text: r.T("list.none"), Help: r.T("list.none.help")}, Columns: []views.Column{
		{Label: r.T("unit.name")}, {Label: r.T("unit.code"), Keep: true}, {Label: r.T("unit.kind")}, {Label: r.T("unit.valid"), Keep: true}, {Label: r.T("unit.successor")}}}
	names := map[string]string{}
	for _, u := range all {
		names[u.Code] = r.pick(u.Name, u.NameEn)
	}
	for _, u := range all {
		if kind == "" || u.Kind == kind {
			t.Rows = append(t.Rows, r.unitRow(u, names))
		}
	}
	v := views.ListView{Header: views.Header{Title: r.T("menu.units"), Lead: r.T("units.lead")}, Table: t, Filter: &views.Filter{Action: "/units", Active: kind != "",
		Lists: []views.Field{{Name: "kind", Label: r.T("unit.kind"), Value: string(kind), Options: r.options("unit.kind.", unitKinds()...)}}}}
	if r.actor.Has(workflows.SystemAdmin) {
		v.Actions = []views.Action{{Label: r.T("units.new"), Get: true, Href: "/units/new", Icon: "plus", Primary: true}}
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.ListPage(v))
}

func unitKinds() []string {
	return []string{string(identity.KindDistrict), string(identity.KindCommission), string(identity.KindDepartment), string(identity.KindStatistics),
		string(identity.KindSupervision), string(identity.KindInstitute), string(identity.KindOperator)}
}

func (r *request) unitRow(u identity.Unit, names map[string]string) views.Row {
	valid := r.T("unit.from", "Date", r.dayText(u.ValidFrom))
	if u.ValidTo != nil {
		valid = r.T("unit.from.to", "From", r.dayText(u.ValidFrom), "To", r.dayText(*u.ValidTo))
	}
	successor := ""
	if u.Successor != nil {
		successor = names[*u.Successor]
	}
	code := views.Cell{Text: u.Code}
	if u.InternalCode {
		code.Sub = r.T("unit.internal")
	}
	return views.Row{ID: u.Code, Name: u.Name, Cells: []views.Cell{{Text: r.pick(u.Name, u.NameEn), Href: "/units/" + u.Code, Sub: u.Pinyin}, code,
		{Text: r.T("unit.kind." + string(u.Kind))}, {Text: valid}, {Text: successor}}}
}

// unitForm is a unit as the system administrator keeps it. What it does not ask for (extent,
// functional areas) stays as it is.
type unitForm struct {
	Version   int64  `form:"version"`
	Code      string `form:"code,40"`
	Kind      string `form:"kind,20"`
	Name      string `form:"name,60"`
	Short     string `form:"name_short,30"`
	English   string `form:"name_en,120"`
	Pinyin    string `form:"pinyin,60"`
	ValidFrom string `form:"valid_from,10"`
	ValidTo   string `form:"valid_to,10"`
	Successor string `form:"successor,40"`
}

func (s *site) newUnitPage(r *request) error {
	return s.showUnit(r, unitForm{Kind: string(identity.KindDistrict), ValidFrom: r.today()}, refusal{}, true)
}

// unit shows a unit, to change for the system administrator, to read for the others.
func (s *site) unit(r *request) error {
	u, err := s.unitByCode(r, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showUnit(r, unitForm{Code: u.Code, Kind: string(u.Kind), Name: u.Name, Short: u.NameShort, English: u.NameEn, Pinyin: u.Pinyin,
		ValidFrom: u.ValidFrom, ValidTo: text(u.ValidTo), Successor: text(u.Successor)}, refusal{}, false)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (s *site) unitByCode(r *request, code string) (identity.Unit, error) {
	all, err := s.Identity.AllUnits(r.ctx(), "")
	for _, u := range all {
		if u.Code == code {
			return u, nil
		}
	}
	if err == nil {
		err = fault.Missing()
	}
	return identity.Unit{}, err
}

// setUnit stores a unit under its code.
func (s *site) setUnit(r *request) error {
	var in unitForm
	err := r.bind(&in)
	was, missing := s.unitByCode(r, in.Code)
	if missing != nil && !notThere(missing) {
		return missing
	}
	if err == nil {
		u := was
		u.Code, u.Kind, u.Name, u.NameShort, u.NameEn, u.Pinyin = in.Code, identity.UnitKind(in.Kind), in.Name, in.Short, in.English, strings.ToLower(in.Pinyin)
		u.ValidFrom, u.ValidTo, u.Successor = in.ValidFrom, optional(in.ValidTo), optional(in.Successor)
		if was.Code == "" {
			u.InternalCode = true
		}
		if err = s.Identity.SetUnit(r.ctx(), r.actor, u); err == nil {
			return r.done("/units/"+u.Code, "units.saved", "Name", u.Name)
		}
	}
	told, err := r.refused(err, unitLabels(r))
	if err != nil {
		return err
	}
	return s.showUnit(r, in, told, was.Code == "")
}

func unitLabels(r *request) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"code", "kind", "name", "name_short", "name_en", "pinyin", "valid_from", "valid_to", "successor"} {
		out[name] = r.T("unit." + name)
	}
	return out
}

func (s *site) showUnit(r *request, in unitForm, told refusal, fresh bool) error {
	v := views.FormView{Header: views.Header{Title: in.Name, Lead: in.Code, Crumbs: []views.Link{{Label: r.T("menu.units"), Href: "/units"}}},
		Form: views.Form{Action: "/units", Problems: told.Problems}, Submit: r.T("web.save"), Back: "/units", ReadOnly: !r.actor.Has(workflows.SystemAdmin)}
	if fresh {
		v.Header.Title, v.Header.Lead = r.T("units.new"), r.T("units.new.lead")
	} else {
		v.Form.Action = "/units"
	}
	successor, err := s.unitField(r, "successor", in.Successor)
	if err != nil {
		return err
	}
	v.Fields = r.unitInputs(in, told, fresh, successor)
	if v.ReadOnly {
		for i := range v.Fields {
			v.Fields[i].Field.ReadOnly = true
		}
	}
	return s.simple(r, told.status(), v.Header.Title, views.FormPage(v))
}

func (r *request) unitInputs(in unitForm, told refusal, fresh bool, successor views.Field) []views.Input {
	labels := unitLabels(r)
	input := func(kind views.InputKind, name, value string, most int, required bool) views.Input {
		f := views.Field{Name: name, Label: labels[name], Value: value, Max: most, Required: required, Error: told.Of(name)}
		if help := "unit." + name + ".help"; r.site.Words.Has(help) {
			f.Help = r.T(help)
		}
		return views.Input{Kind: kind, Field: f}
	}
	code := input(views.LineInput, "code", in.Code, 40, true)
	code.Field.ReadOnly = !fresh
	kind := input(views.SelectInput, "kind", in.Kind, 0, true)
	kind.Field.Options = r.options("unit.kind.", unitKinds()...)
	successor.Label, successor.Error, successor.Help = labels["successor"], told.Of("successor"), r.T("unit.successor.help")
	return []views.Input{code, kind, input(views.LineInput, "name", in.Name, 60, true), input(views.LineInput, "name_short", in.Short, 30, true),
		input(views.LineInput, "name_en", in.English, 120, true), input(views.LineInput, "pinyin", in.Pinyin, 60, false),
		input(views.DateInput, "valid_from", in.ValidFrom, 0, true), input(views.DateInput, "valid_to", in.ValidTo, 0, false),
		{Kind: views.SelectInput, Field: successor}}
}
