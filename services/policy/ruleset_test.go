package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func rules(t testing.TB) RuleSet {
	t.Helper()
	return load(t).Rules
}

func ptr[T any](v T) *T { return &v }

func TestDefaultRuleSetMatchesTheDesign(t *testing.T) {
	r := rules(t)
	for code, days := range map[string]int{
		ClockAcceptance: 5, ClockCorrection: 10, ClockOpinion: 7, ClockDecision: 20, ClockPublicNotice: 5,
		ClockObjection: 10, ClockCertificate: 10, ClockRectification: 60, ClockQuarterlyReport: 15,
	} {
		if c, ok := r.Clock(code); !ok || c.Days != days {
			t.Errorf("clock %s runs %d days, want %d", code, c.Days, days)
		}
	}
	if c, _ := r.Clock(ClockQuarterlyReport); c.Unit != CalendarDays {
		t.Error("quarterly reports count calendar days")
	}
	if c, _ := r.Clock(ClockDecision); c.Extension != (Extension{Times: 1, Days: 10}) {
		t.Errorf("decision may be prolonged %+v", c.Extension)
	}
	if c, _ := r.Clock(ClockAcceptance); c.Expiry != ExpiryAccept {
		t.Error("silence must count as acceptance")
	}
	if l, _ := r.Ladder("standard"); !slices.Equal(l.Before, []int{10, 5, 1}) || !l.AtDue || l.AfterEvery != 3 || l.EscalateFrom != 2 {
		t.Errorf("ladder %+v", l)
	}
	var weights, maxima []string
	for _, i := range r.Evaluation.Indicators {
		weights = append(weights, i.Weight.String())
	}
	for _, c := range r.Review.Criteria {
		maxima = append(maxima, c.Max.String())
	}
	if got := strings.Join(weights, " "); got != "10 8 7 6 8 6 8 7 10 10 10 10" {
		t.Errorf("evaluation weights %s", got)
	}
	if got := strings.Join(maxima, " "); got != "15 25 20 15 15 10" {
		t.Errorf("review points %s", got)
	}
	if r.Filing.Quota.Value != 2 || r.Validity.Years.Value != 3 || r.Validity.RenewalMonths.Value != 6 || r.Opinions.OverdueIsNoObjection.Value {
		t.Error("quota, validity or the silence of departments differ from the design")
	}
}

func TestDefaultSlotsCoverEveryClarification(t *testing.T) {
	d := load(t)
	covered := map[string]bool{"functional-positioning": true} // asks for no file
	for _, s := range d.Rules.SlotsFor(PurposeApplication) {
		if s.Required {
			covered[s.Clarification] = true
		}
	}
	for _, c := range d.Clarifications {
		if !covered[c.Code] {
			t.Errorf("no required slot for %s", c.Code)
		}
	}
	for _, code := range []string{"recommendation", "matching-fund-commitment"} {
		if s, _ := d.Rules.Slot(code); !s.Numbered || !s.Sealed {
			t.Errorf("%s needs number and seal", code)
		}
	}
}

func TestTextLimitsNameFieldsOfTheForm(t *testing.T) {
	d := load(t)
	fields := map[string]bool{"reason": true, "opinion.grounds": true, "objection.text": true, "correction.item": true}
	for _, c := range d.Clarifications {
		for _, f := range c.Fields {
			fields[f.Code] = true
		}
	}
	for _, l := range d.Rules.Texts {
		if !fields[l.Field] {
			t.Errorf("%s bounds no field", l.Field)
		}
	}
}

