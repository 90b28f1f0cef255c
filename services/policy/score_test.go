package policy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// dec reads a figure in a table of cases.
func dec(t testing.TB, text string) Decimal {
	t.Helper()
	d, err := ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func decs(t testing.TB, text string) []Decimal {
	t.Helper()
	var out []Decimal
	for _, f := range strings.Fields(text) {
		out = append(out, dec(t, f))
	}
	return out
}

func banded(t testing.TB, first Points, rest ...string) Method {
	m := Method{Kind: MethodBands, Bands: []Band{{Mark: first}}}
	for _, r := range rest {
		from, mark, _ := strings.Cut(r, ":")
		p, err := ParsePoints(mark)
		if err != nil {
			t.Fatal(err)
		}
		m.Bands = append(m.Bands, Band{From: ptr(dec(t, from)), Mark: p})
	}
	return m
}

func efficacy() Method {
	return Method{Kind: MethodPeer, Peer: &Peer{Kind: Efficacy, Base: 6000, Span: 4000, Cap: Hundred, Equal: 8000, MinZones: 2}}
}

func TestBands(t *testing.T) {
	m := banded(t, 0, "5:40", "10.5:60", "30:100")
	for value, want := range map[string]Points{
		"-1": 0, "0": 0, "4.999999": 0, "5": 320, "10.499999": 320, "10.5": 480, "29": 480, "30": 800, "1000000": 800,
	} {
		wantPoints(t, m, 800, Reading{Value: ptr(dec(t, value))}, value, want)
	}
}

func wantPoints(t *testing.T, m Method, weight Points, r Reading, name string, want Points) {
	t.Helper()
	line, err := Evaluation{}.Score(Indicator{Code: "x", Method: m}, weight, r)
	if err != nil || line.Points != want {
		t.Errorf("%s: got %s points, %v, want %s", name, line.Points, err, want)
	}
}

func TestStepInUnits(t *testing.T) {
	s := Step{Target: ptr(Whole(10)), Per: Whole(1), Base: 8000, Gain: 200, Loss: 400, Cap: Hundred, Floor: 2000}
	for value, want := range map[string]Points{
		"10": 8000, "11": 8200, "10.5": 8100, "20": 10000, "25": 10000, "9": 7600, "9.75": 7900, "-5": 2000, "-100": 2000,
	} {
		wantPoints(t, Method{Kind: MethodStep, Step: &s}, Hundred, Reading{Value: ptr(dec(t, value))}, value, want)
	}
	whole := s
	whole.Whole = true
	for value, want := range map[string]Points{"10.99": 8000, "11": 8200, "9.01": 8000, "9": 7600, "8.5": 7600} {
		wantPoints(t, Method{Kind: MethodStep, Step: &whole}, Hundred, Reading{Value: ptr(dec(t, value))}, "whole "+value, want)
	}
	lower := s
	lower.Lower = true
	for value, want := range map[string]Points{"9": 8200, "11": 7600, "0": 10000} {
		wantPoints(t, Method{Kind: MethodStep, Step: &lower}, Hundred, Reading{Value: ptr(dec(t, value))}, "lower "+value, want)
	}
}

func TestStepInPercentOfTheZonesGoal(t *testing.T) {
	s := Step{Percent: true, Per: Whole(5), Base: 8000, Gain: 500, Loss: 1000, Cap: Hundred}
	m := Method{Kind: MethodStep, Step: &s}
	for value, want := range map[string]Points{"200": 8000, "210": 8500, "220": 9000, "190": 7000, "100": 0} {
		wantPoints(t, m, Hundred, Reading{Value: ptr(dec(t, value)), Target: ptr(Whole(200))}, value, want)
	}
	for name, goal := range map[string]*Decimal{"no target": nil, "not above zero": ptr(Decimal(0)), "target -1": ptr(Whole(-1))} {
		_, err := Evaluation{}.Score(Indicator{Code: "tax", Method: m}, Hundred, Reading{Value: ptr(Whole(1)), Target: goal})
		if err == nil || !strings.Contains(err.Error(), name) || !strings.HasPrefix(err.Error(), "indicator tax: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestEfficacy(t *testing.T) {
	for _, tc := range []struct {
		value, others string
		want          Points
	}{
		{"0", "50 100", 600},
		{"100", "0 50", 1000},
		{"50", "0 100", 800},
		{"1", "0 3", 733}, // 60 + 40/3 = 73.33… of ten points
		{"2", "0 3", 867},
		{"-5", "-10 0", 800},
		{"7", "7 7", 800},
		{"7", "", 800}, // nobody to compare with
	} {
		wantPoints(t, efficacy(), 1000, Reading{Value: ptr(dec(t, tc.value)), Peers: decs(t, tc.others)}, tc.value+" of "+tc.others, tc.want)
	}
	m := efficacy()
	m.Peer.Lower = true
	wantPoints(t, m, 1000, Reading{Value: ptr(Whole(0)), Peers: decs(t, "50 100")}, "lower is better", 1000)
	m.Peer.MinZones = 3
	wantPoints(t, m, 1000, Reading{Value: ptr(Whole(0)), Peers: decs(t, "50 100")}, "just enough", 1000)
	m.Peer.MinZones = 4
	wantPoints(t, m, 1000, Reading{Value: ptr(Whole(0)), Peers: decs(t, "50 100")}, "too few", 800)
}

func TestMeanHundred(t *testing.T) {
	m := Method{Kind: MethodPeer, Peer: &Peer{Kind: MeanHundred, Cap: Hundred, Equal: 8000}}
	for _, tc := range []struct {
		value, others string
		want          Points
	}{
		{"10", "10 10", 1000},
		{"5", "15 10", 500},
		{"20", "10 0", 1000}, // 200 % of the mean, capped
		{"0", "10", 0},
		{"-3", "9", 0},
		{"0", "0 -4", 800}, // a mean of zero
	} {
		wantPoints(t, m, 1000, Reading{Value: ptr(dec(t, tc.value)), Peers: decs(t, tc.others)}, tc.value+" of "+tc.others, tc.want)
	}
}

func TestExpertScore(t *testing.T) {
	m := Method{Kind: MethodExpert, Expert: &Expert{Step: 50}}
	trimmed := Evaluation{Method: Setting[MeanMethod]{Value: TrimmedMean}, TrimFrom: Setting[int]{Value: 5}}
	for name, tc := range map[string]struct {
		rules  Evaluation
		scores []Points
		want   Points
	}{
		"plain mean":       {Evaluation{}, []Points{100, 200, 400}, 233},
		"trimmed of five":  {trimmed, []Points{1000, 0, 500, 600, 700}, 600},
		"four keep all":    {trimmed, []Points{1000, 0, 500, 600}, 525},
		"nobody has voted": {trimmed, nil, 0},
	} {
		line, err := tc.rules.Score(Indicator{Method: m}, 1000, Reading{Experts: tc.scores})
		if err != nil || line.Points != tc.want {
			t.Errorf("%s: got %s, %v, want %s", name, line.Points, err, tc.want)
		}
	}
	for _, bad := range []Points{-1, 1001} {
		if _, err := trimmed.Score(Indicator{Method: m}, 1000, Reading{Experts: []Points{bad}}); err == nil {
			t.Errorf("%s of 10 points passed", bad)
		}
	}
	if line, err := trimmed.Score(Indicator{Method: m}, 0, Reading{Experts: []Points{0}}); err != nil || line.Points != 0 {
		t.Errorf("weight nought: %v, %v", line.Points, err)
	}
}

func TestUnreportedFigureGivesNothingAndSaysSo(t *testing.T) {
	line, err := Evaluation{}.Score(Indicator{Code: "tax", Method: efficacy()}, 700, Reading{Peers: decs(t, "1 2")})
	if err != nil || line.Points != 0 || line.Note.ZH == "" || line.Note.EN == "" {
		t.Errorf("got %+v, %v", line, err)
	}
}

func TestMethodWithoutSettingsIsAnError(t *testing.T) {
	for _, kind := range []MethodKind{MethodBands, MethodStep, MethodPeer, "median", ""} {
		_, err := Evaluation{}.Score(Indicator{Method: Method{Kind: kind}}, 100, Reading{Value: ptr(Whole(1))})
		if err == nil {
			t.Errorf("%q passed", kind)
		}
	}
}

func TestCalculationCanBeRedoneByHand(t *testing.T) {
	line, err := Evaluation{}.Score(
		Indicator{Code: "revenue", Name: Text{"营业收入", "Revenue"}, Unit: Text{"万元", "10,000 CNY"}, Method: efficacy()}, 1000,
		Reading{Value: ptr(dec(t, "1.5")), Peers: decs(t, "0 3")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range line.Inputs {
		got = append(got, in.Name.EN+"="+in.Value)
	}
	if s := strings.Join(got, " "); s != "figure v=1.5 万元 zones compared=3 min=0 max=3" {
		t.Errorf("inputs %s", s)
	}
	if line.Formula.ZH != "[60 + 40 × (v − min) ÷ (max − min)] × 权重 ÷ 100" || line.Mark != 8000 || line.Points != 800 || line.Weight != 1000 {
		t.Errorf("got %+v", line)
	}
}

func figure() *rapid.Generator[Decimal] {
	return rapid.Map(rapid.Int64Range(-1_000_000_000_000, 1_000_000_000_000_000), func(n int64) Decimal { return Decimal(n) })
}

// methods draws every kind of valid method where higher is better.
func methods(t *rapid.T) Method {
	point := rapid.Map(rapid.Int64Range(0, int64(Hundred)), func(n int64) Points { return Points(n) })
	switch rapid.SampledFrom([]string{"bands", "step", "efficacy", "mean"}).Draw(t, "method") {
	case "bands":
		m := Method{Kind: MethodBands, Bands: []Band{{Mark: 0}}}
		from, mark := figure().Draw(t, "from"), Points(0)
		for range rapid.IntRange(0, 5).Draw(t, "bands") {
			from += Decimal(rapid.Int64Range(1, 1e12).Draw(t, "gap"))
			mark = min(mark+point.Draw(t, "rise"), Hundred)
			start := from
			m.Bands = append(m.Bands, Band{From: &start, Mark: mark})
		}
		return m
	case "step":
		s := Step{Target: ptr(Decimal(rapid.Int64Range(1, 1e12).Draw(t, "target"))), Percent: rapid.Bool().Draw(t, "percent"),
			Per: Decimal(rapid.Int64Range(1, 1e10).Draw(t, "per")), Gain: point.Draw(t, "gain"), Loss: point.Draw(t, "loss"),
			Whole: rapid.Bool().Draw(t, "whole"), Floor: point.Draw(t, "floor")}
		s.Cap = min(s.Floor+point.Draw(t, "above"), Hundred)
		s.Base = min(s.Floor+point.Draw(t, "base"), s.Cap)
		return Method{Kind: MethodStep, Step: &s}
	case "efficacy":
		p := Peer{Kind: Efficacy, Base: point.Draw(t, "base"), MinZones: rapid.IntRange(0, 4).Draw(t, "min")}
		p.Span = Hundred - p.Base
		p.Equal = p.Base + p.Span/2
		return Method{Kind: MethodPeer, Peer: &p}
	}
	return Method{Kind: MethodPeer, Peer: &Peer{Kind: MeanHundred, Cap: Hundred, Equal: point.Draw(t, "equal")}}
}

func TestDrawnMethodsAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c checker
		methods(t).check(&c, "method", Hundred)
		if err := c.err(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPointsStayWithinWeightAndNeverFallAsTheFigureRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, weight := methods(t), Points(rapid.Int64Range(0, 10000).Draw(t, "weight"))
		low, high := figure().Draw(t, "a"), figure().Draw(t, "b")
		low, high = min(low, high), max(low, high)
		peers := rapid.SliceOfN(figure(), 0, 6).Draw(t, "peers")
		a, err := Evaluation{}.Score(Indicator{Method: m}, weight, Reading{Value: &low, Peers: peers})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Evaluation{}.Score(Indicator{Method: m}, weight, Reading{Value: &high, Peers: peers})
		if err != nil {
			t.Fatal(err)
		}
		if a.Points < 0 || b.Points > weight || a.Points > b.Points {
			t.Fatalf("%s gives %s, %s gives %s of %s by %+v", low, a.Points, high, b.Points, weight, m)
		}
		if a.Mark < 0 || b.Mark > Hundred {
			t.Fatalf("marks %s, %s", a.Mark, b.Mark)
		}
	})
}

func TestPeersMayComeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, v := methods(t), figure().Draw(t, "v")
		peers := rapid.SliceOfN(figure(), 0, 6).Draw(t, "peers")
		other := rapid.Permutation(peers).Draw(t, "other")
		a, errA := Evaluation{}.Score(Indicator{Method: m}, 1000, Reading{Value: &v, Peers: peers})
		b, errB := Evaluation{}.Score(Indicator{Method: m}, 1000, Reading{Value: &v, Peers: other})
		if errA != nil || errB != nil || a.Points != b.Points {
			t.Fatalf("%s and %s, %v, %v", a.Points, b.Points, errA, errB)
		}
	})
}
