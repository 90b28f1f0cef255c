package policy

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// Sheet is everything that enters one zone's evaluation in one column (self, check or expert).
type Sheet struct {
	Sector     string             // main sector of the zone
	Readings   map[string]Reading // by indicator
	Bonuses    map[string]Points  // by item, what is claimed or allowed
	Deductions map[string]Points
	Vetoes     []string // veto rows that apply
}

// Outcome is a zone's result with every line of its calculation.
type Outcome struct {
	Lines     []Calculation // indicators, then bonus, deduction and total
	Base      Points        // sum of the indicators
	Bonus     Points        // after the cap
	Deduction Points        // after the cap
	Total     Points        // never below zero
	Vetoes    []Veto
	Grade     Grade // by cut-offs and vetoes; the cap on the best grade is applied over all zones by Rank
}

// Evaluate calculates one column of one zone. Readings for unknown indicators, points beyond an item's maximum and
// unknown veto rows are errors: the caller's form should have refused them.
func (e Evaluation) Evaluate(s Sheet) (Outcome, error) {
	if err := e.checkSheet(s); err != nil {
		return Outcome{}, err
	}
	var out Outcome
	for _, i := range e.Indicators {
		line, err := e.Score(i, e.WeightFor(s.Sector, i), s.Readings[i.Code])
		if err != nil {
			return Outcome{}, err
		}
		out.Base += line.Points
		out.Lines = append(out.Lines, line)
	}
	bonus := adjust(Text{"加分", "bonus"}, "bonus", e.Bonuses, s.Bonuses, e.BonusCap.Value)
	deduction := adjust(Text{"扣分", "deduction"}, "deduction", e.Deductions, s.Deductions, e.DeductCap.Value)
	out.Bonus, out.Deduction = bonus.Points, deduction.Points
	out.Total = max(out.Base+out.Bonus-out.Deduction, 0)
	for _, v := range e.Vetoes {
		if slices.Contains(s.Vetoes, v.Code) {
			out.Vetoes = append(out.Vetoes, v)
		}
	}
	out.Grade = e.GradeOf(out.Total, len(out.Vetoes) > 0)
	out.Lines = append(out.Lines, bonus, deduction, totalLine(out))
	return out, nil
}

func (e Evaluation) checkSheet(s Sheet) error {
	for _, code := range slices.Sorted(maps.Keys(s.Readings)) {
		if _, ok := e.Indicator(code); !ok {
			return fmt.Errorf("evaluation: %s is not an indicator of this rule set", code)
		}
	}
	for _, code := range s.Vetoes {
		if _, ok := find(e.Vetoes, code, func(v Veto) string { return v.Code }); !ok {
			return fmt.Errorf("evaluation: %s is not a veto row of this rule set", code)
		}
	}
	if err := checkItems(e.Bonuses, s.Bonuses); err != nil {
		return err
	}
	return checkItems(e.Deductions, s.Deductions)
}

func checkItems(items []Adjustment, given map[string]Points) error {
	for _, code := range slices.Sorted(maps.Keys(given)) {
		item, ok := find(items, code, func(a Adjustment) string { return a.Code })
		if !ok {
			return fmt.Errorf("evaluation: %s is not a bonus or deduction item of this rule set", code)
		}
		if p := given[code]; p < 0 || p > item.Max {
			return fmt.Errorf("evaluation: item %s: %s points are outside 0–%s", code, p, item.Max)
		}
	}
	return nil
}

func adjust(label Text, code string, items []Adjustment, given map[string]Points, limit Points) Calculation {
	line := Calculation{Code: code, Label: label, Weight: limit, Formula: Text{
		"各项之和,不超过 " + limit.String() + " 分", "sum of the items, at most " + limit.String(),
	}}
	var sum Points
	for _, item := range items {
		if p := given[item.Code]; p > 0 {
			line.input(item.Name, p.String())
			sum += p
		}
	}
	line.Points = pointsOf(line.bound(sum.Rat(), 0, limit))
	return line
}

func totalLine(o Outcome) Calculation {
	line := Calculation{
		Code: "total", Label: Text{"总分", "total"}, Weight: Hundred, Points: o.Total, Mark: min(o.Total, Hundred),
		Formula: Text{"指标得分 + 加分 − 扣分(不低于 0)", "indicators + bonus − deduction (not below 0)"},
	}
	line.input(Text{"指标得分", "indicators"}, o.Base.String())
	line.input(Text{"加分", "bonus"}, o.Bonus.String())
	line.input(Text{"扣分", "deduction"}, o.Deduction.String())
	for _, v := range o.Vetoes {
		line.input(Text{"一票否决", "veto"}, v.Name.ZH)
		line.Note = Text{"有否决项,直接定为不合格", "a veto applies: unqualified whatever the total"}
	}
	return line
}

