package web_test

import (
	"context"
	"flag"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/objects"
	"clusterzone/services/web"
	"clusterzone/workflows"
)

// scene is a page as one person sees it.
type scene struct{ who, path string }

// desk is the product with a case at every desk, served without HTTPS.
func newDesk(t *testing.T) (*filing, map[string]scene) {
	t.Helper()
	f, zone := newYear(t)
	for _, p := range [][2]string{{"expert2", "示例专家乙"}, {"expert3", "示例专家丙"}, {"expert4", "示例专家丁"}, {"expert5", "示例专家戊"}} {
		f.join(p[0], p[1], "institute-demo", "示例大学", workflows.Evaluator, "e-commerce", "logistics")
	}
	f.join("expert6", "示例专家己", "institute-demo", "重庆市渝中区人民政府", workflows.Evaluator)
	f.join("colleague", "示例同事", "dept-commerce", "", workflows.Department)
	out := map[string]scene{"rounds": {"officer", "/rounds"}, "round-new": {"officer", "/rounds/new"}, "open-year": {"officer", "/evaluations/open"},
		"decisions": {"director", "/decisions"}}
	f.checkScenes(t, out)
	f.reviewScenes(t, out)
	f.yearScenes(t, zone, out)
	f.c.Secure = false
	f.engine = gin.New()
	f.engine.POST(objects.UploadPath, gin.WrapF(f.disk.ServeUpload))
	web.Register(f.engine, f.c)
	return f, out
}

// signed brings a filled application as far as the check.
func (f *filing) signed(t *testing.T, seed int) string {
	t.Helper()
	app := f.filled(t, seed)
	f.do("filler", refOf(app), "send_to_sign", "", nil)
	f.do("leader", refOf(app), "sign", "", nil)
	return app
}

func (f *filing) checkScenes(t *testing.T, out map[string]scene) {
	t.Helper()
	app := f.signed(t, 11)
	f.fills("clerk", app+"/check", app+"/check", url.Values{"v.body.verdict": {"pass"}, "v.boundary.verdict": {"pass"}, "v.goals.verdict": {"correct"},
		"v.goals.words": {"2027年投资额增长较快，请说明资金来源并附测算表。"}, "v.fund.verdict": {"question"}, "v.fund.words": {"待与市财政局核对科目。"}}).want(t, http.StatusSeeOther)
	out["check"], out["check-watch"], out["notice"] = scene{"clerk", app + "/check"}, scene{"supervision", app + "/check"}, scene{"clerk", app + "/check/notice"}
}

func (f *filing) accepted(t *testing.T, seed int) string {
	t.Helper()
	app := f.signed(t, seed)
	f.fills("clerk", app+"/check", app+"/check", passAll()).want(t, http.StatusSeeOther)
	f.do("clerk", refOf(app), "accept", "", nil)
	return app
}

func (f *filing) reviewScenes(t *testing.T, out map[string]scene) {
	t.Helper()
	fresh, app := f.accepted(t, 12), f.accepted(t, 13)
	out["experts-pool"] = scene{"officer", fresh + "/experts"}
	out["opinion"] = scene{"department", casework.Path(workflows.Opinion.Kind, f.opinion(refOf(fresh)).ID)}
	f.do("department", f.opinion(refOf(app)), "give", "", application.OpinionDraft{Stance: "conditional", Grounds: "符合全市电子商务发展方向，基础较好。",
		Conditions: []condition.Draft{{Text: "落实首年配套资金", Proof: "资金下达文件", Moment: condition.BeforeDecision},
			{Text: "建成公共服务平台并投入使用", Proof: "平台验收意见", Moment: condition.AfterAccreditation, DueOn: "2027-12-31"}}})
	out["opinion-given"] = scene{"officer", casework.Path(workflows.Opinion.Kind, f.opinion(refOf(app)).ID)}
	var ids []string
	panel := []string{"evaluator", "expert2", "expert3", "expert4"}
	for _, who := range panel {
		ids = append(ids, f.actor[who].ID)
	}
	f.fills("officer", app+"/experts", app+"/experts", url.Values{"evaluators": ids}).want(t, http.StatusSeeOther)
	for i, who := range panel {
		review := f.reviewOf(who, app)
		if i == 3 {
			out["invited"] = scene{who, review}
			continue
		}
		f.fills(who, review, review+"/answer", url.Values{"do": {"accept"}, "data.commitment": {"true"}, "data.no_conflict": {"true"}}).want(t, http.StatusSeeOther)
		if i == 2 {
			out["score"] = scene{who, review}
			continue
		}
		f.ballot(who, review, i)
		out["scored"] = scene{who, review}
	}
	out["experts"], out["review-watch"] = scene{"officer", app + "/experts"}, scene{"officer", out["scored"].path}
	noticed := refOf(f.published(t, 14))
	f.as("").post("/notices/"+f.noticeOf(noticed)+"/objections", objectionForm()).want(t, http.StatusSeeOther)
	body := f.as("officer").get("/objections").body
	at := strings.Index(body, `"/objections/0`)
	out["objection"] = scene{"officer", body[at+1 : at+1+len("/objections/")+36]}
}

