package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func load(t testing.TB) Data {
	t.Helper()
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLeadsAndPartnersAreThoseOfTheText(t *testing.T) {
	d := load(t)
	short := func(codes []string) string {
		var out []string
		for _, c := range codes {
			u, _ := d.Unit(c)
			out = append(out, u.Short.ZH)
		}
		return strings.Join(out, "、")
	}
	want := [][2]string{
		{"市金融办", ""},
		{"市商务委", ""},
		{"市发展改革委", "市卫生计生委、市体育局、市民政局"},
		{"市文化委", "市发展改革委、市旅游局"},
		{"市经济信息委、市科委", "市发展改革委、市商务委、市司法局"},
		{"市商务委", "市发展改革委、市交委、市政府口岸办、重庆海关、重庆检验检疫局"},
		{"市商务委", ""},
		{"市商务委", ""},
		{"市经济信息委", "市发展改革委"},
		{"市商务委", ""},
	}
	var got [][2]string
	leads := map[string]bool{}
	for _, s := range d.Sectors {
		got = append(got, [2]string{short(s.Leads), short(s.Partners)})
		for _, l := range s.Leads {
			leads[l] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(leads) != 6 {
		t.Errorf("%d departments lead, want 6", len(leads))
	}
}

func TestTargetsAreThoseOfTheText(t *testing.T) {
	d := load(t)
	want := strings.Fields(`emerging-finance/ge/10.5% offshore-outsourcing/gt/60亿美元 offshore-outsourcing/ge/25%
		health/ge/1200亿元 culture-tourism/ge/1000亿元 culture-tourism/ge/4500亿元 professional-services/ge/100个
		professional-services/ge/10个 professional-services/ge/5个 professional-services/ge/30个 logistics/about/2班/天
		logistics/ge/30万吨 logistics/ge/30% logistics/ge/170万吨 e-commerce/gt/1.8万亿元 e-commerce/gt/2000亿元
		e-commerce/gt/100亿美元 bonded-trade/ge/200亿元 bonded-trade/ge/100亿美元 internet-cloud-data/ge/4000亿元
		internet-cloud-data/ge/2000亿元 headquarters-trade/gt/2000亿元`)
	var got []string
	for _, s := range d.Sectors {
		for _, g := range s.Targets {
			got = append(got, s.Code+"/"+string(g.Comparison)+"/"+g.Value.String()+g.Unit.ZH)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c := d.CityTargets[0]; c.Met(Whole(50)) || !c.Met(Whole(50)+1) {
		t.Error("the share of services must exceed 50 %, not only reach it")
	}
}

func TestAreasSplitFiveDistrictsAtTheInnerRing(t *testing.T) {
	d := load(t)
	for _, u := range d.GBUnits() {
		var codes []string
		for _, a := range d.AreasOf(u.Code) {
			codes = append(codes, a.Code)
		}
		split := slices.Contains([]string{"500104", "500105", "500106", "500107", "500108"}, u.Code)
		if split && !slices.Equal(codes, []string{"core", "expansion"}) {
			t.Errorf("%s lies in %v, want core and expansion", u.Short.ZH, codes)
		}
		if !split && len(codes) != 1 {
			t.Errorf("%s lies in %v, want one area", u.Short.ZH, codes)
		}
	}
	sizes := map[string]int{}
	for _, a := range d.Areas {
		for _, m := range a.Members {
			if u, _ := d.Unit(m.Unit); u.GB {
				sizes[a.Code]++
			}
		}
	}
	want := map[string]int{"core": 6, "expansion": 8, "new-development": 12, "northeast": 11, "southeast": 6}
	if diff := cmp.Diff(want, sizes); diff != "" {
		t.Error(diff)
	}
}

func TestBlocksEncourageOnlyTheirUnits(t *testing.T) {
	d := load(t)
	area, _ := d.Area("northeast")
	has := func(unit, name string) bool {
		return slices.ContainsFunc(area.EncouragedFor(unit), func(e Encouraged) bool { return e.Name.ZH == name })
	}
	if !has("500101", "现代物流") || has("500236", "现代物流") || has("500229", "现代物流") {
		t.Error("logistics is encouraged in the Wanzhou–Kaizhou–Yunyang block only")
	}
	if !has("500236", "三峡特色生态旅游") || has("500101", "三峡特色生态旅游") {
		t.Error("Three Gorges tourism is encouraged in the Fengjie–Wushan–Wuxi block only")
	}
	if !has("500229", "通用航空") {
		t.Error("general aviation is encouraged in the whole area")
	}
}

func TestMeasuresNameTheirBodies(t *testing.T) {
	d := load(t)
	want := strings.Split(`财政局+部门|财政局+部门|工商局|工商局|发展改革委 财政局 经济信息委 科委 商务委|财政局 经济信息委 科委 商务委 旅游局|商务委|+区县|地税局 国税局|财政局 国税局 地税局 工商局 中小企业局|财政局|地税局 国税局|地税局 国税局|+行业|财政局+区县|+区县|金融办 人行重庆营管部|+区县|金融办 经济信息委 人行重庆营管部|国土房管局+区县|国土房管局|物价局 经济信息委+区县|人力社保局+区县|人力社保局 财政局|人力社保局`, "|")
	class := map[BodyClass]string{AllDistricts: "+区县", RelevantDepartments: "+部门", SectorDepartments: "+行业"}
	for n, m := range d.Measures[:25] {
		var names []string
		for _, c := range m.Responsible {
			u, _ := d.Unit(c)
			names = append(names, strings.TrimPrefix(u.Short.ZH, "市"))
		}
		got := strings.Join(names, " ")
		for _, b := range m.Bodies {
			got += class[b]
		}
		if m.Number != n+1 || got != want[n] {
			t.Errorf("measure %d: got %q, want %q", m.Number, got, want[n])
		}
	}
	var unlocked []string
	for _, m := range d.UnlockedMeasures() {
		unlocked = append(unlocked, m.Code)
	}
	if diff := cmp.Diff([]string{"measure-20", "measure-21", "fund-priority"}, unlocked); diff != "" {
		t.Error(diff)
	}
	if m, _ := d.Measure("measure-10"); m.Until != "2017-12-31" {
		t.Errorf("measure 10 ends %q", m.Until)
	}
}

func TestMergedDistrictsHaveHeirs(t *testing.T) {
	d := load(t)
	for _, code := range []string{"500105", "500112", "zone-liangjiang"} {
		u, _ := d.Unit(code)
		if !u.InForce("2025-11-05") || u.InForce("2025-11-06") {
			t.Errorf("%s must end with 2025-11-05", code)
		}
		if h := d.Heirs(code, "2025-11-05"); len(h) != 1 || h[0].Code != code {
			t.Errorf("%s is its own heir while in force, got %v", code, h)
		}
		if h := d.Heirs(code, "2026-01-01"); len(h) != 1 || h[0].Code != "district-liangjiang" {
			t.Errorf("heirs of %s: %v", code, h)
		}
	}
	before, after := d.UnitsInForce(KindDistrict, "2020-01-01"), d.UnitsInForce(KindDistrict, "2026-01-01")
	if len(before) != 41 || len(after) != 39 {
		t.Errorf("%d and %d units file before and after the merger, want 41 and 39", len(before), len(after))
	}
}

func TestHeirsEndOnACircle(t *testing.T) {
	d := Data{Units: []UnitSeed{
		{Code: "a", ValidFrom: "2016-01-01", ValidTo: "2017-01-01", Successors: []string{"b"}},
		{Code: "b", ValidFrom: "2016-01-01", ValidTo: "2017-01-01", Successors: []string{"a", "lost"}},
	}}
	if h := d.Heirs("a", "2018-01-01"); len(h) != 0 {
		t.Errorf("got %v", h)
	}
}

func TestExtentsLieInChongqingAndHoldTheirTowns(t *testing.T) {
	d := load(t)
	city := Extent{West: 105.1, South: 28.1, East: 110.3, North: 32.3}
	for _, u := range d.UnitsInForce(KindDistrict, "2020-01-01") {
		if !city.Contains(u.Extent.West, u.Extent.South) || !city.Contains(u.Extent.East, u.Extent.North) {
			t.Errorf("%s: %+v", u.Short.ZH, u.Extent)
		}
	}
	yuzhong, _ := d.Unit("500103")
	if !yuzhong.Extent.Contains(106.577, 29.557) || yuzhong.Extent.Contains(108.4, 30.8) {
		t.Error("the box of Yuzhong holds its centre and not Wanzhou")
	}
}

func TestValidateSeesBrokenCatalogues(t *testing.T) {
	cases := map[string]struct {
		spoil func(*Data)
		want  string
	}{
		"sector without lead":      {func(d *Data) { d.Sectors[0].Leads = nil }, "sectors[0].leads"},
		"unknown partner":          {func(d *Data) { d.Sectors[2].Partners[0] = "dept-none" }, "sectors[2].bodies[1]"},
		"nine sectors":             {func(d *Data) { d.Sectors = d.Sectors[:9] }, "sectors"},
		"target of zero":           {func(d *Data) { d.Sectors[0].Targets[0].Value = 0 }, "sectors[0].targets[0].value"},
		"stated without article":   {func(d *Data) { d.Sectors[0].Article = "" }, "sectors[0].article"},
		"unknown basis":            {func(d *Data) { d.Measures[0].Basis = "X" }, "measures[0].basis"},
		"measure missing":          {func(d *Data) { d.Measures[3].Number = 5 }, "measures"},
		"measure without body":     {func(d *Data) { d.Measures[7].Bodies = nil }, "measures[7].responsible"},
		"unit twice":               {func(d *Data) { d.Units[1].Code = d.Units[0].Code }, "units[1].code"},
		"unit ends without heir":   {func(d *Data) { d.Units[0].ValidTo = "2020-01-01" }, "units[0].successors"},
		"ends before it begins":    {func(d *Data) { d.Units[4].ValidTo = "2015-01-01" }, "units[4].valid_to"},
		"no such date":             {func(d *Data) { d.Units[0].ValidFrom = "2016-02-30" }, "units[0].valid_from"},
		"extent as a fact":         {func(d *Data) { d.Units[0].Extent.Approximate = false }, "units[0].extent"},
		"membership on one side":   {func(d *Data) { d.Units[0].Areas = []string{"core"} }, "units[0].areas"},
		"area forgets a member":    {func(d *Data) { d.Areas[0].Members = d.Areas[0].Members[1:] }, "units[2].areas"},
		"encouraged unknown":       {func(d *Data) { d.Areas[0].Encouraged[0].Sectors = []string{"steel"} }, "areas[0].encouraged[0].sectors"},
		"field anchor twice":       {func(d *Data) { d.Clarifications[1].Fields[0].Code = "body.name" }, "clarifications[1].fields[0].code"},
		"six without the fund":     {func(d *Data) { d.Clarifications = d.Clarifications[:6] }, "clarifications"},
		"English missing":          {func(d *Data) { d.Clarifications[0].Name.EN = "" }, "clarifications[0].name"},
		"rule set breaks with it":  {func(d *Data) { d.Rules.Slots[2].Clarification = "seventh" }, "ruleset.slots[2].clarification"},
		"rule set names no sector": {func(d *Data) { d.Rules.Eligibility[0].Sectors[0] = "steel" }, "ruleset.eligibility[0].sectors[0]"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := load(t)
			tc.spoil(&d)
			wantProblem(t, d.Validate(), tc.want)
		})
	}
}

// wantProblem requires Problems with the path, each worded in both languages.
func wantProblem(t *testing.T, err error, path string) {
	t.Helper()
	problems, ok := errors.AsType[Problems](err)
	if !ok {
		t.Fatalf("got %v, want problems at %s", err, path)
	}
	for _, p := range problems {
		if !p.Text.complete() {
			t.Errorf("%s is not worded in both languages", p.Path)
		}
	}
	if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Path == path }) {
		t.Errorf("got %v, want a problem at %s", problems, path)
	}
}

func TestLookups(t *testing.T) {
	d := load(t)
	for name, ok := range map[string]bool{
		"sector":         second(d.Sector("health")),
		"clarification":  second(d.Clarification("matching-fund")),
		"text limit":     second(d.Rules.TextLimit("positioning.text")),
		"revenue band":   second(d.Rules.RevenueBand("over-50000")),
		"report line":    second(d.Rules.ReportIndicator("rd-share")),
		"no such sector": !second(d.Sector("steel")),
		"no such unit":   !second(d.Unit("")),
	} {
		if !ok {
			t.Errorf("%s: wrong answer", name)
		}
	}
	name := Text{"大健康", "Health"}
	if name.In("zh-CN") != "大健康" || name.In("en-GB") != "Health" || name.In("") != "大健康" {
		t.Error("language of a text")
	}
	for _, b := range []Basis{Stated, Practice, Default} {
		if l := b.Label(); !l.complete() || l.ZH == string(b) {
			t.Errorf("basis %s has no label", b)
		}
	}
}

func second[T any](_ T, ok bool) bool { return ok }

func TestPinyinFindsEveryUnit(t *testing.T) {
	for _, u := range load(t).Units {
		short := strings.TrimPrefix(u.Short.ZH, "市")
		if n := len([]rune(short)); len(u.Initials) != n || u.Pinyin[:1] != u.Initials[:1] {
			t.Errorf("%s: initials %q, pinyin %q", short, u.Initials, u.Pinyin)
		}
	}
}
