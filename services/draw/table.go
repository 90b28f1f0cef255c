package draw

import (
	"cmp"
	"slices"
)

// table is an input as a network: source → sector's seats of a case → employer among them →
// expert on the case → expert → sink. Whoever is out of a case has no arc to it at all.
type table struct {
	in           Input
	net          *network
	source, sink int
	seats        []seat
}

// seat is one arc by which an expert can take a seat.
type seat struct {
	kase, expert, arc int
	sector            string
}

func newTable(in Input) *table {
	t := &table{in: in, net: newNetwork(2), source: 0, sink: 1}
	people := make([]int, len(in.Experts))
	for i, e := range in.Experts {
		people[i] = t.net.node()
		for k := range e.Room {
			t.net.connect(people[i], t.sink, 1, int64(costLoad*(e.Load+k))*point)
		}
	}
	for i := range in.Cases {
		t.addCase(i, people)
	}
	return t
}

func (t *table) addCase(i int, people []int) {
	c := t.in.Cases[i]
	on := make([]int, len(people)) // by expert: the node "sits on this case"; 0 none
	for j, e := range t.in.Experts {
		if _, out := c.Out[e.ID]; out || e.Room <= 0 {
			continue
		}
		on[j] = t.net.node()
		t.net.connect(on[j], people[j], 1, t.price(c, e))
	}
	sectors, seats := seatsOf(c)
	for k, sector := range sectors {
		start := t.net.node()
		t.net.connect(t.source, start, seats[k], 0)
		t.addSector(i, sector, start, on)
	}
}

// price is what one expert on one case costs, whatever the seat.
func (t *table) price(c Case, e Expert) int64 {
	return int64(costPair*c.Paired[e.ID]+costTurn*e.Asked)*point + luck(t.in.Seed, c.ID, e.ID)
}

// addSector connects the seats of one sector with the experts, through their employers: the
// second of one employer costs one pair, the third two more, those already on the panel
// counted.
func (t *table) addSector(i int, sector string, start int, on []int) {
	c := t.in.Cases[i]
	groups := map[string]int{}
	for j, e := range t.in.Experts {
		if on[j] == 0 {
			continue
		}
		from := start
		if e.Employer != "" {
			node, known := groups[e.Employer]
			if !known {
				node = t.net.node()
				groups[e.Employer] = node
				there := count(c.Employers, e.Employer)
				for k := range c.Seats {
					t.net.connect(start, node, 1, int64(costEmployer*(there+k))*point)
				}
			}
			from = node
		}
		cost := int64(0)
		if !knows(e, sector) {
			cost = costField * point
		}
		t.seats = append(t.seats, seat{kase: i, expert: j, sector: sector, arc: t.net.connect(from, on[j], 1, cost)})
	}
}

func count(list []string, one string) (n int) {
	for _, x := range list {
		if x == one {
			n++
		}
	}
	return n
}

func (t *table) result() Result {
	r := Result{Picks: []Pick{}, Empty: map[string]int{}}
	for _, c := range t.in.Cases {
		r.Empty[c.ID] = c.Seats
	}
	for _, s := range t.seats {
		if t.net.used(s.arc) == 0 {
			continue
		}
		c, e := t.in.Cases[s.kase], t.in.Experts[s.expert]
		r.Empty[c.ID]--
		r.Picks = append(r.Picks, Pick{Case: c.ID, Expert: e.ID, Sector: s.sector, Match: knows(e, s.sector), Paired: c.Paired[e.ID], Load: e.Load, Asked: e.Asked})
	}
	slices.SortFunc(r.Picks, func(a, b Pick) int { return cmp.Or(cmp.Compare(a.Case, b.Case), cmp.Compare(a.Expert, b.Expert)) })
	for id, n := range r.Empty {
		if n == 0 {
			delete(r.Empty, id)
		}
	}
	t.share(r.Picks)
	r.Cost = Cost(t.in, r.Picks)
	return r
}

// share counts for each pick the others of its employer on the panel.
func (t *table) share(picks []Pick) {
	employer := map[string]string{}
	for _, e := range t.in.Experts {
		employer[e.ID] = e.Employer
	}
	for i := range picks {
		own := employer[picks[i].Expert]
		if own == "" {
			continue
		}
		for _, c := range t.in.Cases {
			if c.ID == picks[i].Case {
				picks[i].Shares = count(c.Employers, own)
			}
		}
		for j := range picks {
			if i != j && picks[j].Case == picks[i].Case && employer[picks[j].Expert] == own {
				picks[i].Shares++
			}
		}
	}
}

// Cost adds up what picks cost in points, by the definition and not by the network: field,
// past pairing, turn, load, and pairs of one employer within the seats of one sector.
func Cost(in Input, picks []Pick) (sum int64) {
	experts, cases := map[string]Expert{}, map[string]Case{}
	for _, e := range in.Experts {
		experts[e.ID] = e
	}
	for _, c := range in.Cases {
		cases[c.ID] = c
	}
	more, house := map[string]int{}, map[[3]string]int{}
	for _, p := range picks {
		e, c := experts[p.Expert], cases[p.Case]
		if !knows(e, p.Sector) {
			sum += costField
		}
		sum += int64(costPair*c.Paired[e.ID] + costTurn*e.Asked + costLoad*(e.Load+more[e.ID]))
		more[e.ID]++
		if e.Employer != "" {
			key := [3]string{c.ID, p.Sector, e.Employer}
			sum += int64(costEmployer * (count(c.Employers, e.Employer) + house[key]))
			house[key]++
		}
	}
	return sum
}

// Rank orders the experts who could take a seat of a case beside those who have it, the
// cheapest first: for a replacement by hand. taken are the panel's own; load counts what the
// draw has given them meanwhile.
func Rank(in Input, caseID, sector string, picks []Pick) []Pick {
	var out []Pick
	more, taken := map[string]int{}, map[string]bool{}
	for _, p := range picks {
		more[p.Expert]++
		taken[p.Expert] = taken[p.Expert] || p.Case == caseID
	}
	for _, c := range in.Cases {
		if c.ID != caseID {
			continue
		}
		for _, e := range in.Experts {
			if _, no := c.Out[e.ID]; no || taken[e.ID] || e.Room-more[e.ID] <= 0 {
				continue
			}
			out = append(out, Pick{Case: caseID, Expert: e.ID, Sector: sector, Match: knows(e, sector), Paired: c.Paired[e.ID], Load: e.Load + more[e.ID], Asked: e.Asked})
		}
	}
	price := func(p Pick) int64 {
		cost := int64(costPair*p.Paired + costTurn*p.Asked + costLoad*p.Load)
		if !p.Match {
			cost += costField
		}
		return cost*point + luck(in.Seed, caseID, p.Expert)
	}
	slices.SortFunc(out, func(a, b Pick) int { return cmp.Compare(price(a), price(b)) })
	return out
}
