package web_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/web"
	"clusterzone/workflows"

	"github.com/google/go-cmp/cmp"
)

const nobody = "00000000-0000-7000-8000-000000000000"

// story fills the product with a case of every kind that can be made without waiting.
type story struct {
	draft, submitted, review, noticed, opinion, zone, objection casework.Ref
	notice, code                                                string
}

func (w *pages) story() story {
	w.Helper()
	s := story{draft: w.draft(1), submitted: w.submitted(2), review: w.inReview(3), noticed: w.noticed(4)}
	s.opinion = w.opinion(s.review)
	s.notice = w.noticeOf(s.noticed)
	s.zone, s.code = w.establish()
	w.as("").post("/notices/"+s.notice+"/objections", objectionForm()).want(w, http.StatusSeeOther)
	got := w.as("officer").get("/objections").want(w, http.StatusOK)
	id := regexp.MustCompile(`/objections/([0-9a-f-]{36})`).FindStringSubmatch(got.body)
	if id == nil {
		w.Fatal("the officer does not find the objection")
	}
	s.objection = casework.Ref{Kind: workflows.Objection.Kind, ID: id[1]}
	return s
}

func objectionForm() url.Values {
	return url.Values{"objector_kind": {"individual"}, "name": {"示例异议人"}, "contact": {"13800000000"}, "body": {"申报范围的东侧边界与相邻地块重叠,请依据权属资料核实。"}}
}

// addresses fills a route's parameters with cases that are there.
func (s story) addresses(path string) []string {
	ids := map[string]string{"/notices/": s.notice, "/objections/": s.objection.ID, "/opinions/": s.opinion.ID, "/zones/": s.zone.ID, "/certificates/": s.code}
	fill := func(id string) string {
		out := strings.NewReplacer(":id", id, ":code", id, ":action", "sign", ":session", nobody).Replace(path)
		return regexp.MustCompile(`:[a-z]+`).ReplaceAllString(out, nobody)
	}
	if strings.HasPrefix(path, "/applications/") {
		return []string{fill(s.draft.ID), fill(s.submitted.ID), fill(s.noticed.ID)}
	}
	for prefix, id := range ids {
		if strings.HasPrefix(path, prefix) {
			return []string{fill(id)}
		}
	}
	return []string{fill(nobody)}
}

// Every route answers every role without failing, lets in whom its line names and nobody
// else, and answers the others exactly as if it were not there.
func TestEveryRouteForEveryRole(t *testing.T) {
	w := newPages(t)
	s := w.story()
	missing := w.as("").in("zh-CN").get("/nowhere").want(t, http.StatusNotFound).body
	logins := []string{""}
	for login := range w.cookie {
		logins = append(logins, login)
	}
	slices.Sort(logins)
	for _, rt := range web.Routes() {
		for _, login := range logins {
			if rt.Path == "/logout" {
				continue // ends the session that the other rows need
			}
			for _, address := range s.addresses(rt.Path) {
				got := w.request(login, rt.Method, address)
				w.checkAnswer(rt, login, got)
			}
		}
	}
	if strings.Contains(missing, "/nowhere") {
		t.Error("the page for what is absent names the address")
	}
}

func (w *pages) request(login, method, address string) page {
	if method == http.MethodPost {
		return w.as(login).in("zh-CN").post(address, url.Values{"no_such_field": {"x"}})
	}
	return w.as(login).in("zh-CN").get(address)
}

func (w *pages) checkAnswer(rt web.RouteLine, login string, got page) {
	w.Helper()
	if got.status >= 500 {
		w.Errorf("%s as %q: %d %.300s", got.what, login, got.status, got.body)
		return
	}
	w.checkHeaders(got)
	w.checkWords(got, login)
	actor, known := w.actor[login]
	admitted := rt.Anybody || known && (len(rt.Roles) == 0 || actor.Any(rt.Roles...))
	switch {
	case admitted:
	case login == "" && rt.Method == http.MethodGet:
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/login?next=") {
			w.Errorf("%s as a visitor: %d to %q, want the login", got.what, got.status, got.header.Get("Location"))
		}
	case login == "":
		if got.status != http.StatusUnauthorized {
			w.Errorf("%s as a visitor: %d, want 401", got.what, got.status)
		}
	case got.status != http.StatusNotFound:
		w.Errorf("%s as %s, for whom it is not: %d, want 404", got.what, login, got.status)
	}
}

