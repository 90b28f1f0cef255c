package policy

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Ballot is what one evaluator hands in on one case.
type Ballot struct {
	Evaluator string            // any stable identifier
	Scores    map[string]Points // by criterion
	Reasons   map[string]string // justification by criterion or veto row
	Vetoes    []string          // veto rows raised
}

// BallotTotal is one evaluator's sum and whether the trimmed mean dropped it.
type BallotTotal struct {
	Evaluator string
	Total     Points
	Dropped   bool
}

// VetoCount is how many evaluators raised a veto row and whether that is enough.
type VetoCount struct {
	Veto   Veto
	Count  int
	Stands bool
}

// PanelResult is the outcome of expert review of one application.
type PanelResult struct {
	Score    Points // mean of the totals, rounded once
	Spread   Points // highest minus lowest total, before anything is dropped
	Moderate bool   // the spread is over the limit: the panel meets again
	Vetoed   bool
	Vetoes   []VetoCount // rows raised at least once
	Ballots  []BallotTotal
	Criteria []Calculation // plain mean per criterion, for reading only
	Total    Calculation
}

// Check lists what is wrong with a ballot before it is handed in: missing or unknown rows, scores off the scale,
// justifications that the rule set asks for. A nil error means it may be handed in.
func (r Review) Check(b Ballot) error {
	var c checker
	for _, row := range r.Criteria {
		r.checkScore(&c, row, b)
	}
	for code := range b.Scores {
		if _, ok := r.Criterion(code); !ok {
			c.add("scores."+code, "评审表中没有此项,请删除", "is not a row of the rubric; remove it")
		}
	}
	for n, code := range b.Vetoes {
		path := "vetoes." + code
		if _, ok := r.Veto(code); !ok {
			c.add(path, "评审表中没有此否决项,请删除", "is not a veto row of the rubric; remove it")
		}
		if slices.Contains(b.Vetoes[:n], code) {
			c.add(path, "同一否决项只需填写一次", "is raised twice; keep one")
		}
		r.checkReason(&c, path, b.Reasons[code])
	}
	return c.err()
}

func (r Review) checkScore(c *checker, row Criterion, b Ballot) {
	path := "scores." + row.Code
	score, ok := b.Scores[row.Code]
	switch {
	case !ok:
		c.add(path, "尚未评分,请给出 0–"+row.Max.String()+" 分", "has no score; give 0–"+row.Max.String()+" points")
		return
	case score < 0 || score > row.Max:
		c.add(path, "分值应在 0–"+row.Max.String()+" 之间", "must lie within 0–"+row.Max.String())
		return
	case row.Step > 0 && score%row.Step != 0:
		c.add(path, "分值应为 "+row.Step.String()+" 的倍数", "must be a multiple of "+row.Step.String())
		return
	}
	if r.NeedsReason(row, score) {
		r.checkReason(c, path, b.Reasons[row.Code])
	}
}

// NeedsReason reports whether a score on a row must be justified in words.
func (r Review) NeedsReason(row Criterion, score Points) bool {
	share := score * Hundred
	return row.Justify || share <= r.Justify.LowPercent*row.Max || share >= r.Justify.HighPercent*row.Max
}

func (r Review) checkReason(c *checker, path, reason string) {
	if n := r.Justify.MinLength; utf8.RuneCountInString(strings.TrimSpace(reason)) < n {
		least := strconv.Itoa(n)
		c.add(path, "请说明评分理由(不少于 "+least+" 字)", "needs a justification of at least "+least+" characters")
	}
}

// Result joins the ballots of a panel. It refuses a panel without ballots, an evaluator who appears twice and ballots
// with missing or impossible scores; it does not ask for justifications, which Check did when they were handed in.
func (r Review) Result(ballots []Ballot) (PanelResult, error) {
	totals, err := r.totals(ballots)
	if err != nil {
		return PanelResult{}, err
	}
	kept := markDropped(totals, r.Method.Value, r.TrimFrom.Value)
	result := PanelResult{
		Ballots: totals,
		Spread:  totals[0].Total - totals[len(totals)-1].Total,
		Score:   pointsOf(mean(kept)),
		Vetoes:  r.countVetoes(ballots),
	}
	result.Moderate = result.Spread > r.SpreadLimit.Value
	result.Vetoed = slices.ContainsFunc(result.Vetoes, func(v VetoCount) bool { return v.Stands })
	result.Criteria = r.criterionMeans(ballots)
	result.Total = panelLine(result, len(kept))
	return result, nil
}

