package draw

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pool generates an input: some cases, some experts, some of whom are out.
func pool(r *rand.Rand, cases, experts int) Input {
	in := Input{Engine: Engine, Seed: fmt.Sprint("seed-", r.Uint64())}
	sectors, houses := []string{"a", "b", "c"}, []string{"", "h1", "h2", "h3"}
	for i := range cases {
		c := Case{ID: fmt.Sprint("case-", i), Seats: 1 + 2*r.IntN(3), Out: map[string]string{}, Paired: map[string]int{}}
		for _, s := range sectors[:1+r.IntN(3)] {
			if len(c.Sectors) == 0 || r.IntN(2) == 0 {
				c.Sectors = append(c.Sectors, s)
			}
		}
		for j := range experts {
			id := fmt.Sprint("e", j)
			if r.IntN(4) == 0 {
				c.Out[id] = "evaluator_recused"
			}
			if r.IntN(5) == 0 {
				c.Paired[id] = 1 + r.IntN(2)
			}
		}
		if r.IntN(3) == 0 {
			c.Employers = []string{"h1"}
		}
		in.Cases = append(in.Cases, c)
	}
	for j := range experts {
		e := Expert{ID: fmt.Sprint("e", j), Employer: houses[r.IntN(len(houses))], Load: r.IntN(4), Room: r.IntN(3), Asked: r.IntN(6)}
		for _, s := range sectors {
			if r.IntN(2) == 0 {
				e.Fields = append(e.Fields, s)
			}
		}
		in.Experts = append(in.Experts, e)
	}
	return in
}

// breach says what is wrong with a result whatever its cost; "" nothing.
func breach(in Input, got Result) string {
	cases, room, sat := map[string]Case{}, map[string]int{}, map[[2]string]bool{}
	seats := map[[2]string]int{}
	for _, c := range in.Cases {
		cases[c.ID] = c
		names, n := seatsOf(c)
		for i := range names {
			seats[[2]string{c.ID, names[i]}] += n[i]
		}
	}
	for _, e := range in.Experts {
		room[e.ID] = e.Room
	}
	filled := map[string]int{}
	for _, p := range got.Picks {
		if why, out := cases[p.Case].Out[p.Expert]; out {
			return "picked " + p.Expert + " for " + p.Case + ": " + why
		}
		if room[p.Expert]--; room[p.Expert] < 0 {
			return "overloaded " + p.Expert
		}
		if sat[[2]string{p.Case, p.Expert}] {
			return p.Expert + " sits twice on " + p.Case
		}
		sat[[2]string{p.Case, p.Expert}] = true
		if seats[[2]string{p.Case, p.Sector}]--; seats[[2]string{p.Case, p.Sector}] < 0 {
			return "more seats for sector " + p.Sector + " than it has in " + p.Case
		}
		filled[p.Case]++
	}
	for id, c := range cases {
		if filled[id]+got.Empty[id] != c.Seats {
			return fmt.Sprintf("%s: %d filled, %d empty of %d", id, filled[id], got.Empty[id], c.Seats)
		}
	}
	return ""
}

// In ten thousand pools nobody who is out is picked, no load is passed, the seats are shared
// among the sectors, and the same seed gives the same panels whatever the order of the input.
func TestTenThousandPools(t *testing.T) {
	r := rand.New(rand.NewPCG(2016, 228))
	lucky := 0
	for i := range 10_000 {
		in := pool(r, 1+r.IntN(4), 1+r.IntN(14))
		got, err := Run(in)
		if err != nil {
			t.Fatal(err)
		}
		if why := breach(in, got); why != "" {
			t.Fatalf("pool %d: %s\n%+v", i, why, in)
		}
		again := in
		again.Cases, again.Experts = slices.Clone(in.Cases), slices.Clone(in.Experts)
		slices.Reverse(again.Cases)
		r.Shuffle(len(again.Experts), func(a, b int) { again.Experts[a], again.Experts[b] = again.Experts[b], again.Experts[a] })
		second, err := Run(again)
		if diff := cmp.Diff(got, second); err != nil || diff != "" {
			t.Fatalf("pool %d drawn twice: %v %s", i, err, diff)
		}
		again.Seed += "x"
		other, _ := Run(again)
		if other.Cost != got.Cost {
			t.Fatalf("pool %d: chance has changed the cost from %d to %d", i, got.Cost, other.Cost)
		}
		if cmp.Diff(other.Picks, got.Picks) != "" {
			lucky++
		}
	}
	if lucky < 1000 {
		t.Errorf("another seed changes only %d panels: chance decides nothing", lucky)
	}
}

// What breach cannot see, no test above would.
func TestABreachIsSeen(t *testing.T) {
	in := Input{Engine: Engine, Seed: "s", Cases: []Case{{ID: "c", Seats: 1, Out: map[string]string{"e1": "evaluator_named"}}},
		Experts: []Expert{{ID: "e1", Room: 9}, {ID: "e2", Room: 0}, {ID: "e3", Room: 9}}}
	for name, picks := range map[string][]Pick{"conflicted": {{Case: "c", Expert: "e1"}}, "overloaded": {{Case: "c", Expert: "e2"}}, "unfilled": nil,
		"twice": {{Case: "c", Expert: "e3"}, {Case: "c", Expert: "e3"}}, "sector": {{Case: "c", Expert: "e3", Sector: "other"}}} {
		if breach(in, Result{Picks: picks}) == "" {
			t.Errorf("%s is not seen", name)
		}
	}
}

