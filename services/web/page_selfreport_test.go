package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/evaluation"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/registry"
	"clusterzone/services/web"
	"clusterzone/workflows"
)

// secondYear is a zone that was accredited on an application, reported one year and is asked for the next; the address
// is that of the second.
func secondYear(t *testing.T) (f *filing, e string) {
	t.Helper()
	f = newFiling(t)
	f.c.Evaluations.Files = attachment.List
	f.c.Attachments = attachment.New(attachment.Config{DB: f.c.DB, Store: f.disk, TempDir: t.TempDir(), Parents: map[workflows.Kind]attachment.Parent{
		"application": f.c.Applications, "evaluation": f.c.Evaluations, "rectification": f.c.Rectifications}})
	f.engine = gin.New()
	f.engine.POST(objects.UploadPath, gin.WrapF(f.disk.ServeUpload))
	web.Register(f.engine, f.c)
	app := f.filled(t, 4)
	var zone string
	f.update(func(tx *database.Tx) error {
		rules, _, err := f.c.Book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		from := workflows.Date{Year: 2025, Month: 2, Day: 3}
		zone, err = f.c.Zones.Establish(tx, identity.SystemActor(), registry.Grant{Name: "渝中区测试集聚示范区", Unit: districtA, RuleSetID: rules, BodyName: "示例管理委员会",
			ApplicationID: idOf(app), Sectors: []string{"e-commerce"}, AreaM2: 1_000_000, DocumentNumber: "示例发改〔2025〕1号", DecidedOn: from, ValidFrom: from, Demo: true})
		return err
	})
	open := func(year int) string {
		out := must(f.c.Evaluations.Open(t.Context(), f.actor["officer"], evaluation.Opening{ZoneID: zone, Year: year, Due: "2026-12-31"}))(t)
		return casework.Path(workflows.Evaluation.Kind, out.ID)
	}
	f.reported(open(2025))
	return f, open(2026)
}

func (f *filing) self(t *testing.T, e string) evaluation.Sheet {
	t.Helper()
	return must(f.c.Evaluations.View(t.Context(), f.actor["filler"], refOf(e).ID))(t).Self
}

// TestSelfReportOffersLastYear: last year's figures, claims and words stand beside the fields, with the goal that the
// application set for the year; what does not change is filled in and marked; one button takes over one value, another
// all where nothing is typed.
func TestSelfReportOffersLastYear(t *testing.T) {
	f, e := secondYear(t)
	last := f.figures()
	page := f.sees("filler", e, "空白项采用 2025 年数据", "上年说明：两个项目已开工", `data-take="figures.revenue"`, "与上年相同", "申报时 2026 年目标：").body
	form := formOf(t, page, e+"/self")
	if got := form.Get("figures.firms"); got != last.Get("figures.firms") {
		t.Errorf("what does not change is not filled in: %q", got)
	}
	f.as("filler").post(e+"/self", over(form, url.Values{"next": {"take:figures.revenue"}, "figures.tax": {"7"}})).want(t, http.StatusSeeOther)
	if got := f.self(t, e).Figures; got["revenue"] != last.Get("figures.revenue") || got["tax"] != "7" {
		t.Errorf("one taken over: %v", got)
	}
	form = formOf(t, f.as("filler").get(e).body, e+"/self")
	f.as("filler").post(e+"/self", over(form, url.Values{"next": {"take-all"}})).want(t, http.StatusSeeOther)
	got := f.self(t, e).Figures
	for name := range last {
		code, figure := strings.CutPrefix(name, "figures.")
		if want := last.Get(name); figure && code != "tax" && got[code] != want {
			t.Errorf("%s after taking over all: %q, want %q", code, got[code], want)
		}
	}
	if got["tax"] != "7" {
		t.Errorf("what was typed is overwritten: %v", got)
	}
	f.sees("officer", e, "自评")
	if en := f.as("filler").get(e + "?lang=en").body; strings.Contains(en, "⟦") || !strings.Contains(en, "As last year") {
		t.Error("no English")
	}
}

// TestSelfReportIsAutosaved saves as autosave.js does: what cannot be read stops nothing else, colleagues are merged,
// and of what both changed both values are shown.
func TestSelfReportIsAutosaved(t *testing.T) {
	f, e := secondYear(t)
	auto := f.as("filler").with("X-Autosave", "1").with("Accept", "application/json")
	form := formOf(t, f.as("filler").get(e).body, e+"/self")
	var answer struct {
		savedAnswer
		Theirs map[string]string `json:"theirs"`
	}
	send := func(mine url.Values) {
		t.Helper()
		got := auto.post(e+"/self", acked(form, mine)).want(t, http.StatusOK)
		answer.Kept, answer.Theirs = nil, nil
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
			t.Fatal(err)
		}
	}
	send(over(form, url.Values{"figures.revenue": {"很多"}, "figures.tax": {"12"}, "bonuses.major-project": {"99"}}))
	if !slices.Equal(answer.Kept, []string{"bonuses.major-project", "figures.revenue"}) || !strings.HasPrefix(answer.Problems["figures.revenue"], "未保存：") || answer.SavedAt == "" {
		t.Errorf("answer %+v", answer)
	}
	if got := f.self(t, e); got.Figures["tax"] != "12" || got.Figures["revenue"] != "" || len(got.Bonuses) > 0 {
		t.Errorf("stored %v %v", got.Figures, got.Bonuses)
	}
	send(over(form, url.Values{"figures.value-added": {"33"}}))
	if got := f.self(t, e).Figures; got["tax"] != "12" || got["value-added"] != "33" || answer.Theirs["figures.tax"] != "12" || len(answer.Theirs) != 1 {
		t.Errorf("merged %v, told %v", got, answer.Theirs)
	}
	mine := acked(form, over(form, url.Values{"figures.tax": {"13"}, "figures.value-added": {""}, "notes.tax": {"我的说明"}}))
	late := auto.post(e+"/self", mine).want(t, http.StatusConflict)
	for _, text := range []string{"13", "12", "我的说明"} {
		if !strings.Contains(late.body, text) {
			t.Errorf("the conflict lacks %q", text)
		}
	}
	choose := formOf(t, late.body, e+"/self")
	f.as("filler").post(e+"/self", choose).want(t, http.StatusSeeOther)
	if got := f.self(t, e); got.Figures["tax"] != "13" || got.Notes["tax"] != "我的说明" || got.Figures["value-added"] != "33" {
		t.Errorf("after the choice %v %v", got.Figures, got.Notes)
	}
}
