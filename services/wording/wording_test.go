package wording

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestCatalogueIsComplete(t *testing.T) {
	c := open(t)
	zh, en := c.books[ZH].entries, c.books[EN].entries
	for key, e := range zh {
		other, ok := en[key]
		if !ok {
			t.Errorf("key %s has no English text", key)
			continue
		}
		if diff := cmp.Diff(e.params, inChinese(e.params, other.params)); diff != "" {
			t.Errorf("key %s names other parameters in English (-zh +en):\n%s", key, diff)
		}
	}
	for key := range en {
		if _, ok := zh[key]; !ok {
			t.Errorf("key %s has no Chinese text", key)
		}
	}
}

// inChinese names the parameters of an English text as the Chinese one does: what
// is itself a word comes twice, as State and StateEn.
func inChinese(zh, en []string) []string {
	var names []string
	for _, name := range en {
		if base, ok := strings.CutSuffix(name, "En"); ok && slices.Contains(zh, base) {
			name = base
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestCatalogueLanguages(t *testing.T) {
	c := open(t)
	allowed := exceptions(t)
	for key, e := range c.books[EN].entries {
		for _, text := range e.forms {
			if hasHan(text) && !allowed["chinese-in-english "+key] {
				t.Errorf("English text of %s holds Chinese: %s", key, text)
			}
		}
	}
	for key, e := range c.books[ZH].entries {
		if !hasHan(e.forms["other"]) && !allowed["no-chinese "+key] {
			t.Errorf("Chinese text of %s holds no Chinese: %s", key, e.forms["other"])
		}
		if e.plural() {
			t.Errorf("Chinese text of %s has plural forms, which Chinese does not", key)
		}
	}
	for rule := range allowed {
		if _, key, _ := strings.Cut(rule, " "); !c.Has(key) {
			t.Errorf("exceptions.txt names %s, which is not in the catalogue", key)
		}
	}
}

func TestEveryTextCanBeShown(t *testing.T) {
	c := open(t)
	for _, lang := range Langs() {
		for _, key := range c.Keys() {
			params := map[string]any{}
			for _, name := range c.books[lang].entries[key].params {
				params[name] = 3
			}
			got := c.Text(lang, key, params)
			if strings.ContainsAny(got, "⟦⟧{}") || strings.Contains(got, "no value") {
				t.Errorf("%s in %s: got %q", key, lang, got)
			}
		}
	}
}

func TestText(t *testing.T) {
	c := openFiles(t, map[string]string{
		"catalog/zh-CN/a.json": `{"plain": "保存", "left": "余 {{.Count}} 天", "who": "{{.A}} 与 {{.B}}"}`,
		"catalog/en/a.json":    `{"plain": "Save", "left": {"one": "{{.Count}} day left", "other": "{{.Count}} days left"}, "who": "{{.A}} and {{.B}}"}`,
	})
	tests := []struct {
		name   string
		lang   Lang
		key    string
		params map[string]any
		want   string
	}{
		{"plain", ZH, "plain", nil, "保存"},
		{"plain ignores parameters", EN, "plain", map[string]any{"X": 1}, "Save"},
		{"unknown language is the default", "fr", "plain", nil, "保存"},
		{"unknown key", ZH, "absent", nil, "⟦absent⟧"},
		{"missing parameter", ZH, "who", map[string]any{"A": "甲"}, "⟦who⟧"},
		{"no parameters at all", ZH, "who", nil, "⟦who⟧"},
		{"two parameters", EN, "who", map[string]any{"A": "a<b", "B": "c"}, "a<b and c"},
		{"Chinese has one form", ZH, "left", map[string]any{"Count": 1}, "余 1 天"},
		{"one", EN, "left", map[string]any{"Count": 1}, "1 day left"},
		{"one as int64", EN, "left", map[string]any{"Count": int64(1)}, "1 day left"},
		{"one as text", EN, "left", map[string]any{"Count": "1"}, "1 day left"},
		{"none", EN, "left", map[string]any{"Count": 0}, "0 days left"},
		{"many", EN, "left", map[string]any{"Count": 21}, "21 days left"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := c.Text(tt.lang, tt.key, tt.params); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	tests := []struct {
		name string
		more map[string]string
		want string
	}{
		{"key in two files", map[string]string{"catalog/zh-CN/b.json": `{"k": "又"}`}, `"k" is already in catalog/zh-CN/a.json`},
		{"key twice in one file", map[string]string{"catalog/en/a.json": `{"k": "a", "k": "b"}`}, `"k" is already in`},
		{"broken template", map[string]string{"catalog/en/a.json": `{"k": "{{.A"}`}, "unclosed action"},
		{"a program", map[string]string{"catalog/en/a.json": `{"k": "{{if .A}}x{{end}}"}`}, "not a plain parameter"},
		{"a function", map[string]string{"catalog/en/a.json": `{"k": "{{len .A}}"}`}, "not defined"},
		{"a path", map[string]string{"catalog/en/a.json": `{"k": "{{.A.B}}"}`}, "not a plain parameter"},
		{"empty text", map[string]string{"catalog/en/a.json": `{"k": ""}`}, "empty"},
		{"a number", map[string]string{"catalog/en/a.json": `{"k": 3}`}, "neither a text"},
		{"unknown plural form", map[string]string{"catalog/en/a.json": `{"k": {"other": "a", "lots": "b"}}`}, `"lots"`},
		{"not an object", map[string]string{"catalog/en/a.json": `["k"]`}, "not a JSON object"},
		{"two objects", map[string]string{"catalog/en/a.json": `{"k": "a"} {"l": "b"}`}, "follows"},
		{"cut short", map[string]string{"catalog/en/a.json": `{"k": "a"`}, "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"catalog/zh-CN/a.json": `{"k": "字"}`, "catalog/en/a.json": `{"k": "x"}`}
			for name, content := range tt.more {
				files[name] = content
			}
			_, err := read(mapFS(files))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestReadRefusesAMissingLanguage(t *testing.T) {
	if _, err := read(mapFS(map[string]string{"catalog/zh-CN/a.json": `{"k": "字"}`})); err == nil {
		t.Error("read a catalogue without English")
	}
}

func TestMatch(t *testing.T) {
	c := open(t)
	tests := map[string]Lang{
		"":                        ZH,
		"zh-CN,zh;q=0.9,en;q=0.8": ZH,
		"en-GB,en;q=0.9":          EN,
		"en":                      EN,
		"fr,de;q=0.8":             ZH,
		"fr;q=0.9,en;q=0.5":       EN,
		"zh-TW":                   ZH,
		"*":                       ZH,
		";;;===":                  ZH,
		strings.Repeat("x,", 999): ZH,
	}
	for header, want := range tests {
		if got := c.Match(header); got != want {
			t.Errorf("Match(%.40q) = %s, want %s", header, got, want)
		}
	}
}

func TestTextFromManyGoroutines(t *testing.T) {
	c := open(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				want := fmt.Sprintf("余 %d 个工作日", n)
				if got := c.Text(ZH, "web.clock.left", map[string]any{"Count": n}); got != want {
					t.Errorf("goroutine %d: got %q, want %q", i, got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkText(b *testing.B) {
	c, err := New()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			c.Text(EN, "web.save", nil)
		}
	})
	b.Run("with parameter", func(b *testing.B) {
		params := map[string]any{"Count": 3}
		for b.Loop() {
			c.Text(EN, "web.clock.left", params)
		}
	})
}

func open(t *testing.T) *Catalogue {
	t.Helper()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func openFiles(t *testing.T, files map[string]string) *Catalogue {
	t.Helper()
	c, err := read(mapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mapFS(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return fsys
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func exceptions(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/exceptions.txt")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) >= 3 && fields[0] != "#" {
			allowed[fields[0]+" "+fields[1]] = true
		}
	}
	return allowed
}
