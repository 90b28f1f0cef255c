package policy

import (
	"fmt"
	"strconv"
	"time"
)

// Validate checks the catalogues against each other and the default rule set against them. The error is Problems.
func (d Data) Validate() error {
	var c checker
	for _, name := range []string{"sectors", "areas", "measures", "clarifications", "units", "ruleset"} {
		h := d.Headers[name]
		c.present(name+".version", h.Version)
		c.present(name+".source", h.Source)
	}
	units := c.codes("units", codesOf(d.Units, func(u UnitSeed) string { return u.Code }))
	areas := c.codes("areas", codesOf(d.Areas, func(a Area) string { return a.Code }))
	sectors := c.codes("sectors", codesOf(d.Sectors, func(s Sector) string { return s.Code }))
	d.checkUnits(&c, units, areas)
	d.checkSectors(&c, units)
	d.checkAreas(&c, units, sectors)
	d.checkMeasures(&c, units)
	d.checkClarifications(&c)
	for _, p := range d.ruleSetProblems(d.Rules).problems {
		c.add("ruleset."+p.Path, p.Text.ZH, p.Text.EN)
	}
	return c.err()
}

// CheckRuleSet validates a rule set and its references to sectors and clarifications. The error is Problems.
func (d Data) CheckRuleSet(r RuleSet) error { return d.ruleSetProblems(r).err() }

func (d Data) ruleSetProblems(r RuleSet) *checker {
	c := r.check()
	sectors, clarifications := map[string]bool{}, map[string]bool{"": true}
	for _, s := range d.Sectors {
		sectors[s.Code] = true
	}
	for _, cl := range d.Clarifications {
		clarifications[cl.Code] = true
	}
	for n, s := range r.Slots {
		c.refers(indexed("slots", n)+".clarification", s.Clarification, clarifications)
	}
	for n, row := range r.Review.Criteria {
		c.refers(indexed("review.criteria", n)+".clarification", row.Clarification, clarifications)
	}
	for n, e := range r.Eligibility {
		for m, code := range e.Sectors {
			c.refers(indexed(indexed("eligibility", n)+".sectors", m), code, sectors)
		}
	}
	for n, w := range r.Evaluation.Weights {
		c.refers(indexed("evaluation.sector_weights", n)+".sector", w.Sector, sectors)
	}
	return c
}

func (d Data) checkUnits(c *checker, units, areas map[string]bool) {
	if got := len(d.GBUnits()); got != 38 {
		c.add("units", "应有 38 个带国标代码的区县", fmt.Sprintf("hold %d county-level units with a GB code, must be 38", got))
	}
	for n, u := range d.Units {
		path := indexed("units", n)
		c.text(path+".name", u.Name)
		c.text(path+".short", u.Short)
		c.present(path+".pinyin", u.Pinyin)
		c.present(path+".initials", u.Initials)
		c.provenance(path, u.Provenance)
		c.oneOf(path+".kind", string(u.Kind), u.Kind.known())
		checkDates(c, path, u)
		for m, code := range u.Areas {
			c.refers(indexed(path+".areas", m), code, areas)
		}
		for m, code := range u.Successors {
			c.refers(indexed(path+".successors", m), code, units)
		}
		if u.Kind == KindDistrict {
			checkDistrict(c, path, u)
		}
	}
}

func (k UnitKind) known() bool {
	switch k {
	case KindDistrict, KindCommission, KindDepartment, KindStatistics, KindSupervision:
		return true
	}
	return false
}

func checkDates(c *checker, path string, u UnitSeed) {
	checkDate(c, path+".valid_from", u.ValidFrom)
	if u.ValidTo == "" {
		return
	}
	checkDate(c, path+".valid_to", u.ValidTo)
	if u.ValidTo <= u.ValidFrom {
		c.add(path+".valid_to", "须晚于生效日", "must be after valid_from")
	}
	if len(u.Successors) == 0 {
		c.add(path+".successors", "已失效的单位须填写承接单位", "a unit that ends must name who takes its zones over")
	}
}

func checkDate(c *checker, path, date string) {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		c.add(path, "日期须写作 2006-01-02", "must be a date like 2006-01-02")
	}
}

func checkDistrict(c *checker, path string, u UnitSeed) {
	switch u.Form {
	case FormDistrict, FormCounty, FormAutonomousCounty, FormDevelopmentZone:
	default:
		c.oneOf(path+".form", string(u.Form), false)
	}
	if len(u.Areas) == 0 {
		c.add(path+".areas", "区县须至少属于一个功能区域", "a district must belong to at least one functional area")
	}
	if n, err := strconv.Atoi(u.Code); u.GB && (err != nil || n < 500101 || n > 500299) {
		c.add(path+".code", "不是重庆市的国标代码", "is not a GB/T 2260 code of Chongqing")
	}
	if e := u.Extent; e == nil || !e.Approximate || e.West >= e.East || e.South >= e.North {
		c.add(path+".extent", "须给出大致范围并标明为近似", "must be a box marked as approximate")
	}
}

