package policy

// Evaluation holds the rules of the annual evaluation.
type Evaluation struct {
	Groups      []IndicatorGroup    `json:"groups"`
	Indicators  []Indicator         `json:"indicators"` // weights total 100
	Weights     []SectorWeight      `json:"sector_weights,omitempty"`
	Bonuses     []Adjustment        `json:"bonuses"`
	Deductions  []Adjustment        `json:"deductions"`
	BonusCap    Setting[Points]     `json:"bonus_cap"`
	DeductCap   Setting[Points]     `json:"deduction_cap"`
	Vetoes      []Veto              `json:"vetoes"`
	Grades      []Grade             `json:"grades"`        // best first, the last from 0
	BestCap     Setting[Points]     `json:"best_cap"`      // percent of zones that may have the best grade; 0: no cap
	BestAtLeast Setting[int]        `json:"best_at_least"` // how many the cap always leaves room for
	PanelSize   Setting[int]        `json:"panel_size"`
	Method      Setting[MeanMethod] `json:"method"`
	TrimFrom    Setting[int]        `json:"trim_from"`
	Absent      Setting[string]     `json:"absent"` // grade of a zone that takes no part
	Revocation  Revocation          `json:"revocation"`
}

// IndicatorGroup gathers indicators under a heading.
type IndicatorGroup struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
}

// SourceKind is where an indicator's figure comes from.
type SourceKind string

// The kinds of source. Share is Of as a percentage of Base; growth and change compare Of with the year before.
const (
	SourceReport SourceKind = "report" // the year's figure of report indicator Of
	SourceGrowth SourceKind = "growth" // growth in percent
	SourceChange SourceKind = "change" // difference to the year before
	SourceShare  SourceKind = "share"
	SourceFunds  SourceKind = "funds" // matching fund and factors delivered, percent of what was promised
	SourceTyped  SourceKind = "typed"
	SourceExpert SourceKind = "expert"
)

// FigureSource says how an indicator's figure is found.
type FigureSource struct {
	Kind SourceKind `json:"kind"`
	Of   string     `json:"of,omitempty"`
	Base string     `json:"base,omitempty"`
}

// Indicator is one row of the evaluation table.
type Indicator struct {
	Code       string       `json:"code"`
	Group      string       `json:"group"`
	Name       Text         `json:"name"`
	Unit       Text         `json:"unit"`
	Precision  int          `json:"precision"`
	Definition Text         `json:"definition"`
	Source     FigureSource `json:"source"`
	Min        *Decimal     `json:"min,omitempty"` // valid range of the figure
	Max        *Decimal     `json:"max,omitempty"`
	Evidence   bool         `json:"evidence"`
	Weight     Points       `json:"weight"`
	Method     Method       `json:"method"`
	Provenance
}

// SectorWeight replaces an indicator's weight for zones whose main sector is Sector.
type SectorWeight struct {
	Sector    string `json:"sector"`
	Indicator string `json:"indicator"`
	Weight    Points `json:"weight"`
}

// MethodKind is one of the four ways to turn a figure into a mark out of 100.
type MethodKind string

// The four scoring methods.
const (
	MethodBands  MethodKind = "bands"
	MethodStep   MethodKind = "step"
	MethodPeer   MethodKind = "peer"
	MethodExpert MethodKind = "expert"
)

// Method is a scoring method with the settings of its kind; exactly the part named by Kind is set.
type Method struct {
	Kind   MethodKind `json:"kind"`
	Bands  []Band     `json:"bands,omitempty"`
	Step   *Step      `json:"step,omitempty"`
	Peer   *Peer      `json:"peer,omitempty"`
	Expert *Expert    `json:"expert,omitempty"`
}

// Band gives a mark to figures from From (inclusive) to the next band's From. The first band has no From: it takes
// everything below.
type Band struct {
	From *Decimal `json:"from,omitempty"`
	Mark Points   `json:"mark"`
}

// Step gives Base for reaching the target; each Per above adds Gain, each Per below takes Loss, within Floor and Cap.
type Step struct {
	Target  *Decimal `json:"target,omitempty"` // nil: the zone's own goal for the year
	Percent bool     `json:"percent"`          // Per is percent of the target instead of the indicator's unit
	Per     Decimal  `json:"per"`
	Base    Points   `json:"base"`
	Gain    Points   `json:"gain"`
	Loss    Points   `json:"loss"`
	Cap     Points   `json:"cap"`
	Floor   Points   `json:"floor"`
	Whole   bool     `json:"whole"` // only full steps count, in both directions; false: in proportion
	Lower   bool     `json:"lower"` // lower figures are better
}

// PeerKind is a way to compare with zones of the same sector.
type PeerKind string

// Efficacy: Base + Span·(v−min)/(max−min). MeanHundred: 100·v/mean, within Cap.
const (
	Efficacy    PeerKind = "efficacy"
	MeanHundred PeerKind = "mean"
)

// Peer normalises over zones of the same sector. Equal is the mark when there is nothing to compare: all figures alike,
// or fewer than MinZones zones.
type Peer struct {
	Kind     PeerKind `json:"kind"`
	Base     Points   `json:"base"`
	Span     Points   `json:"span"`
	Cap      Points   `json:"cap"`
	Equal    Points   `json:"equal"`
	MinZones int      `json:"min_zones"`
	Lower    bool     `json:"lower"`
}

// Expert takes evaluators' points, each from 0 to the indicator's weight in steps of Step.
type Expert struct {
	Step     Points `json:"step"`
	Guidance Text   `json:"guidance"`
}

// Adjustment is a bonus or deduction item, at most Max points.
type Adjustment struct {
	Code     string `json:"code"`
	Name     Text   `json:"name"`
	Max      Points `json:"max"`
	Evidence bool   `json:"evidence"`
	Provenance
}

// Grade is a step of the result, reached from From points.
type Grade struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
	From Points `json:"from"`
	Fail bool   `json:"fail,omitempty"` // unqualified: rectification follows
	Provenance
}

// Revocation says which run of failed years leads to a proposal to revoke.
type Revocation struct {
	InARow       int  `json:"in_a_row"`     // failed years in a row; 0: rule off
	Count        int  `json:"count"`        // or so many failed years …
	WithinYears  int  `json:"within_years"` // … within so many years
	FailedRepair bool `json:"failed_rectification"`
	Provenance
}

// Indicator finds a row by code.
func (e Evaluation) Indicator(code string) (Indicator, bool) {
	return find(e.Indicators, code, func(i Indicator) string { return i.Code })
}

// Grade finds a grade by code.
func (e Evaluation) Grade(code string) (Grade, bool) {
	return find(e.Grades, code, func(g Grade) string { return g.Code })
}

// FailGrade is the grade that means unqualified: the last of the table.
func (e Evaluation) FailGrade() Grade {
	if len(e.Grades) == 0 {
		return Grade{}
	}
	return e.Grades[len(e.Grades)-1]
}

// WeightFor is the weight of an indicator for zones of a main sector.
func (e Evaluation) WeightFor(sector string, i Indicator) Points {
	for _, w := range e.Weights {
		if w.Sector == sector && w.Indicator == i.Code {
			return w.Weight
		}
	}
	return i.Weight
}
