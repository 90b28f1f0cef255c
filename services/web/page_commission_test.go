package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// join adds a person and logs in.
func (w *pages) join(login, name, unit, employer string, role workflows.Role, fields ...string) {
	w.Helper()
	hash := must(w.c.Identity.Hash(password))(w)
	w.update(func(tx *database.Tx) error {
		id, err := w.c.Identity.PutPerson(tx, identity.NewPerson{Login: login, Name: name, Unit: unit, Employer: employer, Fields: fields, Roles: []workflows.Role{role},
			PasswordHash: hash, Demo: true})
		w.actor[login] = identity.Actor{ID: id, Name: name, Login: login, Unit: unit, Roles: []workflows.Role{role}, Lang: "zh-CN"}
		return err
	})
	w.cookie[login] = w.login(login)
}

// sees asks for a page and holds that it says all of it.
func (w *pages) sees(login, path string, words ...string) page {
	w.Helper()
	got := w.as(login).in("zh-CN").get(path).want(w, http.StatusOK)
	w.checkWords(got, login)
	for _, word := range words {
		if !strings.Contains(got.body, word) {
			w.Errorf("%s as %s lacks %q", path, login, word)
		}
	}
	return got
}

// fills sends the form of a page as a browser without script would, with some values changed.
func (w *pages) fills(login, path, action string, change url.Values) page {
	w.Helper()
	values := sentBy(w, w.as(login).get(path).want(w, http.StatusOK).body, action)
	for name, value := range change {
		values[name] = value
	}
	return w.as(login).post(action, values)
}

// sentBy reads the form that posts to an action as a browser without script would send it.
func sentBy(t testing.TB, body, action string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	form := findNode(root, func(n *html.Node) bool {
		return n.Data == "form" && attr(n, "action") == action && attr(n, "method") == "post"
	})
	if form == nil {
		t.Fatalf("no form posts to %s", action)
	}
	values := url.Values{}
	collect(form, values)
	return values
}

func passAll() url.Values {
	out := url.Values{}
	for _, part := range application.Parts() {
		out.Set("v."+part+".verdict", "pass")
	}
	return out
}

