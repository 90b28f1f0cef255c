package application

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDecodeRefuses(t *testing.T) {
	firms := "[" + strings.TrimSuffix(strings.Repeat("{},", maxFirms+1), ",") + "]"
	tests := []struct {
		name, data string
		want       []string // "code path"
	}{
		{"nothing", "", []string{"document.syntax "}},
		{"cut off", `{"body":{`, []string{"document.syntax "}},
		{"two values", `{} {}`, []string{"document.syntax "}},
		{"bare word", `hello`, []string{"document.syntax "}},
		{"bad escape", `{"body":{"name":"\x41"}}`, []string{"document.syntax "}},
		{"bad unicode escape", `{"body":{"name":"\u00zz"}}`, []string{"document.syntax "}},
		{"mismatched brackets", `{"body":]`, []string{"document.syntax "}},
		{"list", `[]`, []string{"field.wrong_type "}},
		{"text", `"x"`, []string{"field.wrong_type "}},
		{"unknown part", `{"bodies":{}}`, []string{"field.unknown "}},
		{"unknown field", `{"body":{"name":"x","age":3,"Name":"y"}}`, []string{"field.unknown body", "field.unknown body"}},
		{"unknown field in a row", `{"business":{"firms":[{"name":"x"},{"nick":"y"}]}}`, []string{"field.unknown business.firms[1]"}},
		{"field given twice", `{"body":{"name":"x","name":"y"}}`, []string{"document.repeated_member "}},
		{"field given twice by escape", `{"body":{"name":"x","n\u0061me":"y"}}`, []string{"document.repeated_member "}},
		{"raw NUL", "{\"body\":{\"name\":\"a\x00b\"}}", []string{"document.encoding "}},
		{"escaped NUL", `{"body":{"name":"a\u0000b"}}`, []string{"document.encoding "}},
		{"NUL in a name", `{"bo\u0000dy":{}}`, []string{"document.encoding "}},
		{"bad UTF-8", "{\"body\":{\"name\":\"\xff\"}}", []string{"document.encoding "}},
		{"lone high surrogate", `{"body":{"name":"\ud800"}}`, []string{"document.encoding "}},
		{"high surrogate and letter", `{"body":{"name":"\ud800\u0041"}}`, []string{"document.encoding "}},
		{"lone low surrogate", `{"body":{"name":"\udc00"}}`, []string{"document.encoding "}},
		{"control character", `{"body":{"name":"a\u0007b"}}`, []string{"field.control_character body.name"}},
		{"reversing mark", `{"body":{"name":"a\u202eb"}}`, []string{"field.control_character body.name"}},
		{"line break in one line", `{"body":{"name":"a\nb"}}`, []string{"field.control_character body.name"}},
		{"too long", `{"body":{"name":"` + strings.Repeat("字", 101) + `"}}`, []string{"field.too_long body.name"}},
		{"number for text", `{"body":{"name":5}}`, []string{"field.wrong_type body.name"}},
		{"text for object", `{"body":"x","boundary":true}`, []string{"field.wrong_type body", "field.wrong_type boundary"}},
		{"object for list", `{"business":{"sectors":{}}}`, []string{"field.wrong_type business.sectors"}},
		{"text for number", `{"body":{"managers":"5"}}`, []string{"field.not_integer body.managers"}},
		{"fraction", `{"body":{"managers":5.0}}`, []string{"field.not_integer body.managers"}},
		{"exponent", `{"body":{"managers":1e2}}`, []string{"field.not_integer body.managers"}},
		{"negative", `{"body":{"managers":-1}}`, []string{"field.out_of_range body.managers"}},
		{"too large a number", `{"fund":{"years":[{"amount_fen":9000000000000001}]}}`,
			[]string{"field.out_of_range fund.years[0].amount_fen"}},
		{"beyond int64", `{"boundary":{"area_m2":99999999999999999999999}}`, []string{"field.out_of_range boundary.area_m2"}},
		{"share over 100", `{"business":{"leading":[{"share_bp":10001}]}}`, []string{"field.out_of_range business.leading[0].share_bp"}},
		{"too many rows", `{"business":{"firms":` + firms + `}}`, []string{"field.too_many business.firms"}},
		{"path from outside text", `{"goals":{"rows":[{"indicator":"a].b[","base":"x"}]}}`, []string{"field.not_integer goals.rows[0].base"}},
		{"path of a row", `{"goals":{"rows":[{"indicator":"revenue","planned":[1,"x"]}]}}`,
			[]string{"field.not_integer goals.rows[revenue].planned[1]"}},
		{"polygon of text", `{"boundary":{"polygon":"x"}}`, []string{"boundary.not_geojson boundary.polygon"}},
		{"polygon out of range", `{"boundary":{"polygon":` + polygon("1e308 0, 1 0, 1 1, 1e308 0") + `}}`,
			[]string{"boundary.not_degrees boundary.polygon"}},
		{"deep", strings.Repeat("[", 100_000), []string{"document.too_deep "}},
		{"deep in a field", `{"body":{"name":` + strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat("}", 22),
			[]string{"document.too_deep "}},
		{"too large", `{"body":{"name":"` + strings.Repeat("a", maxDocumentBytes) + `"}}`, []string{"document.too_large "}},
	}
	zh, en := catalogue(t, "zh-CN"), catalogue(t, "en")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, problems := Decode([]byte(tt.data))
			var got []string
			for _, p := range problems {
				got = append(got, p.Code+" "+p.Path)
				render(t, "zh-CN", zh, p)
				render(t, "en", en, p)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(Content{}, c); diff != "" {
				t.Errorf("a refused document left a content:\n%s", diff)
			}
		})
	}
}

