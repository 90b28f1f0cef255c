package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// table has an indicator by bands of 60 points and one by experts of 40.
func table(t testing.TB) Evaluation {
	e := load(t).Rules.Evaluation
	e.Indicators = []Indicator{
		{Code: "firms", Weight: 6000, Method: banded(t, 0, "10:50", "20:100")},
		{Code: "innovation", Weight: 4000, Method: Method{Kind: MethodExpert, Expert: &Expert{Step: 50}}},
	}
	return e
}

func sheet(firms int64, experts ...Points) Sheet {
	return Sheet{Readings: map[string]Reading{"firms": {Value: ptr(Whole(firms))}, "innovation": {Experts: experts}}}
}

func TestEvaluate(t *testing.T) {
	full := func(change func(*Sheet)) Sheet {
		s := sheet(20, 4000)
		change(&s)
		return s
	}
	for name, tc := range map[string]struct {
		sheet                         Sheet
		base, bonus, deduction, total Points
		grade                         string
	}{
		"full marks":  {full(func(*Sheet) {}), 10000, 0, 0, 10000, "excellent"},
		"half":        {sheet(10, 2000), 5000, 0, 0, 5000, "unqualified"},
		"at the line": {sheet(10, 3000), 6000, 0, 0, 6000, "qualified"},
		"bonus is capped": {full(func(s *Sheet) {
			s.Bonuses = map[string]Points{"national-pilot": 300, "recognised-practice": 200, "major-project": 200}
		}), 10000, 500, 0, 10500, "excellent"},
		"deduction capped": {full(func(s *Sheet) {
			s.Deductions = map[string]Points{"late-reports": 400, "wrong-figures": 400, "fund-problem": 400}
		}), 10000, 0, 1000, 9000, "excellent"},
		"one hundredth off": {sheet(20, 2999), 8999, 0, 0, 8999, "good"},
		"veto":              {full(func(s *Sheet) { s.Vetoes = []string{"fraud"} }), 10000, 0, 0, 10000, "unqualified"},
		"never below zero":  {func() Sheet { s := sheet(0, 0); s.Deductions = map[string]Points{"late-reports": 400}; return s }(), 0, 0, 400, 0, "unqualified"},
		"nothing reported":  {Sheet{}, 0, 0, 0, 0, "unqualified"},
	} {
		got, err := table(t).Evaluate(tc.sheet)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Base != tc.base || got.Bonus != tc.bonus || got.Deduction != tc.deduction || got.Total != tc.total || got.Grade.Code != tc.grade {
			t.Errorf("%s: got %s + %s − %s = %s, %s", name, got.Base, got.Bonus, got.Deduction, got.Total, got.Grade.Code)
		}
	}
}