func with(values url.Values, pairs ...string) url.Values {
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

// A whole case on the commission's side, by its pages and without script: check, correction,
// acceptance, opinion, experts, scores, recommendation.
func TestFromCheckToRecommendation(t *testing.T) {
	w := newPages(t)
	w.join("expert2", "示例乙", "institute-demo", "", workflows.Evaluator, "e-commerce")
	w.join("expert3", "示例丙", "institute-demo", "重庆市渝中区人民政府", workflows.Evaluator)
	ref := w.submitted(1)
	app := casework.Path(ref.Kind, ref.ID)
	w.correct(app)
	w.answered(ref)
	got := w.fills("clerk", app+"/check", app+"/check", with(passAll(), "next", "accept")).want(t, http.StatusSeeOther)
	if want := app + "/act/accept"; got.header.Get("Location") != want {
		t.Fatalf("acceptance leads to %q, want %q", got.header.Get("Location"), want)
	}
	w.fills("clerk", app+"/act/accept", app+"/act/accept", nil).want(t, http.StatusSeeOther)
	w.opine(ref)
	w.score(ref, app)
	w.sees("officer", "/decisions", "SB", "示例", "80.00", "同意 1", app+"/experts")
	w.fills("officer", app+"/act/recommend", app+"/act/recommend", url.Values{"reason": {"意见一致，评分达到要求"}}).want(t, http.StatusSeeOther)
	if now := must(w.c.Applications.Actions(t.Context(), w.actor["officer"], ref.ID))(t); now.State != "recommended" {
		t.Errorf("state %s, want recommended", now.State)
	}
}

// correct finds something to correct in one part and sends the notice.
func (w *pages) correct(app string) {
	w.Helper()
	w.sees("clerk", app+"/check", "发展主体", "项系统检查未发现问题", "受理审查期限", "示例东路中心线", "法人资格证明", "待审 7 项")
	w.fills("clerk", app+"/check", app+"/check", with(passAll(), "v.goals.verdict", "correct", "v.goals.words", "短", "v.body.words", "typed")).want(w, http.StatusUnprocessableEntity)
	w.fills("clerk", app+"/check", app+"/check", with(passAll(), "v.goals.verdict", "correct", "v.goals.words", "请分年度说明投资来源", "next", "notice")).want(w, http.StatusSeeOther)
	w.sees("clerk", app+"/check", "需补正 1 项", "请分年度说明投资来源")
	notice := app + "/check/notice"
	got := w.fills("clerk", notice, notice, url.Values{"item.1.anchor": {"slot:development-plan"}, "item.1.words": {"规划缺少分年度目标，请补充"}, "do": {"preview"}}).want(w, http.StatusOK)
	for _, want := range []string{"请分年度说明投资来源", "材料：发展规划", "10 个工作日", "有 2 项内容需要补正"} {
		if !strings.Contains(got.body, want) {
			w.Errorf("the preview lacks %q", want)
		}
	}
	values := sentBy(w, got.body, notice)
	values.Set("item.1.words", "短")
	values.Set("do", "send")
	refused := w.as("clerk").post(notice, values).want(w, http.StatusUnprocessableEntity)
	if !strings.Contains(refused.body, `aria-invalid="true"`) || !strings.Contains(refused.body, "请分年度说明投资来源") {
		w.Error("a refused notice does not name its field, or loses what was typed")
	}
	values.Set("item.1.words", "规划缺少分年度目标，请补充")
	w.as("clerk").post(notice, values).want(w, http.StatusSeeOther)
}

// answered lets the unit answer every item and sign again.
func (w *pages) answered(ref casework.Ref) {
	w.Helper()
	v := must(w.c.Applications.View(w.Context(), w.actor["filler"], ref.ID))(w)
	if v.State != "correction" || len(v.Items) != 2 {
		w.Fatalf("%s with %d items, want correction with 2", v.State, len(v.Items))
	}
	for _, item := range v.Items {
		if _, err := w.c.Applications.AnswerItem(w.Context(), w.actor["filler"], ref.ID, item.ID, application.Answer{Text: "已按要求补充", Done: true, Seen: item.Version}); err != nil {
			w.Fatal(err)
		}
	}
	w.do("filler", ref, "send_to_sign", "", nil)
	w.do("leader", ref, "sign", "", nil)
}

// opine gives the one opinion asked for.
func (w *pages) opine(ref casework.Ref) {
	w.Helper()
	opinion := casework.Path(workflows.Opinion.Kind, w.opinion(ref).ID)
	w.sees("department", opinion, "部门意见期限", "附条件同意", "示例东路中心线", "转交同事")
	got := w.fills("department", opinion, opinion, url.Values{"data.stance": {"disagree"}, "data.grounds": {"太短"}}).want(w, http.StatusUnprocessableEntity)
	if !strings.Contains(got.body, "太短") || !strings.Contains(got.body, `href="#f-data.grounds"`) {
		w.Error("a refused opinion loses what was typed, or does not name its field")
	}
	w.sees("officer", opinion, "尚未出具意见")
	w.fills("department", opinion, opinion, url.Values{"data.stance": {"agree"}, "data.grounds": {"符合行业方向"}}).want(w, http.StatusSeeOther)
	w.sees("officer", opinion, "符合行业方向")
}

// score invites two, of whom both accept and score.
func (w *pages) score(ref casework.Ref, app string) {
	w.Helper()
	got := w.sees("officer", app+"/experts", "示例乙", "熟悉申报行业", "任职于发展主体或申报单位")
	if strings.Contains(got.body, `value="`+w.actor["expert3"].ID+`"`) {
		w.Error("an evaluator of the applicant's unit can be picked")
	}
	w.fills("officer", app+"/experts", app+"/experts", url.Values{"evaluators": {w.actor["expert3"].ID, w.actor["expert2"].ID}}).want(w, http.StatusUnprocessableEntity)
	w.fills("officer", app+"/experts", app+"/experts", url.Values{"evaluators": {w.actor["evaluator"].ID, w.actor["expert2"].ID}}).want(w, http.StatusSeeOther)
	for i, who := range []string{"evaluator", "expert2"} {
		review := w.reviewOf(who, app)
		w.sees(who, review, "公正", "回避", "评审表")
		w.fills(who, review, review+"/answer", url.Values{"do": {"accept"}, "data.commitment": {"true"}}).want(w, http.StatusUnprocessableEntity)
		w.fills(who, review, review+"/answer", url.Values{"do": {"accept"}, "data.commitment": {"true"}, "data.no_conflict": {"true"}}).want(w, http.StatusSeeOther)
		w.sees(who, review, "示例东路中心线", "一票否决项", "提交本人评分后可查看")
		w.ballot(who, review, i)
	}
	w.sees("officer", app+"/experts", "80.00", "各项平均分", "已评分 2 人")
}

// reviewOf is the address of a person's review of a case.
func (w *pages) reviewOf(who, app string) string {
	w.Helper()
	for _, m := range regexp.MustCompile(`/reviews/[0-9a-f-]{36}`).FindAllString(w.as("officer").get(app+"/experts").body, -1) {
		if w.as(who).get(m).status == http.StatusOK {
			return m
		}
	}
	w.Fatalf("%s has no review of %s", who, app)
	return ""
}

// ballot fills in and submits a sheet of 80 points; before, what is incomplete is refused and
// kept.
func (w *pages) ballot(who, review string, i int) {
	w.Helper()
	values := sentBy(w, w.as(who).get(review).body, review+"/score")
	values.Set("points.planning", "3")
	values.Set("do", "submit")
	got := w.as(who).post(review+"/score", values).want(w, http.StatusUnprocessableEntity)
	if !strings.Contains(got.body, `name="points.planning" type="number"`) && !strings.Contains(got.body, `value="3"`) {
		w.Error("refused scores are lost")
	}
	values = sentBy(w, got.body, review+"/score")
	for code, points := range map[string]string{"planning": "12", "clustering": "20", "character": "16", "positioning": "12", "guarantees": "12", "management": "8"} {
		values.Set("points."+code, points)
		values.Set("reason."+code, "材料齐全且依据充分，可以认定")
	}
	values.Set("do", "submit")
	w.as(who).post(review+"/score", values).want(w, http.StatusSeeOther)
	if body := w.sees(who, review, "评分表", "80.00").body; i == 0 && strings.Contains(body, "其他专家总分") {
		w.Error("there are no other totals yet")
	}
	if i == 1 {
		w.sees(who, review, "其他专家总分")
	}
}

// From a recusal on, the case is for that person as if it had never been.
func TestRecusedSeesNothing(t *testing.T) {
	w := newPages(t)
	ref := w.inReview(1)
	app := casework.Path(ref.Kind, ref.ID)
	w.fills("officer", app+"/experts", app+"/experts", url.Values{"evaluators": {w.actor["evaluator"].ID}}).want(t, http.StatusSeeOther)
	review := w.reviewOf("evaluator", app)
	w.fills("evaluator", review, review+"/answer", url.Values{"do": {"recuse"}, "data.kind": {"financial"}}).want(t, http.StatusUnprocessableEntity)
	got := w.fills("evaluator", review, review+"/answer", url.Values{"do": {"recuse"}, "data.kind": {"financial"}, "reason": {"持有入驻企业股份"}}).want(t, http.StatusSeeOther)
	if to := got.header.Get("Location"); to != "/reviews" {
		t.Errorf("recusal leads to %q", to)
	}
	missing := strip(w.as("evaluator").get("/reviews/"+nobody).want(t, http.StatusNotFound).body)
	for _, path := range []string{review, review + "/act/accept", app, app + "/experts"} {
		if got := w.as("evaluator").get(path).want(t, http.StatusNotFound); strip(got.body) != missing {
			t.Errorf("%s is not the page of what is absent", path)
		}
	}
	for _, path := range []string{review + "/answer", review + "/score"} {
		w.as("evaluator").post(path, url.Values{"version": {"1"}, "do": {"accept"}}).want(t, http.StatusNotFound)
	}
	if strings.Contains(w.as("evaluator").get("/reviews").want(t, http.StatusOK).body, review) {
		t.Error("the list still names the review")
	}
}

// Two clerks at one check: the second learns what the first has set, and loses nothing.
func TestStaleVerdicts(t *testing.T) {
	w := newPages(t)
	ref := w.submitted(1)
	check := casework.Path(ref.Kind, ref.ID) + "/check"
	mine := sentBy(t, w.as("officer").get(check).body, check)
	w.fills("clerk", check, check, url.Values{"v.body.verdict": {"question"}, "v.body.words": {"法人证书与名称不符"}}).want(t, http.StatusSeeOther)
	mine.Set("v.fund.verdict", "correct")
	mine.Set("v.fund.words", "资金承诺缺少文号")
	got := w.as("officer").post(check, mine).want(t, http.StatusConflict)
	for _, want := range []string{"法人证书与名称不符", "资金承诺缺少文号", "他人已作修改"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the conflict lacks %q", want)
		}
	}
	again := sentBy(t, got.body, check)
	again.Set("v.body.verdict", "question")
	again.Set("v.body.words", "法人证书与名称不符")
	w.as("officer").post(check, again).want(t, http.StatusSeeOther)
	w.sees("clerk", check, "资金承诺缺少文号", "法人证书与名称不符")

	mine.Set("v.fund.words", "资金承诺缺少文号和日期")
	auto := w.as("officer").with("Accept", "application/json").with("X-Autosave", "1").post(check, mine).want(t, http.StatusConflict)
	if !strings.Contains(auto.body, "仍按我填写的保存") {
		t.Error("a script is not told what stands")
	}
}

