package policy

import (
	"fmt"
	"math/big"
	"strconv"
)

// Calculation is one line of a result, complete enough to be redone by hand.
type Calculation struct {
	Code    string
	Label   Text
	Formula Text
	Inputs  []Input
	Note    Text   // why no formula was applied, or what bounded it; may be empty
	Mark    Points // out of 100, rounded for showing; points come from the exact mark
	Weight  Points // most points the line can give
	Points  Points
}

// Input is one figure that entered a calculation.
type Input struct {
	Name  Text
	Value string
}

// Reading is what is known about one indicator of one zone.
type Reading struct {
	Value   *Decimal  // in the indicator's unit; nil: not reported
	Target  *Decimal  // the zone's own goal for the year, where the method asks for it
	Peers   []Decimal // the other zones of the same sector, without this one
	Experts []Points  // evaluators' points, each from 0 to the weight
}

// Score turns a reading into points, at most the weight. A figure that was not reported gives nothing. An error means
// that the reading or the rule set lacks what the method needs.
func (e Evaluation) Score(i Indicator, weight Points, r Reading) (Calculation, error) {
	line := Calculation{Code: i.Code, Label: i.Name, Weight: weight}
	mark, err := e.mark(i, weight, r, &line)
	if err != nil {
		return Calculation{}, fmt.Errorf("indicator %s: %w", i.Code, err)
	}
	line.Mark = pointsOf(mark)
	line.Points = pointsOf(percentOf(mark, weight))
	return line, nil
}

func (e Evaluation) mark(i Indicator, weight Points, r Reading, line *Calculation) (*big.Rat, error) {
	if i.Method.Kind == MethodExpert {
		return e.expertMark(weight, r.Experts, line)
	}
	if r.Value == nil {
		line.Note = Text{"未报送,计 0 分", "not reported: 0 points"}
		return new(big.Rat), nil
	}
	line.input(Text{"数值 v", "figure v"}, r.Value.String()+unitSuffix(i.Unit.ZH))
	switch m := i.Method; {
	case m.Kind == MethodBands && len(m.Bands) > 0:
		return bandMark(m.Bands, *r.Value, line), nil
	case m.Kind == MethodStep && m.Step != nil:
		return stepMark(*m.Step, *r.Value, r.Target, line)
	case m.Kind == MethodPeer && m.Peer != nil:
		return peerMark(*m.Peer, *r.Value, r.Peers, line), nil
	}
	return nil, fmt.Errorf("scoring method %q is not set up; complete it in the rule set", i.Method.Kind)
}

func bandMark(bands []Band, v Decimal, line *Calculation) *big.Rat {
	line.Formula = Text{"按区间取分 × 权重 ÷ 100", "mark of the band × weight ÷ 100"}
	chosen := 0
	for n := range bands {
		if bands[n].From != nil && v >= *bands[n].From {
			chosen = n
		}
	}
	line.input(Text{"所在区间", "band"}, bandRange(bands, chosen))
	line.input(Text{"区间分", "mark of the band"}, bands[chosen].Mark.String())
	return bands[chosen].Mark.Rat()
}

func bandRange(bands []Band, n int) string {
	from, to := "−∞", "+∞"
	if bands[n].From != nil {
		from = bands[n].From.String()
	}
	if n+1 < len(bands) && bands[n+1].From != nil {
		to = bands[n+1].From.String()
	}
	return "[" + from + ", " + to + ")"
}

func stepMark(s Step, v Decimal, goal *Decimal, line *Calculation) (*big.Rat, error) {
	target := s.Target
	if target == nil {
		target = goal
	}
	if target == nil {
		return nil, fmt.Errorf("no target for the year; enter the zone's goal or fix a target in the rule set")
	}
	steps, err := s.steps(v, *target)
	if err != nil {
		return nil, err
	}
	line.Formula = Text{"基础分 ± 档数 × 每档分(限于保底分与封顶分之间)× 权重 ÷ 100",
		"base ± steps × mark per step (between floor and cap) × weight ÷ 100"}
	line.input(Text{"目标值 t", "target t"}, target.String())
	line.input(Text{"档数", "steps"}, show(steps))
	line.input(Text{"基础分", "base"}, s.Base.String())
	perStep := s.Gain
	if steps.Sign() < 0 {
		perStep = s.Loss
	}
	line.input(Text{"每档分", "mark per step"}, perStep.String())
	mark := new(big.Rat).Mul(steps, perStep.Rat())
	return line.bound(mark.Add(mark, s.Base.Rat()), s.Floor, s.Cap), nil
}

// steps is how many steps the figure lies on the good side (positive) or the bad side (negative) of the target.
func (s Step) steps(v, target Decimal) (*big.Rat, error) {
	if s.Per <= 0 {
		return nil, fmt.Errorf("the step is not above zero; correct it in the rule set")
	}
	steps := new(big.Rat).Sub(v.Rat(), target.Rat())
	if s.Percent {
		if target <= 0 {
			return nil, fmt.Errorf("the target %s is not above zero, so no percentage of it can be taken; enter a positive goal", target)
		}
		steps.Quo(steps, target.Rat()).Mul(steps, big.NewRat(100, 1))
	}
	if s.Lower {
		steps.Neg(steps)
	}
	steps.Quo(steps, s.Per.Rat())
	if s.Whole {
		steps.SetInt(new(big.Int).Quo(steps.Num(), steps.Denom())) // Quo truncates towards zero
	}
	return steps, nil
}

