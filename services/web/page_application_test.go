package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/workflows"
)

// TestFilingWithoutScript takes an application from its start to the receipt by forms alone.
func TestFilingWithoutScript(t *testing.T) {
	f := newFiling(t)
	app := f.filled(t, 3)
	b := f.as("filler")
	check := b.get(app+"/self-check").want(t, http.StatusOK)
	if !strings.Contains(check.body, "可以提交") || strings.Contains(check.body, "check-bad") {
		t.Fatalf("the self-check of a complete filing does not say that it is ready: %s", check.body)
	}
	want, err := application.Canonical(f.content(3))
	if err != nil {
		t.Fatal(err)
	}
	view := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t)
	if got := must(application.Canonical(view.Content))(t); string(got) != string(want) {
		t.Errorf("what was typed is not what is stored:\ngot  %.600s\nwant %.600s", got, want)
	}
	form := formOf(t, b.get(app+"/send").want(t, http.StatusOK).body, app+"/act/send_to_sign")
	b.post(app+"/act/send_to_sign", form).want(t, http.StatusSeeOther)
	if got := b.get(app+"/edit").want(t, http.StatusSeeOther); got.header.Get("Location") != app {
		t.Errorf("the editor of a signed case leads to %q", got.header.Get("Location"))
	}
	leader := f.as("leader")
	page := leader.get(app).want(t, http.StatusOK)
	for _, text := range []string{"签发并提交", "退回填报员", view.Content.Body.CreditCode, "示例 boundary-map.pdf"} {
		if !strings.Contains(page.body, text) {
			t.Errorf("the leader's page lacks %q", text)
		}
	}
	form = formOf(t, leader.get(app+"/sign").want(t, http.StatusOK).body, app+"/act/sign")
	leader.post(app+"/act/sign", form).want(t, http.StatusSeeOther)
	receipt := b.get(app+"/receipt.pdf").want(t, http.StatusOK)
	if !strings.HasPrefix(receipt.body, "%PDF-") {
		t.Errorf("the receipt is no PDF: %.40q", receipt.body)
	}
	for _, who := range []string{"filler", "leader", "clerk", "supervision"} {
		for _, tab := range []string{"content", "materials", "history"} {
			f.as(who).get(app+"?tab="+tab).want(t, http.StatusOK)
		}
	}
	f.as("department").get(app).want(t, http.StatusNotFound)
}

// TestTypedIsNeverLost refuses a part and finds everything typed in the page that comes back.
func TestTypedIsNeverLost(t *testing.T) {
	f := newFiling(t)
	app := f.start(t, "渝中区测试服务一集聚示范区")
	got := f.fill(t, app, "fund", url.Values{"fund.source_line": {"示例预算<b>"}, "fund.years[0].year": {"2027"}, "fund.years[0].amount_fen": {"12.5.3"},
		"fund.years[2].year": {"贰零"}}).want(t, http.StatusUnprocessableEntity)
	back := formOf(t, got.body, app+"/edit?part=fund")
	for name, want := range map[string]string{"fund.source_line": "示例预算<b>", "fund.years[0].year": "2027", "fund.years[0].amount_fen": "12.5.3", "fund.years[1].year": "贰零"} {
		if back.Get(name) != want {
			t.Errorf("%s came back as %q, want %q", name, back.Get(name), want)
		}
	}
	for _, anchor := range []string{`href="#f-fund.years[0].amount_fen"`, `href="#f-fund.years[1].year"`, `id="f-fund.years[1].year"`} {
		if !strings.Contains(got.body, anchor) {
			t.Errorf("the page lacks %s", anchor)
		}
	}
	got = f.fill(t, app, "business", url.Values{"business.firms.lines": {"示例一\t91500103DEM000000X\t养猪\t500-1000\n示例二\t\t电子商务\t很多"}}).want(t, http.StatusUnprocessableEntity)
	for _, text := range []string{"养猪", "很多", "第 1 行", "第 2 行"} {
		if !strings.Contains(got.body, text) {
			t.Errorf("the page with the pasted lines lacks %q", text)
		}
	}
}

