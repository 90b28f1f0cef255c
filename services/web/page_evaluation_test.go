package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/evaluation"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/policy"
	"clusterzone/services/web"
	"clusterzone/workflows"
)

// newYear is the product with real files of every kind of case, and one zone in force.
func newYear(t *testing.T) (f *filing, zone casework.Ref) {
	t.Helper()
	f = newFiling(t)
	f.c.Evaluations.Files = attachment.List
	f.c.Attachments = attachment.New(attachment.Config{DB: f.c.DB, Store: f.disk, TempDir: t.TempDir(), Parents: map[workflows.Kind]attachment.Parent{
		"application": f.c.Applications, "evaluation": f.c.Evaluations, "rectification": f.c.Rectifications,
		"objection": f.c.Notices.Evidence()}})
	f.c.Notices.Keep(f.c.Attachments)
	f.engine = gin.New()
	f.engine.POST(objects.UploadPath, gin.WrapF(f.disk.ServeUpload))
	web.Register(f.engine, f.c)
	zone, _ = f.establish()
	return f, zone
}

// opened opens this year's evaluation by the officer's page and returns its address.
func (f *filing) opened(zone casework.Ref) string {
	f.Helper()
	got := f.fills("officer", "/evaluations/open", "/evaluations/open", url.Values{"year": {"2026"}, "due": {"2026-12-31"}}).want(f, http.StatusSeeOther)
	if to := got.header.Get("Location"); to != "/evaluations?year=2026" {
		f.Errorf("opening leads to %q", to)
	}
	page := must(f.c.Evaluations.List(f.Context(), f.actor["filler"], evaluation.Filter{Zone: zone.ID}))(f)
	if len(page.Rows) != 1 {
		f.Fatalf("%d evaluations of the zone, want 1", len(page.Rows))
	}
	return casework.Path(workflows.Evaluation.Kind, page.Rows[0].ID)
}

// figures are plausible figures for every indicator that is typed in.
func (f *filing) figures() url.Values {
	out := url.Values{}
	for i, x := range f.c.Book.Rules.Evaluation.Indicators {
		if x.Method.Kind == policy.MethodExpert {
			continue
		}
		out.Set("figures."+x.Code, []string{"12300", "45", "8"}[i%3])
		if x.Max != nil {
			out.Set("figures."+x.Code, "60")
		}
		if x.Method.Kind == policy.MethodStep && x.Method.Step != nil && x.Method.Step.Target == nil {
			out.Set("targets."+x.Code, "50")
		}
	}
	return out
}

// reported fills in the self-report with its files, and signs it.
func (f *filing) reported(e string) {
	f.Helper()
	f.sees("filler", e, "营业收入", "自评报送期限", "还有", "由专家评分")
	got := f.fills("filler", e, e+"/self", with(f.figures(), "figures.firms", "十二家", "notes.firms", "含新入驻")).want(f, http.StatusUnprocessableEntity)
	if !strings.Contains(got.body, "十二家") || !strings.Contains(got.body, "含新入驻") {
		f.Error("refused figures are lost")
	}
	f.fills("filler", e, e+"/self", with(f.figures(), "bonuses.major-project", "2", "notes.major-project", "两个项目已开工")).want(f, http.StatusSeeOther)
	f.sees("filler", e+"?tab=materials", "年度自评报告", "考评佐证材料")
	for _, slot := range []string{"self-report", "evaluation-commitment", "evaluation-evidence", "bonus-evidence"} {
		f.upload(f, e, slot, slot+".pdf", f.pdf(f, slot))
	}
	f.do("filler", refOf(e), "send_to_sign", "", nil)
	f.do("leader", refOf(e), "sign", "", nil)
}

func refOf(path string) casework.Ref {
	parts := strings.Split(path, "/")
	return casework.Ref{Kind: workflows.Kind(strings.TrimSuffix(parts[1], "s")), ID: parts[2]}
}

// checked passes the check with one figure changed.
func (f *filing) checked(e string) {
	f.Helper()
	f.sees("officer", e, "初审", "自评", "两个项目已开工")
	f.fills("officer", e, e+"/checked", url.Values{"figures.firms": {"40"}}).want(f, http.StatusSeeOther)
	f.sees("officer", e, "还有 1 处需要补充")
	got := f.fills("officer", e, e+"/checked", url.Values{"notes.firms": {"与统计直报数一致后更正"}, "next": {"pass_check"}}).want(f, http.StatusSeeOther)
	if to := got.header.Get("Location"); to != e+"/act/pass_check" {
		f.Errorf("the check leads to %q", to)
	}
	f.do("officer", refOf(e), "pass_check", "", nil)
	if body := f.sees("leader", e).body; strings.Contains(body, "与统计直报数一致后更正") {
		f.Error("the unit reads the check before the grade")
	}
}

