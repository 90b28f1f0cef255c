package application

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/policy"
)

func numbers(values ...int64) (out []*int64) {
	for i := range values {
		if values[i] < 0 {
			out = append(out, nil)
			continue
		}
		out = append(out, &values[i])
	}
	return out
}

// What was planned for a year stays with that year; the figure of the new base year is an
// actual one and is asked; an indicator that the rules no longer ask for is left out.
func TestGoalsMoveWithTheYears(t *testing.T) {
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules := data.Rules
	old := Goals{BaseYear: 2024, Rows: []GoalRow{
		{Indicator: "revenue", Base: numbers(10)[0], Planned: numbers(11, 12, 13), Reason: "为何下降"},
		{Indicator: "abolished", Base: numbers(1)[0], Planned: numbers(1, 1, 1)},
	}}
	for name, test := range map[string]struct {
		base int64
		want GoalRow
	}{
		"the same year":  {2024, GoalRow{Indicator: "revenue", Base: numbers(10)[0], Planned: numbers(11, 12, 13), Reason: "为何下降"}},
		"a year later":   {2025, GoalRow{Indicator: "revenue", Planned: numbers(12, 13, -1)}},
		"long after":     {2040, GoalRow{Indicator: "revenue", Planned: numbers(-1, -1, -1)}},
		"an earlier one": {2020, GoalRow{Indicator: "revenue", Base: numbers(10)[0], Planned: numbers(11, 12, 13), Reason: "为何下降"}},
	} {
		got := shiftGoals(old, rules, test.base)
		if diff := cmp.Diff([]GoalRow{test.want}, got.Rows); diff != "" || got.BaseYear != max(test.base, 2024) {
			t.Errorf("%s: base year %d\n%s", name, got.BaseYear, diff)
		}
	}
}

// What is past or belongs to the old filing alone is asked again.
func TestCarryForwardLeavesThePastBehind(t *testing.T) {
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := Content{Recommendation: Recommendation{DocumentNumber: "旧文〔2024〕1号", Date: "2024-03-01"},
		Fund:    Fund{SourceLine: "示例科目", Years: []FundYear{{Year: 2024, AmountFen: 1}, {Year: 2025, AmountFen: 2}, {Year: 2026, AmountFen: 3}}},
		Factors: Factors{Land: Factor{Source: "存量", Date: "2025-12-31"}, Funds: Factor{Date: "2026-06-30"}}}
	carryForward(&c, data.Rules, 2025, "2026-03-01")
	want := Content{Goals: Goals{}, Fund: Fund{SourceLine: "示例科目", Years: []FundYear{{Year: 2026, AmountFen: 3}}},
		Factors: Factors{Land: Factor{Source: "存量"}, Funds: Factor{Date: "2026-06-30"}}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}
