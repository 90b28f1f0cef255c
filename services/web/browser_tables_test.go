package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"clusterzone/services/application"
)

// TestTablesInBrowser works on the tables of an application as people do: in a spreadsheet and in place.
func TestTablesInBrowser(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	home := f.served(t, "filler")
	t.Run("Import", func(t *testing.T) { tablesImported(t, ctx, f, home) })
	t.Run("Paste", func(t *testing.T) { blocksPasted(t, ctx, f, home) })
	t.Run("Long", func(t *testing.T) { longListEdited(t, ctx, f, home) })
}

func (f *filing) firms(t testing.TB, app string) []application.Firm {
	t.Helper()
	return must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Business.Firms
}

func firmCode(t testing.TB, i int) string {
	return must(application.MakeCreditCode(fmt.Sprintf("91500103MA%07d", i)))(t)
}

// sendFile puts a file into the form of the page and sends it.
func sendFile(t *testing.T, tab context.Context, name string, content []byte) {
	t.Helper()
	act(t, tab, script(fmt.Sprintf(`(() => {
		const bytes = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0));
		const files = new DataTransfer();
		files.items.add(new File([bytes], %q));
		const input = document.getElementById("f-file");
		input.files = files.files;
		setTimeout(() => input.form.requestSubmit(), 0);
	})()`, base64.StdEncoding.EncodeToString(content), name)))
}

func shootBoth(t *testing.T, tab context.Context, name string) {
	t.Helper()
	if *shots != "" {
		shoot(t, tab, name, 1280)
		shoot(t, tab, name, 390)
	}
}

