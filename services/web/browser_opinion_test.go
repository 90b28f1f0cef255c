package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/workflows"
)

// tabTo presses the tabulator until the focus is on what a selector names.
func tabTo(t *testing.T, page context.Context, selector string) {
	t.Helper()
	for range 250 {
		act(t, page, chromedp.KeyEvent(kb.Tab))
		if evaluate[bool](t, page, `document.activeElement.matches(`+"`"+selector+"`"+`)`) {
			return
		}
	}
	t.Fatalf("the tabulator never comes to %s", selector)
}

// TestOpinionInBrowser gives an opinion with two conditions by keyboard alone, and leaves the
// page twice in the middle: once saved, once before anything could be.
func TestOpinionInBrowser(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	o := f.opinion(refOf(f.accepted(t, 21)))
	path := casework.Path(workflows.Opinion.Kind, o.ID)
	page := own(t, ctx, f.shared(t), "department", path)
	typed := func(name, text string) {
		t.Helper()
		tabTo(t, page, `[name="`+name+`"]`)
		act(t, page, chromedp.KeyEvent(text))
	}
	tabTo(t, page, `[name="data.stance"]`)
	if evaluate[bool](t, page, `document.querySelector(".condition-rows").offsetHeight > 0`) {
		t.Error("conditions are asked for before there are any")
	}
	act(t, page, chromedp.KeyEvent(kb.ArrowDown))
	if got := evaluate[string](t, page, `document.querySelector('[name="data.stance"]:checked').value`); got != "conditional" {
		t.Fatalf("chosen by the arrow: %q", got)
	}
	typed("data.grounds", "The platform is not complete yet")
	typed("data.conditions[0].text", "Complete the platform")
	until(t, page, saved)
	act(t, page, chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("main")))
	until(t, page, `document.getElementsByName("data.conditions[0].text")[0]?.value === "Complete the platform"`)
	tabTo(t, page, `[name="data.conditions[0].proof"]`)
	act(t, page, chromedp.KeyEvent("Acceptance report"), script(`window.dispatchEvent(new Event("leaving")); location.reload()`)) // as a crash: nothing is sent
	until(t, page, `document.readyState === "complete" && document.getElementsByName("data.conditions[0].proof")[0]?.value === "Acceptance report"`)
	typed("data.conditions[0].moment", kb.ArrowDown)
	tabTo(t, page, "[data-rows-add]")
	act(t, page, chromedp.KeyEvent(kb.Enter))
	until(t, page, `document.activeElement.name === "data.conditions[1].text"`)
	act(t, page, chromedp.KeyEvent("Run it for a year"))
	typed("data.conditions[1].proof", "Annual report")
	typed("data.conditions[1].moment", kb.ArrowDown+kb.ArrowDown)
	typed("data.conditions[1].due_on", "06302027")
	until(t, page, saved)
	tabTo(t, page, `.opinion-form .btn-primary`)
	act(t, page, chromedp.KeyEvent(kb.Enter))
	until(t, page, `document.readyState === "complete" && document.querySelectorAll(".condition-card").length === 2`)
	got := must2(f.c.Applications.Opinions().View(t.Context(), f.actor["department"], o.ID))(t)
	if got.State != "given" || got.Grounds != "The platform is not complete yet" || len(got.Conditions) != 2 {
		t.Fatalf("given: %+v", got)
	}
	first, second := got.Conditions[0], got.Conditions[1]
	if first.Proof != "Acceptance report" || first.Moment != condition.BeforeDecision || second.Moment != condition.AfterAccreditation || second.DueOn != "2027-06-30" {
		t.Errorf("conditions: %+v", got.Conditions)
	}
	for _, width := range []int64{1280, 390} {
		act(t, page, chromedp.EmulateViewport(width, 900))
		if wide := evaluate[float64](t, page, "document.documentElement.scrollWidth"); wide > float64(width) {
			t.Errorf("at %d px the page scrolls sideways: %v px wide", width, wide)
		}
	}
}

func must2(o application.Opinion, _ application.View, err error) func(*testing.T) application.Opinion {
	return func(t *testing.T) application.Opinion {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
}

// The conditions show where the case is, is decided on and lies as a zone; each with a page of
// its own for those whom it concerns.
func TestConditionPages(t *testing.T) {
	f := newFiling(t)
	app := f.accepted(t, 22)
	f.do("department", f.opinion(refOf(app)), "give", "", application.OpinionDraft{Stance: "conditional", Grounds: "符合全市电子商务发展方向，基础较好。",
		Conditions: []condition.Draft{{Text: "落实首年配套资金", Proof: "资金下达文件", Moment: condition.BeforeDecision}}})
	var id string
	f.update(func(tx *database.Tx) error { return tx.One(&id, "SELECT id FROM condition") })
	for _, who := range []string{"officer", "director", "department", "filler", "leader", "supervision"} {
		body := f.as(who).in("zh-CN").get("/conditions/"+id).want(t, http.StatusOK).body
		if !strings.Contains(body, "落实首年配套资金") || !strings.Contains(body, "资金下达文件") {
			t.Errorf("%s does not read the condition", who)
		}
		if list := f.as(who).in("zh-CN").get(app+"?tab=opinions").want(t, http.StatusOK).body; !strings.Contains(list, "落实首年配套资金") {
			t.Errorf("%s does not find it on the case", who)
		}
	}
	if body := f.as("officer").in("zh-CN").get(app + "/act/recommend").body; !strings.Contains(body, "有 1 项决定前须落实的条件") {
		t.Error("the officer recommends without a word on the condition")
	}
	f.as("evaluator").get("/conditions/"+id).want(t, http.StatusNotFound)
	f.fills("filler", "/conditions/"+id+"/act/report", "/conditions/"+id+"/act/report", map[string][]string{"reason": {"资金已经下达，见附件文件。"}}).want(t, http.StatusSeeOther)
	f.fills("department", "/conditions/"+id+"/act/confirm", "/conditions/"+id+"/act/confirm", map[string][]string{"reason": {"已核对资金下达文件。"}}).want(t, http.StatusSeeOther)
	if body := f.as("filler").in("zh-CN").get("/conditions/" + id).body; !strings.Contains(body, "已落实") || !strings.Contains(body, "已核对资金下达文件") {
		t.Error("the unit does not see that it is met")
	}
}
