package policy

import "slices"

// Comparison says how a figure is held against a stated value.
type Comparison string

// The comparisons of the text: 达到/以上, 突破/超过, 左右.
const (
	AtLeast  Comparison = "ge"
	MoreThan Comparison = "gt"
	About    Comparison = "about"
)

// Target is one figure that the text sets for 2020. Value is in Unit; About is never used to judge, only to show.
type Target struct {
	Code       string     `json:"code"`
	Indicator  Text       `json:"indicator"`
	Comparison Comparison `json:"comparison"`
	Value      Decimal    `json:"value"`
	Unit       Text       `json:"unit"`
	Provenance
}

// Met reports whether a figure in the same unit reaches the target. For About it is reached from the value upwards.
func (t Target) Met(figure Decimal) bool {
	if t.Comparison == MoreThan {
		return figure > t.Value
	}
	return figure >= t.Value
}

// Sector is one of the ten strategic emerging service sectors of part 三. Leads and Partners are unit codes; research
// and professional services have two leads, and the commission itself leads health.
type Sector struct {
	Code     string   `json:"code"`
	Name     Text     `json:"name"`
	Short    Text     `json:"short"`
	Leads    []string `json:"leads"`
	Partners []string `json:"partners,omitempty"`
	Targets  []Target `json:"targets"`
	Provenance
}

// Part says how much of a unit lies in a functional area.
type Part string

// The inner ring road splits five central districts between core and expansion area.
const (
	WholeUnit Part = "whole"
	InnerRing Part = "inner"
	OuterRing Part = "outer"
)

// Member is a unit's membership of a functional area.
type Member struct {
	Unit string `json:"unit"`
	Part Part   `json:"part"`
	Provenance
}

// Encouraged is an industry that part 二(二) encourages in an area, or in a named block of it.
type Encouraged struct {
	Name    Text     `json:"name"`
	Block   Text     `json:"block,omitzero"`    // name of a block of units in the area; empty: the whole area
	Units   []string `json:"units,omitempty"`   // units of the block
	Sectors []string `json:"sectors,omitempty"` // sectors it belongs to; empty where the ten sectors have no place for it
	Provenance
}

// Area is one of the five functional areas of part 二(二).
type Area struct {
	Code       string       `json:"code"`
	Name       Text         `json:"name"`
	Members    []Member     `json:"members"`
	Encouraged []Encouraged `json:"encouraged"`
	Provenance
}

// Measure is one support measure. Number runs 1–25 as in part 四; the entitlement of part 五(一) has number 0.
// Bodies names classes of responsible bodies that the text does not list one by one.
type Measure struct {
	Code        string      `json:"code"`
	Number      int         `json:"number"`
	Group       string      `json:"group"` // 四(一) … 四(四), 五(一)
	Title       Text        `json:"title"`
	Responsible []string    `json:"responsible,omitempty"` // unit codes
	Bodies      []BodyClass `json:"bodies,omitempty"`
	Unlocked    bool        `json:"unlocked_by_accreditation"`
	Until       string      `json:"until,omitempty"` // last day on which a new case may begin, where the text sets one
	Note        Text        `json:"note,omitzero"`
	Provenance
}

// BodyClass is a class of responsible bodies that the text names as a whole.
type BodyClass string

// The classes used in part 四.
const (
	AllDistricts        BodyClass = "districts"            // 各区县人民政府
	RelevantDepartments BodyClass = "relevant-departments" // 市政府有关部门、有关单位
	SectorDepartments   BodyClass = "sector-departments"   // 各行业主管部门
)

// Label is the wording of the class.
func (b BodyClass) Label() Text {
	switch b {
	case AllDistricts:
		return Text{"各区县(自治县)人民政府", "district and county governments"}
	case RelevantDepartments:
		return Text{"市政府有关部门、有关单位", "municipal departments and bodies concerned"}
	case SectorDepartments:
		return Text{"各行业主管部门", "departments in charge of the sectors"}
	}
	return Text{string(b), string(b)}
}

func (b BodyClass) known() bool { return b.Label().ZH != string(b) }

// Clarification is one of the six things a district must make clear (part 五(一)), or the matching fund, the seventh
// thing checked.
type Clarification struct {
	Code         string  `json:"code"`
	Order        int     `json:"order"`
	Name         Text    `json:"name"`
	Asks         Text    `json:"asks"`
	Fields       []Field `json:"fields"`
	Checks       []Check `json:"checks"`
	MatchingFund bool    `json:"matching_fund,omitempty"`
	Provenance
}

// Field is one thing asked under a clarification; its code is the anchor of corrections.
type Field struct {
	Code     string `json:"code"`
	Name     Text   `json:"name"`
	Required bool   `json:"required"`
	Provenance
}

// Check is a named machine check that the filler sees before filing.
type Check struct {
	Code   string `json:"code"`
	Name   Text   `json:"name"`
	Blocks bool   `json:"blocks"` // false: reported, does not stop the filing
	Provenance
}

// Sector finds a sector by code.
func (d Data) Sector(code string) (Sector, bool) {
	return find(d.Sectors, code, func(s Sector) string { return s.Code })
}

// Area finds a functional area by code.
func (d Data) Area(code string) (Area, bool) {
	return find(d.Areas, code, func(a Area) string { return a.Code })
}

// Measure finds a measure by code.
func (d Data) Measure(code string) (Measure, bool) {
	return find(d.Measures, code, func(m Measure) string { return m.Code })
}

// Clarification finds a clarification by code.
func (d Data) Clarification(code string) (Clarification, bool) {
	return find(d.Clarifications, code, func(c Clarification) string { return c.Code })
}

// UnlockedMeasures are the measures that an accreditation opens to a zone: 20, 21 and the priority of part 五(一).
func (d Data) UnlockedMeasures() []Measure {
	var out []Measure
	for _, m := range d.Measures {
		if m.Unlocked {
			out = append(out, m)
		}
	}
	return out
}

// AreasOf lists the functional areas a unit belongs to, wholly or in part; more than one means: choose per zone.
func (d Data) AreasOf(unit string) []Area {
	var out []Area
	for _, a := range d.Areas {
		if _, ok := find(a.Members, unit, func(m Member) string { return m.Unit }); ok {
			out = append(out, a)
		}
	}
	return out
}

// EncouragedFor lists what the text encourages in an area for one of its units, blocks of other units left out.
func (a Area) EncouragedFor(unit string) []Encouraged {
	var out []Encouraged
	for _, e := range a.Encouraged {
		if len(e.Units) == 0 || slices.Contains(e.Units, unit) {
			out = append(out, e)
		}
	}
	return out
}

func find[T any](list []T, code string, codeOf func(T) string) (T, bool) {
	for _, item := range list {
		if codeOf(item) == code {
			return item, true
		}
	}
	var none T
	return none, false
}
