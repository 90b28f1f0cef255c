package policy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func firms(n int, revenue int64) []Firm {
	return slices.Repeat([]Firm{{Sector: "logistics", Revenue: Whole(revenue)}}, n)
}

func TestLogisticsNeedsManyFirmsOrStrongOnes(t *testing.T) {
	r := load(t).Rules
	for name, tc := range map[string]struct {
		firms []Firm
		want  bool
	}{
		"30 with 5 over":        {append(firms(25, 10), firms(5, 1000)...), true},
		"29 with 5 over":        {append(firms(24, 10), firms(5, 1000)...), false},
		"30 with 4 over":        {append(firms(26, 10), firms(4, 1000)...), false},
		"3 together 500m":       {append(firms(2, 10000), firms(1, 30000)...), true},
		"3 a yuan short":        {append(firms(2, 10000), Firm{"logistics", Whole(30000) - 100}), false},
		"2 together more":       {firms(2, 90000), false},
		"none":                  {nil, false},
		"firms of other fields": {slices.Repeat([]Firm{{Sector: "health", Revenue: Whole(90000)}}, 40), false},
	} {
		got := r.CheckEligibility(Candidate{Sectors: []string{"health", "logistics"}, Firms: tc.firms})
		if len(got) != 1 || got[0].Met != tc.want || len(got[0].Groups) != 2 {
			t.Errorf("%s: got %+v, want %v", name, got, tc.want)
		}
		if Refused(got) {
			t.Errorf("%s: a rule that only reports refused the filing", name)
		}
	}
	if got := r.CheckEligibility(Candidate{Sectors: []string{"health"}}); len(got) != 0 {
		t.Errorf("health has no rule, got %+v", got)
	}
}

func TestSubjects(t *testing.T) {
	c := Candidate{
		Firms:    []Firm{{"a", Whole(5)}, {"b", Whole(9)}, {"a", Whole(7)}, {"c", Whole(1)}},
		Measured: map[Subject]Decimal{SubjectArea: Whole(4), SubjectJobs: Whole(300)},
	}
	for _, tc := range []struct {
		sectors   []string
		threshold Threshold
		found     Decimal
	}{
		{nil, Threshold{Subject: SubjectFirms}, Whole(4)},
		{[]string{"a"}, Threshold{Subject: SubjectFirms}, Whole(2)},
		{nil, Threshold{Subject: SubjectFirmsOver, Over: Whole(5)}, Whole(3)},
		{nil, Threshold{Subject: SubjectRevenue}, Whole(22)},
		{nil, Threshold{Subject: SubjectTopRevenue, Top: 2}, Whole(16)},
		{nil, Threshold{Subject: SubjectTopRevenue, Top: 9}, Whole(22)},
		{nil, Threshold{Subject: SubjectArea}, Whole(4)},
		{nil, Threshold{Subject: SubjectJobs}, Whole(300)},
		{nil, Threshold{Subject: SubjectManagers}, 0},
	} {
		rule := Eligibility{Sectors: tc.sectors, AnyOf: []EligibilityGroup{{AllOf: []Threshold{tc.threshold}}}}
		got := rule.apply(c).Groups[0].Thresholds[0]
		if got.Found != tc.found || !got.Label.complete() || got.Label.ZH == string(tc.threshold.Subject) {
			t.Errorf("%s: found %s, want %s", tc.threshold.Subject, got.Found, tc.found)
		}
	}
}

func TestBlockingRuleRefusesAndMoreThanIsStrict(t *testing.T) {
	rule := Eligibility{Blocks: true, AnyOf: []EligibilityGroup{{AllOf: []Threshold{{Subject: SubjectFirms, Op: MoreThan, Value: Whole(2)}}}}}
	r := RuleSet{Eligibility: []Eligibility{rule}}
	if got := r.CheckEligibility(Candidate{Firms: firms(2, 1)}); !Refused(got) {
		t.Errorf("two are not more than two: %+v", got)
	}
	if got := r.CheckEligibility(Candidate{Firms: firms(3, 1)}); Refused(got) {
		t.Errorf("three are more than two: %+v", got)
	}
}

func TestMoreFirmsNeverLoseEligibility(t *testing.T) {
	rules := load(t).Rules
	firm := rapid.Map(rapid.Int64Range(0, 60000), func(n int64) Firm { return Firm{"logistics", Whole(n)} })
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(firm, 0, 40).Draw(t, "firms")
		more := append(slices.Clone(list), firm.Draw(t, "more"))
		met := func(f []Firm) bool {
			return rules.CheckEligibility(Candidate{Sectors: []string{"logistics"}, Firms: f})[0].Met
		}
		if met(list) && !met(more) {
			t.Fatal("one more firm cost eligibility")
		}
		if met(list) != met(rapid.Permutation(list).Draw(t, "order")) {
			t.Fatal("the order of the list mattered")
		}
	})
}