func tablesImported(t *testing.T, ctx context.Context, f *filing, home string) {
	app := f.start(t, "渝中区测试表格一集聚示范区")
	f.fill(t, app, "business", url.Values{"business.firms.lines": {"示例一," + firmCode(t, 1) + ",电子商务,100\n示例二," + firmCode(t, 2) + ",电子商务,100"}}).want(t, http.StatusSeeOther)
	before := f.firms(t, app)
	book := must(excelize.OpenReader(strings.NewReader(f.as("filler").get(app+"/tables.xlsx").want(t, http.StatusOK).body)))(t)
	write := func(pairs ...string) []byte {
		for i := 0; i < len(pairs); i += 2 {
			if err := book.SetCellValue("入驻企业", pairs[i], pairs[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := book.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	tab := tab(t, ctx, home+app+"/imports")
	shootBoth(t, tab, "tables-upload")
	wrong := firmCode(t, 3)[:17] + "!"
	sendFile(t, tab, "名单.xlsx", write("A2", "示例一改名", "A4", "示例三", "B4", wrong, "C4", "养猪", "D4", "800"))
	until(t, tab, `document.querySelector(".table-result-bad") && document.body.textContent.includes("入驻企业!C4") && document.body.textContent.includes("入驻企业!B4")`)
	shootBoth(t, tab, "tables-refused")
	act(t, tab, script(`setTimeout(() => document.querySelector('a[href$="/imports"]').click(), 0)`))
	until(t, tab, `document.getElementById("f-file")`)
	sendFile(t, tab, "名单.xlsx", write("B4", firmCode(t, 3), "C4", "电子商务"))
	until(t, tab, `document.querySelector(".table-result-waiting") && document.body.textContent.includes("原为：示例一")`)
	shootBoth(t, tab, "tables-preview")
	if got := f.firms(t, app); len(got) != len(before) {
		t.Errorf("a preview changed the list: %+v", got)
	}
	act(t, tab, script(`setTimeout(() => document.querySelector('form[action$="/confirm"] button').click(), 0)`))
	until(t, tab, `document.querySelector(".table-result-good")`)
	if got := f.firms(t, app); len(got) != 3 || got[0].Name != "示例一改名" || got[2].Name != "示例三" {
		t.Errorf("imported: %+v", got)
	}
	shootBoth(t, tab, "tables-done")
	act(t, tab, script(`document.querySelector('a[role=button][data-dialog], [data-dialog]').click()`))
	until(t, tab, `document.querySelector('dialog[open] form[action$="/undo"], :target form[action$="/undo"], form[action$="/undo"]')`)
	act(t, tab, script(`setTimeout(() => document.querySelector('form[action$="/undo"]').requestSubmit(), 0)`))
	until(t, tab, `document.querySelector(".table-result-quiet")`)
	if got := f.firms(t, app); len(got) != 2 || got[0] != before[0] {
		t.Errorf("undone: %+v", got)
	}
}

const pasting = `((name, text) => { const e = document.getElementsByName(name)[0]; e.focus(); const data = new DataTransfer(); data.setData("text/plain", text);
	e.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, cancelable: true, clipboardData: data})); })`

// A block copied from a spreadsheet fills the cells from where it is pasted; Enter goes down.
func blocksPasted(t *testing.T, ctx context.Context, f *filing, home string) {
	app := f.start(t, "渝中区测试表格二集聚示范区")
	here := tab(t, ctx, home+app+"/edit?part=business")
	shootBoth(t, here, "tables-part")
	block := ""
	for i := range 8 {
		block += fmt.Sprintf("粘贴%d\t%s\t电子商务\t500–1000 万元\r\n", i, firmCode(t, 10+i))
	}
	act(t, here, script(fmt.Sprintf("%s(%q, %q)", pasting, "business.firms[0].name", block)))
	until(t, here, saved)
	if got := f.firms(t, app); len(got) != 8 || got[7] != (application.Firm{Name: "粘贴7", Code: firmCode(t, 17), Sector: "e-commerce", RevenueBand: "500-1000"}) {
		t.Errorf("pasted: %+v", got)
	}
	act(t, here, script(`(() => { const e = document.getElementsByName("business.firms[2].code")[0]; e.focus();
		e.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})); })()`))
	until(t, here, `document.activeElement.name === "business.firms[3].code"`)
	goals := tab(t, ctx, home+app+"/edit?part=goals")
	act(t, goals, script(fmt.Sprintf("%s(%q, %q)", pasting, "goals.rows[revenue].base", "1,000\t1,100\t1,200\t1,300\n300\t310\t320\t330\n")))
	until(t, goals, saved)
	rows := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Goals.Rows
	if len(rows) < 2 || rows[0].Base == nil || *rows[0].Base != 1000_000_000 || *rows[1].Planned[2] != 330_000_000 {
		t.Errorf("goals: %+v", rows)
	}
}

// A list of 20,000 firms is edited a page at a time, and the form of its part leaves it alone.
func longListEdited(t *testing.T, ctx context.Context, f *filing, home string) {
	app := f.start(t, "渝中区测试表格三集聚示范区")
	view := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t)
	for i := range 20_000 {
		view.Content.Business.Firms = append(view.Content.Business.Firms, application.Firm{Name: fmt.Sprintf("长名单%05d", i), Code: firmCode(t, i), Sector: "e-commerce", RevenueBand: "500-1000"})
	}
	text := must(application.Canonical(view.Content))(t)
	must(f.c.Applications.Save(t.Context(), f.actor["filler"], idOf(app), application.Edit{Version: view.Version, Content: text}))(t)
	here := tab(t, ctx, home+app+"/firms?from=100")
	if n := evaluate[float64](t, here, `document.querySelectorAll("[data-row]").length`); n != 100 {
		t.Errorf("%v rows on a page", n)
	}
	shootBoth(t, here, "tables-grid")
	typeInto(t, here, "business.firms[3].name", "改过的名字")
	until(t, here, saved)
	if got := f.firms(t, app); len(got) != 20_000 || got[103].Name != "改过的名字" || got[102].Name != "长名单00102" {
		t.Errorf("saved: %d firms, %+v", len(got), got[102:104])
	}
	f.fill(t, app, "business", url.Values{"business.sectors": {"e-commerce"}}).want(t, http.StatusSeeOther)
	if got := f.firms(t, app); len(got) != 20_000 || got[103].Name != "改过的名字" {
		t.Errorf("the form of the part changed the list: %d firms", len(got))
	}
	if got := f.as("filler").get(app+"/firms?q="+url.QueryEscape("长名单15000")).want(t, http.StatusSeeOther); !strings.Contains(got.header.Get("Location"), "from=15000#f-business.firms[0].name") {
		t.Errorf("found at %q", got.header.Get("Location"))
	}
}
