package web_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/workflows"
)

// sixItems are a notice over five parts: five fields and one file.
func sixItems() []application.Item {
	return []application.Item{
		{AnchorKind: "field", Anchor: "body.legal_representative", Words: "与法人证书不一致，请核对。"},
		{AnchorKind: "field", Anchor: "body.contact", Words: "联系电话打不通，请更正。"},
		{AnchorKind: "field", Anchor: "goals.rows[tax].reason", Words: "税收目标的依据没有写，请补充。"},
		{AnchorKind: "field", Anchor: "positioning.relation", Words: "没有写明与鼓励产业的关系，请补充。"},
		{AnchorKind: "field", Anchor: "fund.source_line", Words: "预算科目不完整，请写全。"},
		{AnchorKind: "slot", Anchor: "truth-commitment", Words: "承诺书未盖章，请重新上传。"},
	}
}

// sixAnswers are the fields that answer the first five items, with what is typed into them.
func sixAnswers(c application.Content) [][2]string {
	return [][2]string{{"body.legal_representative", "示例新负责人"}, {"body.contact.phone", "023-00001234"}, {"goals.rows[tax].reason", "依据本区上年税收决算数测算（示例）。"},
		{"positioning.relation", c.Positioning.Relation + "补充与研发设计产业的衔接（示例）。"}, {"fund.source_line", "示例预算科目全称"}, {"", ""}}
}

// A full application is filed, returned with six anchored items in five parts, answered and
// filed again, and the comparison shows exactly the six changes. All of it through the pages.
func TestSixItemsInBrowser(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	filler, leader := f.served(t, "filler"), f.served(t, "leader")
	app := f.filled(t, 6)
	handIn(t, ctx, filler, leader, app)
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: idOf(app)}
	f.do("clerk", ref, "request_correction", "", map[string]any{"items": sixItems()})

	list := tab(t, ctx, filler+app+"/corrections")
	until(t, list, `document.querySelectorAll(".items-lines li").length === 6 && document.querySelector(".items-strip h2").textContent.includes("0 / 6")`)
	until(t, list, `document.querySelector(".clock-strip").textContent.includes("余 10 个工作日") && document.querySelector(".clock-strip").textContent.includes("暂停")`)
	links := evaluate[string](t, list, `[...document.querySelectorAll(".items-lines a")].map((a) => a.getAttribute("href")).join(" ")`)
	view := must(f.c.Applications.View(t.Context(), f.actor["filler"], ref.ID))(t)
	values := sixAnswers(view.Content)
	for i, href := range strings.Fields(links) {
		if i == 5 {
			blockedByTheLast(t, ctx, filler+app)
		}
		answerInPage(t, ctx, f, filler+href, view.Items[i], values[i])
	}
	closed := tab(t, ctx, filler+app+"/edit?part=business")
	until(t, closed, `document.querySelector(".editor-main").textContent.includes("不在补正范围内") && !document.querySelector(".editor-main input[name], .editor-main textarea[name]")`)
	send := tab(t, ctx, filler+app+"/send")
	wantSix(t, send)
	if *shots != "" {
		shoot(t, send, "send", 1280)
	}
	handIn(t, ctx, filler, leader, app)
	if got := must(f.c.Applications.View(t.Context(), f.actor["clerk"], ref.ID))(t); got.SubmittedNo != 2 || got.State != "submitted" {
		t.Fatalf("filed again: version %d, %s", got.SubmittedNo, got.State)
	}
	wantSix(t, tab(t, ctx, f.served(t, "clerk")+app+"/compare?from=1&to=2"))
}

// handIn sends the application to the leader, who reads it and signs.
func handIn(t *testing.T, ctx context.Context, filler, leader, app string) {
	t.Helper()
	for _, page := range []string{filler + app + "/send", leader + app + "/sign"} {
		at := tab(t, ctx, page)
		until(t, at, `document.querySelector(".signing-forms button[type=submit]")`)
		if strings.HasSuffix(page, "/sign") && *shots != "" {
			shoot(t, at, "sign", 1280)
		}
		act(t, at, script(`document.querySelector(".signing-forms button[type=submit]").click()`))
		until(t, at, `location.pathname === "`+app+`" && document.querySelector(".flash-done")`)
	}
}

