package policy

import (
	"maps"
	"slices"
	"strconv"
)

// check holds the rubric to what the arithmetic needs.
func (r Review) check(c *checker) {
	c.codes("review.criteria", codesOf(r.Criteria, func(x Criterion) string { return x.Code }))
	c.codes("review.vetoes", codesOf(r.Vetoes, func(v Veto) string { return v.Code }))
	var sum Points
	for n, row := range r.Criteria {
		path := indexed("review.criteria", n)
		sum += row.Max
		row.check(c, path)
	}
	c.sum("review.criteria", sum, Hundred)
	checkVetoes(c, "review.vetoes", r.Vetoes)
	c.provenance("review.justify", r.Justify.Provenance)
	c.points("review.justify.low_percent", r.Justify.LowPercent, 0, Hundred)
	c.points("review.justify.high_percent", r.Justify.HighPercent, r.Justify.LowPercent, 2*Hundred)
	c.between("review.justify.min_length", r.Justify.MinLength, 1, 500)
	c.number("review.vetoes_needed", r.VetoesNeeded, 1, max(r.PanelSize.Value, 1))
	checkPanel(c, "review", r.PanelSize, r.Method, r.TrimFrom)
	checkSetting(c, "review.spread_limit", r.SpreadLimit)
	c.points("review.spread_limit.value", r.SpreadLimit.Value, 0, Hundred)
	c.number("review.recusal_years", r.RecusalYears, 0, 20)
	c.number("review.max_load", r.MaxLoad, 1, 1000)
	checkSetting(c, "review.site_visit", r.SiteVisit)
	checkSetting(c, "review.hide_until_own", r.HideUntilOwnIn)
}

func (row Criterion) check(c *checker, path string) {
	c.text(path+".name", row.Name)
	c.text(path+".guidance", row.Guidance)
	c.provenance(path, row.Provenance)
	c.points(path+".max", row.Max, 1, Hundred)
	if row.Step < 1 || row.Max%max(row.Step, 1) != 0 {
		c.add(path+".step", "须大于 0 且能整除满分", "must be above zero and divide the maximum")
	}
	if len(row.Levels) == 0 {
		c.add(path+".levels", "须至少有一个等级", "must hold at least one level")
		return
	}
	for n, l := range row.Levels {
		at := indexed(path+".levels", n)
		c.text(at+".name", l.Name)
		if n > 0 && l.FromPercent >= row.Levels[n-1].FromPercent {
			c.add(at+".from_percent", "各等级起点须由高到低", "must be below the level before")
		}
	}
	c.points(path+".levels[0].from_percent", row.Levels[0].FromPercent, 0, Hundred)
	if row.Levels[len(row.Levels)-1].FromPercent != 0 {
		c.add(path+".levels", "最低等级须从 0 起", "the last level must start at 0")
	}
}

func checkVetoes(c *checker, path string, vetoes []Veto) {
	for n, v := range vetoes {
		c.text(indexed(path, n)+".name", v.Name)
		c.provenance(indexed(path, n), v.Provenance)
	}
}

func checkPanel(c *checker, path string, size Setting[int], method Setting[MeanMethod], trimFrom Setting[int]) {
	c.number(path+".panel_size", size, 1, 99)
	if size.Value%2 == 0 {
		c.add(path+".panel_size.value", "专家组人数须为单数", "must be odd")
	}
	checkSetting(c, path+".method", method)
	c.oneOf(path+".method.value", string(method.Value), method.Value == PlainMean || method.Value == TrimmedMean)
	c.number(path+".trim_from", trimFrom, 3, 99)
}

