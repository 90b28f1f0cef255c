package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"clusterzone/services/web"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

func newRenderer(t *testing.T, config web.Config) (*web.Renderer, *web.Static) {
	t.Helper()
	texts, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	static, err := web.NewStatic()
	if err != nil {
		t.Fatal(err)
	}
	return web.NewRenderer(texts, static, config), static
}

// rendered returns a view as a page of the given language.
func rendered(t *testing.T, d *web.Renderer, lang wording.Lang, view templ.Component) string {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/gallery?lang="+string(lang), nil)
	if err := d.Render(w, r, http.StatusOK, view); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

// What a page may not hold under the content policy: styles and handlers in
// attributes, scripts in the text other than data.
var (
	inlineStyle  = regexp.MustCompile(`(?i)\sstyle\s*=|<style`)
	inlineScript = regexp.MustCompile(`(?i)\son[a-z]+\s*=|javascript:|<script>`)
	dataScript   = regexp.MustCompile(`<script[^>]*>`)
	missingText  = regexp.MustCompile(`⟦[^⟧]*⟧|no value`)
)

func checkMarkup(t *testing.T, html string) {
	t.Helper()
	if found := missingText.FindString(html); found != "" {
		t.Errorf("text missing from the catalogue: %s", found)
	}
	if found := inlineStyle.FindString(html); found != "" {
		t.Errorf("inline style, which the content policy forbids: %s", found)
	}
	if found := inlineScript.FindString(html); found != "" {
		t.Errorf("inline script, which the content policy forbids: %s", found)
	}
	for _, tag := range dataScript.FindAllString(html, -1) {
		if !strings.Contains(tag, ` src="/static/`) && !strings.Contains(tag, `type="application/json"`) {
			t.Errorf("script that is neither ours nor data: %s", tag)
		}
	}
}

func TestComponentsInBothLanguages(t *testing.T) {
	d, _ := newRenderer(t, web.Config{})
	for _, lang := range wording.Langs() {
		for _, s := range gallery() {
			t.Run(s.name+" "+string(lang), func(t *testing.T) {
				html := rendered(t, d, lang, s.view)
				if len(html) < 20 {
					t.Errorf("renders to nothing: %q", html)
				}
				checkMarkup(t, html)
			})
		}
	}
}

func TestLayoutInBothLanguages(t *testing.T) {
	d, static := newRenderer(t, web.Config{})
	visitor := views.Page{Title: "公示", Path: "//evil.example/x?a=1&lang=en"}
	for _, lang := range wording.Langs() {
		for name, page := range map[string]views.Page{"person": galleryPage("/gallery?tab=a"), "visitor": visitor} {
			html := rendered(t, d, lang, within(views.Layout(page), views.Panel("x")))
			checkMarkup(t, html)
			if !strings.Contains(html, `<html lang="`+string(lang)+`"`) {
				t.Errorf("%s: the page does not name its language %s", name, lang)
			}
			checkAssets(t, html, static)
		}
	}
	html := rendered(t, d, wording.EN, within(views.Layout(visitor)))
	if !strings.Contains(html, `href="/?lang=zh-CN"`) || strings.Contains(html, "evil.example") {
		t.Error("the language link leads to another site")
	}
	html = rendered(t, d, wording.ZH, within(views.Layout(galleryPage("/gallery?tab=a"))))
	for _, want := range []string{`href="/gallery?lang=en&amp;tab=a"`, "99+", "演示数据", `aria-current="page"`, "代 演示乙 办理"} {
		if !strings.Contains(html, want) {
			t.Errorf("layout lacks %q", want)
		}
	}
}

var assetName = regexp.MustCompile(`/static/[0-9a-f]{16}/([^"#]+)`)

// checkAssets makes sure that what a page asks for is there.
func checkAssets(t *testing.T, html string, static *web.Static) {
	t.Helper()
	found := assetName.FindAllStringSubmatch(html, -1)
	if len(found) < 8 {
		t.Errorf("only %d static files in the page", len(found))
	}
	for _, match := range found {
		if !static.Has(match[1]) {
			t.Errorf("the page asks for %s, which is not there", match[1])
		}
	}
}

func TestGalleryShowsEveryComponent(t *testing.T) {
	shown := map[string]bool{"Layout": true}
	for _, s := range gallery() {
		shown[s.name] = true
	}
	for _, name := range components(t) {
		if !shown[name] {
			t.Errorf("component %s has no sample in the gallery", name)
		}
	}
}

// componentFiles are those that make up the tool box; pages have tests of their own.
func componentFiles() []string { return []string{"layout", "case", "form", "table", "widget"} }

// components lists the exported views of the tool box.
func components(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, file := range componentFiles() {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("views", file+"_templ.go"), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Name.IsExported() {
				names = append(names, f.Name.Name)
			}
		}
	}
	if len(names) < 25 {
		t.Fatalf("found only %d components: %v", len(names), names)
	}
	return names
}

