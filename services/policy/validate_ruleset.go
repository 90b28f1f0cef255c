package policy

import (
	"strconv"
)

// Validate reports everything wrong with a rule set taken by itself, as Problems; nil means it may be published.
// References to sectors and clarifications need the catalogues: see Data.CheckRuleSet.
func (r RuleSet) Validate() error { return r.check().err() }

func (r RuleSet) check() *checker {
	c := &checker{}
	c.present("version", r.Version)
	c.present("source", r.Source)
	c.text("title", r.Title)
	r.checkClocks(c)
	r.checkLadders(c)
	r.checkDueDates(c)
	r.checkFiling(c)
	r.checkSlots(c)
	r.checkGoals(c)
	r.checkTexts(c)
	r.checkBands(c)
	r.checkEligibility(c)
	checkSetting(c, "opinions.overdue_is_no_objection", r.Opinions.OverdueIsNoObjection)
	checkSetting(c, "opinions.grounds_unless_agree", r.Opinions.GroundsUnlessAgree)
	checkSetting(c, "opinions.other_person", r.Opinions.OtherPerson)
	r.checkDecision(c)
	r.checkReports(c)
	r.Review.check(c)
	r.Evaluation.check(c, r)
	return c
}

func checkSetting[T any](c *checker, path string, s Setting[T]) { c.provenance(path, s.Provenance) }

func (c *checker) number(path string, s Setting[int], low, high int) {
	c.provenance(path, s.Provenance)
	c.between(path+".value", s.Value, low, high)
}

func (c *checker) percent(path string, s Setting[Decimal], low, high int64) {
	c.provenance(path, s.Provenance)
	if s.Value < Whole(low) || s.Value > Whole(high) {
		span := strconv.FormatInt(low, 10) + "–" + strconv.FormatInt(high, 10)
		c.add(path+".value", "应在 "+span+"% 之间", "must lie within "+span+" %")
	}
}

func (r RuleSet) checkClocks(c *checker) {
	known := c.codes("clocks", codesOf(r.Clocks, func(k Clock) string { return k.Code }))
	for _, code := range requiredClocks() {
		if !known[code] {
			c.add("clocks", "缺少时限“"+code+"”", "lack the clock "+strconv.Quote(code)+"; add it")
		}
	}
	ladders := r.ladderCodes()
	for n, k := range r.Clocks {
		path := indexed("clocks", n)
		c.text(path+".name", k.Name)
		c.text(path+".silence", k.Silence)
		c.provenance(path, k.Provenance)
		c.between(path+".days", k.Days, 1, 400)
		c.oneOf(path+".unit", string(k.Unit), k.Unit == WorkingDays || k.Unit == CalendarDays)
		c.oneOf(path+".expiry", string(k.Expiry), k.Expiry.known())
		c.refers(path+".ladder", k.Ladder, ladders)
		c.between(path+".extension.times", k.Extension.Times, 0, 3)
		if k.Extension.Times > 0 {
			c.between(path+".extension.days", k.Extension.Days, 1, 200)
		}
		for m, other := range k.PausedBy {
			at := indexed(path+".paused_by", m)
			c.refers(at, other, known)
			if other == k.Code {
				c.add(at, "时限不能因自身暂停", "a clock cannot pause itself")
			}
		}
	}
}

func (r RuleSet) ladderCodes() map[string]bool {
	out := map[string]bool{}
	for _, l := range r.Ladders {
		out[l.Code] = true
	}
	return out
}

func (r RuleSet) checkLadders(c *checker) {
	c.codes("ladders", codesOf(r.Ladders, func(l Ladder) string { return l.Code }))
	for n, l := range r.Ladders {
		path := indexed("ladders", n)
		c.provenance(path, l.Provenance)
		c.between(path+".after_every", l.AfterEvery, 0, 60)
		c.between(path+".escalate_from", l.EscalateFrom, 0, 20)
		for m, days := range l.Before {
			at := indexed(path+".before", m)
			c.between(at, days, 1, 120)
			if m > 0 && days >= l.Before[m-1] {
				c.add(at, "提前天数须由多到少", "days must fall from one reminder to the next")
			}
		}
	}
}

