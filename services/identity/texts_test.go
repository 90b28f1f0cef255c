package identity_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every code that this package gives has a text in both languages, and no text is left over.
func TestEveryCodeHasTexts(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	coded := regexp.MustCompile(`fault\.(?:New\(fault\.\w+, |BadField\([^,]+, )"(\w+)"`)
	used := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range coded.FindAllStringSubmatch(string(source), -1) {
			used[m[1]] = true
		}
	}
	if len(used) < 30 {
		t.Fatalf("found only %d codes", len(used))
	}
	for _, lang := range []string{"zh-CN", "en"} {
		own, all := texts(t, lang, "identity.json"), texts(t, lang, "*.json")
		for code := range used {
			if !all["fault."+code] && !all["check."+code] {
				t.Errorf("%s: no text for %q", lang, code)
			}
		}
		for key := range own {
			if _, code, _ := strings.Cut(key, "."); !used[code] {
				t.Errorf("%s: text %q belongs to no code", lang, key)
			}
		}
	}
}

func texts(t *testing.T, lang, pattern string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "wording", "catalog", lang, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogue %s/%s: %v", lang, pattern, err)
	}
	out := map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(b, &keys); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key := range keys {
			out[key] = true
		}
	}
	return out
}