// totals sums each ballot and sorts from the highest down; equals are ordered by evaluator so that the outcome does not
// depend on who came first.
func (r Review) totals(ballots []Ballot) ([]BallotTotal, error) {
	if len(ballots) == 0 {
		return nil, fmt.Errorf("panel result: no ballot is in")
	}
	seen := map[string]bool{}
	out := make([]BallotTotal, 0, len(ballots))
	for _, b := range ballots {
		if seen[b.Evaluator] {
			return nil, fmt.Errorf("panel result: evaluator %s appears twice", b.Evaluator)
		}
		seen[b.Evaluator] = true
		sum, err := r.sum(b)
		if err != nil {
			return nil, fmt.Errorf("panel result: evaluator %s: %w", b.Evaluator, err)
		}
		out = append(out, BallotTotal{Evaluator: b.Evaluator, Total: sum})
	}
	slices.SortFunc(out, func(a, b BallotTotal) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Evaluator, b.Evaluator))
	})
	return out, nil
}

func (r Review) sum(b Ballot) (Points, error) {
	var sum Points
	for _, row := range r.Criteria {
		score, ok := b.Scores[row.Code]
		if !ok {
			return 0, fmt.Errorf("criterion %s has no score", row.Code)
		}
		if score < 0 || score > row.Max {
			return 0, fmt.Errorf("criterion %s: %s points are outside 0–%s", row.Code, score, row.Max)
		}
		sum += score
	}
	if len(b.Scores) != len(r.Criteria) {
		return 0, fmt.Errorf("a score belongs to no criterion of the rubric")
	}
	return sum, nil
}

func (r Review) countVetoes(ballots []Ballot) []VetoCount {
	var out []VetoCount
	for _, v := range r.Vetoes {
		count := 0
		for _, b := range ballots {
			if slices.Contains(b.Vetoes, v.Code) {
				count++
			}
		}
		if count > 0 {
			out = append(out, VetoCount{Veto: v, Count: count, Stands: count >= r.VetoesNeeded.Value})
		}
	}
	return out
}

func (r Review) criterionMeans(ballots []Ballot) []Calculation {
	out := make([]Calculation, 0, len(r.Criteria))
	for _, row := range r.Criteria {
		line := Calculation{Code: row.Code, Label: row.Name, Weight: row.Max, Formula: meanFormula(len(ballots), len(ballots))}
		scores := make([]Points, 0, len(ballots))
		for _, b := range ballots {
			scores = append(scores, b.Scores[row.Code])
		}
		slices.Sort(scores)
		for _, s := range scores {
			line.input(Text{"评分", "score"}, s.String())
		}
		line.Points = pointsOf(mean(scores))
		if row.Max > 0 {
			share := new(big.Rat).Quo(mean(scores), row.Max.Rat())
			line.Mark = pointsOf(share.Mul(share, big.NewRat(100, 1)))
		}
		out = append(out, line)
	}
	return out
}

func panelLine(r PanelResult, kept int) Calculation {
	line := Calculation{
		Code: "panel", Label: Text{"专家评审得分", "result of expert review"},
		Formula: meanFormula(len(r.Ballots), kept), Mark: r.Score, Weight: Hundred, Points: r.Score,
	}
	for _, b := range r.Ballots {
		name := Text{"评分", "total"}
		if b.Dropped {
			name = Text{"评分(已去掉)", "total (dropped)"}
		}
		line.input(name, b.Total.String())
	}
	return line
}

// markDropped flags the highest and the lowest of totals sorted downwards and returns what is kept.
func markDropped(totals []BallotTotal, method MeanMethod, from int) []Points {
	if trims(len(totals), method, from) {
		totals[0].Dropped, totals[len(totals)-1].Dropped = true, true
	}
	var kept []Points
	for _, t := range totals {
		if !t.Dropped {
			kept = append(kept, t.Total)
		}
	}
	return kept
}

// trim drops one highest and one lowest score where the method asks for it. The result is sorted.
func trim(scores []Points, method MeanMethod, from int) []Points {
	sorted := slices.Sorted(slices.Values(scores))
	if trims(len(sorted), method, from) {
		return sorted[1 : len(sorted)-1]
	}
	return sorted
}

// trims never lets fewer than one score remain.
func trims(n int, method MeanMethod, from int) bool {
	return method == TrimmedMean && n >= max(from, 3)
}

func mean(scores []Points) *big.Rat {
	sum := new(big.Rat)
	for _, s := range scores {
		sum.Add(sum, s.Rat())
	}
	return sum.Quo(sum, big.NewRat(int64(len(scores)), 1))
}

func meanFormula(all, kept int) Text {
	if all != kept {
		return Text{"去掉一个最高分和一个最低分后取平均", "mean without the highest and the lowest score"}
	}
	return Text{"各专家评分的平均", "mean of the evaluators' scores"}
}