// answerInPage opens an item's place from the list, changes what it names and answers it; all
// of it is saved while typing.
func answerInPage(t *testing.T, ctx context.Context, f *filing, address string, item application.CorrectionItem, value [2]string) {
	t.Helper()
	at := tab(t, ctx, address)
	until(t, at, fmt.Sprintf(`document.querySelector(".editor-main").textContent.includes(%q)`, item.Words))
	until(t, at, `(() => { const place = document.getElementById(decodeURIComponent(location.hash.slice(1))); const box = place?.getBoundingClientRect();
		return box && box.top >= 0 && box.top < innerHeight })()`)
	if item.AnchorKind == "slot" {
		stamped := base64.StdEncoding.EncodeToString(f.pdf(t, "stamped"))
		act(t, at, script(fmt.Sprintf(`(() => { const bytes = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0)); const files = new DataTransfer();
			files.items.add(new File([bytes], "承诺书（盖章）.pdf", {type: "application/pdf"}));
			const input = document.querySelector('#f-materials\\[truth-commitment\\] input[type=file]');
			input.files = files.files; input.dispatchEvent(new Event("change", {bubbles: true})); })()`, stamped)))
		until(t, at, `document.querySelector('#f-materials\\[truth-commitment\\] .slot-files')?.textContent.includes("盖章")`)
	} else {
		typeInto(t, at, value[0], value[1])
		until(t, at, `document.querySelector("form.form [data-autosave-state]").dataset.autosaveState === "saved"`)
	}
	const box = `document.getElementById("item-%s").querySelector(%q)`
	act(t, at, script(fmt.Sprintf(box+".click()", item.ID, "input[type=checkbox]")))
	typeInto(t, at, "answer."+item.ID, "已按要求修改")
	until(t, at, fmt.Sprintf(box+`.dataset.autosaveState === "saved"`, item.ID, "[data-autosave-state]"))
	until(t, at, `document.querySelector(".items-lines li.is-active .state-good")`)
	until(t, at, fmt.Sprintf(`document.getElementById("item-state-%s").querySelector(".state-good") && document.querySelectorAll("#item-state-%s").length === 1`, item.ID, item.ID))
	if *shots != "" && (item.AnchorKind == "slot" || strings.HasPrefix(item.Anchor, "body.l") || strings.HasPrefix(item.Anchor, "goals")) {
		shoot(t, at, "item-"+item.Anchor, 1280)
	}
}

// blockedByTheLast holds that one item that is not answered keeps the whole from being sent,
// and is named.
func blockedByTheLast(t *testing.T, ctx context.Context, app string) {
	t.Helper()
	at := tab(t, ctx, app+"/send")
	until(t, at, `document.querySelector(".summary").textContent.includes("补正第 6 项") && !document.querySelector(".signing-forms")`)
}

// wantSix holds that the page shows exactly the six changes, each with its item.
func wantSix(t *testing.T, at context.Context) {
	t.Helper()
	until(t, at, `document.querySelector("table.diff")`)
	rows := strings.Split(evaluate[string](t, at, `[...document.querySelectorAll("table.diff tbody tr")].map((r) => r.querySelector(".diff-note")?.textContent + " " + r.querySelector("ins")?.textContent).join("\n")`), "\n")
	slices.Sort(rows)
	want := []string{"第 1 项 示例新负责人", "第 2 项 023-00001234", "第 3 项 依据本区上年税收决算数", "第 4 项 ", "第 5 项 示例预算科目全称", "第 6 项 承诺书（盖章）.pdf"}
	if len(rows) != len(want) {
		t.Fatalf("the comparison shows %d changes: %q", len(rows), rows)
	}
	for i := range want {
		if !strings.Contains(rows[i], want[i]) {
			t.Errorf("change %d is %q, want %q", i+1, rows[i], want[i])
		}
	}
}