func TestEvaluateRefuses(t *testing.T) {
	for want, change := range map[string]func(*Sheet){
		"sales is not an indicator":       func(s *Sheet) { s.Readings["sales"] = Reading{} },
		"war is not a veto row":           func(s *Sheet) { s.Vetoes = []string{"war"} },
		"luck is not a bonus":             func(s *Sheet) { s.Bonuses = map[string]Points{"luck": 1} },
		"item national-pilot: 3.01":       func(s *Sheet) { s.Bonuses = map[string]Points{"national-pilot": 301} },
		"item late-reports: -0.01 points": func(s *Sheet) { s.Deductions = map[string]Points{"late-reports": -1} },
		"indicator innovation":            func(s *Sheet) { s.Readings["innovation"] = Reading{Experts: []Points{4001}} },
	} {
		s := sheet(10, 10)
		change(&s)
		if _, err := table(t).Evaluate(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestLinesAddUpToTheTotal(t *testing.T) {
	rules := load(t).Rules.Evaluation
	rapid.Check(t, func(t *rapid.T) {
		s := Sheet{Readings: map[string]Reading{}, Bonuses: map[string]Points{}, Deductions: map[string]Points{}}
		for _, i := range rules.Indicators {
			r := Reading{Peers: rapid.SliceOfN(figure(), 0, 4).Draw(t, "peers")}
			if rapid.Bool().Draw(t, "reported") {
				r.Value = ptr(figure().Draw(t, i.Code))
				r.Experts = []Points{Points(rapid.Int64Range(0, int64(i.Weight)).Draw(t, "expert"))}
			}
			s.Readings[i.Code] = r
		}
		for _, a := range rules.Bonuses {
			s.Bonuses[a.Code] = Points(rapid.Int64Range(0, int64(a.Max)).Draw(t, a.Code))
		}
		for _, a := range rules.Deductions {
			s.Deductions[a.Code] = Points(rapid.Int64Range(0, int64(a.Max)).Draw(t, a.Code))
		}
		out, err := rules.Evaluate(s)
		if err != nil {
			t.Fatal(err)
		}
		n := len(rules.Indicators)
		var sum Points
		for _, line := range out.Lines[:n] {
			sum += line.Points
		}
		if want := max(sum+out.Lines[n].Points-out.Lines[n+1].Points, 0); out.Lines[n+2].Points != want || out.Total != want {
			t.Fatalf("total %s, lines give %s", out.Total, want)
		}
		if out.Total < 0 || out.Total > Hundred+rules.BonusCap.Value || out.Base > Hundred {
			t.Fatalf("total %s out of bounds", out.Total)
		}
		if out.Grade.Code != rules.GradeOf(out.Total, false).Code {
			t.Fatalf("grade %s", out.Grade.Code)
		}
	})
}

func TestGradeCutOffs(t *testing.T) {
	e := load(t).Rules.Evaluation
	for total, want := range map[Points]string{
		10500: "excellent", 9000: "excellent", 8999: "good", 7500: "good", 7499: "qualified", 6000: "qualified", 5999: "unqualified", 0: "unqualified",
	} {
		if g := e.GradeOf(total, false); g.Code != want {
			t.Errorf("%s is %s, want %s", total, g.Code, want)
		}
		if g := e.GradeOf(total, true); g.Code != "unqualified" || !g.Fail {
			t.Errorf("%s with a veto is %s", total, g.Code)
		}
	}
}

func ranking(e Evaluation, standings ...Standing) string {
	var out []string
	for _, r := range e.Rank(standings) {
		out = append(out, fmt.Sprintf("%d%s:%s", r.Place, r.Zone, r.Grade.Code[:1]))
	}
	return strings.Join(out, " ")
}

func TestRank(t *testing.T) {
	five := []Standing{{Zone: "a", Total: 9500}, {Zone: "b", Total: 9300}, {Zone: "c", Total: 9100}, {Zone: "d", Total: 8000}, {Zone: "e", Total: 5000}}
	for name, tc := range map[string]struct {
		percent, least int64
		standings      []Standing
		want           string
	}{
		"no cap":               {0, 0, five, "1a:e 2b:e 3c:e 4d:g 5e:u"},
		"two of five":          {40, 0, five, "1a:e 2b:e 3c:g 4d:g 5e:u"},
		"rounded down":         {59, 0, five, "1a:e 2b:e 3c:g 4d:g 5e:u"},
		"at least one":         {10, 1, five, "1a:e 2b:g 3c:g 4d:g 5e:u"},
		"none at all":          {10, 0, five, "1a:g 2b:g 3c:g 4d:g 5e:u"},
		"tie at the edge kept": {20, 1, []Standing{{Zone: "a", Total: 9500}, {Zone: "b", Total: 9500}, {Zone: "c", Total: 9400}}, "1a:e 1b:e 3c:g"},
		"absent and vetoed":    {0, 0, []Standing{{Zone: "x", Total: 9900, Absent: true}, {Zone: "v", Total: 9800, Vetoed: true}, {Zone: "a", Total: 100}}, "1a:u 2v:u 3x:u"},
		"nobody":               {40, 1, nil, ""},
	} {
		e := load(t).Rules.Evaluation
		e.BestCap.Value, e.BestAtLeast.Value = Points(tc.percent*100), int(tc.least)
		if got := ranking(e, tc.standings...); got != tc.want {
			t.Errorf("%s: got %s, want %s", name, got, tc.want)
		}
	}
}

func TestRankIsFairAndFreeOfOrder(t *testing.T) {
	e := load(t).Rules.Evaluation
	rapid.Check(t, func(t *rapid.T) {
		e := e
		e.BestCap.Value = Points(rapid.Int64Range(0, 10000).Draw(t, "cap"))
		var list []Standing
		for n := range rapid.IntRange(0, 12).Draw(t, "zones") {
			list = append(list, Standing{Zone: fmt.Sprintf("z%02d", n), Total: Points(rapid.Int64Range(88, 95).Draw(t, "total") * 100),
				Vetoed: rapid.IntRange(0, 5).Draw(t, "veto") == 0, Absent: rapid.IntRange(0, 5).Draw(t, "absent") == 0})
		}
		a := e.Rank(list)
		if diff := cmp.Diff(a, e.Rank(rapid.Permutation(list).Draw(t, "order"))); diff != "" {
			t.Fatal(diff)
		}
		seen := map[Points]string{}
		for n, r := range a {
			if n > 0 && r.Place < a[n-1].Place {
				t.Fatalf("place %d follows %d", r.Place, a[n-1].Place)
			}
			if r.Absent || r.Vetoed {
				if !r.Grade.Fail {
					t.Fatalf("%+v did not fail", r)
				}
				continue
			}
			if g, ok := seen[r.Total]; ok && g != r.Grade.Code {
				t.Fatalf("%s gives %s and %s", r.Total, g, r.Grade.Code)
			}
			seen[r.Total] = r.Grade.Code
		}
	})
}

func TestConsequences(t *testing.T) {
	e := load(t).Rules.Evaluation
	years := func(text string) []YearGrade {
		grade := map[string]string{"e": "excellent", "q": "qualified", "u": "unqualified"}
		var out []YearGrade
		for n, g := range strings.Split(text, "") {
			if g != "-" {
				out = append(out, YearGrade{2020 + n, grade[g]})
			}
		}
		return out
	}
	for history, want := range map[string]Consequence{
		"q": NoConsequence, "uq": NoConsequence, "u": Rectify, "qu": Rectify, "uu": ProposeRevoking, "uqu": ProposeRevoking,
		"uqqu": Rectify, "u-u": ProposeRevoking, "uuq": NoConsequence, "ueeu": Rectify,
	} {
		if got := e.ConsequenceOf(years(history), false); got != want {
			t.Errorf("%s: got %s, want %s", history, got, want)
		}
	}
	if got := e.ConsequenceOf(nil, false); got != NoConsequence {
		t.Errorf("no year: %s", got)
	}
	if got := e.ConsequenceOf(years("u"), true); got != ProposeRevoking {
		t.Errorf("failed rectification: %s", got)
	}
	e.Revocation.FailedRepair = false
	if got := e.ConsequenceOf(years("u"), true); got != Rectify {
		t.Errorf("failed rectification, rule off: %s", got)
	}
	e.Revocation.InARow, e.Revocation.Count = 0, 0
	if got := e.ConsequenceOf(years("uuu"), false); got != Rectify {
		t.Errorf("rules off: %s", got)
	}
}