func TestDueDates(t *testing.T) {
	r := rules(t)
	self, _ := r.DueDate(DueSelfReport)
	annual, _ := r.DueDate(DueAnnualReport)
	got := []string{self.In(2023), self.In(2024), annual.In(2026), DueDate{Month: 12}.In(2025)}
	if diff := cmp.Diff([]string{"2023-02-28", "2024-02-29", "2026-03-31", "2025-12-31"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseRoundTrip(t *testing.T) {
	r := rules(t)
	first, err := r.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseRuleSet(first)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Error(diff)
	}
	second, _ := back.Canonical()
	if !bytes.Equal(first, second) {
		t.Error("canonical bytes changed on the way")
	}
	if bytes.ContainsAny(first, "\n") || bytes.Contains(first, []byte(`\u003c`)) {
		t.Error("canonical bytes hold line ends or escapes")
	}
}

func TestCanonicalTellsRuleSetsApart(t *testing.T) {
	a, b := rules(t), rules(t)
	b.Evaluation.Grades[0].From++
	x, _ := a.Canonical()
	y, _ := b.Canonical()
	if bytes.Equal(x, y) {
		t.Error("a changed cut-off left the bytes alike")
	}
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat(`{"clocks":[`, 40) + strings.Repeat(`]}`, 40)
	for name, tc := range map[string]struct{ text, want string }{
		"unknown field":  {`{"version":"1","colour":"red"}`, "colour"},
		"unknown nested": {`{"filing":{"quota":{"value":2,"basis":"D","why":""}}}`, "why"},
		"field twice":    {`{"version":"1","version":"2"}`, "twice"},
		"trailing text":  {`{"version":"1"} {}`, "more text"},
		"not an object":  {`[]`, "array"},
		"cut off":        {`{"version":"1"`, "EOF"},
		"empty":          {``, "EOF"},
		"too deep":       {deep, "deeper"},
		"points as text": {`{"review":{"spread_limit":{"value":"20"}}}`, "plain decimal"},
		"third decimal":  {`{"review":{"spread_limit":{"value":20.125}}}`, "more than 2"},
		"exponent":       {`{"review":{"spread_limit":{"value":2e1}}}`, "plain decimal"},
		"null points":    {`{"review":{"spread_limit":{"value":null}}}`, "plain decimal"},
		"huge":           {`{"filing":{"area_tolerance":{"value":99999999999999}}}`, "too large"},
	} {
		if _, err := ParseRuleSet([]byte(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tc.want)
		}
	}
}

func TestValidateRuleSet(t *testing.T) {
	type rs = *RuleSet
	indicator := func(r rs, code string) *Indicator {
		n := slices.IndexFunc(r.Evaluation.Indicators, func(i Indicator) bool { return i.Code == code })
		return &r.Evaluation.Indicators[n]
	}
	for name, tc := range map[string]struct {
		change func(rs)
		want   string
	}{
		"no version":            {func(r rs) { r.Version = "" }, "version"},
		"clock missing":         {func(r rs) { r.Clocks = r.Clocks[1:] }, "clocks"},
		"clock of no days":      {func(r rs) { r.Clocks[0].Days = 0 }, "clocks[0].days"},
		"clock counts weeks":    {func(r rs) { r.Clocks[0].Unit = "weeks" }, "clocks[0].unit"},
		"clock ends oddly":      {func(r rs) { r.Clocks[0].Expiry = "explode" }, "clocks[0].expiry"},
		"clock pauses itself":   {func(r rs) { r.Clocks[0].PausedBy = []string{ClockAcceptance} }, "clocks[0].paused_by[0]"},
		"clock without ladder":  {func(r rs) { r.Clocks[0].Ladder = "" }, "clocks[0].ladder"},
		"extension of no days":  {func(r rs) { r.Clocks[0].Extension = Extension{Times: 1} }, "clocks[0].extension.days"},
		"ladder rises":          {func(r rs) { r.Ladders[0].Before = []int{1, 5} }, "ladders[0].before[1]"},
		"30 February":           {func(r rs) { r.DueDates[0].Day = 30 }, "due_dates[0].day"},
		"31 June":               {func(r rs) { r.DueDates[1].Month = 6 }, "due_dates[1].day"},
		"quota of none":         {func(r rs) { r.Filing.Quota.Value = 0 }, "filing.quota.value"},
		"setting without basis": {func(r rs) { r.Filing.LeaderSigns.Basis = "" }, "filing.leader_signs.basis"},
		"no body kind":          {func(r rs) { r.Filing.BodyKinds = nil }, "filing.body_kinds"},
		"slot without format":   {func(r rs) { r.Slots[0].Formats = nil }, "slots[0].formats"},
		"slot too large":        {func(r rs) { r.Slots[0].MaxBytes = 2 << 30 }, "slots[0].max_bytes"},
		"slot purpose":          {func(r rs) { r.Slots[0].Purpose = "fun" }, "slots[0].purpose"},
		"slot code with space":  {func(r rs) { r.Slots[0].Code = "a b" }, "slots[0].code"},
		"goal precision":        {func(r rs) { r.Goals.Indicators[0].Precision = 7 }, "goals.indicators[0].precision"},
		"text max below min":    {func(r rs) { r.Texts[0].Max = 1 }, "texts[0].max"},
		"text twice":            {func(r rs) { r.Texts[1].Field = r.Texts[0].Field }, "texts[1].field"},
		"bands fall":            {func(r rs) { r.RevenueBands[2].From = 1 }, "revenue_bands[2].from"},
		"threshold about":       {func(r rs) { r.Eligibility[0].AnyOf[0].AllOf[0].Op = About }, "eligibility[0].any_of[0].all_of[0].op"},
		"threshold over what":   {func(r rs) { r.Eligibility[0].AnyOf[0].AllOf[1].Over = 0 }, "eligibility[0].any_of[0].all_of[1].over"},
		"empty group":           {func(r rs) { r.Eligibility[0].AnyOf[1].AllOf = nil }, "eligibility[0].any_of[1].all_of"},
		"renewal too early":     {func(r rs) { r.Validity.RenewalMonths.Value = 37 }, "validity.renewal_months.value"},
		"rubric of 99":          {func(r rs) { r.Review.Criteria[0].Max -= 100 }, "review.criteria"},
		"step does not divide":  {func(r rs) { r.Review.Criteria[0].Step = 40 }, "review.criteria[0].step"},
		"levels rise":           {func(r rs) { r.Review.Criteria[0].Levels[1].FromPercent = Hundred }, "review.criteria[0].levels[1].from_percent"},
		"panel of six":          {func(r rs) { r.Review.PanelSize.Value = 6 }, "review.panel_size.value"},
		"trim of two":           {func(r rs) { r.Review.TrimFrom.Value = 2 }, "review.trim_from.value"},
		"median":                {func(r rs) { r.Review.Method.Value = "median" }, "review.method.value"},
		"six vetoes of five":    {func(r rs) { r.Review.VetoesNeeded.Value = 6 }, "review.vetoes_needed.value"},
		"report bounds":         {func(r rs) { r.Reports[1].NotAbove = "sales" }, "report_indicators[1].not_above"},
		"table of 101":          {func(r rs) { r.Evaluation.Indicators[0].Weight += 100 }, "evaluation.indicators"},
		"indicator ungrouped":   {func(r rs) { r.Evaluation.Indicators[0].Group = "x" }, "evaluation.indicators[0].group"},
		"figure from nowhere":   {func(r rs) { r.Evaluation.Indicators[0].Source.Of = "x" }, "evaluation.indicators[0].source.of"},
		"range upside down":     {func(r rs) { r.Evaluation.Indicators[0].Max = ptr(Whole(-1)) }, "evaluation.indicators[0].max"},
		"two methods":           {func(r rs) { r.Evaluation.Indicators[0].Method.Expert = &Expert{} }, "evaluation.indicators[0].method"},
		"expert from report":    {func(r rs) { indicator(r, "innovation").Source.Kind = SourceTyped }, "evaluation.indicators[8].method"},
		"first band bounded":    {func(r rs) { indicator(r, "firms").Method.Bands[0].From = ptr(Whole(1)) }, "evaluation.indicators[3].method.bands[0].from"},
		"bands fall back":       {func(r rs) { indicator(r, "firms").Method.Bands[2].From = ptr(Whole(1)) }, "evaluation.indicators[3].method.bands[2].from"},
		"band above hundred":    {func(r rs) { indicator(r, "firms").Method.Bands[2].Mark = Hundred + 1 }, "evaluation.indicators[3].method.bands[2].mark"},
		"step of nothing":       {func(r rs) { indicator(r, "delivery").Method.Step.Per = 0 }, "evaluation.indicators[10].method.step.per"},
		"floor above cap":       {func(r rs) { indicator(r, "delivery").Method.Step.Cap = -1 }, "evaluation.indicators[10].method.step.cap"},
		"peers above hundred":   {func(r rs) { indicator(r, "tax").Method.Peer.Span = 5000 }, "evaluation.indicators[2].method.peer.span"},
		"equals outside":        {func(r rs) { indicator(r, "tax").Method.Peer.Equal = 5000 }, "evaluation.indicators[2].method.peer.equal"},
		"mean of lower":         {func(r rs) { *indicator(r, "tax").Method.Peer = Peer{Kind: MeanHundred, Cap: Hundred, Lower: true} }, "evaluation.indicators[2].method.peer.lower"},
		"sector table of 99":    {func(r rs) { r.Evaluation.Weights = []SectorWeight{{"logistics", "tax", 600}} }, "evaluation.sector_weights[0]"},
		"sector weight unknown": {func(r rs) { r.Evaluation.Weights = []SectorWeight{{"logistics", "x", 0}} }, "evaluation.sector_weights[0].indicator"},
		"grades rise":           {func(r rs) { r.Evaluation.Grades[1].From = Hundred }, "evaluation.grades[1].from"},
		"last grade not zero":   {func(r rs) { r.Evaluation.Grades[3].From = 1 }, "evaluation.grades[3].from"},
		"nobody fails":          {func(r rs) { r.Evaluation.Grades[3].Fail = false }, "evaluation.grades[3].fail"},
		"absent grade":          {func(r rs) { r.Evaluation.Absent.Value = "x" }, "evaluation.absent.value"},
		"window below count":    {func(r rs) { r.Evaluation.Revocation.WithinYears = 1 }, "evaluation.revocation.within_years"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rules(t)
			if err := r.Validate(); err != nil {
				t.Fatalf("default rule set: %v", err)
			}
			tc.change(&r)
			wantProblem(t, r.Validate(), tc.want)
		})
	}
}

func TestValidateSurvivesAnEmptyRuleSet(t *testing.T) {
	err := RuleSet{}.Validate()
	if problems, ok := errors.AsType[Problems](err); !ok || len(problems) < 30 {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(err.Error(), "problem(s): version is empty") {
		t.Errorf("got %v", err)
	}
}

func TestSectorWeightsReplaceAndTotalHundred(t *testing.T) {
	d := load(t)
	d.Rules.Evaluation.Weights = []SectorWeight{{"logistics", "tax", 500}, {"logistics", "firms", 800}}
	if err := d.CheckRuleSet(d.Rules); err != nil {
		t.Fatal(err)
	}
	tax, _ := d.Rules.Evaluation.Indicator("tax")
	if got := d.Rules.Evaluation.WeightFor("logistics", tax); got != 500 {
		t.Errorf("logistics weighs tax %s", got)
	}
	if got := d.Rules.Evaluation.WeightFor("health", tax); got != 700 {
		t.Errorf("health weighs tax %s", got)
	}
	d.Rules.Evaluation.Weights[0].Sector = "steel"
	wantProblem(t, d.CheckRuleSet(d.Rules), "evaluation.sector_weights[0].sector")
}

func TestDataFilesAreStrictJSON(t *testing.T) {
	files, err := dataFiles.ReadDir("data")
	if err != nil || len(files) != 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		raw, _ := dataFiles.ReadFile("data/" + f.Name())
		if !json.Valid(raw) || refuseDuplicates(raw) != nil {
			t.Errorf("%s is not strict JSON", f.Name())
		}
	}
}
