// Package draw picks panels of evaluators (专家抽取): who sits on which case, so that the whole is
// the cheapest by stated costs, and chance – a recorded seed – decides only between equals. The
// same input gives the same picks, always and everywhere.
//
// It is pure: it must not know where cases and people come from, nor what becomes of the picks.
package draw

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Engine is the version of the rules by which this package draws; a record names the one it
// was made by.
const Engine = 1

// The costs, in points. A seat without an expert is never preferred to one with any cost.
const (
	costField    = 100 // the seat's sector is not among the expert's fields
	costPair     = 40  // each time the expert has reviewed this applicant before
	costEmployer = 30  // each pair of one employer within the seats of one sector
	costLoad     = 10  // the k-th open case of an expert costs k times this
	costTurn     = 1   // each case the expert was asked for in the last year
)

// chance is what the seed may add to one pick; a point outweighs all of them together.
const (
	chance = 1 << 10
	point  = 1 << 24
)

// Bounds of one draw, so that a cost fits and an answer comes at once.
const (
	MaxCases = 60
	MaxSeats = 25
)

// Input is everything a draw depends on; its canonical JSON is what is recorded.
type Input struct {
	Engine  int      `json:"engine"`
	Seed    string   `json:"seed"`
	Cases   []Case   `json:"cases"`
	Experts []Expert `json:"experts"`
}

// Case asks for a number of seats. Out names the experts who must not sit on it, with why.
type Case struct {
	ID        string            `json:"id"`
	Sectors   []string          `json:"sectors"`
	Seats     int               `json:"seats"`
	RuleSet   string            `json:"rule_set"`
	Out       map[string]string `json:"out"`
	Paired    map[string]int    `json:"paired"`    // by expert: earlier reviews of this applicant
	Employers []string          `json:"employers"` // of those already on the panel, once each per person
}

// Expert is one of the pool.
type Expert struct {
	ID       string   `json:"id"`
	Fields   []string `json:"fields"`
	Employer string   `json:"employer"` // compared as it is; "" is nobody's
	Load     int      `json:"load"`     // open cases
	Room     int      `json:"room"`     // how many more may be added
	Asked    int      `json:"asked"`    // cases asked for in the last year
}

// Pick is one seat: who, for which sector of the case, and what spoke for and against.
type Pick struct {
	Case   string `json:"case"`
	Expert string `json:"expert"`
	Sector string `json:"sector"`
	Match  bool   `json:"match"`  // the sector is one of the expert's fields
	Paired int    `json:"paired"` // earlier reviews of this applicant
	Load   int    `json:"load"`   // open cases before this draw
	Asked  int    `json:"asked"`  // cases of the last year
	Shares int    `json:"shares"` // others of the same employer on the panel
}

// Result is what a draw comes to: the picks by case and expert, how many seats stay empty,
// and the cost in points.
type Result struct {
	Picks []Pick         `json:"picks"`
	Empty map[string]int `json:"empty"`
	Cost  int64          `json:"cost"`
}

// Canonical is the one text of an input, and its SHA-256 in hexadecimal digits. Order of
// cases, experts and sectors does not matter.
func (in Input) Canonical() (text, digest string) {
	in = in.sorted()
	raw, _ := json.Marshal(in) // strings and numbers always encode
	sum := sha256.Sum256(raw)
	return string(raw), hex.EncodeToString(sum[:])
}

func (in Input) sorted() Input {
	in.Cases, in.Experts = slices.Clone(in.Cases), slices.Clone(in.Experts)
	slices.SortFunc(in.Cases, func(a, b Case) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(in.Experts, func(a, b Expert) int { return cmp.Compare(a.ID, b.ID) })
	for i := range in.Cases {
		in.Cases[i].Employers = slices.Sorted(slices.Values(in.Cases[i].Employers))
	}
	for i := range in.Experts {
		in.Experts[i].Fields = slices.Sorted(slices.Values(in.Experts[i].Fields))
	}
	return in
}

func (in Input) check() error {
	if in.Engine != Engine {
		return fmt.Errorf("draw: recorded by engine %d, this is %d", in.Engine, Engine)
	}
	if in.Seed == "" || len(in.Cases) == 0 || len(in.Cases) > MaxCases {
		return errors.New("draw: no seed, no cases, or too many")
	}
	seen := map[string]bool{}
	for _, c := range in.Cases {
		if c.Seats < 0 || c.Seats > MaxSeats || seen[c.ID] {
			return fmt.Errorf("draw: case %s: seats %d, or twice", c.ID, c.Seats)
		}
		seen[c.ID] = true
	}
	clear(seen)
	for _, e := range in.Experts {
		if seen[e.ID] {
			return fmt.Errorf("draw: expert %s twice", e.ID)
		}
		seen[e.ID] = true
	}
	return nil
}

// Run draws. It fills as many seats as can be, at the least cost of that many.
func Run(in Input) (Result, error) {
	if err := in.check(); err != nil {
		return Result{}, err
	}
	in = in.sorted()
	t := newTable(in)
	t.net.run(t.source, t.sink)
	return t.result(), nil
}

// seatsOf shares the seats of a case among its sectors as evenly as can be; the first sectors
// get what does not divide.
func seatsOf(c Case) (sectors []string, seats []int) {
	sectors = c.Sectors
	if len(sectors) == 0 {
		sectors = []string{""}
	}
	seats = make([]int, len(sectors))
	for i := range c.Seats {
		seats[i%len(sectors)]++
	}
	return sectors, seats
}

// luck is the seed's word on one pick, at least 0 and below chance.
func luck(seed, caseID, expertID string) int64 {
	sum := sha256.Sum256([]byte(seed + "\x00" + caseID + "\x00" + expertID))
	return int64(binary.BigEndian.Uint64(sum[:8]) % chance)
}

func knows(e Expert, sector string) bool { return sector == "" || slices.Contains(e.Fields, sector) }