// published takes an application into its public notice.
func (f *filing) published(t *testing.T, seed int) string {
	t.Helper()
	app := f.accepted(t, seed)
	f.do("department", f.opinion(refOf(app)), "give", "", map[string]string{"stance": "agree"})
	f.fills("officer", app+"/experts", app+"/experts", url.Values{"evaluators": {f.actor["expert5"].ID}}).want(t, http.StatusSeeOther)
	review := f.reviewOf("expert5", app)
	f.fills("expert5", review, review+"/answer", url.Values{"do": {"accept"}, "data.commitment": {"true"}, "data.no_conflict": {"true"}}).want(t, http.StatusSeeOther)
	f.ballot("expert5", review, 0)
	f.do("officer", refOf(app), "recommend", "意见一致，评分达到要求", nil)
	f.do("clerk", refOf(app), "publish_notice", "", nil)
	return app
}

func (f *filing) yearScenes(t *testing.T, zone casework.Ref, out map[string]scene) {
	t.Helper()
	e := f.opened(zone)
	f.reported(e)
	f.checked(e)
	f.drafted(e)
	out["result"], out["year-scores"], out["year-read"] = scene{"director", e + "?tab=result"}, scene{"director", e + "?tab=scores"}, scene{"leader", e}
	second, _ := f.establish()
	must(f.c.Evaluations.OpenYear(t.Context(), f.actor["officer"], openingOf()))(t)
	third, _ := f.establish()
	must(f.c.Evaluations.OpenYear(t.Context(), f.actor["officer"], openingOf()))(t)
	self, check := f.evaluationOf(second), f.evaluationOf(third)
	out["self"], out["self-files"] = scene{"filler", self}, scene{"filler", self + "?tab=materials"}
	f.reported(check)
	out["first-check"] = scene{"officer", check}
}

// scenes picks among the pictures by name, for looking at some of them.
var scenes = flag.String("scenes", "", "only the pages whose name has this in it")

// The pictures of every page of the commission and of the year where -shots asks for them;
// in any case none scrolls sideways and none is complained about.
func TestLookAtCommissionPages(t *testing.T) {
	ctx := browser(t)
	f, all := newDesk(t)
	homes, langs := map[string]string{}, []string{"zh-CN", "en"}
	for i, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		if !strings.Contains(name, *scenes) {
			continue
		}
		if homes[s.who] == "" {
			homes[s.who] = f.served(t, s.who)
		}
		if *shots == "" {
			langs = []string{[]string{"zh-CN", "en"}[i%2]}
		}
		for _, lang := range langs {
			join := map[bool]string{true: "&", false: "?"}[strings.Contains(s.path, "?")]
			tab := tab(t, ctx, homes[s.who]+s.path+join+"lang="+lang)
			lookAt(t, tab, name+"-"+lang)
			if err := chromedp.Cancel(tab); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func lookAt(t *testing.T, tab context.Context, name string) {
	t.Helper()
	for _, width := range []int64{1280, 390} {
		act(t, tab, chromedp.EmulateViewport(width, 900))
		if got := evaluate[float64](t, tab, "document.documentElement.scrollWidth"); got > float64(width) {
			t.Errorf("%s at %d px scrolls sideways: %v px wide", name, width, got)
		}
		if *shots != "" {
			until(t, tab, `!document.querySelector("[data-map]") || document.querySelector("[data-map-ready]")`)
			shoot(t, tab, name, width)
		}
	}
}

// The scoring sheet with its scripts: the total follows, keys lead to a criterion, what is
// typed is saved by itself, a file opens beside the check.
func TestScoringInBrowser(t *testing.T) {
	ctx := browser(t)
	f, all := newDesk(t)
	sheet := tab(t, ctx, f.served(t, all["score"].who)+all["score"].path)
	typeInto(t, sheet, "points.planning", "11.5")
	typeInto(t, sheet, "points.clustering", "20")
	until(t, sheet, `document.querySelector("[data-total]").value === "31.50"`)
	until(t, sheet, `document.querySelector("[data-autosave-state]").dataset.autosaveState === "saved"`)
	act(t, sheet, script(`document.activeElement.blur(); document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "3", bubbles: true}))`))
	until(t, sheet, `document.activeElement.name === "points.character"`)
	again := tab(t, ctx, f.served(t, all["score"].who)+all["score"].path)
	until(t, again, `document.getElementsByName("points.planning")[0].value === "11.5"`)
	checkInBrowser(t, ctx, f, all["check"])
}

func checkInBrowser(t *testing.T, ctx context.Context, f *filing, s scene) {
	t.Helper()
	check := tab(t, ctx, f.served(t, s.who)+s.path)
	act(t, check, script(`document.querySelector('input[name="v.business.verdict"][value=pass]').click()`))
	until(t, check, `document.querySelector("[data-autosave-state]").dataset.autosaveState === "saved"`)
	v := must(f.c.Applications.View(t.Context(), f.actor["clerk"], refOf(s.path).ID))(t)
	for _, part := range application.Parts() {
		for _, x := range v.Verdicts {
			if x.Part == part && part == "business" && x.Verdict == "pass" {
				return
			}
		}
	}
	t.Error("the verdict has not arrived")
}
