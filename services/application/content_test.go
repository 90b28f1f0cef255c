package application

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func testPlace() DemoPlace {
	return DemoPlace{
		Unit: "示例区", Region: "500103", Sectors: []string{"finance", "professional"}, Area: "core",
		Lon: 106.57, Lat: 29.55, BaseYear: 2025, Indicators: StandardIndicators(), PlannedYears: 3,
		RevenueBands: []string{"small", "large"},
	}
}

func testParams() CheckParams {
	return CheckParams{
		BodyKinds:   []BodyKind{CommitteeBody, StateFirmBody, PrivateFirmBody, JointBody},
		MinManagers: 3, MaxVertices: 2000, Extent: &[4]float64{105, 28, 111, 33}, AreaToleranceBP: 500,
		Indicators: StandardIndicators(), PlannedYears: 3, GrowthLimitBP: 5000, ReasonMin: 10,
		Sectors: []string{"finance", "professional", "logistics"}, RevenueBands: []string{"small", "large"},
		MinFirms: 2, MaxFirms: 100,
		Areas: []string{"core", "expansion"}, TextMin: 100, TextMax: 2000, RelationMin: 50, RelationMax: 1000,
		MinFundYears: 1, MinFundFen: 100_000_000,
		Slots: []SlotRule{
			{Code: "certificate", Label: "法人证书", Required: true, Formats: []string{"pdf", "jpg"}, MaxBytes: 10 << 20, MaxFiles: 2},
			{Code: "map", Required: true, Formats: []string{"pdf", "png"}, MaxBytes: 10 << 20},
			{Code: "commitment", Required: true},
			{Code: "fund_letter", Label: "资金承诺", Required: true, Formats: []string{"pdf"}},
			{Code: "request", Label: "请示", Required: true, Formats: []string{"pdf"}},
			{Code: "honours"},
		},
		FundSlot: "fund_letter", RecommendationSlot: "request",
	}
}

func testInput(t testing.TB) CheckInput {
	t.Helper()
	c, err := DemoContent(7, testPlace())
	if err != nil {
		t.Fatal(err)
	}
	p := testParams()
	return CheckInput{Content: c, Params: p, Files: DemoFiles(p.Slots), UnitExtent: &[4]float64{106.4, 29.4, 106.7, 29.7}}
}

func TestDemoContentPasses(t *testing.T) {
	for seed := range 60 {
		c, err := DemoContent(seed, testPlace())
		if err != nil {
			t.Fatal(err)
		}
		in := testInput(t)
		in.Content = c
		if got := Check(in); len(got) != 0 {
			t.Fatalf("seed %d: %v", seed, got)
		}
		data, err := Canonical(c)
		if err != nil {
			t.Fatal(err)
		}
		back, problems := Decode(data)
		if len(problems) > 0 {
			t.Fatalf("seed %d does not decode: %v", seed, problems)
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Fatalf("seed %d changed on its way through JSON:\n%s", seed, diff)
		}
		for _, name := range []string{c.Body.Name, c.Business.Firms[0].Name, c.Boundary.East, c.Fund.DocumentNumber} {
			if !strings.Contains(name, "示例") {
				t.Errorf("seed %d: %q does not say that it is invented", seed, name)
			}
		}
	}
	a, _ := DemoContent(3, testPlace())
	b, _ := DemoContent(3, testPlace())
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the same seed gave two contents:\n%s", diff)
	}
	if _, err := DemoContent(3, DemoPlace{Region: "500103"}); err == nil {
		t.Error("a place without sectors gave a content, want an error")
	}
}

// The schema drives decoding, comparison and labels, so it must name exactly the fields of Content.
func TestSchemaFitsContent(t *testing.T) {
	matchSchema(t, "", contentSchema, reflect.TypeFor[Content]())
}

func matchSchema(t *testing.T, path string, f contentField, typ reflect.Type) {
	t.Helper()
	switch f.kind {
	case objectKind:
		if typ.Kind() != reflect.Struct {
			t.Fatalf("%s: schema says object, Go says %s", path, typ)
		}
		var have, want []string
		for _, m := range f.fields {
			have = append(have, m.name)
		}
		for i := range typ.NumField() {
			want = append(want, typ.Field(i).Tag.Get("json"))
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("%s: fields (-Content +schema):\n%s", path, diff)
		}
		for i, m := range f.fields {
			matchSchema(t, joinPath(path, m.name), m, typ.Field(i).Type)
		}
	case listKind:
		if typ.Kind() != reflect.Slice || f.limit <= 0 {
			t.Fatalf("%s: schema says list up to %d, Go says %s", path, f.limit, typ)
		}
		matchSchema(t, path+"[]", *f.item, typ.Elem())
	case integerKind:
		wantType(t, path, typ, reflect.TypeFor[int64](), f)
	case optionalKind:
		wantType(t, path, typ, reflect.TypeFor[*int64](), f)
	case geometryKind:
		if typ != reflect.TypeFor[json.RawMessage]() {
			t.Errorf("%s: Go says %s", path, typ)
		}
	default:
		if typ.Kind() != reflect.String || f.limit <= 0 {
			t.Errorf("%s: schema says text up to %d, Go says %s", path, f.limit, typ)
		}
	}
}