func peerMark(p Peer, v Decimal, others []Decimal, line *Calculation) *big.Rat {
	line.input(Text{"同类示范区数", "zones compared"}, strconv.Itoa(len(others)+1))
	if len(others)+1 < p.MinZones {
		line.Note = Text{"同类示范区不足 " + strconv.Itoa(p.MinZones) + " 个,取等值分",
			"fewer than " + strconv.Itoa(p.MinZones) + " zones to compare: the mark for equals"}
		return p.Equal.Rat()
	}
	if p.Kind == MeanHundred {
		return meanMark(p, v, others, line)
	}
	return efficacyMark(p, v, others, line)
}

func efficacyMark(p Peer, v Decimal, others []Decimal, line *Calculation) *big.Rat {
	low, high := v, v
	for _, o := range others {
		low, high = min(low, o), max(high, o)
	}
	line.input(Text{"最小值 min", "min"}, low.String())
	line.input(Text{"最大值 max", "max"}, high.String())
	if low == high {
		line.Note = Text{"各示范区数值相同,取等值分", "all figures are alike: the mark for equals"}
		return p.Equal.Rat()
	}
	base, span := p.Base.String(), p.Span.String()
	from, good := low, "(v − min)"
	if p.Lower {
		from, good = high, "(max − v)"
	}
	text := base + " + " + span + " × " + good + " ÷ (max − min)"
	line.Formula = Text{"[" + text + "] × 权重 ÷ 100", "[" + text + "] × weight ÷ 100"}
	mark := new(big.Rat).Sub(v.Rat(), from.Rat())
	mark.Quo(mark.Abs(mark), new(big.Rat).Sub(high.Rat(), low.Rat()))
	return mark.Mul(mark, p.Span.Rat()).Add(mark, p.Base.Rat())
}

// meanMark counts figures below zero as zero: a share of a mean has no meaning for them.
func meanMark(p Peer, v Decimal, others []Decimal, line *Calculation) *big.Rat {
	v = max(v, 0)
	mean := v.Rat()
	for _, o := range others {
		mean.Add(mean, max(o, 0).Rat())
	}
	mean.Quo(mean, big.NewRat(int64(len(others)+1), 1))
	line.input(Text{"平均值", "mean"}, show(mean))
	if mean.Sign() == 0 {
		line.Note = Text{"平均值为 0,取等值分", "the mean is 0: the mark for equals"}
		return p.Equal.Rat()
	}
	line.Formula = Text{"100 × v ÷ 平均值(不超过封顶分)× 权重 ÷ 100", "100 × v ÷ mean (at most the cap) × weight ÷ 100"}
	mark := new(big.Rat).Mul(v.Rat(), big.NewRat(100, 1))
	return line.bound(mark.Quo(mark, mean), 0, p.Cap)
}

func (e Evaluation) expertMark(weight Points, scores []Points, line *Calculation) (*big.Rat, error) {
	if len(scores) == 0 {
		line.Note = Text{"尚无专家评分,计 0 分", "no evaluator has scored: 0 points"}
		return new(big.Rat), nil
	}
	for _, s := range scores {
		if s < 0 || s > weight {
			return nil, fmt.Errorf("an evaluator's %s points are outside 0–%s; correct the score", s, weight)
		}
	}
	if weight == 0 {
		return new(big.Rat), nil
	}
	kept := trim(scores, e.Method.Value, e.TrimFrom.Value)
	line.Formula = meanFormula(len(scores), len(kept))
	for n, s := range scores {
		line.input(Text{"专家 " + strconv.Itoa(n+1), "evaluator " + strconv.Itoa(n+1)}, s.String())
	}
	mark := new(big.Rat).Quo(mean(kept), weight.Rat())
	return mark.Mul(mark, big.NewRat(100, 1)), nil
}

// bound keeps a mark between floor and cap and notes it when it had to.
func (c *Calculation) bound(mark *big.Rat, floor, limit Points) *big.Rat {
	if mark.Cmp(limit.Rat()) > 0 {
		c.Note = Text{"按封顶分 " + limit.String() + " 计", "capped at " + limit.String()}
		return limit.Rat()
	}
	if mark.Cmp(floor.Rat()) < 0 {
		c.Note = Text{"按保底分 " + floor.String() + " 计", "raised to the floor of " + floor.String()}
		return floor.Rat()
	}
	return mark
}

func (c *Calculation) input(name Text, value string) {
	c.Inputs = append(c.Inputs, Input{Name: name, Value: value})
}

// percentOf is mark percent of the weight, exactly.
func percentOf(mark *big.Rat, weight Points) *big.Rat {
	r := new(big.Rat).Mul(mark, weight.Rat())
	return r.Quo(r, big.NewRat(100, 1))
}

func unitSuffix(unit string) string {
	if unit == "" || unit == "%" {
		return unit
	}
	return " " + unit
}