// TestRowIsRemovedWithoutScript presses the button of a row.
func TestRowIsRemovedWithoutScript(t *testing.T) {
	f := newFiling(t)
	app := f.start(t, "渝中区测试服务一集聚示范区")
	f.fill(t, app, "business", url.Values{"business.firms.lines": {"示例一,,电子商务,100\n示例二，,电子商务,600\n示例三"}}).want(t, http.StatusSeeOther)
	f.fill(t, app, "business", url.Values{"do": {"remove:business.firms[1]"}}).want(t, http.StatusSeeOther)
	var got []string
	for _, firm := range must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Business.Firms {
		got = append(got, firm.Name+" "+firm.Sector+" "+firm.RevenueBand)
	}
	if strings.Join(got, ";") != "示例一 e-commerce under-500;示例三  " {
		t.Errorf("firms: %q", got)
	}
}

// TestSelfCheckPromisesNothing says 可以提交 only where the server would take the filing.
func TestSelfCheckPromisesNothing(t *testing.T) {
	f := newFiling(t)
	empty, app := f.start(t, "渝中区测试服务一集聚示范区"), f.filled(t, 9)
	b := f.as("filler")
	page := b.get(empty+"/self-check").want(t, http.StatusOK)
	for _, text := range []string{"还不能提交", "/edit?part=body#f-body.name", "/edit?part=materials#f-materials[truth-commitment]", "/edit?part=goals#f-goals.rows[revenue]"} {
		if !strings.Contains(page.body, text) {
			t.Errorf("the self-check of an empty draft lacks %q", text)
		}
	}
	if strings.Contains(page.body, "可以提交") || strings.Contains(page.body, "/send\"") {
		t.Error("an empty draft is called ready")
	}
	f.now.Set(f.round.ClosesAt.Add(time.Hour))
	f.cookie["filler"] = f.login("filler")
	late := f.as("filler").get(app+"/self-check").want(t, http.StatusOK)
	if strings.Contains(late.body, "可以提交") || !strings.Contains(late.body, "本批次不在申报期内") {
		t.Errorf("a clean filing after the round has closed: %s", late.body)
	}
}

// TestStaleSaveKeepsBoth lets two people of a unit change the same part, and different parts.
func TestStaleSaveKeepsBoth(t *testing.T) {
	f := newFiling(t)
	app := f.start(t, "渝中区测试服务一集聚示范区")
	b := f.as("filler")
	open := func(part string) url.Values {
		return formOf(t, b.get(app+"/edit?part="+part).want(t, http.StatusOK).body, app+"/edit?part="+part)
	}
	mine, theirs, other := open("body"), open("body"), open("fund")
	theirs.Set("body.name", "他人写的名称")
	theirs.Set("body.legal_representative", "他人")
	b.post(app+"/edit?part=body", theirs).want(t, http.StatusSeeOther)

	other.Set("fund.source_line", "另一部分不受影响")
	b.post(app+"/edit?part=fund", other).want(t, http.StatusSeeOther)

	mine.Set("body.name", "我写的名称")
	got := b.post(app+"/edit?part=body", mine).want(t, http.StatusConflict)
	for _, text := range []string{"他人写的名称", "我写的名称"} {
		if !strings.Contains(got.body, text) {
			t.Errorf("the conflict lacks %q", text)
		}
	}
	choose := formOf(t, got.body, app+"/edit/choose")
	if choose.Get("take.body.name") != "mine" || choose.Get("take.body.legal_representative") != "mine" {
		t.Fatalf("the conflict asks %v", choose)
	}
	choose.Set("take.body.legal_representative", "theirs")
	b.post(app+"/edit/choose?part=body", choose).want(t, http.StatusSeeOther)
	view := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t)
	if view.Content.Body.Name != "我写的名称" || view.Content.Body.LegalRepresentative != "他人" || view.Content.Fund.SourceLine != "另一部分不受影响" {
		t.Errorf("after the choice: %+v, %q", view.Content.Body, view.Content.Fund.SourceLine)
	}
	auto := f.as("filler").with("X-Autosave", "1").with("Accept", "application/json")
	mine.Set("body.name", "又一次")
	late := auto.post(app+"/edit?part=body", mine).want(t, http.StatusConflict)
	if !strings.HasPrefix(late.header.Get("Content-Type"), "text/html") || !strings.Contains(late.body, "又一次") || strings.Contains(late.body, "<html") {
		t.Errorf("a late autosave gets no fragment with both values: %.300s", late.body)
	}
}

