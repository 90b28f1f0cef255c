package policy

// MeanMethod is how the scores of several evaluators become one.
type MeanMethod string

// The plain mean, or the mean after the highest and the lowest score are dropped, from a panel size on.
const (
	PlainMean   MeanMethod = "plain"
	TrimmedMean MeanMethod = "trimmed"
)

// Review holds the rules of expert review of applications.
type Review struct {
	Criteria       []Criterion         `json:"criteria"` // points total 100
	Vetoes         []Veto              `json:"vetoes"`
	VetoesNeeded   Setting[int]        `json:"vetoes_needed"` // evaluators who must raise the same veto row
	Justify        Justify             `json:"justify"`
	PanelSize      Setting[int]        `json:"panel_size"` // odd
	Method         Setting[MeanMethod] `json:"method"`
	TrimFrom       Setting[int]        `json:"trim_from"`      // panel size from which scores are dropped, at least 3
	SpreadLimit    Setting[Points]     `json:"spread_limit"`   // highest minus lowest total above which the panel meets again
	RecusalYears   Setting[int]        `json:"recusal_years"`  // same employer or unit within so many years
	SiteVisit      Setting[bool]       `json:"site_visit"`     // optional visit is foreseen
	HideUntilOwnIn Setting[bool]       `json:"hide_until_own"` // others' scores stay hidden until one's own is in
	MaxLoad        Setting[int]        `json:"max_load"`       // open cases per evaluator when the system draws
}

// Criterion is one row of the rubric.
type Criterion struct {
	Code          string  `json:"code"`
	Name          Text    `json:"name"`
	Guidance      Text    `json:"guidance"`
	Max           Points  `json:"max"`
	Step          Points  `json:"step"` // scores are multiples of it
	Levels        []Level `json:"levels"`
	Justify       bool    `json:"justify,omitempty"`       // always needs a justification
	Clarification string  `json:"clarification,omitempty"` // what it looks at first
	Provenance
}

// Level is one level of a criterion's scale, reached from a percentage of its points.
type Level struct {
	Name        Text   `json:"name"`
	FromPercent Points `json:"from_percent"`
}

// Veto is a row that fails the whole case, whatever the points.
type Veto struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
	Provenance
}

// Justify says when a score needs words: at or below Low percent, or at or above High percent of the points. A veto
// always does.
type Justify struct {
	LowPercent  Points `json:"low_percent"`
	HighPercent Points `json:"high_percent"`
	MinLength   int    `json:"min_length"` // characters
	Provenance
}

// Criterion finds a row of the rubric by code.
func (r Review) Criterion(code string) (Criterion, bool) {
	return find(r.Criteria, code, func(c Criterion) string { return c.Code })
}

// Veto finds a veto row by code.
func (r Review) Veto(code string) (Veto, bool) {
	return find(r.Vetoes, code, func(v Veto) string { return v.Code })
}

// Level names the level that a score reaches on the criterion's scale.
func (c Criterion) Level(score Points) (Level, bool) {
	var best Level
	found := false
	for _, l := range c.Levels {
		if score*Hundred >= l.FromPercent*c.Max && (!found || l.FromPercent > best.FromPercent) {
			best, found = l, true
		}
	}
	return best, found
}