func (w *pages) checkHeaders(got page) {
	w.Helper()
	if got.status == http.StatusSeeOther || got.status == http.StatusNoContent {
		return
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000"} {
		if got.header.Get(name) != want {
			w.Errorf("%s: %s is %q, want %q", got.what, name, got.header.Get(name), want)
		}
	}
	if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe-eval") {
		w.Errorf("%s: content policy %q", got.what, policy)
	}
	if strings.HasPrefix(got.header.Get("Content-Type"), "text/html") && got.header.Get("Cache-Control") != "no-store" {
		w.Errorf("%s may be kept: %q", got.what, got.header.Get("Cache-Control"))
	}
}

var (
	noMarkup = regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|<[^>]*>`)
	sentence = regexp.MustCompile(`[A-Z][a-z]+ [a-z]+ [a-z]+ [a-z]+`)
)

// checkWords looks for texts that the catalogue lacks, and for English on a Chinese page.
func (w *pages) checkWords(got page, login string) {
	w.Helper()
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		return
	}
	if found := missingText.FindString(got.body); found != "" {
		w.Errorf("%s as %q lacks the text %s", got.what, login, found)
	}
	if found := sentence.FindString(noMarkup.ReplaceAllString(got.body, " ")); found != "" {
		w.Errorf("%s as %q: English on a Chinese page: %q", got.what, login, found)
	}
}

// What is absent and what is not for this person are one page, to the byte.
func TestAbsentAndHiddenAreOnePage(t *testing.T) {
	w := newPages(t)
	ref := w.draft(1)
	hidden := w.as("stranger").get("/applications/"+ref.ID+"/act/sign").want(t, http.StatusNotFound)
	absent := w.as("stranger").get("/applications/"+nobody+"/act/sign").want(t, http.StatusNotFound)
	forbidden := w.as("stranger").get("/audit").want(t, http.StatusNotFound)
	unknown := w.as("stranger").get("/no/such/page").want(t, http.StatusNotFound)
	for _, other := range []page{absent, forbidden, unknown} {
		if diff := cmp.Diff(strip(hidden.body), strip(other.body)); diff != "" {
			t.Errorf("%s differs from %s (-hidden +other):\n%s", other.what, hidden.what, diff)
		}
	}
	w.as("clerk").get("/applications/"+ref.ID+"/act/accept").want(t, http.StatusNotFound) // a draft is its unit's own
}

// strip takes the marked place of the menu out, which follows the address.
func strip(body string) string {
	return strings.NewReplacer(` is-active`, ``, ` aria-current="page"`, ``).Replace(body)
}

func TestFormsKeepWhatWasTyped(t *testing.T) {
	w := newPages(t)
	ref := w.noticed(1)
	form := objectionForm()
	form.Set("contact", "不是电话<b>")
	got := w.as("").in("zh-CN").post("/notices/"+w.noticeOf(ref)+"/objections", form).want(t, http.StatusUnprocessableEntity)
	for _, want := range []string{"示例异议人", "不是电话&lt;b&gt;", "东侧边界", `href="#f-contact"`, "联系方式无法识别"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the refused form lacks %q", want)
		}
	}
	if strings.Contains(got.body, "不是电话<b>") {
		t.Error("what was typed reaches the page as markup")
	}
}

func TestObjectionCanBeFollowed(t *testing.T) {
	w := newPages(t)
	ref := w.noticed(1)
	b := w.as("").in("zh-CN")
	filed := b.post("/notices/"+w.noticeOf(ref)+"/objections", objectionForm()).want(t, http.StatusSeeOther)
	b.jar = filed.cookies
	receipt := regexp.MustCompile(`YY-2026-0001-[0-9A-Z]{8}`).FindString(b.get(filed.header.Get("Location")).want(t, http.StatusOK).body)
	if receipt == "" {
		t.Fatal("the receipt's number is not shown")
	}
	found := w.as("").in("zh-CN").post("/objections/track", url.Values{"number": {receipt}, "contact": {"138-0000-0000"}}).want(t, http.StatusOK)
	if !strings.Contains(found.body, "已收到") {
		t.Error("the objection's state is not shown")
	}
	w.as("").post("/objections/track", url.Values{"number": {receipt}, "contact": {"13900000000"}}).want(t, http.StatusNotFound)
}

// An action is taken on the version that was read; a later one shows what happened, keeps
// what was typed and can then be taken.
func TestActionOnAStaleCase(t *testing.T) {
	w := newPages(t)
	ref := w.submitted(1)
	path := "/applications/" + ref.ID + "/act/withdraw"
	version := regexp.MustCompile(`name="version" value="(\d+)"`)
	seen := version.FindStringSubmatch(w.as("leader").get(path).want(t, http.StatusOK).body)
	w.do("clerk", ref, "request_correction", "", map[string]any{"items": []map[string]string{{"anchor_kind": "field", "anchor": "positioning.text", "words": "请补充功能定位的依据"}}})
	form := url.Values{"version": {seen[1]}, "reason": {"本单位调整申报方向,请予撤回"}}
	stale := w.as("leader").in("zh-CN").post(path, form).want(t, http.StatusConflict)
	for _, want := range []string{"发出补正通知", "本单位调整申报方向,请予撤回", "您填写期间"} {
		if !strings.Contains(stale.body, want) {
			t.Errorf("the stale form lacks %q", want)
		}
	}
	form.Set("version", version.FindStringSubmatch(stale.body)[1])
	done := w.as("leader").post(path, form).want(t, http.StatusSeeOther)
	if got := done.header.Get("Location"); got != "/applications/"+ref.ID {
		t.Errorf("after the action: to %q", got)
	}
	now := must(w.c.Applications.Actions(t.Context(), w.actor["leader"], ref.ID))(t)
	if now.State != "withdrawn" {
		t.Errorf("state is %s, want withdrawn", now.State)
	}
	w.as("leader").post(path, form).want(t, http.StatusConflict) // a second click finds the case moved on
}

func TestActionsSendTheirFields(t *testing.T) {
	w := newPages(t)
	opinion := w.opinion(w.inReview(1))
	path := "/opinions/" + opinion.ID
	body := w.as("department").in("zh-CN").get(path).want(t, http.StatusOK).body
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(body)[1]
	form := url.Values{"version": {version}, "data.stance": {"disagree"}, "data.grounds": {"太短"}}
	refused := w.as("department").in("zh-CN").post(path, form).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(refused.body, `href="#f-data.grounds"`) || !strings.Contains(refused.body, `value="disagree" checked`) {
		t.Error("the refused opinion does not lead to its grounds, or forgets its stance")
	}
	form.Set("data.extra", "x")
	w.as("department").post(path, form).want(t, http.StatusUnprocessableEntity)
	form.Del("data.extra")
	form.Set("data.grounds", "集聚程度与目标差距较大,建议培育后再报。")
	w.as("department").post(path, form).want(t, http.StatusSeeOther)
	if now := must(w.c.Applications.Opinions().Actions(t.Context(), w.actor["officer"], opinion.ID))(t); now.State != "given" {
		t.Errorf("state is %s, want given", now.State)
	}
}

func TestBlockedActionsSayWhy(t *testing.T) {
	w := newPages(t)
	ref := w.submitted(1)
	got := w.as("clerk").in("zh-CN").get("/applications/"+ref.ID+"/act/accept").want(t, http.StatusOK)
	if !strings.Contains(got.body, "尚未全部通过") || strings.Contains(got.body, `type="submit">受理`) {
		t.Error("a blocked action does not say why, or can be sent")
	}
	form := url.Values{"version": {fmt.Sprint(must(w.c.Applications.Actions(t.Context(), w.actor["clerk"], ref.ID))(t).Version)}}
	w.as("clerk").post("/applications/"+ref.ID+"/act/accept", form).want(t, http.StatusUnprocessableEntity)
}

func TestLogin(t *testing.T) {
	w := newPages(t)
	wrong := w.as("").in("zh-CN").post("/login", url.Values{"login": {"clerk"}, "password": {"x"}, "next": {"/inbox"}}).want(t, http.StatusUnauthorized)
	for _, want := range []string{`value="clerk"`, `value="/inbox"`, "登录名或密码不正确"} {
		if !strings.Contains(wrong.body, want) {
			t.Errorf("the refused login lacks %q", want)
		}
	}
	for _, evil := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "evil", "/a\nb"} {
		got := w.as("").post("/login", url.Values{"login": {"clerk"}, "password": {password}, "next": {evil}}).want(t, http.StatusSeeOther)
		if got.header.Get("Location") != "/" {
			t.Errorf("next=%q leads to %q", evil, got.header.Get("Location"))
		}
	}
	out := w.as("clerk").post("/logout", nil).want(t, http.StatusSeeOther)
	if !slices.ContainsFunc(out.cookies, func(c *http.Cookie) bool { return c.Name == "cz_session" && c.MaxAge < 0 }) {
		t.Error("the logout leaves the cookie")
	}
	if got := w.as("clerk").get("/inbox").want(t, http.StatusSeeOther); got.header.Get("Location") != "/login?next=%2Finbox" {
		t.Errorf("after the logout: to %q", got.header.Get("Location"))
	}
}

// A one-time password opens nothing but its own change.
func TestOneTimePassword(t *testing.T) {
	w := newPages(t)
	got := w.as("secadmin").in("zh-CN").post("/persons/"+w.actor["filler"].ID+"/password", url.Values{}).want(t, http.StatusOK)
	issued := regexp.MustCompile(`class="secret">([a-z0-9-]+)<`).FindStringSubmatch(got.body)
	if issued == nil {
		t.Fatal("the one-time password is not shown")
	}
	in := w.as("").post("/login", url.Values{"login": {"filler"}, "password": {issued[1]}}).want(t, http.StatusSeeOther)
	b := w.as("")
	for _, c := range in.cookies {
		if c.Name == "cz_session" {
			b.session = c.Value
		}
	}
	if got := b.get("/applications").want(t, http.StatusSeeOther); got.header.Get("Location") != "/profile/password" {
		t.Errorf("with a one-time password: to %q", got.header.Get("Location"))
	}
	change := url.Values{"current": {issued[1]}, "new": {"另一把自己的钥匙-2017"}, "again": {"不一样"}}
	b.post("/profile/password", change).want(t, http.StatusUnprocessableEntity)
	change.Set("again", change.Get("new"))
	b.post("/profile/password", change).want(t, http.StatusSeeOther)
	b.get("/applications").want(t, http.StatusOK)
}

func TestLanguageFollowsThePerson(t *testing.T) {
	w := newPages(t)
	if got := w.as("clerk").in("en").get("/"); !strings.Contains(got.body, `<html lang="zh-CN"`) {
		t.Error("the browser's language wins over the account's")
	}
	if got := w.as("clerk").get("/?lang=en"); !strings.Contains(got.body, `<html lang="en"`) {
		t.Error("the language asked for is not shown")
	}
	if got := w.as("clerk").in("zh-CN").get("/"); !strings.Contains(got.body, `<html lang="en"`) || !strings.Contains(got.body, "Work list") {
		t.Error("the language asked for is not kept with the account")
	}
	if got := w.as("").in("en").get("/"); !strings.Contains(got.body, `<html lang="en"`) {
		t.Error("a visitor does not read the browser's language")
	}
}

// Pages in English hold no Chinese but names and what people wrote.
func TestEnglishPages(t *testing.T) {
	w := newPages(t)
	w.as("officer").get("/?lang=en")
	for _, path := range []string{"/", "/inbox", "/profile", "/overdue", "/zones", "/certificates", "/objections/track", "/profile/password"} {
		body := noMarkup.ReplaceAllString(w.as("officer").get(path).want(t, http.StatusOK).body, " ")
		if found := missingText.FindString(body); found != "" {
			t.Errorf("%s lacks %s", path, found)
		}
		body = strings.NewReplacer("中文", "", "重庆市发展和改革委员会", "", "示例o", "").Replace(body)
		if found := regexp.MustCompile(`\p{Han}+`).FindString(body); found != "" {
			t.Errorf("%s: Chinese on an English page: %s", path, found)
		}
	}
}

func TestFragmentsAndScripts(t *testing.T) {
	w := newPages(t)
	part := w.as("officer").with("HX-Request", "true").get("/inbox").want(t, http.StatusOK)
	if strings.Contains(part.body, "<html") {
		t.Error("a script that asks for a part gets the whole page")
	}
	gone := w.as("").with("HX-Request", "true").get("/inbox").want(t, http.StatusUnauthorized)
	if strings.Contains(gone.body, "<html") {
		t.Error("a refusal to a script is a whole page")
	}
	for path, want := range map[string]int{"/applications/" + nobody + "/files": http.StatusNotFound, "/attachments/" + nobody + "/complete": http.StatusNotFound} {
		got := w.as("filler").with("Accept", "application/json").send(http.MethodPost, path, strings.NewReader(`{"name":"a.pdf","size":1}`), "application/json").want(t, want)
		if !strings.Contains(got.body, `"code":"not_found"`) {
			t.Errorf("%s answers a script with %s", path, got.body)
		}
	}
	if got := w.as("").get("/api/v1/nowhere").want(t, http.StatusNotFound); !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		t.Errorf("a programme gets %s", got.header.Get("Content-Type"))
	}
}

func TestCertificateCheck(t *testing.T) {
	w := newPages(t)
	zone, code := w.establish()
	number := must(w.c.Zones.View(t.Context(), w.actor["officer"], zone.ID))(t).Certificates[0].Number
	for _, path := range []string{"/certificates/" + code, "/certificates?number=" + url.QueryEscape(number)} {
		if got := w.as("").in("zh-CN").get(path).want(t, http.StatusOK); !strings.Contains(got.body, "现在有效") || !strings.Contains(got.body, number) {
			t.Errorf("%s does not say that the certificate is valid", path)
		}
	}
	w.as("").get("/certificates/NOSUCHCODE").want(t, http.StatusNotFound)
}

func TestFlashCannotCarryAnything(t *testing.T) {
	w := newPages(t)
	for _, raw := range []string{`{"k":"done","t":"no.such.key"}`, `{"k":"x","t":"page.logout.done"}`, `{`, `{"k":"done","t":"persons.saved","p":{"Name":"<script>alert(1)</script>"}}`} {
		b := w.as("")
		b.jar = []*http.Cookie{{Name: "cz_flash", Value: base64.RawURLEncoding.EncodeToString([]byte(raw))}}
		got := b.get("/login").want(t, http.StatusOK)
		if strings.Contains(got.body, "<script>alert") || missingText.MatchString(got.body) {
			t.Errorf("flash %s reaches the page as it came", raw)
		}
	}
}

func TestBind(t *testing.T) {
	type form struct {
		Name    string            `form:"name,5"`
		Raw     string            `form:"raw,10,raw"`
		Version int64             `form:"version"`
		Agreed  bool              `form:"agreed"`
		Roles   []string          `form:"roles"`
		Data    map[string]string `form:"data.*"`
	}
	tests := []struct {
		name   string
		values url.Values
		want   form
		fields []fault.Field
	}{
		{"everything", url.Values{"name": {" 甲 "}, "raw": {" x "}, "version": {"7"}, "agreed": {"true"}, "roles": {"a", "b"}, "data.x": {"1\r\n2"}},
			form{"甲", " x ", 7, true, []string{"a", "b"}, map[string]string{"x": "1\n2"}}, nil},
		{"unknown", url.Values{"other": {"x"}}, form{}, []fault.Field{{Path: "other", Code: "unknown_field"}}},
		{"too long", url.Values{"name": {"一二三四五六"}}, form{Name: "一二三四五六"}, []fault.Field{{Path: "name", Code: "too_long", Params: map[string]string{"Max": "5"}}}},
		{"twice", url.Values{"name": {"a", "b"}}, form{Name: "a"}, []fault.Field{{Path: "name", Code: "malformed"}}},
		{"no number", url.Values{"version": {"x"}}, form{}, []fault.Field{{Path: "version", Code: "not_a_number"}}},
		{"NUL", url.Values{"name": {"a\x00"}}, form{Name: "a\x00"}, []fault.Field{{Path: "name", Code: "not_text"}}},
		{"no UTF-8", url.Values{"name": {"\xff"}}, form{Name: "\uFFFD"}, []fault.Field{{Path: "name", Code: "not_text"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got form
			err := web.BindValues(tt.values, &got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("form (-want +got):\n%s", diff)
			}
			var f *fault.Error
			_ = errors.As(err, &f)
			switch {
			case tt.fields == nil && err != nil, tt.fields != nil && f == nil:
				t.Errorf("error %v, want fields %v", err, tt.fields)
			case f != nil:
				if diff := cmp.Diff(tt.fields, f.Fields); diff != "" {
					t.Errorf("fields (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// The step bar knows every state once, and every text that states and menus compose is there.
func TestTablesHaveTheirWords(t *testing.T) {
	w := newPages(t)
	for _, flow := range workflows.All() {
		at := map[workflows.State]int{}
		for key, states := range web.Phases(flow.Kind) {
			if name := "phase." + string(flow.Kind) + "." + key; !w.c.Words.Has(name) {
				t.Errorf("no text %s", name)
			}
			for _, state := range states {
				at[state]++
			}
		}
		for _, row := range flow.States {
			if at[row.State] != 1 {
				t.Errorf("%s %s stands in %d steps, want 1", flow.Kind, row.State, at[row.State])
			}
			if name := "work.ask." + string(flow.Kind) + "." + string(row.State); len(row.Desk) > 0 && !w.c.Words.Has(name) {
				t.Errorf("no text %s", name)
			}
		}
	}
	for _, role := range workflows.Roles() {
		if !w.c.Words.Has("role." + string(role)) {
			t.Errorf("no text role.%s", role)
		}
	}
}