// TestAutosave saves a part as autosave.js does, again and again.
func TestAutosave(t *testing.T) {
	f := newFiling(t)
	app := f.start(t, "渝中区测试服务一集聚示范区")
	form := formOf(t, f.as("filler").get(app+"/edit?part=body").body, app+"/edit?part=body")
	auto := f.as("filler").with("X-Autosave", "1").with("Accept", "application/json")
	var answer struct {
		Version  int64             `json:"version"`
		SavedAt  string            `json:"saved_at"`
		Base     string            `json:"base"`
		Problems map[string]string `json:"problems"`
	}
	for _, code := range []string{"9150", "91500103DEM000000X"} {
		form.Set("body.credit_code", code)
		got := auto.post(app+"/edit?part=body", form).want(t, http.StatusOK)
		answer.Problems = nil
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.SavedAt != "10:00" || answer.Base == form.Get("base") || answer.Problems["body.credit_code"] == "" || answer.Problems["body.name"] != "" {
			t.Errorf("answer to %s: %+v", code, answer)
		}
		form.Set("version", fmt.Sprint(answer.Version))
		form.Set("base", answer.Base)
	}
	form.Set("body.managers", "三个")
	bad := auto.post(app+"/edit?part=body", form).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(bad.body, `"body.managers"`) {
		t.Errorf("an unreadable figure is not named: %s", bad.body)
	}
	status := f.as("filler").with("HX-Request", "true").get(app+"/edit/status?part=body").want(t, http.StatusOK)
	if !strings.Contains(status.body, "有问题") || !strings.Contains(status.body, "editor-open") {
		t.Errorf("the tasks after a save: %.300s", status.body)
	}
}

// TestStrangersFindNothing compares what another unit gets with what is not there at all.
func TestStrangersFindNothing(t *testing.T) {
	f := newFiling(t)
	app := f.filled(t, 4)
	file := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Files[0]
	other := f.as("stranger")
	const nowhere = "/applications/00000000-0000-7000-8000-000000000000"
	for _, tail := range []string{"", "/edit", "/self-check", "/compare", "/edit/status?part=body", "/outline.geojson", "/neighbours.geojson", "?tab=history"} {
		got, absent := other.get(app+tail), other.get(nowhere+tail)
		got.want(t, http.StatusNotFound)
		if got.body != absent.body {
			t.Errorf("%s tells a stranger more than nothing", tail)
		}
	}
	for _, tail := range []string{"/edit?part=body", "/edit/choose?part=body", "/items/x", "/boundary/import"} {
		other.post(app+tail, url.Values{"version": {"1"}}).want(t, http.StatusNotFound)
	}
	other.send(http.MethodPost, app+"/boundary/check", strings.NewReader(`{"geometry":null}`), "application/json").want(t, http.StatusNotFound)
	for _, path := range []string{"/attachments/", "/files/"} {
		other.get(path+file.ID).want(t, http.StatusNotFound)
		got := f.as("filler").get(path+file.ID).want(t, http.StatusOK)
		if !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, got.header)
		}
	}
	if got := f.as("filler").get("/files/"+file.ID+"?inline=1").want(t, http.StatusOK); !strings.HasPrefix(got.header.Get("Content-Disposition"), "inline") {
		t.Errorf("a PDF is not shown: %v", got.header)
	}
}

