package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"clusterzone/services/application"
)

// carried starts an application from an earlier one through the page.
func (f *filing) carried(t testing.TB, from string) string {
	t.Helper()
	b := f.as("filler")
	form := formOf(t, b.get("/applications/new").want(t, http.StatusOK).body, "/applications/new")
	form.Set("name", "渝中区沿用服务集聚示范区")
	form.Set("from", idOf(from))
	return strings.TrimSuffix(b.post("/applications/new", form).want(t, http.StatusSeeOther).header.Get("Location"), "/edit")
}

// A new application starts from an earlier one: its values stand there marked, until somebody
// changes or confirms them; a changed one loses its mark.
func TestCarryForwardInPages(t *testing.T) {
	f := newFiling(t)
	app := f.carried(t, f.filled(t, 3))
	b := f.as("filler")
	first := b.get(app+"/edit?part=body").want(t, http.StatusOK)
	for _, text := range []string{"沿用自 2026 年的申报 CQ-SB-2026-0001", "8 处沿用", "沿用上次", "已核对，仍然有效"} {
		if !strings.Contains(first.body, text) {
			t.Errorf("the body lacks %q", text)
		}
	}
	f.fill(t, app, "body", url.Values{"body.legal_representative": {"示例新负责人"}}).want(t, http.StatusSeeOther)
	if got := b.get(app + "/edit?part=body"); !strings.Contains(got.body, "7 处沿用") {
		t.Error("a changed field still counts as carried over")
	}
	if got := b.get(app+"/send").want(t, http.StatusOK); !strings.Contains(got.body, "发展主体 7 处") {
		t.Error("before sending, what nobody has confirmed is not named")
	}
	b.post(app+"/carried", url.Values{"part": {"body"}}).want(t, http.StatusSeeOther)
	if got := b.get(app + "/edit?part=body"); !strings.Contains(got.body, "已核对确认") || strings.Contains(got.body, "沿用上次") {
		t.Error("what is confirmed is still marked")
	}
	if got := b.get(app + "/edit?part=goals"); !strings.Contains(got.body, "沿用自") {
		t.Error("the goals do not say that they came along")
	}
	b.post(app+"/carried", url.Values{"part": {"roof"}}).want(t, http.StatusUnprocessableEntity)
	f.as("stranger").post(app+"/carried", url.Values{"part": {"body"}}).want(t, http.StatusNotFound)
}

// What is typed once as a development body is kept by one click and fills the next draft; a
// colleague's save is shown, not overwritten.
func TestUnitProfileInPages(t *testing.T) {
	f := newFiling(t)
	app, b := f.filled(t, 3), f.as("filler")
	if got := b.get(app + "/edit?part=body"); !strings.Contains(got.body, "保存到本单位资料") {
		t.Fatal("a complete body is not offered to be kept")
	}
	b.post(app+"/keep-body", url.Values{}).want(t, http.StatusSeeOther)
	if got := b.get(app + "/edit?part=body"); strings.Contains(got.body, "保存到本单位资料") {
		t.Error("what is kept is offered again")
	}
	body := f.content(3).Body
	next := f.start(t, "渝中区下一件集聚示范区")
	if got := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(next)))(t).Content.Body; got != body {
		t.Errorf("the next draft begins with %+v", got)
	}
	page := b.get("/unit-profile").want(t, http.StatusOK)
	form := formOf(t, page.body, "/unit-profile")
	stale := formOf(t, page.body, "/unit-profile")
	form.Set("bodies.0.contact_phone", "023-00005678")
	form.Set("bodies.1.name", "示例第二主体")
	b.post("/unit-profile", form).want(t, http.StatusSeeOther)
	stale.Set("bodies.0.managers", "77")
	late := b.post("/unit-profile", stale).want(t, http.StatusConflict)
	if !strings.Contains(late.body, "023-00005678") || !strings.Contains(late.body, `value="77"`) {
		t.Error("a late save does not show both")
	}
	wrong := formOf(t, b.get("/unit-profile").body, "/unit-profile")
	wrong.Set("bodies.1.credit_code", "123")
	wrong.Set("bodies.2.contact_name", "示例联系人")
	refused := b.post("/unit-profile", wrong).want(t, http.StatusUnprocessableEntity)
	for _, text := range []string{"应为 18 位", `href="#f-bodies.1.credit_code"`, `href="#f-bodies.2.name"`} {
		if !strings.Contains(refused.body, text) {
			t.Errorf("the refusal lacks %q", text)
		}
	}
	drop := formOf(t, b.get("/unit-profile").body, "/unit-profile")
	drop.Set("bodies.0.remove", "true")
	b.post("/unit-profile", drop).want(t, http.StatusSeeOther)
	p := must(f.c.Applications.Profile(t.Context(), f.actor["leader"]))(t)
	if !slices.EqualFunc(p.Bodies, []string{"示例第二主体"}, func(x application.ProfileBody, name string) bool { return x.Name == name }) {
		t.Errorf("after removing the first: %+v", p.Bodies)
	}
	if got := f.as("leader").get("/unit-profile").want(t, http.StatusOK); strings.Contains(got.body, "<textarea") || strings.Contains(got.body, `action="/unit-profile"`) {
		t.Error("the leader is shown a form that is not for them")
	}
	f.as("clerk").get("/unit-profile").want(t, http.StatusNotFound)
	for _, garbage := range []url.Values{{"version": {"x"}}, {"bodies.x.name": {"1"}}, {"bodies.99.name": {"1"}}, {"bodies.0": {"1"}}, {"bodies.0.roof": {"1"}}, {"bodies.0.managers": {"-3"}}} {
		if got := b.post("/unit-profile", garbage); got.status >= 500 || got.status < 400 {
			t.Errorf("%v: %d", garbage, got.status)
		}
	}
}
