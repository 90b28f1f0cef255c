package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// review has two criteria of 60 and 40 points.
func review() Review {
	return Review{
		Criteria:     []Criterion{{Code: "a", Max: 6000, Step: 50}, {Code: "b", Max: 4000, Step: 50}},
		Vetoes:       []Veto{{Code: "false", Name: Text{"弄虚作假", "false"}}, {Code: "safety", Name: Text{"安全", "safety"}}},
		VetoesNeeded: Setting[int]{Value: 1},
		Justify:      Justify{LowPercent: 6000, HighPercent: 9500, MinLength: 4},
		Method:       Setting[MeanMethod]{Value: TrimmedMean},
		TrimFrom:     Setting[int]{Value: 5},
		SpreadLimit:  Setting[Points]{Value: 2000},
	}
}

func ballots(pairs ...[2]Points) []Ballot {
	var out []Ballot
	for n, p := range pairs {
		out = append(out, Ballot{Evaluator: fmt.Sprintf("e%d", n), Scores: map[string]Points{"a": p[0], "b": p[1]}})
	}
	return out
}

func TestPanelMeans(t *testing.T) {
	five := ballots([2]Points{5000, 3000}, [2]Points{6000, 4000}, [2]Points{4000, 3000}, [2]Points{5000, 3500}, [2]Points{5500, 3550})
	for name, tc := range map[string]struct {
		change  func(*Review)
		ballots []Ballot
		want    Points
	}{
		"five, trimmed":             {func(*Review) {}, five, 8517}, // (80 + 85 + 90.5) / 3
		"five, plain":               {func(r *Review) { r.Method.Value = PlainMean }, five, 8510},
		"five, trimmed from seven":  {func(r *Review) { r.TrimFrom.Value = 7 }, five, 8510},
		"three do not trim":         {func(*Review) {}, five[:3], 8333}, // (80 + 100 + 70) / 3
		"one":                       {func(*Review) {}, five[:1], 8000},
		"two, although asked to":    {func(r *Review) { r.TrimFrom.Value = 0 }, five[:2], 9000},
		"three, trimmed from three": {func(r *Review) { r.TrimFrom.Value = 3 }, five[:3], 8000},
	} {
		r := review()
		tc.change(&r)
		got, err := r.Result(tc.ballots)
		if err != nil || got.Score != tc.want {
			t.Errorf("%s: got %s, %v, want %s", name, got.Score, err, tc.want)
		}
	}
}

func TestPanelSpreadCountsDroppedTotals(t *testing.T) {
	list := ballots([2]Points{6000, 4000}, [2]Points{5000, 3000}, [2]Points{5000, 3000}, [2]Points{5000, 3000}, [2]Points{4000, 2500})
	got, err := review().Result(list)
	if err != nil || got.Spread != 3500 || !got.Moderate {
		t.Errorf("spread %s, moderate %v, %v", got.Spread, got.Moderate, err)
	}
	want := []BallotTotal{{"e0", 10000, true}, {"e1", 8000, false}, {"e2", 8000, false}, {"e3", 8000, false}, {"e4", 6500, true}}
	if diff := cmp.Diff(want, got.Ballots); diff != "" {
		t.Error(diff)
	}
	even := ballots([2]Points{5000, 3000}, [2]Points{6000, 4000})
	if got, _ := review().Result(even); got.Spread != 2000 || got.Moderate {
		t.Errorf("a spread at the limit needs no meeting: %+v", got.Spread)
	}
}

func TestPanelVetoes(t *testing.T) {
	list := ballots([2]Points{6000, 4000}, [2]Points{6000, 4000}, [2]Points{6000, 4000})
	list[1].Vetoes = []string{"safety"}
	one, err := review().Result(list)
	if err != nil || !one.Vetoed || len(one.Vetoes) != 1 || one.Vetoes[0].Count != 1 || one.Score != Hundred {
		t.Errorf("one veto of one: %+v, %v", one, err)
	}
	r := review()
	r.VetoesNeeded.Value = 2
	list[2].Vetoes = []string{"false"}
	if two, _ := r.Result(list); two.Vetoed || len(two.Vetoes) != 2 {
		t.Errorf("two different rows are not twice the same: %+v", two.Vetoes)
	}
	list[0].Vetoes = []string{"false"}
	if three, _ := r.Result(list); !three.Vetoed {
		t.Error("two of the same row stand")
	}
}