// TestApplicationPagesInBothLanguages looks for texts that the catalogue lacks.
func TestApplicationPagesInBothLanguages(t *testing.T) {
	f := newFiling(t)
	app := f.filled(t, 5)
	empty := f.start(t, "渝中区测试服务二集聚示范区")
	addresses := []string{"/applications", "/applications/new", empty, app + "?tab=materials", app + "?tab=history", app + "/self-check", empty + "/self-check", app + "/compare"}
	for _, part := range append(application.Parts(), "materials") {
		addresses = append(addresses, app+"/edit?part="+part, empty+"/edit?part="+part)
	}
	for _, lang := range []string{"zh-CN", "en"} {
		for _, address := range addresses {
			join := "?"
			if strings.Contains(address, "?") {
				join = "&"
			}
			got := f.as("filler").get(address+join+"lang="+lang).want(t, http.StatusOK)
			if i := strings.Index(got.body, "⟦"); i >= 0 {
				t.Errorf("%s in %s lacks a text: %s", address, lang, got.body[i:min(len(got.body), i+80)])
			}
			if !strings.Contains(got.body, `<html lang="`+lang+`"`) {
				t.Errorf("%s is not in %s", address, lang)
			}
		}
	}
}

// TestCorrectionRound goes through a correction: closed parts, items with answers, the way back.
func TestCorrectionRound(t *testing.T) {
	f := newFiling(t)
	app := f.filled(t, 6)
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: idOf(app)}
	f.do("filler", ref, "send_to_sign", "", nil)
	f.do("leader", ref, "sign", "", nil)
	f.do("clerk", ref, "request_correction", "", map[string]any{"items": []application.Item{
		{AnchorKind: "field", Anchor: "body.legal_representative", Words: "与法人证书不一致，请核对。"},
		{AnchorKind: "slot", Anchor: "truth-commitment", Words: "承诺书未盖章，请重新上传。"}}})
	b := f.as("filler")
	page := b.get(app+"/edit").want(t, http.StatusOK)
	for _, text := range []string{"与法人证书不一致", "承诺书未盖章", "需补正 1", "个工作日", "已改", "#f-body.legal_representative", "#f-materials[truth-commitment]"} {
		if !strings.Contains(page.body, text) {
			t.Errorf("the correction page lacks %q", text)
		}
	}
	closed := b.get(app+"/edit?part=fund").want(t, http.StatusOK)
	if !strings.Contains(closed.body, "不在补正范围内") || strings.Contains(closed.body, `name="fund.source_line"`) {
		t.Error("a closed part can be typed into")
	}
	refused := b.post(app+"/edit?part=fund", url.Values{"version": {fmt.Sprint(must(f.c.Applications.Actions(t.Context(), f.actor["filler"], ref.ID))(t).Version)},
		"fund.source_line": {"偷偷改"}}).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(refused.body, "不在补正范围内") {
		t.Errorf("why a closed part is refused is not said: %.300s", refused.body)
	}
	f.fill(t, app, "body", url.Values{"body.legal_representative": {"示例新负责人"}}).want(t, http.StatusSeeOther)
	view := must(f.c.Applications.View(t.Context(), f.actor["filler"], ref.ID))(t)
	for i, item := range view.Items {
		short := b.post(app+"/items/"+item.ID+"?part=body", url.Values{"answer." + item.ID: {""}, "done." + item.ID: {"true"}}).want(t, http.StatusUnprocessableEntity)
		if !strings.Contains(short.body, `href="#f-answer.`+item.ID) {
			t.Error("an empty answer does not lead to its field")
		}
		b.post(app+"/items/"+item.ID+"?part=body", url.Values{"base": {fmt.Sprint(item.Version)}, "answer." + item.ID: {fmt.Sprintf("已按要求修改 %d", i)}, "done." + item.ID: {"true"}}).want(t, http.StatusSeeOther)
	}
	f.upload(t, app, "truth-commitment", "承诺书（盖章）.pdf", f.pdf(t, "stamped"))
	diff := b.get(app+"/compare?to=0").want(t, http.StatusOK)
	for _, text := range []string{"示例新负责人", "承诺书（盖章）.pdf", "当前修改稿"} {
		if !strings.Contains(diff.body, text) {
			t.Errorf("the comparison lacks %q", text)
		}
	}
	b.get(app+"/compare?from=9&to=1").want(t, http.StatusNotFound)
	if got := b.get(app+"/self-check").want(t, http.StatusOK); !strings.Contains(got.body, "可以提交") {
		t.Errorf("the answered correction is not ready: %s", got.body)
	}
	for _, lang := range []string{"en", "zh-CN"} {
		for _, address := range []string{app, app + "/edit?part=materials", app + "/edit?part=fund", app + "/compare"} {
			join := map[bool]string{true: "&", false: "?"}[strings.Contains(address, "?")]
			if got := b.get(address+join+"lang="+lang).want(t, http.StatusOK); strings.Contains(got.body, "⟦") {
				t.Errorf("%s in %s lacks a text", address, lang)
			}
		}
	}
}

