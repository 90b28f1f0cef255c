package policy

import "slices"

// Subject is what an eligibility threshold looks at.
type Subject string

// The subjects. Revenue figures are in 万元; firms are those of the rule's sectors.
const (
	SubjectFirms      Subject = "firms"       // number of resident firms
	SubjectFirmsOver  Subject = "firms-over"  // number of firms with revenue of at least Over
	SubjectRevenue    Subject = "revenue"     // revenue of those firms together
	SubjectTopRevenue Subject = "top-revenue" // revenue of the Top largest of them together
	SubjectArea       Subject = "area"        // area of the zone in km²
	SubjectFloorArea  Subject = "floor-area"  // built floor area in 万㎡
	SubjectJobs       Subject = "jobs"        // jobs in the base year
	SubjectManagers   Subject = "managers"    // full-time managers
)

func (s Subject) known() bool { return s.label().ZH != string(s) }

func (s Subject) label() Text {
	switch s {
	case SubjectFirms:
		return Text{"入驻企业数", "resident firms"}
	case SubjectFirmsOver:
		return Text{"达到规定营业收入的企业数", "firms at or above the revenue stated"}
	case SubjectRevenue:
		return Text{"企业营业收入合计", "revenue of the firms together"}
	case SubjectTopRevenue:
		return Text{"前几家企业营业收入合计", "revenue of the largest firms together"}
	case SubjectArea:
		return Text{"示范区面积", "area of the zone"}
	case SubjectFloorArea:
		return Text{"建筑面积", "built floor area"}
	case SubjectJobs:
		return Text{"从业人员", "jobs"}
	case SubjectManagers:
		return Text{"专职管理人员", "full-time managers"}
	}
	return Text{string(s), string(s)}
}

// Eligibility is one rule: any of its groups must hold, and within a group every threshold.
type Eligibility struct {
	Code    string             `json:"code"`
	Name    Text               `json:"name"`
	Sectors []string           `json:"sectors,omitempty"` // empty: every application
	Blocks  bool               `json:"blocks"`            // false: reported, does not stop the filing
	AnyOf   []EligibilityGroup `json:"any_of"`
	Provenance
}

// EligibilityGroup is one alternative of a rule.
type EligibilityGroup struct {
	Name  Text        `json:"name"`
	AllOf []Threshold `json:"all_of"`
}

// Threshold asks that the subject reach a value.
type Threshold struct {
	Subject Subject    `json:"subject"`
	Over    Decimal    `json:"over,omitempty"` // 万元, for firms-over
	Top     int        `json:"top,omitempty"`  // for top-revenue
	Op      Comparison `json:"op"`
	Value   Decimal    `json:"value"`
	Unit    Text       `json:"unit"`
}

// Firm is what eligibility looks at in a resident firm. Where only a band is known, Revenue is the band's lower end, so
// that a threshold is never passed on a guess.
type Firm struct {
	Sector  string
	Revenue Decimal // 万元
}

// Candidate is what eligibility looks at in an application.
type Candidate struct {
	Sectors  []string
	Firms    []Firm
	Measured map[Subject]Decimal // area, floor-area, jobs, managers
}

// ThresholdResult is one threshold with the figure found.
type ThresholdResult struct {
	Threshold Threshold
	Label     Text
	Found     Decimal
	Met       bool
}

// GroupResult is one alternative with its thresholds.
type GroupResult struct {
	Name       Text
	Thresholds []ThresholdResult
	Met        bool
}

// EligibilityResult is one rule applied to one application.
type EligibilityResult struct {
	Rule   Eligibility
	Groups []GroupResult
	Met    bool
}

// CheckEligibility applies every rule that concerns one of the candidate's sectors and shows each figure against its
// threshold, in the order of the rule set.
func (r RuleSet) CheckEligibility(c Candidate) []EligibilityResult {
	var out []EligibilityResult
	for _, rule := range r.Eligibility {
		if rule.concerns(c.Sectors) {
			out = append(out, rule.apply(c))
		}
	}
	return out
}

// Refused reports whether a rule that blocks is not met.
func Refused(results []EligibilityResult) bool {
	return slices.ContainsFunc(results, func(r EligibilityResult) bool { return r.Rule.Blocks && !r.Met })
}

func (e Eligibility) concerns(sectors []string) bool {
	return len(e.Sectors) == 0 ||
		slices.ContainsFunc(sectors, func(s string) bool { return slices.Contains(e.Sectors, s) })
}

func (e Eligibility) apply(c Candidate) EligibilityResult {
	result := EligibilityResult{Rule: e}
	firms := e.revenues(c.Firms)
	for _, g := range e.AnyOf {
		group := GroupResult{Name: g.Name, Met: true}
		for _, t := range g.AllOf {
			found := t.figure(firms, c.Measured)
			met := Target{Comparison: t.Op, Value: t.Value}.Met(found)
			group.Met = group.Met && met
			group.Thresholds = append(group.Thresholds, ThresholdResult{t, t.Subject.label(), found, met})
		}
		result.Met = result.Met || group.Met
		result.Groups = append(result.Groups, group)
	}
	return result
}

// revenues are those of the firms in the rule's sectors, largest first.
func (e Eligibility) revenues(firms []Firm) []Decimal {
	var out []Decimal
	for _, f := range firms {
		if len(e.Sectors) == 0 || slices.Contains(e.Sectors, f.Sector) {
			out = append(out, f.Revenue)
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out
}

func (t Threshold) figure(revenues []Decimal, measured map[Subject]Decimal) Decimal {
	switch t.Subject {
	case SubjectFirms:
		return Whole(int64(len(revenues)))
	case SubjectFirmsOver:
		n := 0
		for n < len(revenues) && revenues[n] >= t.Over {
			n++
		}
		return Whole(int64(n))
	case SubjectRevenue:
		return total(revenues)
	case SubjectTopRevenue:
		return total(revenues[:min(t.Top, len(revenues))])
	}
	return measured[t.Subject]
}

func total(list []Decimal) Decimal {
	var sum Decimal
	for _, d := range list {
		sum += d
	}
	return sum
}
