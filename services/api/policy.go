package api

import (
	"encoding/json"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
)

func (a *API) sectors(*call, *nothing) (*reply[list[policy.Sector]], error) {
	return page(a.Book.Sectors, ""), nil
}

func (a *API) areas(*call, *nothing) (*reply[list[policy.Area]], error) {
	return page(a.Book.Areas, ""), nil
}

func (a *API) measures(*call, *nothing) (*reply[list[policy.Measure]], error) {
	return page(a.Book.Measures, ""), nil
}

func (a *API) clarifications(*call, *nothing) (*reply[list[policy.Clarification]], error) {
	return page(a.Book.Clarifications, ""), nil
}

func (a *API) policyUnits(*call, *nothing) (*reply[list[policy.UnitSeed]], error) {
	return page(a.Book.Units, ""), nil
}

func (a *API) ruleSet(c *call, in *oneInput) (*reply[json.RawMessage], error) {
	var rules policy.RuleSet
	err := a.DB.View(c.ctx, func(tx *database.Tx) (err error) {
		rules, err = a.Book.RuleSet(tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	text, err := rules.Canonical()
	return &reply[json.RawMessage]{Body: text}, err
}

type unitBody struct {
	Code      string            `json:"code"`
	Kind      identity.UnitKind `json:"kind" enum:"district,commission,department,statistics,supervision,institute,operator"`
	Name      string            `json:"name" maxLength:"200"`
	NameShort string            `json:"name_short" maxLength:"100"`
	NameEn    string            `json:"name_en" maxLength:"200"`
	Pinyin    string            `json:"pinyin" maxLength:"200"`
	ValidFrom string            `json:"valid_from" maxLength:"10" doc:"first day"`
	ValidTo   *string           `json:"valid_to,omitempty" maxLength:"10" doc:"first day on which it no longer exists"`
	Successor *string           `json:"successor,omitempty" maxLength:"40"`
	Areas     []string          `json:"areas" maxItems:"5"`
	Extent    *[4]float64       `json:"extent,omitempty" doc:"rough bounding box in degrees: west, south, east, north"`
	Internal  bool              `json:"internal_code" doc:"the code is not a GB/T 2260 code"`
}

func unitOf(u identity.Unit) unitBody {
	return unitBody{Code: u.Code, Kind: u.Kind, Name: u.Name, NameShort: u.NameShort, NameEn: u.NameEn, Pinyin: u.Pinyin, ValidFrom: u.ValidFrom, ValidTo: u.ValidTo,
		Successor: u.Successor, Areas: orNone(u.Areas), Extent: u.Extent, Internal: u.InternalCode}
}

type unitQuery struct {
	Kind string `query:"kind" enum:"district,commission,department,statistics,supervision,institute,operator"`
}

func (a *API) units(c *call, in *unitQuery) (*reply[list[unitBody]], error) {
	found, err := a.Identity.AllUnits(c.ctx, identity.UnitKind(in.Kind))
	return page(each(found, unitOf), ""), err
}

type unitInput struct {
	Code string `path:"code" maxLength:"40"`
	Body struct {
		Kind      identity.UnitKind `json:"kind" enum:"district,commission,department,statistics,supervision,institute,operator"`
		Name      string            `json:"name" maxLength:"200"`
		NameShort string            `json:"name_short,omitempty" maxLength:"100"`
		NameEn    string            `json:"name_en,omitempty" maxLength:"200"`
		Pinyin    string            `json:"pinyin,omitempty" maxLength:"200"`
		ValidFrom string            `json:"valid_from" maxLength:"10" doc:"first day"`
		ValidTo   *string           `json:"valid_to,omitempty" maxLength:"10" doc:"first day on which it no longer exists"`
		Successor *string           `json:"successor,omitempty" maxLength:"40"`
		Areas     []string          `json:"areas,omitempty" maxItems:"5"`
		Extent    []float64         `json:"extent,omitempty" minItems:"4" maxItems:"4" doc:"rough bounding box in degrees: west, south, east, north"`
		Internal  bool              `json:"internal_code,omitempty"`
	}
}

func (a *API) putUnit(c *call, in *unitInput) (*none, error) {
	b := in.Body
	u := identity.Unit{Code: in.Code, Kind: b.Kind, Name: b.Name, NameShort: b.NameShort, NameEn: b.NameEn, Pinyin: b.Pinyin, ValidFrom: b.ValidFrom, ValidTo: b.ValidTo,
		Successor: b.Successor, Areas: b.Areas, InternalCode: b.Internal}
	if len(b.Extent) == 4 {
		u.Extent = (*[4]float64)(b.Extent)
	}
	return &none{}, a.Identity.SetUnit(c.ctx, c.actor, u)
}
