package policy

// UnitKind is what a unit does in the service.
type UnitKind string

// The kinds of unit.
const (
	KindDistrict    UnitKind = "district"
	KindCommission  UnitKind = "commission"
	KindDepartment  UnitKind = "department"
	KindStatistics  UnitKind = "statistics"
	KindSupervision UnitKind = "supervision"
)

// UnitForm is the administrative form of a unit that files.
type UnitForm string

// The forms of units of kind district.
const (
	FormDistrict         UnitForm = "district"          // 区
	FormCounty           UnitForm = "county"            // 县
	FormAutonomousCounty UnitForm = "autonomous-county" // 自治县
	FormDevelopmentZone  UnitForm = "development-zone"  // 开发区
)

// UnitSeed is one unit as the register starts out. Code is the GB/T 2260 code where one is known, else an internal slug.
type UnitSeed struct {
	Code       string   `json:"code"`
	GB         bool     `json:"gb,omitempty"` // Code is a GB/T 2260 code
	Kind       UnitKind `json:"kind"`
	Form       UnitForm `json:"form,omitempty"`
	Name       Text     `json:"name"`
	Short      Text     `json:"short"`
	Pinyin     string   `json:"pinyin"`   // of the short Chinese name, without the 市 before a department
	Initials   string   `json:"initials"` // first letters of the same
	Areas      []string `json:"areas,omitempty"`
	ValidFrom  string   `json:"valid_from"`           // first day, local date
	ValidTo    string   `json:"valid_to,omitempty"`   // first day on which it is no longer in force; empty: open
	Successors []string `json:"successors,omitempty"` // who takes its zones over
	Extent     *Extent  `json:"extent,omitempty"`
	Note       Text     `json:"note,omitzero"`
	Provenance
}

// Extent is a rough bounding box in degrees. It is approximate by design and serves only to warn about a boundary that
// lies far outside; it never refuses one and is no statement about any border.
type Extent struct {
	West        float64 `json:"west"`
	South       float64 `json:"south"`
	East        float64 `json:"east"`
	North       float64 `json:"north"`
	Approximate bool    `json:"approximate"`
}

// Contains reports whether a point lies in the box.
func (e Extent) Contains(lon, lat float64) bool {
	return lon >= e.West && lon <= e.East && lat >= e.South && lat <= e.North
}

// InForce reports whether the unit exists on a local date ("2006-01-02").
func (u UnitSeed) InForce(date string) bool {
	return date >= u.ValidFrom && (u.ValidTo == "" || date < u.ValidTo)
}

// Unit finds a unit by code.
func (d Data) Unit(code string) (UnitSeed, bool) {
	return find(d.Units, code, func(u UnitSeed) string { return u.Code })
}

// UnitsInForce lists the units of a kind that exist on a local date; an empty kind means all.
func (d Data) UnitsInForce(kind UnitKind, date string) []UnitSeed {
	var out []UnitSeed
	for _, u := range d.Units {
		if (kind == "" || u.Kind == kind) && u.InForce(date) {
			out = append(out, u)
		}
	}
	return out
}

// Heirs follows successors to the units in force on a date; a unit in force is its own heir.
func (d Data) Heirs(code, date string) []UnitSeed {
	var out []UnitSeed
	d.heirs(code, date, map[string]bool{}, &out)
	return out
}

func (d Data) heirs(code, date string, seen map[string]bool, out *[]UnitSeed) {
	u, ok := d.Unit(code)
	if !ok || seen[code] {
		return
	}
	seen[code] = true
	if u.InForce(date) {
		*out = append(*out, u)
		return
	}
	for _, next := range u.Successors {
		d.heirs(next, date, seen, out)
	}
}

// GBUnits lists the units that carry a GB/T 2260 code.
func (d Data) GBUnits() []UnitSeed {
	var out []UnitSeed
	for _, u := range d.Units {
		if u.GB {
			out = append(out, u)
		}
	}
	return out
}