func TestIconsAreInTheSprite(t *testing.T) {
	d, _ := newRenderer(t, web.Config{})
	sprite := get(t, "lib/icons/icons.svg")
	html := rendered(t, d, wording.ZH, within(views.Layout(galleryPage("/")), views.Panel("x")))
	for _, s := range gallery() {
		html += rendered(t, d, wording.ZH, s.view)
	}
	used := regexp.MustCompile(`icons\.svg#([a-z0-9-]+)"`).FindAllStringSubmatch(html, -1)
	if len(used) < 30 {
		t.Fatalf("only %d icons in the gallery", len(used))
	}
	for _, match := range used {
		if !strings.Contains(sprite, `<symbol id="`+match[1]+`"`) {
			t.Errorf("icon %s is not in the sprite: add it to vendor/icons.txt and run vendor.sh", match[1])
		}
	}
}

// TestScriptTexts holds the texts handed to the scripts equal to those they ask for.
func TestScriptTexts(t *testing.T) {
	d, _ := newRenderer(t, web.Config{})
	html := rendered(t, d, wording.EN, views.Layout(views.Page{Title: "x"}))
	block := regexp.MustCompile(`(?s)<script id="texts" type="application/json">(.*?)</script>`).FindStringSubmatch(html)
	if block == nil {
		t.Fatal("the page hands no texts to its scripts")
	}
	handed := map[string]bool{}
	for _, match := range regexp.MustCompile(`"([a-z.]+)":"`).FindAllStringSubmatch(block[1], -1) {
		handed[match[1]] = true
	}
	asked := map[string]bool{}
	for _, state := range []string{"dirty", "saving", "saved", "offline", "partly", "failed", "invalid", "login", "other", "conflict"} {
		asked["autosave."+state] = true // the one family whose keys are composed
	}
	for _, name := range []string{"app.js", "keep.js", "autosave.js", "upload.js", "map.js", "draw.js", "chart.js"} {
		for _, match := range regexp.MustCompile(`\btext\("([a-z.]+)"`).FindAllStringSubmatch(get(t, name), -1) {
			asked[match[1]] = true
		}
	}
	if diff := cmp.Diff(asked, handed); diff != "" {
		t.Errorf("texts asked for by scripts and handed to them differ (-asked +handed):\n%s", diff)
	}
	if !strings.Contains(block[1], `"Saved {Time}"`) {
		t.Errorf("parameters do not reach the scripts: %s", block[1])
	}
}

func TestActionsCarryTheirVersion(t *testing.T) {
	d, _ := newRenderer(t, web.Config{})
	html := rendered(t, d, wording.ZH, views.ActionBar(actions()))
	if got := strings.Count(html, `name="version" value="6"`); got != 3 {
		t.Errorf("got %d versions, want one for each of the three open actions", got)
	}
	if strings.Contains(html, `value="recommend"`) {
		t.Error("a blocked action can be sent")
	}
	for _, want := range []string{`aria-disabled="true"`, "还有 2 个部门未答复意见", `name="reason"`} {
		if !strings.Contains(html, want) {
			t.Errorf("actions lack %q", want)
		}
	}
}

func TestViewsEscape(t *testing.T) {
	d, _ := newRenderer(t, web.Config{})
	const evil = `"><script>alert(1)</script>`
	html := rendered(t, d, wording.ZH, templ.Join(
		views.TextField(views.Field{Name: "n", Label: evil, Value: evil, Error: evil}),
		views.TextArea(views.Field{Name: "m", Value: "</textarea>" + evil}),
		views.Timeline([]views.Event{{Text: evil, Reason: evil, Links: []views.Link{{Label: evil, Href: "#"}}}}),
		views.FileDrop(views.Upload{ID: "u", Label: evil, Accept: []string{".pdf"}, Fields: map[string]string{"slot": evil}}),
	))
	if strings.Contains(html, "<script>") {
		t.Errorf("markup in a value reaches the page: %s", html)
	}
	if got := strings.Count(html, "</textarea>"); got != 1 {
		t.Errorf("a value closes its text area: %d ends", got)
	}
}