// check holds the evaluation table to what the arithmetic needs; r gives the report indicators it may draw on.
func (e Evaluation) check(c *checker, r RuleSet) {
	const path = "evaluation"
	groups := c.codes(path+".groups", codesOf(e.Groups, func(g IndicatorGroup) string { return g.Code }))
	codes := c.codes(path+".indicators", codesOf(e.Indicators, func(i Indicator) string { return i.Code }))
	var sum Points
	for n, i := range e.Indicators {
		at := indexed(path+".indicators", n)
		sum += i.Weight
		c.refers(at+".group", i.Group, groups)
		i.check(c, at, r)
	}
	c.sum(path+".indicators", sum, Hundred)
	e.checkWeights(c, codes)
	checkItemsOf(c, path+".bonuses", e.Bonuses)
	checkItemsOf(c, path+".deductions", e.Deductions)
	checkSetting(c, path+".bonus_cap", e.BonusCap)
	checkSetting(c, path+".deduction_cap", e.DeductCap)
	c.points(path+".bonus_cap.value", e.BonusCap.Value, 0, Hundred)
	c.points(path+".deduction_cap.value", e.DeductCap.Value, 0, Hundred)
	c.codes(path+".vetoes", codesOf(e.Vetoes, func(v Veto) string { return v.Code }))
	checkVetoes(c, path+".vetoes", e.Vetoes)
	checkPanel(c, path, e.PanelSize, e.Method, e.TrimFrom)
	e.checkGrades(c)
}

func (i Indicator) check(c *checker, path string, r RuleSet) {
	c.text(path+".name", i.Name)
	c.text(path+".unit", i.Unit)
	c.text(path+".definition", i.Definition)
	c.provenance(path, i.Provenance)
	c.between(path+".precision", i.Precision, 0, decimalDigits)
	c.points(path+".weight", i.Weight, 1, Hundred)
	checkRange(c, path, i.Min, i.Max)
	i.Source.check(c, path+".source", r)
	if (i.Source.Kind == SourceExpert) != (i.Method.Kind == MethodExpert) {
		c.add(path+".method", "专家评分须与专家来源配套使用", "expert scoring and an expert source go together")
	}
	i.Method.check(c, path+".method", i.Weight)
}

func (s FigureSource) check(c *checker, path string, r RuleSet) {
	known := map[string]bool{}
	for _, i := range r.Reports {
		known[i.Code] = true
	}
	switch s.Kind {
	case SourceReport, SourceGrowth, SourceChange:
		c.refers(path+".of", s.Of, known)
	case SourceShare:
		c.refers(path+".of", s.Of, known)
		c.refers(path+".base", s.Base, known)
	case SourceFunds, SourceTyped, SourceExpert:
	default:
		c.oneOf(path+".kind", string(s.Kind), false)
	}
}

func (m Method) check(c *checker, path string, weight Points) {
	if set := m.parts(); set != 1 {
		c.add(path, "须且只能填写所选评分方法的参数", "must hold the settings of its own kind and no other, holds "+strconv.Itoa(set)+" parts")
	}
	switch {
	case m.Kind == MethodBands && len(m.Bands) > 0:
		checkScoreBands(c, path+".bands", m.Bands)
	case m.Kind == MethodStep && m.Step != nil:
		m.Step.check(c, path+".step")
	case m.Kind == MethodPeer && m.Peer != nil:
		m.Peer.check(c, path+".peer")
	case m.Kind == MethodExpert && m.Expert != nil:
		c.text(path+".expert.guidance", m.Expert.Guidance)
		c.points(path+".expert.step", m.Expert.Step, 1, max(weight, 1))
	default:
		c.oneOf(path+".kind", string(m.Kind), false)
	}
}

func (m Method) parts() int {
	n := 0
	for _, set := range []bool{len(m.Bands) > 0, m.Step != nil, m.Peer != nil, m.Expert != nil} {
		if set {
			n++
		}
	}
	return n
}

func checkScoreBands(c *checker, path string, bands []Band) {
	for n, b := range bands {
		at := indexed(path, n)
		c.points(at+".mark", b.Mark, 0, Hundred)
		switch {
		case n == 0 && b.From != nil:
			c.add(at+".from", "第一档不填起点,涵盖以下全部", "the first band has no from: it takes everything below")
		case n > 0 && b.From == nil:
			c.add(at+".from", "须填写起点", "must say where the band starts")
		case n > 1 && bands[n-1].From != nil && *b.From <= *bands[n-1].From:
			c.add(at+".from", "各档起点须递增", "must be above the band before")
		}
	}
}