// brute tries every way to fill the seats and returns the most that can be filled and the
// least that it costs.
func brute(in Input) (filled int, cost int64) {
	type place struct{ kase, sector string }
	var places []place
	for _, c := range in.Cases {
		names, n := seatsOf(c)
		for i := range names {
			for range n[i] {
				places = append(places, place{c.ID, names[i]})
			}
		}
	}
	cases, left := map[string]Case{}, map[string]int{}
	for _, c := range in.Cases {
		cases[c.ID] = c
	}
	for _, e := range in.Experts {
		left[e.ID] = e.Room
	}
	var picks []Pick
	var try func(i int)
	try = func(i int) {
		if i == len(places) {
			if c := Cost(in, picks); len(picks) > filled || len(picks) == filled && c < cost {
				filled, cost = len(picks), c
			}
			return
		}
		if len(picks)+len(places)-i >= filled {
			try(i + 1)
		}
		for _, e := range in.Experts {
			_, out := cases[places[i].kase].Out[e.ID]
			if out || left[e.ID] == 0 || slices.ContainsFunc(picks, func(p Pick) bool { return p.Case == places[i].kase && p.Expert == e.ID }) {
				continue
			}
			left[e.ID]--
			picks = append(picks, Pick{Case: places[i].kase, Expert: e.ID, Sector: places[i].sector})
			try(i + 1)
			picks = picks[:len(picks)-1]
			left[e.ID]++
		}
	}
	try(0)
	return filled, cost
}

// On small pools the flow is as good as trying everything.
func TestNothingIsCheaper(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 228))
	for i := range 400 {
		in := pool(r, 1+r.IntN(2), 1+r.IntN(5))
		for j := range in.Cases {
			in.Cases[j].Seats = min(in.Cases[j].Seats, 3)
		}
		got, err := Run(in)
		if err != nil {
			t.Fatal(err)
		}
		filled, cost := brute(in)
		if len(got.Picks) != filled || got.Cost != cost {
			t.Fatalf("pool %d: %d picks for %d, the best is %d for %d\n%+v", i, len(got.Picks), got.Cost, filled, cost, in)
		}
	}
}

// The record is complete: text and digest are the same however the input is ordered, and
// change with anything that matters.
func TestCanonical(t *testing.T) {
	in := pool(rand.New(rand.NewPCG(1, 1)), 2, 5)
	text, digest := in.Canonical()
	turned := in
	turned.Experts = slices.Clone(in.Experts)
	slices.Reverse(turned.Experts)
	if again, d := turned.Canonical(); again != text || d != digest {
		t.Error("the order of the pool changes the record")
	}
	turned.Seed += "x"
	if _, d := turned.Canonical(); d == digest {
		t.Error("the seed is not in the record")
	}
}

func TestRunRefuses(t *testing.T) {
	good := Input{Engine: Engine, Seed: "s", Cases: []Case{{ID: "c", Seats: 1}}}
	for name, change := range map[string]func(*Input){"engine": func(in *Input) { in.Engine = 9 }, "seed": func(in *Input) { in.Seed = "" },
		"cases": func(in *Input) { in.Cases = nil }, "seats": func(in *Input) { in.Cases = []Case{{ID: "c", Seats: MaxSeats + 1}} },
		"twice": func(in *Input) { in.Cases = []Case{{ID: "c"}, {ID: "c"}} }, "expert twice": func(in *Input) { in.Experts = []Expert{{ID: "e"}, {ID: "e"}} }} {
		in := good
		change(&in)
		if _, err := Run(in); err == nil {
			t.Errorf("%s: drawn", name)
		}
	}
}

// The replacements offered are those who may sit, the best first.
func TestRank(t *testing.T) {
	in := Input{Engine: Engine, Seed: "s", Cases: []Case{{ID: "c", Sectors: []string{"a"}, Seats: 1, Out: map[string]string{"out": "evaluator_unit"}, Paired: map[string]int{"met": 1}}},
		Experts: []Expert{{ID: "out", Fields: []string{"a"}, Room: 3}, {ID: "met", Fields: []string{"a"}, Room: 3}, {ID: "free", Fields: []string{"a"}, Room: 3},
			{ID: "sits", Fields: []string{"a"}, Room: 3}, {ID: "full", Fields: []string{"a"}}, {ID: "stranger", Room: 3}}}
	var got []string
	for _, p := range Rank(in, "c", "a", []Pick{{Case: "c", Expert: "sits"}}) {
		got = append(got, p.Expert)
	}
	if diff := cmp.Diff(got, []string{"free", "met", "stranger"}); diff != "" {
		t.Error(diff)
	}
}