// TestGarbageIsRefused sends nonsense to every form of an application.
func TestGarbageIsRefused(t *testing.T) {
	f := newFiling(t)
	app := f.start(t, "渝中区测试服务一集聚示范区")
	b := f.as("filler")
	garbage := []url.Values{
		{}, {"version": {"x"}}, {"version": {"99999999999999999999"}}, {"version": {"-1"}, "body.name": {"\xff\xfe"}},
		{"version": {"1"}, "body.name": {"a\x00b"}, "body.kind": {"x", "y"}}, {"version": {"1"}, "nothing": {"1"}, "body.name[0].x": {"1"}},
		{"version": {"1"}, "business.firms[99999999999999999999].name": {"1"}, "business.firms[-1].name": {"1"}, "business.firms[7].what": {"1"}},
		{"version": {"1"}, "business.firms[3].name": {"一"}, "business.firms[4000000].name": {"二"}}, {"version": {"1"}, "business.firms.all": {strings.Repeat("甲,乙\n", 400)}},
		{"version": {"1"}, "boundary.polygon": {"{"}}, {"version": {"1"}, "boundary.polygon": {`{"type":"Polygon","coordinates":[[[1,2]]]}`}},
		{"version": {"1"}, "goals.base_year": {"-5"}, "goals.rows[revenue].base": {"1e9"}, "goals.rows[].base": {"1"}},
		{"version": {"1"}, "do": {"remove:business.firms[77]"}}, {"version": {"1"}, "do": {"more:../../etc"}}, {"version": {"1"}, "mine": {"[]"}, "take.body.name": {"theirs"}},
		{"version": {"1"}, "mine": {`{"a":{"b":1}}`}, "take.goals.rows[x": {"theirs"}}, {"version": {"1"}, "mine": {"null"}},
	}
	paths := []string{"/edit/choose?part=goals", "/edit/choose?part=body", "/edit?part=nowhere", "/items/nothing", "/boundary/import"}
	for _, part := range append(application.Parts(), "materials") {
		paths = append(paths, "/edit?part="+part)
	}
	for _, path := range paths {
		for i, form := range garbage {
			for _, auto := range []bool{false, true} {
				v := f.as("filler")
				if auto {
					v.with("X-Autosave", "1").with("Accept", "application/json")
				}
				if got := v.post(app+path, form); got.status >= 500 || got.status == http.StatusOK && strings.Contains(got.body, "⟦") {
					t.Errorf("%s with garbage %d (autosave %v): %d %.300s", path, i, auto, got.status, got.body)
				}
			}
		}
		for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""} {
			if got := b.send(http.MethodPost, app+path, strings.NewReader("%zz&;;=\x00--x"), kind); got.status >= 500 {
				t.Errorf("%s with a broken body as %q: %d", path, kind, got.status)
			}
		}
	}
	for _, body := range []string{"", "{", "null", `{"geometry":7}`, `{"geometry":{"type":"Polygon","coordinates":[]}}`} {
		if got := b.send(http.MethodPost, app+"/boundary/check", strings.NewReader(body), "application/json"); got.status >= 500 {
			t.Errorf("check of %q: %d", body, got.status)
		}
	}
	for _, query := range []string{"/edit?part=%00", "/edit?part=%ff", "?tab=%ff", "/compare?from=x", "/compare?from=-1&to=0", "/edit/status?part="} {
		if got := b.get(app + query); got.status >= 500 {
			t.Errorf("%s: %d", query, got.status)
		}
	}
}