func TestPanelRefuses(t *testing.T) {
	good := func() []Ballot { return ballots([2]Points{100, 100}, [2]Points{100, 100}) }
	for want, change := range map[string]func([]Ballot) []Ballot{
		"no ballot":     func([]Ballot) []Ballot { return nil },
		"appears twice": func(b []Ballot) []Ballot { b[1].Evaluator = "e0"; return b },
		"has no score":  func(b []Ballot) []Ballot { delete(b[0].Scores, "b"); return b },
		"outside 0–60":  func(b []Ballot) []Ballot { b[0].Scores["a"] = 6001; return b },
		"outside 0–40":  func(b []Ballot) []Ballot { b[0].Scores["b"] = -1; return b },
		"no criterion":  func(b []Ballot) []Ballot { b[0].Scores["c"] = 1; return b },
	} {
		_, err := review().Result(change(good()))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestBallotCheck(t *testing.T) {
	good := Ballot{Scores: map[string]Points{"a": 5000, "b": 3000}, Reasons: map[string]string{}}
	if err := review().Check(good); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		ballot Ballot
		want   string
	}{
		"missing":               {Ballot{Scores: map[string]Points{"a": 5000}}, "scores.b"},
		"unknown":               {Ballot{Scores: map[string]Points{"a": 5000, "b": 3000, "c": 1}}, "scores.c"},
		"too many points":       {Ballot{Scores: map[string]Points{"a": 6050, "b": 3000}}, "scores.a"},
		"off the step":          {Ballot{Scores: map[string]Points{"a": 5025, "b": 3000}}, "scores.a"},
		"low without reason":    {Ballot{Scores: map[string]Points{"a": 3600, "b": 3000}}, "scores.a"},
		"high without reason":   {Ballot{Scores: map[string]Points{"a": 5700, "b": 3000}}, "scores.a"},
		"reason of blanks":      {Ballot{Scores: map[string]Points{"a": 0, "b": 3000}, Reasons: map[string]string{"a": "  好    "}}, "scores.a"},
		"veto without reason":   {Ballot{Scores: good.Scores, Vetoes: []string{"false"}}, "vetoes.false"},
		"unknown veto":          {Ballot{Scores: good.Scores, Vetoes: []string{"x"}, Reasons: map[string]string{"x": "理由充分了"}}, "vetoes.x"},
		"same veto given twice": {Ballot{Scores: good.Scores, Vetoes: []string{"false", "false"}, Reasons: map[string]string{"false": "理由充分了"}}, "vetoes.false"},
	} {
		t.Run(name, func(t *testing.T) { wantProblem(t, review().Check(tc.ballot), tc.want) })
	}
	justified := Ballot{Scores: map[string]Points{"a": 3600, "b": 4000}, Vetoes: []string{"false"},
		Reasons: map[string]string{"a": "规模偏小", "b": "保障到位", "false": "数据不实"}}
	if err := review().Check(justified); err != nil {
		t.Error(err)
	}
}

func TestLevels(t *testing.T) {
	c := load(t).Rules.Review.Criteria[0] // 15 points
	for score, want := range map[Points]string{1500: "优", 1350: "优", 1349: "良", 1125: "良", 900: "中", 899: "差", 0: "差"} {
		if l, ok := c.Level(score); !ok || l.Name.ZH != want {
			t.Errorf("%s of 15 is %s, want %s", score, l.Name.ZH, want)
		}
	}
}

func drawBallots(t *rapid.T) []Ballot {
	var out []Ballot
	for n := range rapid.IntRange(1, 9).Draw(t, "panel") {
		b := ballots([2]Points{Points(rapid.Int64Range(0, 6000).Draw(t, "a")), Points(rapid.Int64Range(0, 4000).Draw(t, "b"))})[0]
		b.Evaluator = fmt.Sprintf("e%d", n)
		out = append(out, b)
	}
	return out
}

func TestPanelResultIsBoundedAndFreeOfOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawBallots(t)
		r := review()
		r.Method.Value = rapid.SampledFrom([]MeanMethod{PlainMean, TrimmedMean}).Draw(t, "method")
		a, err := r.Result(list)
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Result(rapid.Permutation(list).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff)
		}
		low, high := a.Ballots[len(a.Ballots)-1].Total, a.Ballots[0].Total
		if a.Score < low || a.Score > high || a.Spread != high-low {
			t.Fatalf("%s lies outside %s–%s", a.Score, low, high)
		}
	})
}

func TestRaisingAScoreNeverLowersThePanelResult(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawBallots(t)
		before, err := review().Result(list)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(0, len(list)-1).Draw(t, "who")
		score := list[n].Scores["a"]
		list[n].Scores["a"] = Points(rapid.Int64Range(int64(score), 6000).Draw(t, "raised"))
		after, err := review().Result(list)
		if err != nil || after.Score < before.Score {
			t.Fatalf("%s became %s, %v", before.Score, after.Score, err)
		}
	})
}

func TestPanelLinesShowWhatWasDropped(t *testing.T) {
	list := ballots([2]Points{6000, 4000}, [2]Points{5000, 3000}, [2]Points{5000, 3000}, [2]Points{5000, 3000}, [2]Points{0, 0})
	got, _ := review().Result(list)
	dropped := 0
	for _, in := range got.Total.Inputs {
		if strings.Contains(in.Name.EN, "dropped") {
			dropped++
		}
	}
	if dropped != 2 || !strings.Contains(got.Total.Formula.ZH, "去掉") || got.Total.Points != got.Score {
		t.Errorf("got %+v", got.Total)
	}
	if !slices.IsSortedFunc(got.Ballots, func(a, b BallotTotal) int { return int(b.Total - a.Total) }) {
		t.Errorf("not from the highest down: %+v", got.Ballots)
	}
	if len(got.Criteria) != 2 || got.Criteria[0].Points != 4200 || got.Criteria[0].Mark != 7000 {
		t.Errorf("criteria %+v", got.Criteria)
	}
}