func (r RuleSet) checkDueDates(c *checker) {
	known := c.codes("due_dates", codesOf(r.DueDates, func(d DueDate) string { return d.Code }))
	for _, code := range []string{DueSelfReport, DueAnnualReport} {
		if !known[code] {
			c.add("due_dates", "缺少日期“"+code+"”", "lack the date "+strconv.Quote(code)+"; add it")
		}
	}
	for n, d := range r.DueDates {
		path := indexed("due_dates", n)
		c.text(path+".name", d.Name)
		c.provenance(path, d.Provenance)
		c.between(path+".month", d.Month, 1, 12)
		c.between(path+".day", d.Day, 0, 28+dayRoom(d.Month))
		c.refers(path+".ladder", d.Ladder, r.ladderCodes())
	}
}

// dayRoom is how many days past the 28th every year has in a month.
func dayRoom(month int) int {
	switch month {
	case 2:
		return 0
	case 4, 6, 9, 11:
		return 2
	}
	return 3
}

func (r RuleSet) checkFiling(c *checker) {
	f := r.Filing
	c.number("filing.quota", f.Quota, 1, 100)
	c.number("filing.min_managers", f.MinManagers, 0, 100)
	c.percent("filing.area_tolerance", f.AreaTolerance, 0, 50)
	checkSetting(c, "filing.leader_signs", f.LeaderSigns)
	checkSetting(c, "filing.corrections_once", f.CorrectionsOnce)
	checkSetting(c, "filing.report_blocks_next", f.ReportBlocksNext)
	checkOptions(c, "filing.body_kinds", f.BodyKinds)
	checkOptions(c, "filing.factors", f.Factors)
}

func checkOptions(c *checker, path string, options []Option) {
	if len(options) == 0 {
		c.add(path, "须至少有一个选项", "must hold at least one option")
	}
	c.codes(path, codesOf(options, func(o Option) string { return o.Code }))
	for n, o := range options {
		c.text(indexed(path, n)+".name", o.Name)
	}
}

// slotMaxBytes is the largest file any slot may allow: 1 GiB.
const slotMaxBytes = 1 << 30

func (r RuleSet) checkSlots(c *checker) {
	c.codes("slots", codesOf(r.Slots, func(s Slot) string { return s.Code }))
	for n, s := range r.Slots {
		path := indexed("slots", n)
		c.text(path+".name", s.Name)
		c.text(path+".hint", s.Hint)
		c.provenance(path, s.Provenance)
		c.oneOf(path+".purpose", s.Purpose, knownPurpose(s.Purpose))
		c.between(path+".max_files", s.MaxFiles, 1, 100)
		if s.MaxBytes < 1 || s.MaxBytes > slotMaxBytes {
			c.add(path+".max_bytes", "应在 1 字节到 1 GiB 之间", "must lie within 1 byte and 1 GiB")
		}
		if len(s.Formats) == 0 {
			c.add(path+".formats", "须至少允许一种格式", "must allow at least one format")
		}
		c.codes(path+".formats", s.Formats)
	}
}

func (r RuleSet) checkGoals(c *checker) {
	c.codes("goals.indicators", codesOf(r.Goals.Indicators, func(g GoalIndicator) string { return g.Code }))
	if len(r.Goals.Indicators) == 0 {
		c.add("goals.indicators", "须至少有一个指标", "must hold at least one indicator")
	}
	for n, g := range r.Goals.Indicators {
		path := indexed("goals.indicators", n)
		c.text(path+".name", g.Name)
		c.text(path+".unit", g.Unit)
		c.provenance(path, g.Provenance)
		c.between(path+".precision", g.Precision, 0, decimalDigits)
	}
	c.number("goals.planned_years", r.Goals.PlannedYears, 1, 10)
	c.percent("goals.outlier_growth", r.Goals.OutlierGrowth, 1, 1000)
	checkSetting(c, "goals.fall_needs_why", r.Goals.FallNeedsWhy)
}