func (s Step) check(c *checker, path string) {
	if s.Per <= 0 {
		c.add(path+".per", "每档幅度须大于 0", "must be above zero")
	}
	if s.Percent && s.Target != nil && *s.Target <= 0 {
		c.add(path+".target", "按百分比计档时目标须大于 0", "must be above zero when steps are percentages of it")
	}
	c.points(path+".floor", s.Floor, 0, Hundred)
	c.points(path+".cap", s.Cap, s.Floor, Hundred)
	c.points(path+".base", s.Base, s.Floor, max(s.Floor, s.Cap))
	c.points(path+".gain", s.Gain, 0, Hundred)
	c.points(path+".loss", s.Loss, 0, Hundred)
}

func (p Peer) check(c *checker, path string) {
	c.between(path+".min_zones", p.MinZones, 0, 1000)
	switch p.Kind {
	case Efficacy:
		c.points(path+".base", p.Base, 0, Hundred)
		c.points(path+".span", p.Span, 0, Hundred-p.Base)
		c.points(path+".equal", p.Equal, p.Base, p.Base+p.Span)
	case MeanHundred:
		c.points(path+".cap", p.Cap, 1, Hundred)
		c.points(path+".equal", p.Equal, 0, p.Cap)
		if p.Lower {
			c.add(path+".lower", "均值法只适用于越高越好的指标", "the mean method needs an indicator where higher is better")
		}
	default:
		c.oneOf(path+".kind", string(p.Kind), false)
	}
}

// checkWeights holds every sector's own table to 100.
func (e Evaluation) checkWeights(c *checker, codes map[string]bool) {
	seen, sectors := map[[2]string]bool{}, map[string]int{}
	for n, w := range e.Weights {
		path := indexed("evaluation.sector_weights", n)
		c.refers(path+".indicator", w.Indicator, codes)
		c.points(path+".weight", w.Weight, 0, Hundred)
		if key := [2]string{w.Sector, w.Indicator}; seen[key] {
			c.add(path, "同一行业同一指标的权重重复", "gives the same sector and indicator twice; keep one")
		} else {
			seen[key] = true
		}
		if _, ok := sectors[w.Sector]; !ok {
			sectors[w.Sector] = n
		}
	}
	for _, sector := range slices.Sorted(maps.Keys(sectors)) {
		var sum Points
		for _, i := range e.Indicators {
			sum += e.WeightFor(sector, i)
		}
		c.sum(indexed("evaluation.sector_weights", sectors[sector]), sum, Hundred)
	}
}

func checkItemsOf(c *checker, path string, items []Adjustment) {
	c.codes(path, codesOf(items, func(a Adjustment) string { return a.Code }))
	for n, a := range items {
		at := indexed(path, n)
		c.text(at+".name", a.Name)
		c.provenance(at, a.Provenance)
		c.points(at+".max", a.Max, 1, Hundred)
	}
}

func (e Evaluation) checkGrades(c *checker) {
	const path = "evaluation.grades"
	known := c.codes(path, codesOf(e.Grades, func(g Grade) string { return g.Code }))
	if len(e.Grades) < 2 {
		c.add(path, "须至少有两个等次", "must hold at least two grades")
		return
	}
	for n, g := range e.Grades {
		at := indexed(path, n)
		last := n == len(e.Grades)-1
		c.text(at+".name", g.Name)
		c.provenance(at, g.Provenance)
		c.points(at+".from", g.From, 0, Hundred)
		if n > 0 && g.From >= e.Grades[n-1].From {
			c.add(at+".from", "各等次分数线须由高到低", "must be below the grade before")
		}
		if last && g.From != 0 {
			c.add(at+".from", "最低等次须从 0 分起", "the last grade must start at 0")
		}
		if g.Fail != last {
			c.add(at+".fail", "只有最低等次为不合格", "only the last grade means unqualified")
		}
	}
	checkSetting(c, "evaluation.best_cap", e.BestCap)
	c.points("evaluation.best_cap.value", e.BestCap.Value, 0, Hundred)
	c.number("evaluation.best_at_least", e.BestAtLeast, 0, 1000)
	checkSetting(c, "evaluation.absent", e.Absent)
	c.refers("evaluation.absent.value", e.Absent.Value, known)
	v := e.Revocation
	c.provenance("evaluation.revocation", v.Provenance)
	c.between("evaluation.revocation.in_a_row", v.InARow, 0, 10)
	c.between("evaluation.revocation.count", v.Count, 0, 10)
	c.between("evaluation.revocation.within_years", v.WithinYears, v.Count, 20)
}
