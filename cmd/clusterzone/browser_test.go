package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/policy"
)

// The case through the pages, as nine people in browsers of their own: filler, leader, clerk,
// officer, two departments, experts, director and the public.
func TestPages(t *testing.T) {
	ctx := chromium(t)
	in := newInstallation(t, false)
	s := newStory(in)
	s.found()
	s.hire()
	s.openRound()
	filler, leader, clerk := s.sitDown(ctx, "filler"), s.sitDown(ctx, "leader"), s.sitDown(ctx, "clerk")
	s.writeDraft(filler)
	s.staleForm(filler)
	filler.take(s.app, "send_to_sign", nil)
	leader.open("/")
	leader.sees("渝中区页面测试集聚示范区")
	leader.take(s.app, "sign", nil)
	s.checkInPages(filler, leader, clerk)
	for _, login := range []string{"industry", "science"} {
		s.giveOpinion(s.sitDown(ctx, login))
	}
	s.officerInvites(s.sitDown(ctx, "officer"))
	for i := range 3 {
		s.scoreInPages(s.sitDown(ctx, fmt.Sprintf("expert%d", i+1)))
	}
	officer, director := s.sitDown(ctx, "officer"), s.sitDown(ctx, "director")
	officer.take(s.app, "recommend", map[string]string{"reason": "七项审查通过,部门同意,评分达到要求"})
	clerk.take(s.app, "publish_notice", nil)
	s.outsiderReads(s.sitDown(ctx, ""))
	in.pass(9 * 24 * time.Hour)
	in.until("the notice ends by itself", func() bool { return s.who["director"].actions(s.app).State.Code == "deciding" })
	director.logIn(s.who["director"].password)
	director.take(s.app, "accredit", map[string]string{"reason": "同意认定", "data.document_number": "测试发改〔2026〕2号"})
	director.sees("已认定")
	filler.logIn(s.who["filler"].password)
	filler.open("/zones")
	filler.sees("渝中区页面测试集聚示范区")
	filler.open("/inbox")
	filler.sees("渝中区页面测试集聚示范区")
	in.until("mail about the decision", func() bool { return len(in.mail.to("leader@example.com")) > 3 })
	s.evaluateInPages(ctx, filler, leader, clerk, director)
	s.whole()
}

// evaluateInPages: the zone's year from opening to the confirmed grade, through the pages.
func (s *story) evaluateInPages(ctx context.Context, filler, leader, clerk, director *tab) {
	s.t.Helper()
	officer := s.sitDown(ctx, "officer")
	officer.open("/evaluations/open")
	year := s.in.today().Year()
	officer.fill(map[string]string{"year": strconv.Itoa(year), "due": s.in.today().AddDate(0, 0, 40).Format(time.DateOnly)})
	officer.send("year", "")
	path := s.find("filler", "evaluation")
	values := s.figures()
	filler.open(path)
	filler.fill(values)
	filler.send("version", "save")
	filler.open(path + "?tab=materials")
	for _, slot := range s.data.Rules.SlotsFor(policy.PurposeEvaluation) {
		if slot.Required || slot.Code == "evaluation-evidence" {
			filler.attach(slot.Code, slot.Code+".pdf", s.pdf(slot.Name.ZH))
		}
	}
	filler.take(path, "send_to_sign", nil)
	leader.logIn(s.who["leader"].password)
	leader.take(path, "sign", nil)
	officer.open(path)
	officer.fill(values)
	officer.send("version", "save")
	officer.take(path, "pass_check", nil)
	s.panel(path, "1 2 3")
	officer.take(path, "draft_grade", nil)
	clerk.logIn(s.who["clerk"].password)
	clerk.take(path, "publish_notice", nil)
	s.in.pass(9 * 24 * time.Hour)
	s.in.until("the evaluation's notice ends", func() bool { return s.who["director"].actions(path).State.Code == "confirming" })
	director.logIn(s.who["director"].password)
	director.take(path, "confirm", nil)
	filler.logIn(s.who["filler"].password)
	filler.open(path + "?tab=result")
	filler.sees("已评定")
}