func TestDecodeTidies(t *testing.T) {
	got, problems := Decode([]byte(`{
		"body": {"name": "  示例\t主体 ".trim, "x": 0}}`))
	if len(problems) == 0 {
		t.Errorf("a script passed for JSON: %+v", got)
	}
	got, problems = Decode([]byte(`{"body":{"name":"  示例主体 ","credit_code":" 91350100 m000100y43 ","kind":null,"managers":null},
		"boundary":{"polygon":{"type":"Polygon","bbox":[1],"coordinates":[[[106.50,29],[106.6,29],[106.6,29.1],[106.50,29]]]},
		"floor_area_m2":0},
		"goals":{"rows":[{"indicator":"tax","base":null,"planned":[null,5],"reason":"第一行\r\n第二行\u2014\ud83d\ude00"}]},
		"fund":null,"business":{"sectors":null}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := Content{
		Body: Body{Name: "示例主体", CreditCode: "91350100M000100Y43"},
		Boundary: Boundary{FloorAreaM2: number(0),
			Polygon: json.RawMessage(`{"coordinates":[[[106.5,29],[106.6,29],[106.6,29.1],[106.5,29]]],"type":"Polygon"}`)},
		Goals:    Goals{Rows: []GoalRow{{Indicator: "tax", Planned: []*int64{nil, number(5)}, Reason: "第一行\n第二行—😀"}}},
		Business: Business{Sectors: []string{}, Leading: []LeadingBusiness{}, Firms: []Firm{}},
		Fund:     Fund{Years: []FundYear{}}, Positioning: Positioning{Platforms: []Platform{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
}

// A draft keeps a boundary that is readable but wrong: the checks say so, saving does not lose it.
func TestDecodeKeepsACrossedBoundary(t *testing.T) {
	c, problems := Decode([]byte(`{"boundary":{"polygon":` + polygon("106 29, 106.2 29.2, 106.2 29, 106 29.2, 106 29") + `}}`))
	if len(problems) > 0 || len(c.Boundary.Polygon) == 0 {
		t.Errorf("Decode = %s, %v", c.Boundary.Polygon, problems)
	}
}

func TestDecodeNeverEchoesHostileNames(t *testing.T) {
	_, problems := Decode([]byte(`{"<script>alert(1)</script>` + strings.Repeat("x", 500) + `":1}`))
	if len(problems) != 1 {
		t.Fatal(problems)
	}
	if name := problems[0].Params["Name"]; strings.ContainsAny(name, "<>()/") || len([]rune(name)) > 40 {
		t.Errorf("name in the message: %q", name)
	}
}

func TestDecodeBoundsItsAnswer(t *testing.T) {
	_, problems := Decode([]byte(`{"business":{"firms":[` + strings.TrimSuffix(strings.Repeat(`{"name":1},`, maxFirms), ",") + `]}}`))
	if len(problems) != maxProblems {
		t.Errorf("%d problems, want %d", len(problems), maxProblems)
	}
}

func TestApply(t *testing.T) {
	base := testInput(t).Content
	same := func(edit func(c *Content)) Content {
		c := testInput(t).Content
		edit(&c)
		return c
	}
	tests := []struct {
		path, value string
		want        Content
	}{
		{"body.credit_code", `"91350100m000100y43"`, same(func(c *Content) { c.Body.CreditCode = "91350100M000100Y43" })},
		{"body.name", `null`, same(func(c *Content) { c.Body.Name = "" })},
		{"body.contact", `{"name":"示例"}`, same(func(c *Content) { c.Body.Contact = Contact{Name: "示例"} })},
		{"boundary.polygon", `null`, same(func(c *Content) { c.Boundary.Polygon = nil })},
		{"boundary.floor_area_m2", `null`, same(func(c *Content) { c.Boundary.FloorAreaM2 = nil })},
		{"goals.rows[revenue].planned[2]", `77`, same(func(c *Content) { c.Goals.Rows[0].Planned[2] = number(77) })},
		{"goals.rows[jobs].base", `null`, same(func(c *Content) { c.Goals.Rows[3].Base = nil })},
		{"goals.rows[fame].base", `5`, same(func(c *Content) {
			c.Goals.Rows = append(c.Goals.Rows, GoalRow{Indicator: "fame", Base: number(5), Planned: []*int64{}})
		})},
		{"business.firms[3].code", `"X"`, same(func(c *Content) { c.Business.Firms[3].Code = "X" })},
		{fmt.Sprintf("business.firms[%d].name", len(base.Business.Firms)), `"新"`, same(func(c *Content) {
			c.Business.Firms = append(c.Business.Firms, Firm{Name: "新"})
		})},
		{"business.sectors", `["logistics"]`, same(func(c *Content) { c.Business.Sectors = []string{"logistics"} })},
		{"business.sectors[1]", `"logistics"`, same(func(c *Content) { c.Business.Sectors = []string{"finance", "logistics"} })},
		{"fund.years[0].amount_fen", `5`, same(func(c *Content) { c.Fund.Years[0].AmountFen = 5 })},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			got, problems := Apply(base, tt.path, []byte(tt.value))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("content (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(testInput(t).Content, base); diff != "" {
				t.Errorf("the old content changed:\n%s", diff)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	base := testInput(t).Content
	tests := []struct{ path, value, want string }{
		{"body.age", `1`, "field.unknown "},
		{"", `{}`, "field.unknown "},
		{"body.name.first", `"x"`, "field.unknown "},
		{"body[name]", `"x"`, "field.unknown "},
		{"goals.rows[revenue].planned[-1]", `1`, "field.unknown "},
		{"goals.rows[revenue].planned[9]", `1`, "field.position goals.rows[revenue].planned[9]"},
		{"goals.rows[revenue].planned[4]", `1`, "field.position goals.rows[revenue].planned[4]"},
		{"business.firms[4000].name", `"x"`, "field.position business.firms[4000].name"},
		{"goals.rows[revenue].planned[1]", `"x"`, "field.not_integer goals.rows[revenue].planned[1]"},
		{"body.name", `"a\u0000"`, "document.encoding body.name"},
		{"body.name", `"a`, "document.syntax body.name"},
		{"body.name", `["a"]`, "field.wrong_type body.name"},
		{"body", `{"nick":1}`, "field.unknown body"},
		{"nowhere", `"a`, "document.syntax "},
		{"goals.rows[revenue].indicator", `5`, "field.wrong_type goals.rows[0].indicator"},
	}
	zh := catalogue(t, "zh-CN")
	for _, tt := range tests {
		t.Run(tt.path+"="+tt.value, func(t *testing.T) {
			got, problems := Apply(base, tt.path, []byte(tt.value))
			if len(problems) != 1 || problems[0].Code+" "+problems[0].Path != tt.want {
				t.Fatalf("problems = %v, want %s", problems, tt.want)
			}
			render(t, "zh-CN", zh, problems[0])
			if diff := cmp.Diff(base, got); diff != "" {
				t.Errorf("a refused value changed the content:\n%s", diff)
			}
		})
	}
}

// Any bytes, as a document or as a value at any path, end in a content or in problems.
func TestDecodeNeverPanics(t *testing.T) {
	valid, err := Canonical(testInput(t).Content)
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"{", "}", "[", "]", ":", ",", `"body"`, `"name"`, `"goals"`, `"rows"`, `"polygon"`, `"coordinates"`, "null", "1", "-0",
		"1e999", `"\ud800"`, `"\u"`, "\xff", "\x00", `"`, `\`, " "}
	rapid.Check(t, func(t *rapid.T) {
		data := bytes.Clone(valid)
		switch rapid.IntRange(0, 3).Draw(t, "way") {
		case 0:
			data = rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		case 1:
			data = []byte(strings.Join(rapid.SliceOf(rapid.SampledFrom(words)).Draw(t, "words"), ""))
		case 2:
			data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		case 3:
			data = data[:rapid.IntRange(0, len(data)).Draw(t, "length")]
		}
		c, problems := Decode(data)
		if len(problems) == 0 {
			Check(CheckInput{Content: c, Params: testParams()})
			if _, err := Canonical(c); err != nil {
				t.Fatalf("a decoded content has no canonical form: %v", err)
			}
		}
		path := rapid.SampledFrom([]string{"body", "goals.rows[tax]", "boundary.polygon", "business.firms[0]", "x[", "[0]", "a..b"}).Draw(t, "path")
		Apply(Content{}, path, data)
		Apply(Content{}, rapid.String().Draw(t, "any path"), data)
	})
}

// shuffled writes a JSON tree with its members in random order and random white space.
func shuffled(r *rand.Rand, node any) string {
	gap := strings.Repeat(" ", r.IntN(3)) + strings.Repeat("\n", r.IntN(2))
	switch v := node.(type) {
	case map[string]any:
		var parts []string
		for name, value := range v {
			parts = append(parts, gap+string(appendQuoted(nil, name))+gap+":"+shuffled(r, value))
		}
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return "{" + strings.Join(parts, ",") + gap + "}"
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, shuffled(r, item))
		}
		return "[" + gap + strings.Join(parts, ",") + "]"
	}
	return gap + string(appendCanonical(nil, node))
}

func TestCanonicalIgnoresOrder(t *testing.T) {
	for seed := range uint64(20) {
		c, err := DemoContent(int(seed), testPlace())
		if err != nil {
			t.Fatal(err)
		}
		want, err := Canonical(c)
		if err != nil {
			t.Fatal(err)
		}
		tree, problem := readDocument(want)
		if problem != nil {
			t.Fatal(problem)
		}
		text := shuffled(rand.New(rand.NewPCG(seed, 1)), tree)
		back, problems := Decode([]byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		got, err := Canonical(back)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("canonical form of a reordered document differs: %v\n%s\n%s", err, got, want)
		}
		if text == string(want) {
			t.Error("shuffling changed nothing")
		}
	}
}

func TestCanonicalForm(t *testing.T) {
	empty, err := Canonical(Content{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"body":{"contact":{"email":"","name":"","phone":""},"credit_code":"","kind":"","legal_representative":"",` +
		`"managers":0,"name":""},"boundary":{"area_m2":0,"east":"","floor_area_m2":null,"north":"","polygon":null,"south":"","west":""},` +
		`"business":{"firms":[],"leading":[],"sectors":[]},"factors":{` +
		`"funds":{"amount":null,"body":"","date":"","source":""},"land":{"amount":null,"body":"","date":"","source":""},` +
		`"talent":{"amount":null,"body":"","date":"","source":""},"utilities":{"amount":null,"body":"","date":"","source":""}},` +
		`"fund":{"document_number":"","source_line":"","years":[]},"goals":{"base_year":0,"rows":[]},` +
		`"positioning":{"area":"","platforms":[],"relation":"","text":""},"recommendation":{"date":"","document_number":""}}`
	if string(empty) != want {
		t.Errorf("canonical empty content = %s\nwant %s", empty, want)
	}
	lists := Content{Business: Business{Sectors: []string{}, Firms: []Firm{}}, Boundary: Boundary{Polygon: json.RawMessage("null")}}
	if got, err := Canonical(lists); err != nil || string(got) != want {
		t.Errorf("empty lists = %s, %v", got, err)
	}
	if _, err := Canonical(Content{Boundary: Boundary{Polygon: json.RawMessage("{")}}); err == nil {
		t.Error("a broken polygon has a canonical form")
	}
}

func TestCanonicalValue(t *testing.T) {
	tests := []struct{ in, want string }{
		{`{"b":1,"a":[true,false,null]}`, `{"a":[true,false,null],"b":1}`},
		{`"<a href=\"x\">&\u2028\n\t\r\u0001\\"`, "\"<a href=\\\"x\\\">&\u2028\\n\\t\\r\\u0001\\\\\""},
		{`[1.0,1e2,-0,-0.0,0.10,1e-7,1E21,123456789012345678901234567890,-5]`,
			`[1,100,0,0,0.1,1e-07,1e+21,123456789012345678901234567890,-5]`},
		{`{"区":1,"a":2,"":3,"B":4}`, `{"":3,"B":4,"a":2,"区":1}`},
	}
	for _, tt := range tests {
		got, err := CanonicalValue(json.RawMessage(tt.in))
		if err != nil || string(got) != tt.want {
			t.Errorf("CanonicalValue(%s) = %s, %v; want %s", tt.in, got, err, tt.want)
		}
		again, err := CanonicalValue(json.RawMessage(got))
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("canonical form of %s changes to %s", got, again)
		}
	}
	if _, err := CanonicalValue(func() {}); err == nil {
		t.Error("a function has a canonical form")
	}
}

func TestDigest(t *testing.T) {
	if got, want := Digest([]byte("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("Digest = %s, want the published vector", got)
	}
}
