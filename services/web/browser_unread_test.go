package web_test

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestUnreadInBrowser: a value that cannot be read is told beside its field and kept, is never called saved, and is
// there again after the page was left and loaded anew; everything else is saved meanwhile.
func TestUnreadInBrowser(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	app := f.start(t, "渝中区未读测试集聚示范区")
	page := own(t, ctx, f.shared(t), "filler", app+"/edit?part=body")
	typeKeys(t, page, "body.managers", "abc")
	until(t, page, state+` === "partly"`)
	typeKeys(t, page, "body.legal_representative", "Somebody")
	until(t, page, state+` === "partly" && document.querySelector("[data-autosave-text]").textContent.includes("1 处未保存")`)
	f.managers(t, app, 0, "Somebody")
	const told = `document.querySelector('[data-error-for="body.managers"]').textContent.includes("未保存：“专职管理人员(人)”不是有效数字")`
	until(t, page, told)
	if *shots != "" {
		shoot(t, page, "unread", 1280)
		shoot(t, page, "unread", 390)
	}
	act(t, page, script(`document.querySelector("#editor-tasks a[href*='part=fund']").click()`))
	until(t, page, `document.getElementsByName("fund.source_line").length === 1`)
	act(t, page, script(`document.querySelector("#editor-tasks a[href*='part=body']").click()`))
	f.keptAbc(t, page, told)
	act(t, page, chromedp.Reload())
	f.keptAbc(t, page, told)
	act(t, page, script(`const field = document.getElementsByName("body.managers")[0]; field.value = "12"; field.dispatchEvent(new Event("input", { bubbles: true }))`))
	until(t, page, saved)
	f.managers(t, app, 12, "Somebody")
	until(t, page, `document.querySelector('[data-error-for="body.managers"]').hidden && !Object.keys(localStorage).some((key) => key.startsWith("cz-keep/"))`)
}

func (f *filing) keptAbc(t *testing.T, page context.Context, told string) {
	t.Helper()
	until(t, page, `document.getElementsByName("body.managers")[0]?.value === "abc" && `+state+` === "partly" && `+told)
}

func (f *filing) managers(t *testing.T, app string, managers int64, leader string) {
	t.Helper()
	body := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Body
	if body.Managers != managers || body.LegalRepresentative != leader {
		t.Errorf("stored %d %q, want %d %q", body.Managers, body.LegalRepresentative, managers, leader)
	}
}