// figures are the values of a column by the names of the form's fields.
func (s *story) figures() map[string]string {
	s.t.Helper()
	var sheet struct{ Figures, Targets map[string]string }
	if err := json.Unmarshal(s.sheet(), &sheet); err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for code, v := range sheet.Figures {
		out["figures."+code] = v
	}
	for code, v := range sheet.Targets {
		out["targets."+code] = v
	}
	return out
}

// writeDraft starts an application and fills all eight tasks of the editor by hand.
func (s *story) writeDraft(b *tab) {
	s.t.Helper()
	b.open("/applications/new")
	b.fill(map[string]string{"round_id": s.roundID(), "name": "渝中区页面测试集聚示范区"})
	b.send("name", "")
	path := strings.TrimSuffix(b.path(), "/edit")
	s.app, s.appID = path, strings.TrimPrefix(path, "/applications/")
	values := typedValues(s.t, s.content())
	values["name"] = "渝中区页面测试集聚示范区"
	for _, part := range append(application.Parts(), "materials") {
		b.open(s.app + "/edit?part=" + part)
		field := map[string]string{"body": "body.name", "boundary": "boundary.east", "goals": "goals.base_year", "business": "business.leading[0].name",
			"positioning": "positioning.text", "factors": "factors.land.amount", "fund": "fund.source_line", "materials": "recommendation.document_number"}[part]
		if b.fill(values) < 2 {
			s.t.Fatalf("the editor's %s has no known fields: %s", part, look[string](b, "[...document.querySelectorAll('main [name]')].map(x => x.name).join(' ')"))
		}
		b.send(field, "")
	}
	b.open(s.app + "/edit?part=materials")
	for _, slot := range s.data.Rules.SlotsFor(policy.PurposeApplication) {
		if slot.Required {
			b.attach(slot.Code, slot.Code+".pdf", s.pdf(slot.Name.ZH))
		}
	}
	b.open(s.app + "/self-check")
	b.sees("可以提交")
}

func (s *story) roundID() string {
	s.t.Helper()
	var rounds struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	s.who["filler"].ok(http.MethodGet, "/rounds", nil).into(s.t, &rounds)
	return rounds.Items[0].ID
}

// typedValues writes a document the way people type it, by the names of the form's fields.
func typedValues(t *testing.T, c application.Content) map[string]string {
	t.Helper()
	text, err := application.Canonical(c)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, node := range tree {
		flatten(out, name, node)
	}
	return out
}

func flatten(out map[string]string, path string, node any) {
	switch v := node.(type) {
	case map[string]any:
		if path == "boundary.polygon" {
			raw, _ := json.Marshal(v)
			out[path] = string(raw)
			return
		}
		for name, m := range v {
			flatten(out, path+"."+name, m)
		}
	case []any:
		var words []string
		for i, item := range v {
			key := fmt.Sprint(i)
			if m, ok := item.(map[string]any); ok && path == "goals.rows" {
				key = fmt.Sprint(m["indicator"])
			}
			if w, ok := item.(string); ok {
				words = append(words, w)
			}
			flatten(out, path+"["+key+"]", item)
		}
		if len(words) > 0 {
			out[path] = strings.Join(words, "\n")
		}
	case json.Number:
		n, _ := v.Int64()
		out[path] = application.UnitOf(path).Format(n)
	case string:
		out[path] = v
	}
}

// staleForm: the form is open while the same field is changed elsewhere; the save shows both
// values and loses neither.
func (s *story) staleForm(b *tab) {
	s.t.Helper()
	b.open(s.app + "/edit?part=fund")
	p := s.who["filler"]
	p.ok(http.MethodPatch, s.app+"/content", map[string]any{"path": "fund.source_line", "value": "另一人填写的预算科目", "version": p.actions(s.app).Version})
	look[bool](b, "document.querySelectorAll('[data-autosave]').forEach(x => x.removeAttribute('data-autosave')) || true")
	b.fill(map[string]string{"fund.source_line": "本人填写的预算科目"})
	b.send("fund.source_line", "")
	text := look[string](b, "document.querySelector('main').innerText + [...document.querySelectorAll('main [name]')].map(x => x.value).join(' ')")
	for _, w := range []string{"另一人填写的预算科目", "本人填写的预算科目"} {
		if !strings.Contains(text, w) {
			s.t.Errorf("the stale form does not show %q:\n%s", w, text)
		}
	}
}