func wantType(t *testing.T, path string, got, want reflect.Type, f contentField) {
	t.Helper()
	if got != want || f.limit <= 0 || f.limit > maxInteger {
		t.Errorf("%s: Go says %s, want %s; largest %d", path, got, want, f.limit)
	}
}

func TestLabelKey(t *testing.T) {
	for path, want := range map[string]string{
		"body.credit_code":               "field.body.credit_code",
		"boundary.polygon":               "field.boundary.polygon",
		"goals.rows[revenue].planned[2]": "field.goals.rows.planned",
		"business.firms[3].code":         "field.business.firms.code",
		"business.firms[3]":              "field.business.firms",
	} {
		if got := LabelKey(path); got != want {
			t.Errorf("LabelKey(%q) = %q, want %q", path, got, want)
		}
		if !slices.Contains(LabelKeys(), want) {
			t.Errorf("LabelKeys lacks %q", want)
		}
	}
}

func TestUnitOf(t *testing.T) {
	for path, want := range map[string]Unit{
		"body.name":                         UnitNone,
		"body.managers":                     UnitCount,
		"boundary.area_m2":                  UnitKm2,
		"goals.base_year":                   UnitNone,
		"goals.rows[revenue].base":          UnitFen,
		"goals.rows[jobs].planned[1]":       UnitCount,
		"business.leading[0].share_bp":      UnitPercent,
		"factors.land.amount":               UnitHectare,
		"factors.talent.amount":             UnitCount,
		"fund.years[0].amount_fen":          UnitFen,
		"fund.years[x].amount_fen":          UnitNone,
		"nowhere":                           UnitNone,
		"":                                  UnitNone,
		"body..name":                        UnitNone,
		"goals.rows[revenue":                UnitNone,
		"goals.rows[revenue]planned":        UnitNone,
		"goals.rows.base":                   UnitNone,
		"body[0]":                           UnitNone,
		"goals.rows[revenue].planned[01]":   UnitNone,
		strings.Repeat("a", maxPath) + ".b": UnitNone,
	} {
		if got := UnitOf(path); got != want {
			t.Errorf("UnitOf(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestUnitFormatParse(t *testing.T) {
	tests := []struct {
		unit Unit
		v    int64
		text string
	}{
		{UnitFen, 123_456_789, "123.456789"},
		{UnitFen, 1_000_000, "1"},
		{UnitFen, 1, "0.000001"},
		{UnitFen, 0, "0"},
		{UnitFen, maxInteger, "9000000000"},
		{UnitKm2, 1_234_000, "1.234"},
		{UnitHectare, 12_500, "1.25"},
		{UnitPercent, 1234, "12.34"},
		{UnitPercent, 10_000, "100"},
		{UnitCount, 42, "42"},
	}
	for _, tt := range tests {
		if got := tt.unit.Format(tt.v); got != tt.text {
			t.Errorf("%s.Format(%d) = %q, want %q", tt.unit, tt.v, got, tt.text)
		}
		if got, err := tt.unit.Parse(tt.text); err != nil || got != tt.v {
			t.Errorf("%s.Parse(%q) = %d, %v; want %d", tt.unit, tt.text, got, err, tt.v)
		}
	}
	if got := UnitFen.Format(-1_500_000); got != "-1.5" {
		t.Errorf("Format of a negative = %q", got)
	}
	if got, err := UnitFen.Parse(" 1,234.5 "); err != nil || got != 1_234_500_000 {
		t.Errorf("Parse with commas = %d, %v", got, err)
	}
	for unit, texts := range map[Unit][]string{
		UnitFen:     {"", ".", ".5", "1.2345678", "1e3", "-1", "+1", "12a", "9000000000.000001", "99999999999999999999", "1.2.3", "NaN"},
		UnitCount:   {"1.5", "0x10"},
		UnitPercent: {"1.234"},
	} {
		for _, text := range texts {
			if got, err := unit.Parse(text); err == nil {
				t.Errorf("%s.Parse(%q) = %d, want an error", unit, text, got)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(0, maxInteger).Draw(t, "v")
		unit := rapid.SampledFrom([]Unit{UnitFen, UnitKm2, UnitM2, UnitHectare, UnitPercent, UnitCount}).Draw(t, "unit")
		if got, err := unit.Parse(unit.Format(v)); err != nil || got != v {
			t.Fatalf("%s: %d became %d, %v", unit, v, got, err)
		}
	})
}

// problemCodes reads from the sources which problem codes exist, so that a new one cannot go without its text.
func problemCodes(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"((?:document|field|code|body|contact|managers|boundary|goals|business|positioning|fund|recommendation|materials)\.[a-z_]+)"`)
	fault := regexp.MustCompile(`(?:geometryFault|c\.fault)\("([a-z_]+)"`)
	known := map[string]bool{}
	for _, name := range CheckNames() {
		known[name.Name] = true
	}
	var codes []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || name == "sample.go" {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(source), -1) {
			steps, _ := parsePath(m[1])
			if _, isField := fieldAt(steps); !isField && (!known[m[1]] || m[1] == "materials.format") {
				codes = append(codes, m[1])
			}
		}
		for _, m := range fault.FindAllStringSubmatch(string(source), -1) {
			codes = append(codes, "boundary."+m[1])
		}
	}
	codes = append(codes, surveyCodes(t)...)
	slices.Sort(codes)
	return slices.DeleteFunc(slices.Compact(codes), func(code string) bool {
		return code == "field.materials" || code == "field.document" || code == "boundary.file_"
	})
}

// catalogue is the texts of the checks: a file of their own, and those of a boundary that is
// read from a file, which stand with its pages.
func catalogue(t *testing.T, lang string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, name := range []string{"application-check.json", "pages-boundary.json"} {
		data, err := os.ReadFile(filepath.Join("..", "wording", "catalog", lang, name))
		if err != nil {
			t.Fatal(err)
		}
		var some map[string]string
		if err := json.Unmarshal(data, &some); err != nil {
			t.Fatal(err)
		}
		for key, text := range some {
			if name == "application-check.json" || strings.HasPrefix(key, "check.") {
				texts[key] = text
			}
		}
	}
	return texts
}

// surveyCodes lists what package survey finds wrong with a file.
func surveyCodes(t *testing.T) (codes []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "survey", "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	refused := regexp.MustCompile(`(?:refuse|refuseLine)\("([a-z_]+)"`)
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range refused.FindAllStringSubmatch(string(source), -1) {
			codes = append(codes, "boundary.file_"+m[1])
		}
	}
	return codes
}

// Both languages must have exactly the keys that the package can ask for, with the same parameters.
func TestCatalogueIsComplete(t *testing.T) {
	var want []string
	for _, code := range problemCodes(t) {
		want = append(want, "check."+code)
	}
	if len(want) < 70 {
		t.Fatalf("only %d codes found in the sources; the pattern misses them", len(want))
	}
	for _, name := range CheckNames() {
		want = append(want, name.TitleKey)
	}
	want = append(want, LabelKeys()...)
	slices.Sort(want)
	params := regexp.MustCompile(`{{\.[A-Za-z0-9]+}}`)
	used := map[string][]string{}
	for _, lang := range []string{"zh-CN", "en"} {
		texts := catalogue(t, lang)
		var have []string
		for key, text := range texts {
			have = append(have, key)
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", lang, key)
			}
			if _, err := template.New(key).Parse(text); err != nil {
				t.Errorf("%s: %s: %v", lang, key, err)
			}
			found := params.FindAllString(text, -1)
			slices.Sort(found)
			found = slices.Compact(found)
			if other, seen := used[key]; seen && !slices.Equal(found, other) {
				t.Errorf("%s uses %v in one language and %v in the other", key, other, found)
			}
			used[key] = found
		}
		slices.Sort(have)
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s keys (-needed +there):\n%s", lang, diff)
		}
	}
}

// render fills a problem's text in a language; a parameter the problem does not bring fails.
func render(t *testing.T, lang string, texts map[string]string, p Problem) string {
	t.Helper()
	tmpl, err := template.New(p.Code).Option("missingkey=error").Parse(texts[p.MessageKey()])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, p.Params); err != nil {
		t.Errorf("%s text of %s: %v", lang, p.Code, err)
	}
	return b.String()
}
