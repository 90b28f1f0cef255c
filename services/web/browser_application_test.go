package web_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/objects"
	"clusterzone/services/web"
	"clusterzone/workflows"
)

// served is the product behind an address at which everybody is one person.
func (f *filing) served(t *testing.T, who string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.AddCookie(&http.Cookie{Name: f.c.CookieName, Value: f.cookie[who]})
		f.engine.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// plain serves without HTTPS, as a browser on the same machine wants it.
func (f *filing) plain() {
	f.c.Secure = false
	f.engine = gin.New()
	f.engine.POST(objects.UploadPath, gin.WrapF(f.disk.ServeUpload))
	web.Register(f.engine, f.c)
}

// TestEditorInBrowser fills in an application as people do, with the scripts at work.
func TestEditorInBrowser(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	home := f.served(t, "filler")
	for name, test := range map[string]func(*testing.T, context.Context, *filing, string){
		"Autosave": editorAutosaves, "Conflict": editorShowsBoth, "Rows": editorRows, "Upload": editorUploads, "Map": editorMap,
	} {
		t.Run(name, func(t *testing.T) { test(t, ctx, f, home) })
	}
}

const typing = `((name, text) => { const e = document.getElementsByName(name)[0]; e.value = text; e.dispatchEvent(new Event("input", {bubbles: true})); })`

func typeInto(t *testing.T, ctx context.Context, name, text string) {
	t.Helper()
	act(t, ctx, script(fmt.Sprintf("%s(%q, %q)", typing, name, text)))
}

const saved = `document.querySelector("[data-autosave-state]").dataset.autosaveState === "saved"`

func editorAutosaves(t *testing.T, ctx context.Context, f *filing, home string) {
	app := f.start(t, "渝中区测试服务一集聚示范区")
	tab := tab(t, ctx, home+app+"/edit?part=body")
	typeInto(t, tab, "body.name", "示例管理委员会")
	until(t, tab, saved)
	until(t, tab, `document.querySelector("#editor-tasks .task.is-active .state").textContent.includes("有问题")`)
	until(t, tab, `document.querySelectorAll("#editor-open").length === 1 && document.querySelector(".editor-main #editor-open").textContent.includes("待完善")`)
	typeInto(t, tab, "body.credit_code", "123")
	until(t, tab, `document.getElementById("f-body.credit_code-error").textContent.includes("18 位")`)
	f.as("filler").get(app).want(t, http.StatusOK)
	view := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t)
	if view.Content.Body.Name != "示例管理委员会" || view.Content.Body.CreditCode != "123" {
		t.Errorf("stored: %+v", view.Content.Body)
	}
}

func editorShowsBoth(t *testing.T, ctx context.Context, f *filing, home string) {
	app := f.start(t, "渝中区测试服务二集聚示范区")
	tab := tab(t, ctx, home+app+"/edit?part=fund", "409")
	f.fill(t, app, "fund", url.Values{"fund.source_line": {"同事写的"}}).want(t, http.StatusSeeOther)
	typeInto(t, tab, "fund.source_line", "我写的")
	until(t, tab, `document.querySelector(".stale .stale-row")`)
	if *shots != "" {
		shoot(t, tab, "conflict", 1280)
	}
	act(t, tab, script(`document.querySelector('.stale input[value="mine"]').click(); document.querySelector(".stale button").click()`))
	until(t, tab, `document.querySelector(".flash-done") && document.getElementsByName("fund.source_line")[0]?.value === "我写的"`)
}

func editorRows(t *testing.T, ctx context.Context, f *filing, home string) {
	app := f.start(t, "渝中区测试服务三集聚示范区")
	f.fill(t, app, "business", url.Values{"business.firms.lines": {"示例一,,电子商务,100\n示例二,,电子商务,100\n示例三,,电子商务,100"}}).want(t, http.StatusSeeOther)
	tab := tab(t, ctx, home+app+"/edit?part=business")
	const list = `document.querySelector('[data-rows="business.firms"]')`
	rows := evaluate[float64](t, tab, list+`.querySelectorAll("tbody tr").length`)
	act(t, tab, script(list+`.querySelector("[data-rows-add]").click()`))
	if got := evaluate[float64](t, tab, list+`.querySelectorAll("tbody tr").length`); got != rows+1 {
		t.Errorf("a new row makes %v rows of %v", got, rows)
	}
	typeInto(t, tab, fmt.Sprintf("business.firms[%d].name", int(rows)), "示例四")
	act(t, tab, script(list+`.querySelectorAll("[data-rows-remove]")[1].click()`))
	until(t, tab, saved)
	var names []string
	view := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t)
	for _, firm := range view.Content.Business.Firms {
		names = append(names, firm.Name)
	}
	if got := strings.Join(names, " "); got != "示例一 示例三 示例四" {
		t.Errorf("after adding and removing: %s", got)
	}
	typeInto(t, tab, "business.firms[2].code", "91")
	if *shots != "" {
		shoot(t, tab, "rows", 1280)
	}
	until(t, tab, `document.querySelector('[data-error-for="business.firms[2].code"]').textContent.includes("18 位")`)
}