// Autosave answers with the version to save on, and refuses by field.
func TestScoresAutosave(t *testing.T) {
	w := newPages(t)
	ref := w.inReview(1)
	app := casework.Path(ref.Kind, ref.ID)
	w.fills("officer", app+"/experts", app+"/experts", url.Values{"evaluators": {w.actor["evaluator"].ID}}).want(t, http.StatusSeeOther)
	review := w.reviewOf("evaluator", app)
	w.fills("evaluator", review, review+"/answer", url.Values{"do": {"accept"}, "data.commitment": {"true"}, "data.no_conflict": {"true"}}).want(t, http.StatusSeeOther)
	script := func(values url.Values) page {
		return w.as("evaluator").with("Accept", "application/json").post(review+"/score", values)
	}
	values := sentBy(t, w.as("evaluator").get(review).body, review+"/score")
	values.Set("points.planning", "11.5")
	var saved struct {
		Version int64
		Saved   string            `json:"saved_at"`
		Trouble map[string]string `json:"problems"`
	}
	if err := json.Unmarshal([]byte(script(values).want(t, http.StatusOK).body), &saved); err != nil || saved.Version == 0 || saved.Saved == "" {
		t.Fatalf("autosave answers %+v: %v", saved, err)
	}
	conflict := script(values).want(t, http.StatusConflict)
	if strings.Contains(conflict.body, "<html") || !strings.Contains(conflict.body, "stale") {
		t.Errorf("a late save is answered with %.300s", conflict.body)
	}
	fresh := sentBy(t, w.as("evaluator").get(review).body, review+"/score")
	fresh.Set("points.clustering", "很多")
	refused := script(fresh).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(refused.body, `"points.clustering"`) {
		t.Errorf("the refusal does not name the field: %s", refused.body)
	}
	for _, who := range []string{"officer", "clerk"} {
		if strings.Contains(w.sees(who, review, "尚未提交评分").body, "11.5") {
			t.Errorf("%s reads scores that are not handed in", who)
		}
	}
}

