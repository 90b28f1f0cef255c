package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"clusterzone/services/application"
)

func (f *filing) firmsOf(t *testing.T, app string) []application.Firm {
	t.Helper()
	return must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Business.Firms
}

// takes lists what a form of two values asks about.
func takes(form url.Values) (out []string) {
	for name := range form {
		if strings.HasPrefix(name, "take.") {
			out = append(out, strings.TrimPrefix(name, "take."))
		}
	}
	slices.Sort(out)
	return out
}

// TestFirmConflictCellByCell lets two people type into the firms, in the form of their part and on the page of a long
// list, with a script and without: what only one of them changed is merged, and of each cell that both changed both
// values are shown and chosen between.
func TestFirmConflictCellByCell(t *testing.T) {
	for name, place := range map[string]struct{ page, choose string }{"part": {"/edit?part=business", "/edit/choose?part=business"}, "grid": {"/firms", "/firms/choose"}} {
		t.Run(name, func(t *testing.T) {
			f := newFiling(t)
			app := f.filled(t, 4)
			was := f.firmsOf(t, app)
			if len(was) < 3 {
				t.Fatalf("%d firms", len(was))
			}
			form := formOf(t, f.as("filler").get(app+place.page).want(t, http.StatusOK).body, app+place.page)
			if form.Get("acked") == "" {
				form = acked(form, form)
			}
			theirs := over(form, url.Values{"business.firms[0].name": {"他改的名称"}, "business.firms[1].name": {"他改的第二家"}, "business.firms[2].name": {"只有他改"}})
			f.as("filler").post(app+place.page, theirs).want(t, http.StatusSeeOther)
			mine := over(form, url.Values{"business.firms[0].name": {"我改的名称"}, "business.firms[1].name": {"我改的第二家"}, "business.firms[2].revenue_band": {""}})
			auto := f.as("filler").with("X-Autosave", "1").with("Accept", "application/json").post(app+place.page, mine).want(t, http.StatusConflict)
			got := f.as("filler").post(app+place.page, mine).want(t, http.StatusConflict)
			for _, body := range []string{auto.body, got.body} {
				for _, text := range []string{"他改的名称", "我改的名称", "他改的第二家", "我改的第二家", "第 2 行（我改的第二家）：企业名称", "同事保存的"} {
					if !strings.Contains(body, text) {
						t.Errorf("the conflict lacks %q", text)
					}
				}
			}
			choose := formOf(t, got.body, app+place.choose)
			if asked := takes(choose); !slices.Equal(asked, []string{"business.firms[0:0].name", "business.firms[1:1].name"}) {
				t.Fatalf("asked for %q", asked)
			}
			choose.Set("take.business.firms[1:1].name", "theirs")
			f.as("filler").post(app+place.choose, choose).want(t, http.StatusSeeOther)
			want := slices.Clone(was)
			want[0].Name, want[1].Name, want[2].Name, want[2].RevenueBand = "我改的名称", "他改的第二家", "只有他改", ""
			if after := f.firmsOf(t, app); !slices.Equal(after, want) {
				t.Errorf("after the choice: %+v", after[:3])
			}
		})
	}
}

// TestFirmConflictWithoutCodes: firms without codes are told apart by their rows on the page.
func TestFirmConflictWithoutCodes(t *testing.T) {
	f := newFiling(t)
	app := f.start(t, "渝中区无代码测试集聚示范区")
	f.fill(t, app, "business", url.Values{"business.firms[0].name": {"甲"}, "business.firms[1].name": {"乙"}}).want(t, http.StatusSeeOther)
	form := formOf(t, f.as("filler").get(app+"/edit?part=business").body, app+"/edit?part=business")
	f.as("filler").post(app+"/edit?part=business", over(form, url.Values{"business.firms[1].name": {"乙他"}})).want(t, http.StatusSeeOther)
	got := f.as("filler").post(app+"/edit?part=business", acked(form, over(form, url.Values{"business.firms[0].name": {"甲我"}, "business.firms[1].name": {"乙我"}}))).want(t, http.StatusConflict)
	choose := formOf(t, got.body, app+"/edit/choose?part=business")
	if asked := takes(choose); !slices.Equal(asked, []string{"business.firms[1:1].name"}) {
		t.Fatalf("asked for %q", asked)
	}
	f.as("filler").post(app+"/edit/choose?part=business", choose).want(t, http.StatusSeeOther)
	if after := f.firmsOf(t, app); len(after) != 2 || after[0].Name != "甲我" || after[1].Name != "乙我" {
		t.Errorf("after the choice: %+v", after)
	}
}