func (r RuleSet) checkTexts(c *checker) {
	seen := map[string]bool{}
	for n, t := range r.Texts {
		path := indexed("texts", n)
		c.present(path+".field", t.Field)
		c.provenance(path, t.Provenance)
		if seen[t.Field] {
			c.add(path+".field", "字段“"+t.Field+"”重复", strconv.Quote(t.Field)+" is bounded twice; keep one")
		}
		seen[t.Field] = true
		c.between(path+".min", t.Min, 0, 10_000)
		c.between(path+".max", t.Max, max(t.Min, 1), 20_000)
	}
}

func (r RuleSet) checkBands(c *checker) {
	c.codes("revenue_bands", codesOf(r.RevenueBands, func(b RevenueBand) string { return b.Code }))
	for n, b := range r.RevenueBands {
		path := indexed("revenue_bands", n)
		c.text(path+".name", b.Name)
		if n == 0 && b.From != 0 {
			c.add(path+".from", "第一档须从 0 起", "the first band must start at 0")
		}
		if n > 0 && b.From <= r.RevenueBands[n-1].From {
			c.add(path+".from", "各档起点须递增", "must be above the band before")
		}
	}
}

func (r RuleSet) checkEligibility(c *checker) {
	c.codes("eligibility", codesOf(r.Eligibility, func(e Eligibility) string { return e.Code }))
	for n, e := range r.Eligibility {
		path := indexed("eligibility", n)
		c.text(path+".name", e.Name)
		c.provenance(path, e.Provenance)
		if len(e.AnyOf) == 0 {
			c.add(path+".any_of", "须至少有一组条件", "must hold at least one group")
		}
		for m, g := range e.AnyOf {
			at := indexed(path+".any_of", m)
			c.text(at+".name", g.Name)
			if len(g.AllOf) == 0 {
				c.add(at+".all_of", "须至少有一个条件", "must hold at least one threshold")
			}
			for k, t := range g.AllOf {
				checkThreshold(c, indexed(at+".all_of", k), t)
			}
		}
	}
}

func checkThreshold(c *checker, path string, t Threshold) {
	c.oneOf(path+".subject", string(t.Subject), t.Subject.known())
	c.oneOf(path+".op", string(t.Op), t.Op == AtLeast || t.Op == MoreThan)
	c.text(path+".unit", t.Unit)
	if t.Value < 0 || t.Over < 0 {
		c.add(path+".value", "不能为负数", "must not be negative")
	}
	if t.Subject == SubjectFirmsOver && t.Over == 0 {
		c.add(path+".over", "须填写营业收入门槛(万元)", "must give the revenue in 万元 that a firm has to reach")
	}
	if t.Subject == SubjectTopRevenue {
		c.between(path+".top", t.Top, 1, 1000)
	}
}

func (r RuleSet) checkDecision(c *checker) {
	d := r.Decision
	checkSetting(c, "decision.two_persons", d.TwoPersons)
	checkSetting(c, "decision.objection_blocks", d.ObjectionBlocks)
	checkSetting(c, "decision.real_name", d.RealName)
	checkSetting(c, "decision.unit_seal", d.UnitSeal)
	checkSetting(c, "decision.recommend_from", d.RecommendFrom)
	c.points("decision.recommend_from.value", d.RecommendFrom.Value, 0, Hundred)
	c.number("validity.years", r.Validity.Years, 1, 20)
	c.number("validity.renewal_months", r.Validity.RenewalMonths, 1, 12*max(r.Validity.Years.Value, 1))
}

func (r RuleSet) checkReports(c *checker) {
	known := c.codes("report_indicators", codesOf(r.Reports, func(i ReportIndicator) string { return i.Code }))
	known[""] = true
	for n, i := range r.Reports {
		path := indexed("report_indicators", n)
		c.text(path+".name", i.Name)
		c.text(path+".unit", i.Unit)
		c.text(path+".definition", i.Definition)
		c.provenance(path, i.Provenance)
		c.between(path+".precision", i.Precision, 0, decimalDigits)
		c.refers(path+".not_above", i.NotAbove, known)
		checkRange(c, path, i.Min, i.Max)
	}
}

func checkRange(c *checker, path string, low, high *Decimal) {
	if low != nil && high != nil && *low > *high {
		c.add(path+".max", "上限不能小于下限", "must not be below min")
	}
}