// graded lets one expert score and drafts the grade.
func (f *filing) drafted(e string) {
	f.Helper()
	f.fills("officer", e+"/experts", e+"/experts", url.Values{"evaluators": {f.actor["evaluator"].ID}}).want(f, http.StatusSeeOther)
	review := f.reviewOf("evaluator", e)
	f.fills("evaluator", review, review+"/answer", url.Values{"do": {"accept"}, "data.commitment": {"true"}, "data.no_conflict": {"true"}}).want(f, http.StatusSeeOther)
	f.sees("evaluator", review, "营业收入", "self-report.pdf", "总体意见")
	values := sentBy(f, f.as("evaluator").get(review).body, review+"/score")
	for name := range values {
		if code, ok := strings.CutPrefix(name, "points."); ok {
			values.Set(name, "8")
			values.Set("reason."+code, "创新平台运行正常，成果转化有实效")
		}
	}
	values.Set("do", "submit")
	f.as("evaluator").post(review+"/score", values).want(f, http.StatusSeeOther)
	f.sees("officer", e+"?tab=scores", "已评分")
	f.sees("officer", e+"?tab=result", "试算")
	f.do("officer", refOf(e), "draft_grade", "", nil)
}

// A year from opening to the drafted grade, by its pages.
func TestYearOfEvaluation(t *testing.T) {
	f, zone := newYear(t)
	e := f.opened(zone)
	f.as("stranger").get(e).want(t, http.StatusNotFound)
	f.reported(e)
	f.checked(e)
	f.drafted(e)
	for _, want := range []string{"计算过程", "等次分数线", "自评", "初审", "评定", "营业收入"} {
		f.sees("director", e+"?tab=result", want)
	}
	f.sees("filler", e+"?tab=result", "考评结果尚未产生")
	f.sees("statistics", e, "初审")
	for _, tab := range []string{"figures", "materials", "result", "scores", "history"} {
		for who := range f.cookie {
			got := f.as(who).in("zh-CN").get(e + "?tab=" + tab)
			if got.status >= 500 {
				t.Errorf("%s of %s: %d", tab, who, got.status)
			}
			f.checkWords(got, who)
		}
	}
}