func editorUploads(t *testing.T, ctx context.Context, f *filing, home string) {
	app := f.start(t, "渝中区测试服务四集聚示范区")
	tab := tab(t, ctx, home+app+"/edit?part=materials")
	content := base64.StdEncoding.EncodeToString(f.pdf(t, "browser"))
	act(t, tab, script(fmt.Sprintf(`(() => {
		const bytes = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0));
		const files = new DataTransfer();
		files.items.add(new File([bytes], "请示.pdf", {type: "application/pdf"}));
		const input = document.querySelector('#f-materials\\[recommendation\\] input[type=file]');
		input.files = files.files;
		input.dispatchEvent(new Event("change", {bubbles: true}));
	})()`, content)))
	until(t, tab, `document.querySelector('#f-materials\\[recommendation\\] .slot-files')?.textContent.includes("请示.pdf")`)
	act(t, tab, script(`document.querySelector('#f-materials\\[recommendation\\] .slot-files form button').click()`))
	until(t, tab, `document.getElementById("confirm").open`)
	act(t, tab, script(`document.querySelector("[data-confirm-yes]").click()`))
	until(t, tab, `document.querySelector(".flash-done") && !document.querySelector('#f-materials\\[recommendation\\] .slot-files:not(.slot-more *)')`)
}

func editorMap(t *testing.T, ctx context.Context, f *filing, home string) {
	f.establish()
	app := f.start(t, "渝中区测试服务五集聚示范区")
	f.importBoundary(t, app, f.content(8).Boundary.Polygon).want(t, http.StatusSeeOther)
	tab := tab(t, ctx, home+app+"/edit?part=boundary")
	until(t, tab, `document.querySelector("[data-map-ready]")`)
	if got := evaluate[string](t, tab, `document.querySelector("[data-map-area]").textContent`); !strings.Contains(got, "km²") {
		t.Errorf("the map says %q", got)
	}
	const answer = `fetch(document.querySelector("[data-map]").dataset.check, {method: "POST", headers: {"Content-Type": "application/json", Accept: "application/json"},
		body: JSON.stringify({geometry: JSON.parse(document.getElementsByName("boundary.polygon")[0].value)})}).then((r) => r.text())`
	if got := evaluate[string](t, tab, answer); !strings.Contains(got, "渝中区测试集聚示范区") || !strings.Contains(got, `"problems":[]`) {
		t.Errorf("the zone on the same ground is not reported: %s", got)
	}
}

// TestLookAtApplicationPages takes pictures of every page of an application where -shots asks
// for them, and in any case holds that none scrolls sideways.
func TestLookAtApplicationPages(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	home := f.served(t, "filler")
	clean, empty := f.filled(t, 3), f.start(t, "渝中区测试服务二集聚示范区")
	half := f.start(t, "渝中区测试服务三集聚示范区")
	f.fill(t, half, "body", url.Values{"body.name": {"示例管理委员会"}, "body.credit_code": {"91500103DEM000000X"}}).want(t, http.StatusSeeOther)
	corrected := f.filled(t, 6)
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: idOf(corrected)}
	f.do("filler", ref, "send_to_sign", "", nil)
	f.do("leader", ref, "sign", "", nil)
	f.do("clerk", ref, "request_correction", "", map[string]any{"items": []application.Item{
		{AnchorKind: "field", Anchor: "body.legal_representative", Words: "与法人证书不一致，请核对后更正。"},
		{AnchorKind: "slot", Anchor: "truth-commitment", Words: "承诺书未盖章，请重新上传。"}}})
	pages := map[string]string{"new": "/applications/new", "case-draft": empty, "case-correction": corrected, "case-history": corrected + "?tab=history", "case-materials": corrected + "?tab=materials",
		"check-empty": empty + "/self-check", "check-clean": clean + "/self-check", "half-body": half + "/edit?part=body", "correction": corrected + "/edit?part=body",
		"correction-closed": corrected + "/edit?part=fund", "compare": corrected + "/compare",
		"corrections": corrected + "/corrections", "send": corrected + "/send", "unit-profile": "/unit-profile", "print": corrected + "/print",
		"carried-body": f.carried(t, corrected) + "/edit?part=body", "carried-goals": f.carried(t, corrected) + "/edit?part=goals"}
	for _, part := range append(application.Parts(), "materials") {
		pages["edit-"+part] = clean + "/edit?part=" + part
	}
	for name, path := range pages {
		for _, lang := range []string{"zh-CN", "en"} {
			for _, width := range []int64{1280, 390} {
				if *shots == "" && (lang != "en" || width != 390) { // the longest words, the least room
					continue
				}
				join := map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]
				tab := tab(t, ctx, home+path+join+"lang="+lang)
				act(t, tab, chromedp.EmulateViewport(width, 900))
				if got := evaluate[float64](t, tab, "document.documentElement.scrollWidth"); got > float64(width) {
					t.Errorf("%s in %s at %d px scrolls sideways: %v px wide", name, lang, width, got)
				}
				if *shots != "" {
					until(t, tab, `!document.querySelector("[data-map]") || document.querySelector("[data-map-ready]")`)
					shoot(t, tab, name+"-"+lang, width)
				}
				if err := chromedp.Cancel(tab); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