// GradeOf is the grade by cut-offs; a veto gives the last grade whatever the total.
func (e Evaluation) GradeOf(total Points, vetoed bool) Grade {
	if vetoed {
		return e.FailGrade()
	}
	for _, g := range e.Grades {
		if total >= g.From {
			return g
		}
	}
	return e.FailGrade()
}

// Standing is one zone's total in the ranking of a year.
type Standing struct {
	Zone   string
	Total  Points
	Vetoed bool
	Absent bool // took no part
}

// Ranked is a standing with its place and final grade.
type Ranked struct {
	Standing
	Place   int // equal totals share a place
	Grade   Grade
	Lowered bool // the cap on the best grade took it one down
	Note    Text
}

// Rank orders the zones of a year and applies the cap on the best grade. Zones with the same total always get the same
// grade: those that tie with the last one admitted keep the best grade too. The order of the input does not matter.
func (e Evaluation) Rank(standings []Standing) []Ranked {
	list := slices.Clone(standings)
	slices.SortFunc(list, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(outOfRank(a), outOfRank(b)), cmp.Compare(b.Total, a.Total), cmp.Compare(a.Zone, b.Zone))
	})
	out := make([]Ranked, len(list))
	for n, s := range list {
		out[n] = e.rankOne(s)
		out[n].Place = n + 1
		if n > 0 && s.Total == list[n-1].Total && outOfRank(s) == outOfRank(list[n-1]) {
			out[n].Place = out[n-1].Place
		}
	}
	e.capBest(out)
	return out
}

// outOfRank puts absent zones last and vetoed ones before them.
func outOfRank(s Standing) int {
	switch {
	case s.Absent:
		return 2
	case s.Vetoed:
		return 1
	}
	return 0
}

func (e Evaluation) rankOne(s Standing) Ranked {
	r := Ranked{Standing: s, Grade: e.GradeOf(s.Total, s.Vetoed)}
	switch {
	case s.Absent:
		r.Grade, _ = e.Grade(e.Absent.Value)
		r.Note = Text{"未参加考评", "took no part in the evaluation"}
	case s.Vetoed:
		r.Note = Text{"有一票否决事项", "a veto applies"}
	}
	return r
}

func (e Evaluation) capBest(ranked []Ranked) {
	if e.BestCap.Value <= 0 || len(e.Grades) < 2 {
		return
	}
	places := max(shareOf(e.BestCap.Value, len(ranked)), e.BestAtLeast.Value)
	for n := range ranked {
		if ranked[n].Grade.Code != e.Grades[0].Code || ranked[n].Place <= places {
			continue
		}
		ranked[n].Grade, ranked[n].Lowered = e.Grades[1], true
		ranked[n].Note = Text{"优秀名额已满,按" + e.Grades[1].Name.ZH + "计",
			"the share of the best grade is used up: " + e.Grades[1].Name.EN}
	}
}

// shareOf is how many whole zones a percentage of n gives, rounded down.
func shareOf(percent Points, n int) int {
	r := percentOf(big.NewRat(int64(n), 1), percent)
	return int(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
}

// YearGrade is the final grade of one year.
type YearGrade struct {
	Year  int
	Grade string
}

// Consequence is what follows from a zone's grades.
type Consequence string

// The consequences of a year's grade.
const (
	NoConsequence   Consequence = "none"
	Rectify         Consequence = "rectify"
	ProposeRevoking Consequence = "propose-revocation"
)

// ConsequenceOf judges the newest year among the grades, with the years before it as history. A failed rectification
// leads to a proposal to revoke where the rule set says so. Years without a grade break a run.
func (e Evaluation) ConsequenceOf(history []YearGrade, rectificationFailed bool) Consequence {
	if rectificationFailed && e.Revocation.FailedRepair {
		return ProposeRevoking
	}
	failed, newest := map[int]bool{}, 0
	for _, y := range history {
		g, _ := e.Grade(y.Grade)
		failed[y.Year] = g.Fail
		newest = max(newest, y.Year)
	}
	if !failed[newest] {
		return NoConsequence
	}
	run, count := 0, 0
	for year := newest; failed[year]; year-- {
		run++
	}
	for year := newest; year > newest-e.Revocation.WithinYears; year-- {
		if failed[year] {
			count++
		}
	}
	if reached(run, e.Revocation.InARow) || reached(count, e.Revocation.Count) {
		return ProposeRevoking
	}
	return Rectify
}

func reached(n, limit int) bool { return limit > 0 && n >= limit }