// checkInPages: one part must be corrected, the unit answers and files again, the clerk
// passes all seven and accepts.
func (s *story) checkInPages(filler, leader, clerk *tab) {
	s.t.Helper()
	clerk.open(s.app + "/check")
	clerk.fill(s.verdictValues("positioning"))
	clerk.send("version", "")
	clerk.open(s.app + "/check/notice")
	clerk.send("version", "preview")
	clerk.sees("请补充与鼓励产业的关系")
	clerk.send("version", "send")
	filler.open(s.app + "/edit?part=positioning")
	filler.sees("请补充与鼓励产业的关系")
	filler.fill(map[string]string{"positioning.relation": s.content().Positioning.Relation + "补充与研发设计产业的衔接。"})
	filler.send("positioning.relation", "")
	filler.open(s.app + "/edit?part=positioning")
	answer := look[string](filler, `(() => { const box = document.querySelector('.item-form'); box.querySelector('input[type=checkbox]').click();
		return box.querySelector('textarea').name })()`)
	filler.fill(map[string]string{answer: "已补充与研发设计产业的衔接"})
	filler.send(answer, "")
	filler.take(s.app, "send_to_sign", nil)
	leader.take(s.app, "sign", nil)
	clerk.open(s.app + "/check")
	clerk.fill(s.verdictValues(""))
	clerk.send("version", "")
	clerk.take(s.app, "accept", nil)
	clerk.sees("评审中")
}

func (s *story) verdictValues(wrong string) map[string]string {
	out := map[string]string{}
	for _, p := range application.Parts() {
		out["v."+p+".verdict"] = "pass"
		if p == wrong {
			out["v."+p+".verdict"], out["v."+p+".words"] = "correct", "请补充与鼓励产业的关系"
		}
	}
	return out
}

func (s *story) giveOpinion(b *tab) {
	s.t.Helper()
	path := s.find(b.who, "opinion")
	b.open("/")
	b.sees("渝中区页面测试集聚示范区")
	b.open(path)
	b.fill(map[string]string{"data.stance": "agree", "data.grounds": "符合行业发展方向"})
	b.send("data.stance", "")
	b.open(path)
	b.sees("已出具")
}

func (s *story) officerInvites(b *tab) {
	s.t.Helper()
	b.open(s.app + "/experts")
	var ids []string
	for i := range 3 {
		ids = append(ids, s.who[fmt.Sprintf("expert%d", i+1)].id)
	}
	b.fill(map[string]string{"evaluators": strings.Join(ids, "\n")})
	b.send("evaluators", "")
	b.open(s.app + "/experts")
	b.sees("测试expert1", "测试expert3")
}

func (s *story) scoreInPages(b *tab) {
	s.t.Helper()
	path := s.find(b.who, "review")
	b.open(path)
	b.fill(map[string]string{"data.commitment": "on", "data.no_conflict": "on"})
	look[bool](b, `[...document.querySelectorAll('main input[type=checkbox][name^="data."]')].forEach(x => { if (!x.checked) x.click() }) || true`)
	b.send("data.commitment", "accept")
	b.open(path)
	values := map[string]string{}
	for _, c := range s.data.Rules.Review.Criteria {
		pts := c.Max * 80 / 100
		if c.Step > 0 {
			pts -= pts % c.Step
		}
		values["points."+c.Code] = pts.String()
		values["reason."+c.Code] = "依据申报材料和佐证,目标可行,落实措施较为具体,仍需持续跟踪"
	}
	if b.fill(values) < len(values) {
		s.t.Errorf("the workbench lacks fields: %s", look[string](b, "[...document.querySelectorAll('main [name]')].map(x => x.name).join(' ')"))
	}
	b.send("points."+s.data.Rules.Review.Criteria[0].Code, "submit")
	b.open(path)
	b.sees("总分", "80.00")
}

func (s *story) outsiderReads(b *tab) {
	s.t.Helper()
	b.open("/notices")
	b.sees("渝中区页面测试集聚示范区")
	b.open(s.app)
	if b.path() != "/login" {
		s.t.Errorf("an outsider got to %s", b.path())
	}
}
