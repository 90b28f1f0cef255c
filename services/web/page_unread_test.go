package web_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"clusterzone/services/application"
)

// acked is a form as autosave.js sends it: what is typed, and what was last acknowledged.
func acked(was, now url.Values) url.Values {
	out, base := maps.Clone(now), maps.Clone(was)
	for _, name := range []string{"version", "base", "do"} {
		base.Del(name)
	}
	out.Set("acked", base.Encode())
	return out
}

// over is a form with some of its fields typed anew.
func over(form, typed url.Values) url.Values {
	out := maps.Clone(form)
	maps.Copy(out, typed)
	return out
}

// TestUnreadValueStopsNothing autosaves parts in which one value cannot be read: the others are saved, that one is
// named and never taken, and what was stored in its place stays.
func TestUnreadValueStopsNothing(t *testing.T) {
	f := newFiling(t)
	app := f.filled(t, 4)
	stored := func(t *testing.T) application.View {
		return must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t)
	}
	var before application.View
	cases := map[string]struct {
		part  string
		typed url.Values
		kept  string
		told  string
		want  func(application.Content) bool
	}{
		"figure": {"body", url.Values{"body.managers": {"三个"}, "body.contact.name": {"新联系人"}}, "body.managers", "不是有效数字",
			func(c application.Content) bool {
				return c.Body.Contact.Name == "新联系人" && c.Body.Managers == before.Content.Body.Managers
			}},
		"too large": {"body", url.Values{"body.managers": {"99999999999"}, "body.contact.name": {"联系人二"}}, "body.managers", "超出允许范围",
			func(c application.Content) bool {
				return c.Body.Contact.Name == "联系人二" && c.Body.Managers == before.Content.Body.Managers
			}},
		"zone name": {"body", url.Values{"zone.name": {"短"}, "body.contact.name": {"联系人三"}}, "zone.name", "名称",
			func(c application.Content) bool { return c.Body.Contact.Name == "联系人三" }},
		"control character": {"fund", url.Values{"fund.source_line": {"一\x07二"}, "fund.document_number": {"示例〔2026〕9号"}}, "fund.source_line", "控制字符",
			func(c application.Content) bool {
				return c.Fund.DocumentNumber == "示例〔2026〕9号" && c.Fund.SourceLine == before.Content.Fund.SourceLine
			}},
		"goal": {"goals", url.Values{"goals.rows[revenue].base": {"一亿"}, "goals.rows[revenue].reason": {"说明文字"}}, "goals.rows[revenue].base", "不是有效数字",
			func(c application.Content) bool {
				return row(c, "revenue").Reason == "说明文字" && *row(c, "revenue").Base == *row(before.Content, "revenue").Base
			}},
		"cell of a row": {"business", url.Values{"business.leading[0].share_bp": {"一半"}, "business.leading[0].name": {"改过的业态"}}, "business.leading[0].share_bp", "不是有效数字",
			func(c application.Content) bool {
				return c.Business.Leading[0].Name == "改过的业态" && c.Business.Leading[0].ShareBP == before.Content.Business.Leading[0].ShareBP
			}},
		"cell of a new row after a gap": {"fund", url.Values{"fund.years[7].year": {"2031"}, "fund.years[7].amount_fen": {"很多"}, "fund.source_line": {"新科目"}},
			"fund.years[7].amount_fen", "不是有效数字", func(c application.Content) bool {
				last := c.Fund.Years[len(c.Fund.Years)-1]
				return c.Fund.SourceLine == "新科目" && last.Year == 2031 && last.AmountFen == 0
			}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before = stored(t)
			form := formOf(t, f.as("filler").get(app+"/edit?part="+c.part).body, app+"/edit?part="+c.part)
			got := f.autosaved(t, app, c.part, acked(form, over(form, c.typed)))
			if !slices.Equal(got.Kept, []string{c.kept}) || !strings.HasPrefix(got.Problems[c.kept], "未保存：") || !strings.Contains(got.Problems[c.kept], c.told) {
				t.Errorf("kept %q, problems %q", got.Kept, got.Problems)
			}
			if v := stored(t); !c.want(v.Content) || v.Name != before.Name {
				t.Errorf("stored %q %+v", v.Name, v.Content)
			}
		})
	}
}

type savedAnswer struct {
	Kept     []string          `json:"kept"`
	Problems map[string]string `json:"problems"`
	SavedAt  string            `json:"saved_at"`
}

func (f *filing) autosaved(t *testing.T, app, part string, form url.Values) (out savedAnswer) {
	t.Helper()
	got := f.as("filler").with("X-Autosave", "1").with("Accept", "application/json").post(app+"/edit?part="+part, form).want(t, http.StatusOK)
	if err := json.Unmarshal([]byte(got.body), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func row(c application.Content, indicator string) application.GoalRow {
	return c.Goals.Rows[slices.IndexFunc(c.Goals.Rows, func(r application.GoalRow) bool { return r.Indicator == indicator })]
}

// TestUnreadValueInConflict: a stale autosave asks about what both changed, and says what it has not taken.
func TestUnreadValueInConflict(t *testing.T) {
	f := newFiling(t)
	app := f.filled(t, 4)
	form := formOf(t, f.as("filler").get(app+"/edit?part=body").body, app+"/edit?part=body")
	f.fill(t, app, "body", url.Values{"body.contact.name": {"同事写的"}}).want(t, http.StatusSeeOther)
	mine := acked(form, over(form, url.Values{"body.contact.name": {"我写的"}, "body.managers": {"三个"}}))
	got := f.as("filler").with("X-Autosave", "1").with("Accept", "application/json").post(app+"/edit?part=body", mine).want(t, http.StatusConflict)
	if kept := got.header.Get("X-Kept"); kept != "body.managers" || !strings.Contains(got.body, "同事写的") || strings.Contains(got.body, "三个") {
		t.Errorf("kept %q: %.300s", kept, got.body)
	}
}

// TestUnreadFirmText: a long list that is typed as one text and cannot be read stays as it was; the rest is saved.
func TestUnreadFirmText(t *testing.T) {
	f := newFiling(t)
	app := f.filled(t, 4)
	form := formOf(t, f.as("filler").get(app+"/edit?part=business").body, app+"/edit?part=business")
	stored := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Business.Firms
	mine := url.Values{}
	for name, values := range form {
		if !strings.HasPrefix(name, "business.firms[") {
			mine[name] = values
		}
	}
	mine.Set("business.firms.all", "某公司,91500103DEM0000001,没有行业,没有档")
	mine.Set("business.leading[0].name", "文本之外的修改")
	got := f.autosaved(t, app, "business", acked(form, mine))
	after := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Business
	if !slices.Equal(got.Kept, []string{"business.firms.all"}) || after.Leading[0].Name != "文本之外的修改" || !slices.Equal(after.Firms, stored) {
		t.Errorf("kept %q, stored %d firms", got.Kept, len(after.Firms))
	}
}