// Whoever may not, finds nothing, whatever they send; garbage never breaks a page.
func TestCommissionPagesRefuse(t *testing.T) {
	w := newPages(t)
	ref := w.inReview(1)
	app, opinion := casework.Path(ref.Kind, ref.ID), casework.Path(workflows.Opinion.Kind, w.opinion(ref).ID)
	w.fills("officer", app+"/experts", app+"/experts", url.Values{"evaluators": {w.actor["evaluator"].ID}}).want(t, http.StatusSeeOther)
	review := w.reviewOf("evaluator", app)
	w.join("expert2", "示例乙", "institute-demo", "", workflows.Evaluator)
	for path, outsiders := range map[string][]string{
		app + "/check": {"filler", "stranger", "evaluator", "department"}, app + "/check/notice": {"filler", "director", "supervision"},
		app + "/experts": {"filler", "evaluator", "department"}, review: {"filler", "department", "expert2"}, opinion: {"filler", "evaluator", "stranger"},
		"/decisions": {"filler", "department", "evaluator"}} {
		for _, who := range outsiders {
			w.as(who).get(path).want(t, http.StatusNotFound)
		}
	}
	for _, path := range []string{app + "/check", app + "/check/notice", app + "/experts", opinion, opinion + "/transfer", review + "/answer", review + "/score"} {
		for who := range w.cookie {
			for _, body := range garbage() {
				got := w.as(who).in("zh-CN").post(path, body)
				drafting := strings.HasSuffix(path, "/notice") && len(body) == 0 // an empty notice is shown again
				if got.status >= 500 || got.status == http.StatusOK && !drafting {
					t.Errorf("%s as %s with %.60v: %d", path, who, body, got.status)
				}
				w.checkWords(got, who)
			}
		}
	}
}