func (d Data) checkSectors(c *checker, units map[string]bool) {
	if len(d.Sectors) != 10 {
		c.add("sectors", "应有十个行业", fmt.Sprintf("are %d, must be ten", len(d.Sectors)))
	}
	for n, s := range d.Sectors {
		path := indexed("sectors", n)
		c.text(path+".name", s.Name)
		c.text(path+".short", s.Short)
		c.provenance(path, s.Provenance)
		if len(s.Leads) == 0 {
			c.add(path+".leads", "须有牵头部门", "must name a lead")
		}
		for m, code := range append(append([]string{}, s.Leads...), s.Partners...) {
			c.refers(indexed(path+".bodies", m), code, units)
		}
		checkTargets(c, path+".targets", s.Targets)
	}
	checkTargets(c, "sectors.city_targets", d.CityTargets)
}

func checkTargets(c *checker, path string, targets []Target) {
	if len(targets) == 0 {
		c.add(path, "须至少有一个指标", "must hold at least one target")
	}
	c.codes(path, codesOf(targets, func(t Target) string { return t.Code }))
	for n, t := range targets {
		at := indexed(path, n)
		c.text(at+".indicator", t.Indicator)
		c.text(at+".unit", t.Unit)
		c.provenance(at, t.Provenance)
		c.oneOf(at+".comparison", string(t.Comparison), t.Comparison.known())
		if t.Value <= 0 {
			c.add(at+".value", "须大于 0", "must be above zero")
		}
	}
}

func (k Comparison) known() bool { return k == AtLeast || k == MoreThan || k == About }

func (d Data) checkAreas(c *checker, units, sectors map[string]bool) {
	if len(d.Areas) != 5 {
		c.add("areas", "应有五个功能区域", fmt.Sprintf("are %d, must be five", len(d.Areas)))
	}
	for n, a := range d.Areas {
		path := indexed("areas", n)
		c.text(path+".name", a.Name)
		c.provenance(path, a.Provenance)
		for m, e := range a.Encouraged {
			at := indexed(path+".encouraged", m)
			c.text(at+".name", e.Name)
			c.provenance(at, e.Provenance)
			for _, code := range e.Sectors {
				c.refers(at+".sectors", code, sectors)
			}
			for _, code := range e.Units {
				d.checkMembership(c, at+".units", a.Code, code)
			}
		}
		for m, member := range a.Members {
			at := indexed(path+".members", m)
			c.refers(at+".unit", member.Unit, units)
			c.provenance(at, member.Provenance)
			c.oneOf(at+".part", string(member.Part), member.Part == WholeUnit || member.Part == InnerRing || member.Part == OuterRing)
			d.checkMembership(c, at, a.Code, member.Unit)
		}
	}
	for n, u := range d.Units {
		for _, code := range u.Areas {
			a, _ := d.Area(code)
			_, ok := find(a.Members, u.Code, func(m Member) string { return m.Unit })
			c.oneOf(indexed("units", n)+".areas", code, ok)
		}
	}
}

// checkMembership holds the two places that name memberships to each other.
func (d Data) checkMembership(c *checker, path, area, unit string) {
	u, _ := d.Unit(unit)
	_, ok := find(u.Areas, area, func(s string) string { return s })
	c.oneOf(path+".unit", unit, ok)
}

func (d Data) checkMeasures(c *checker, units map[string]bool) {
	c.codes("measures", codesOf(d.Measures, func(m Measure) string { return m.Code }))
	numbers := map[int]int{}
	for n, m := range d.Measures {
		path := indexed("measures", n)
		numbers[m.Number]++
		c.text(path+".title", m.Title)
		c.present(path+".group", m.Group)
		c.provenance(path, m.Provenance)
		if len(m.Responsible)+len(m.Bodies) == 0 {
			c.add(path+".responsible", "须有责任单位", "must name a responsible body")
		}
		for k, code := range m.Responsible {
			c.refers(indexed(path+".responsible", k), code, units)
		}
		for k, b := range m.Bodies {
			c.oneOf(indexed(path+".bodies", k), string(b), b.known())
		}
		if m.Until != "" {
			checkDate(c, path+".until", m.Until)
		}
	}
	for number := 1; number <= 25; number++ {
		if numbers[number] != 1 {
			c.add("measures", fmt.Sprintf("第 %d 条应有且仅有一条", number), fmt.Sprintf("must hold number %d exactly once", number))
		}
	}
}

func (d Data) checkClarifications(c *checker) {
	c.codes("clarifications", codesOf(d.Clarifications, func(cl Clarification) string { return cl.Code }))
	fields, funds := map[string]bool{}, 0
	for n, cl := range d.Clarifications {
		path := indexed("clarifications", n)
		c.text(path+".name", cl.Name)
		c.text(path+".asks", cl.Asks)
		c.provenance(path, cl.Provenance)
		c.between(path+".order", cl.Order, n+1, n+1)
		if cl.MatchingFund {
			funds++
		}
		for m, f := range cl.Fields {
			at := indexed(path+".fields", m)
			c.text(at+".name", f.Name)
			c.provenance(at, f.Provenance)
			if fields[f.Code] {
				c.add(at+".code", "字段代码“"+f.Code+"”重复", strconv.Quote(f.Code)+" is used twice")
			}
			fields[f.Code] = true
		}
		c.codes(path+".checks", codesOf(cl.Checks, func(k Check) string { return k.Code }))
		for m, k := range cl.Checks {
			c.text(indexed(path+".checks", m)+".name", k.Name)
			c.provenance(indexed(path+".checks", m), k.Provenance)
		}
	}
	if len(d.Clarifications) != 7 || funds != 1 {
		c.add("clarifications", "应为六个明确加配套资金", "must be the six and the matching fund")
	}
}
