package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"clusterzone/services/casework"
	"clusterzone/workflows"
)

// An officer draws for a case, replaces one with a reason, has the draw made again, confirms,
// and the people drawn find their invitations.
func TestDrawOnPages(t *testing.T) {
	w := newPages(t)
	ref := w.inReview(1)
	for _, x := range []string{"2", "3", "4", "5", "6"} {
		w.join("expert"+x, "示例专家"+x, "institute-demo", "示例机构"+x, workflows.Evaluator)
	}
	app := casework.Path(ref.Kind, ref.ID)
	w.sees("officer", app+"/experts", "抽取 5 名专家", "/recusals")
	w.sees("officer", "/draws/new", app, "缺 5 / 共 5")
	w.as("officer").in("zh-CN").post("/draws", url.Values{"version": {"0"}}).want(t, http.StatusUnprocessableEntity)
	made := w.as("officer").post("/draws", url.Values{"version": {"0"}, "cases": {"application/" + ref.ID}}).want(t, http.StatusSeeOther)
	draw := made.header.Get("Location")
	w.sees("officer", draw, "随机种子", "调换", "待确认")
	w.sees("supervision", draw, "随机种子")
	if strings.Contains(w.as("supervision").in("zh-CN").get(draw).want(t, http.StatusOK).body, "/replace") {
		t.Error("supervision is offered to replace")
	}
	if got := w.as("supervision").in("zh-CN").post(draw+"/check", url.Values{"version": {"1"}}).want(t, http.StatusOK); !strings.Contains(got.body, "复算一致") {
		t.Error("the draw is not the same when drawn again")
	}
	at := draw + "/replace?" + url.Values{"case": {"application/" + ref.ID}, "seat": {"0"}}.Encode()
	page := w.as("officer").in("zh-CN").get(at).want(t, http.StatusOK)
	found := regexp.MustCompile(`value="([0-9a-f-]{36})"`).FindStringSubmatch(page.body)
	if found == nil {
		t.Fatal("nobody is offered instead")
	}
	pick := found[1]
	w.as("officer").in("zh-CN").post(at, url.Values{"version": {"1"}, "expert": {pick}}).want(t, http.StatusUnprocessableEntity)
	w.as("officer").post(at, url.Values{"version": {"1"}, "expert": {pick}, "reason": {"原专家近期出差"}}).want(t, http.StatusSeeOther)
	w.sees("officer", draw, "原专家近期出差")
	w.as("officer").post(draw+"/confirm", url.Values{"version": {"2"}}).want(t, http.StatusSeeOther)
	w.sees("officer", draw, "已确认")
	w.sees("officer", app+"/experts", "待应邀或评分中 5 人")
}

// Two directors lift a recusal on the page; one alone cannot.
func TestLiftOnPages(t *testing.T) {
	w := newPages(t)
	ref := w.inReview(1)
	w.join("director2", "示例负责人乙", "commission", "", workflows.Director)
	page := casework.Path(ref.Kind, ref.ID) + "/recusals"
	w.as("officer").in("zh-CN").post(page, url.Values{"version": {"0"}, "person": {w.actor["clerk"].ID}}).want(t, http.StatusUnprocessableEntity)
	w.as("officer").post(page, url.Values{"version": {"0"}, "person": {w.actor["clerk"].ID}, "kind": {"other"}, "reason": {"曾参与编制规划"}}).want(t, http.StatusSeeOther)
	w.as("clerk").get(page).want(t, http.StatusNotFound)
	w.sees("director", page, "曾参与编制规划", "经办或负责人认定", "提出请求")
	w.as("director").post(page+"/ask", url.Values{"version": {"0"}, "person": {w.actor["clerk"].ID}, "direction": {"lift"}, "until_on": {"2026-12-01"}, "reason": {"经核实无关联"}}).want(t, http.StatusSeeOther)
	id := ""
	if _, rest, ok := strings.Cut(w.as("director2").get(page).body, `name="override" value="`); ok {
		id, _, _ = strings.Cut(rest, `"`)
	}
	if strings.Contains(w.as("director").get(page).body, `name="override"`) || id == "" {
		t.Fatal("the director who asked is offered to answer, or the other is not")
	}
	w.as("director").post(page+"/answer", url.Values{"override": {id}, "answer": {"confirm"}}).want(t, http.StatusForbidden)
	w.as("director2").post(page+"/answer", url.Values{"override": {id}, "answer": {"confirm"}}).want(t, http.StatusSeeOther)
	w.as("clerk").get(page).want(t, http.StatusOK)
	w.sees("director", page, "已确认", "2026-12-01")
}

// An evaluator confirms the own record and cannot reach anybody else's, nor the term.
func TestOwnRecordOnPages(t *testing.T) {
	w := newPages(t)
	own := "/experts/" + w.actor["evaluator"].ID
	if to := w.as("evaluator").get("/experts/own").want(t, http.StatusSeeOther).header.Get("Location"); to != own {
		t.Errorf("the menu leads to %q", to)
	}
	got := w.fills("evaluator", own, own, url.Values{"title": {"高级工程师"}, "post.0.employer": {"示例集团"}, "post.0.from": {"2024-01-01"}, "post.0.to": {"2023-01-01"}}).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(got.body, "高级工程师") || !strings.Contains(got.body, "早于开始日期") {
		t.Error("the refused record is lost or not explained")
	}
	w.fills("evaluator", own, own, url.Values{"title": {"高级工程师"}, "post.0.employer": {"示例集团"}, "post.0.from": {"2024-01-01"}}).want(t, http.StatusSeeOther)
	w.sees("officer", own, "高级工程师", "示例集团", "至今")
	w.as("evaluator").get("/experts/"+w.actor["officer"].ID).want(t, http.StatusNotFound)
	w.as("evaluator").get("/experts").want(t, http.StatusNotFound)
}