// garbage are forms that no page of ours sends.
func garbage() []url.Values {
	long := strings.Repeat("长", 30_000)
	return []url.Values{{}, {"version": {"x"}}, {"version": {"99999999999999999999"}}, {"version": {"1", "2"}}, {"v.body.verdict": {"maybe"}}, {"v.nowhere.verdict": {"pass"}},
		{"item.-1.anchor": {"x"}}, {"item.999999.words": {"x"}}, {"item.0.anchor": {"field:business.firms[99999].code"}, "item.0.words": {"x"}, "do": {"send"}},
		{"item.0.words": {"没有位置的补正要求"}, "do": {"send"}}, {"do": {"take:9999"}, "version": {"\x00"}}, {"evaluators": {"nobody", "nobody"}}, {"evaluators": {long}},
		{"data.stance": {"perhaps"}}, {"data.stance": {"agree"}, "data.more": {"x"}}, {"data.person_id": {long}}, {"do": {"explode"}}, {"do": {"recuse"}, "data.kind": {"mood"}, "reason": {"\x00\x01"}},
		{"points.planning": {"1e9"}}, {"points.nowhere": {"1"}}, {"veto.nothing": {"true"}, "do": {"submit"}}, {"comment": {long}}, {"reason.planning": {"\xff\xfe"}}}
}

// Every page of the commission in English, with nothing left in another language's catalogue.
func TestCommissionPagesInEnglish(t *testing.T) {
	w := newPages(t)
	s := w.story()
	w.fills("officer", "/applications/"+s.review.ID+"/experts", "/applications/"+s.review.ID+"/experts", url.Values{"evaluators": {w.actor["evaluator"].ID}}).want(t, http.StatusSeeOther)
	review := w.reviewOf("evaluator", "/applications/"+s.review.ID)
	for path, who := range map[string]string{"/applications/" + s.submitted.ID + "/check": "clerk", "/applications/" + s.submitted.ID + "/check/notice": "clerk",
		"/opinions/" + s.opinion.ID: "department", "/applications/" + s.review.ID + "/experts": "officer", "/decisions": "director", review: "evaluator",
		"/objections/" + s.objection.ID: "officer", "/rounds": "officer", "/rounds/new": "officer", "/evaluations/open": "officer"} {
		got := w.as(who).in("en").get(path).want(t, http.StatusOK)
		if found := missingText.FindString(got.body); found != "" {
			t.Errorf("%s lacks the text %s", path, found)
		}
		if !strings.Contains(got.body, `lang="en"`) {
			t.Errorf("%s is not in English", path)
		}
	}
	w.sees("supervision", "/objections/"+s.objection.ID, "仅对市发展改革委开放")
	w.sees("officer", "/objections/"+s.objection.ID, "13800000000", "权属资料")
}