// Two colleagues fill in one report: the second chooses field by field.
func TestStaleSelfReport(t *testing.T) {
	f, zone := newYear(t)
	e := f.opened(zone)
	mine := sentBy(t, f.as("filler").get(e).body, e+"/self")
	f.fills("filler", e, e+"/self", url.Values{"figures.firms": {"30"}}).want(t, http.StatusSeeOther)
	mine.Set("figures.firms", "31")
	mine.Set("figures.tax", "900")
	got := f.as("filler").post(e+"/self", mine).want(t, http.StatusConflict)
	for _, want := range []string{`name="figures.firms" value="31"`, `name="figures.firms" value="30"`, `name="figures.tax"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the comparison lacks %s", want)
		}
	}
	script := f.as("filler").with("Accept", "application/json").post(e+"/self", mine).want(t, http.StatusConflict)
	if strings.Contains(script.body, "<html") || !strings.Contains(script.body, `value="31"`) {
		t.Error("a script does not get both values")
	}
	for _, body := range []url.Values{{"figures.nothing": {"1"}}, {"figures.firms": {"\x00"}}, {"version": {"a"}}, {"vetoes.fraud": {"true"}}, {"deductions.complaints": {"1"}}} {
		for _, address := range []string{e + "/self", e + "/checked"} {
			if got := f.as("filler").post(address, body); got.status < 400 || got.status >= 500 {
				t.Errorf("%s with %v: %d", address, body, got.status)
			}
		}
	}
}

// rectifying lets the self-report run out, which orders a rectification.
func (f *filing) rectifying(e string) string {
	f.Helper()
	f.now.Set(f.now.Now().Add(60 * 24 * time.Hour))
	for login := range f.actor { // sessions have ended meanwhile
		f.cookie[login] = f.login(login)
	}
	f.update(func(tx *database.Tx) error {
		_, err := f.c.Evaluations.DoTx(tx, identity.SystemActor(), casework.Command{ID: refOf(e).ID, Action: "not_filed"})
		return err
	})
	page := must(f.c.Rectifications.List(f.Context(), f.actor["filler"], evaluation.Filter{}))(f)
	if len(page.Rows) != 1 {
		f.Fatalf("%d rectifications, want 1", len(page.Rows))
	}
	return casework.Path(workflows.Rectification.Kind, page.Rows[0].ID)
}

// What an unqualified grade orders: results, files, the re-check.
func TestRectification(t *testing.T) {
	f, zone := newYear(t)
	e := f.opened(zone)
	z := f.rectifying(e)
	f.sees("filler", e+"?tab=result", "不合格", "未按期报送自评")
	f.sees("filler", z, "整改期限", "未按期报送2026年度自评", "整改方案")
	item := ""
	for name := range sentBy(t, f.as("filler").get(z).body, z) {
		if strings.HasPrefix(name, "result.") {
			item = strings.TrimPrefix(name, "result.")
		}
	}
	got := f.fills("filler", z, z, url.Values{"result." + item: {"太短"}}).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(got.body, ">太短</textarea>") {
		t.Error("a refused result is lost")
	}
	stale := sentBy(t, f.as("filler").get(z).body, z)
	f.fills("filler", z, z, url.Values{"result." + item: {"已补报全部自评材料，并建立按期报送的责任制。"}}).want(t, http.StatusSeeOther)
	stale.Set("result."+item, "另一位同事写的结果，也不少于十个字。")
	late := f.as("filler").post(z, stale).want(t, http.StatusConflict)
	if !strings.Contains(late.body, "另一位同事写的结果") || !strings.Contains(late.body, "已补报全部自评材料") {
		t.Error("a late save loses one of the two")
	}
	for _, slot := range []string{"rectification-plan", "rectification-evidence"} {
		f.upload(t, z, slot, slot+".pdf", f.pdf(t, slot))
	}
	f.do("leader", refOf(z), "submit", "", nil)
	f.fills("officer", z, z, url.Values{"verdict." + item: {"fail"}, "note." + item: {""}}).want(t, http.StatusUnprocessableEntity)
	f.fills("officer", z, z, url.Values{"verdict." + item: {"pass"}, "note." + item: {"材料齐全属实"}, "next": {"recheck"}}).want(t, http.StatusSeeOther)
	if strings.Contains(f.sees("filler", z).body, "材料齐全属实") {
		t.Error("the unit reads the re-check before the result")
	}
	f.do("officer", refOf(z), "recheck", "", nil)
	f.do("director", refOf(z), "pass", "", nil)
	f.sees("filler", z, "材料齐全属实", "整改合格")
	for _, who := range []string{"stranger", "evaluator", "department"} {
		f.as(who).get(z).want(t, http.StatusNotFound)
	}
}

// A round is announced by the page, and refused by field.
func TestNewRound(t *testing.T) {
	w := newPages(t)
	got := w.fills("officer", "/rounds/new", "/rounds/new", url.Values{"name": {"二〇二七年第一批"}, "code": {"T-1"}, "opens_at": {"2027-03-01"}, "closes_at": {"2027-02-01"}, "quota": {"很多"}}).
		want(t, http.StatusUnprocessableEntity)
	for _, want := range []string{"二〇二七年第一批", `href="#f-quota"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the refused form lacks %q", want)
		}
	}
	form := url.Values{"name": {"二〇二七年第一批"}, "name_en": {"First round of 2027"}, "code": {"T-1"}, "opens_at": {"2027-03-01"}, "closes_at": {"2027-05-31"}, "quota": {""}}
	taken := w.fills("officer", "/rounds/new", "/rounds/new", form).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(taken.body, "已经使用") {
		t.Error("a taken code is not named")
	}
	form.Set("code", "2027-1")
	w.fills("officer", "/rounds/new", "/rounds/new", form).want(t, http.StatusSeeOther)
	w.sees("filler", "/rounds", "二〇二七年第一批", "2027年5月31日 24:00", "未开始", "申报中")
	w.as("filler").get("/rounds/new").want(t, http.StatusNotFound)
}

func openingOf() evaluation.Opening { return evaluation.Opening{Year: 2026, Due: "2026-12-31"} }

// evaluationOf is the address of a zone's evaluation.
func (f *filing) evaluationOf(zone casework.Ref) string {
	f.Helper()
	page := must(f.c.Evaluations.List(f.Context(), f.actor["officer"], evaluation.Filter{Zone: zone.ID}))(f)
	if len(page.Rows) != 1 {
		f.Fatalf("%d evaluations of the zone, want 1", len(page.Rows))
	}
	return casework.Path(workflows.Evaluation.Kind, page.Rows[0].ID)
}
