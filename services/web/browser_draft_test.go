package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// hire makes one more person of district A who fills in applications.
func (f *filing) hire(t *testing.T, login, name string) {
	t.Helper()
	hash := must(f.c.Identity.Hash(password))(t)
	f.update(func(tx *database.Tx) error {
		id, err := f.c.Identity.PutPerson(tx, identity.NewPerson{Login: login, Name: name, Unit: districtA, Roles: []workflows.Role{workflows.Filler}, PasswordHash: hash, Demo: true})
		f.actor[login] = identity.Actor{ID: id, Name: name, Login: login, Unit: districtA, Roles: []workflows.Role{workflows.Filler}, Lang: "zh-CN"}
		return err
	})
}

// shared is the product behind one address at which everybody logs in themselves.
func (f *filing) shared(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(f.engine)
	t.Cleanup(s.Close)
	return s.URL
}

// TestDraftInBrowser holds what several people, an ended session and a shared machine do to a
// draft that somebody types into.
func TestDraftInBrowser(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	f.hire(t, "colleague", "示例同事")
	f.cookie["colleague"] = f.pagesLogin(t, "colleague")
	for name, test := range map[string]func(*testing.T, context.Context, *filing){
		"Session": sessionEndsWhileTyping, "OtherPerson": nobodySavesForAnother, "Merge": colleaguesMeet, "Logout": logoutErases, "Back": draftGoesBack,
	} {
		t.Run(name, func(t *testing.T) { test(t, ctx, f) })
	}
}

// pagesLogin logs in without HTTPS.
func (f *filing) pagesLogin(t *testing.T, login string) string {
	t.Helper()
	session, err := f.c.Identity.Login(t.Context(), identity.Credentials{Login: login, Password: password, Kind: identity.Cookie, IP: "192.0.2.7", Agent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return session.Token
}

// own opens a browser of its own for a person and logs in by the page.
func own(t *testing.T, ctx context.Context, home, login, next string, forgive ...string) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	act(t, ctx) // the first call makes the browser
	page := tab(t, ctx, home+"/login?next="+next, append(forgive, "401")...)
	logInHere(t, page, login)
	return page
}

func logInHere(t *testing.T, page context.Context, login string) {
	t.Helper()
	act(t, page, script(fmt.Sprintf(`document.getElementsByName("login")[0].value = %q; document.getElementsByName("password")[0].value = %q;
		document.getElementsByName("password")[0].form.requestSubmit()`, login, password)))
	until(t, page, `location.pathname !== "/login" && document.readyState === "complete"`)
}

func typeKeys(t *testing.T, page context.Context, name, text string) {
	t.Helper()
	act(t, page, chromedp.Focus(chromedp.CSS(fmt.Sprintf("[name=%q]", name))), chromedp.KeyEvent(text))
}

func (f *filing) source(t *testing.T, app string) string {
	t.Helper()
	return must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Fund.SourceLine
}

// sessionEndsWhileTyping: the words stay, the line says so, and after the login – in place, or
// in another tab – they are saved.
func sessionEndsWhileTyping(t *testing.T, ctx context.Context, f *filing) {
	app := f.start(t, "渝中区会话测试甲集聚示范区")
	home := f.shared(t)
	page := own(t, ctx, home, "filler", app+"/edit?part=fund")
	typeKeys(t, page, "fund.source_line", "before ")
	until(t, page, saved)
	f.endSessions(t, "filler")
	typeKeys(t, page, "fund.source_line", "after ")
	until(t, page, state+` === "login"`)
	typeKeys(t, page, "fund.source_line", "more ")
	until(t, page, `document.querySelector(".autosave a")?.textContent === "登录后继续"`)
	if got := f.source(t, app); got != "before" {
		t.Errorf("stored without a session: %q", got)
	}
	act(t, page, script(`document.querySelector(".autosave a").click()`))
	until(t, page, `document.getElementsByName("password").length === 1`)
	logInHere(t, page, "filler")
	until(t, page, `document.getElementsByName("fund.source_line")[0]?.value === "before after more "`)
	until(t, page, saved)
	if got := f.source(t, app); got != "before after more" {
		t.Errorf("after the login in place: %q", got)
	}
	f.endSessions(t, "filler")
	typeKeys(t, page, "fund.source_line", "again ")
	until(t, page, state+` === "login"`)
	logInHere(t, tab(t, page, home+"/login?next=/inbox", "401"), "filler")
	act(t, page, script(`window.dispatchEvent(new Event("focus"))`))
	until(t, page, saved)
	if got := f.source(t, app); got != "before after more again" {
		t.Errorf("after the login elsewhere: %q", got)
	}
}

// endSessions ends every session of a person in browsers; the one of the plain requests goes on.
func (f *filing) endSessions(t *testing.T, login string) {
	t.Helper()
	f.update(func(tx *database.Tx) error {
		_, err := tx.Exec("UPDATE session SET revoked_at = ? WHERE person_id = ?", tx.Now(), f.actor[login].ID)
		return err
	})
	f.cookie[login] = f.pagesLogin(t, login)
}

// nobodySavesForAnother: when somebody else logs in with the same browser, an open page of the
// first saves nothing under their name, and what it keeps is not shown to them.
func nobodySavesForAnother(t *testing.T, ctx context.Context, f *filing) {
	app := f.start(t, "渝中区会话测试乙集聚示范区")
	home := f.shared(t)
	page := own(t, ctx, home, "filler", app+"/edit?part=fund")
	typeKeys(t, page, "fund.source_line", "mine ")
	until(t, page, saved)
	f.endSessions(t, "filler")
	other := tab(t, page, home+"/login?next="+app+"/edit?part=fund", "401")
	logInHere(t, other, "colleague")
	typeKeys(t, page, "fund.source_line", "secret ")
	until(t, page, state+` === "other"`)
	act(t, other, chromedp.Navigate(home+app+"/edit?part=fund"), chromedp.WaitVisible(chromedp.CSS("main form")))
	time.Sleep(time.Second)
	if got := evaluate[string](t, other, `document.getElementsByName("fund.source_line")[0].value + state(); function state() { return "|" + document.querySelector("#flash").textContent.trim(); }`); got != "mine|" {
		t.Errorf("the other person is shown %q", got)
	}
	if got := f.source(t, app); got != "mine" {
		t.Errorf("saved under another name: %q", got)
	}
}

// colleaguesMeet: two people in one part see one another, their fields are merged in silence,
// and the form of each shows what the other wrote.
func colleaguesMeet(t *testing.T, ctx context.Context, f *filing) {
	app := f.start(t, "渝中区会话测试丙集聚示范区")
	home := f.shared(t)
	mine := own(t, ctx, home, "filler", app+"/edit?part=fund", "409")
	theirs := own(t, ctx, home, "colleague", app+"/edit?part=fund", "409")
	until(t, theirs, `document.querySelector("#editor-present").textContent.includes("配套资金")`)
	typeKeys(t, theirs, "fund.document_number", "T-1")
	until(t, theirs, saved)
	typeKeys(t, mine, "fund.source_line", "mine")
	until(t, mine, saved)
	until(t, mine, `document.getElementsByName("fund.document_number")[0].value === "T-1" && document.querySelector("#flash").textContent.includes("同事更新了")`)
	act(t, mine, script(`document.body.dispatchEvent(new CustomEvent("placed"))`))
	until(t, mine, `document.querySelector("#editor-present").textContent.includes("示例同事") && document.querySelector("#editor-tasks .task.is-active").textContent.includes("示例同事")`)
	if *shots != "" {
		shoot(t, mine, "present", 1280)
		shoot(t, mine, "present", 390)
	}
	typeKeys(t, mine, "fund.source_line", " more")
	until(t, mine, saved)
	fund := must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Fund
	if fund.SourceLine != "mine more" || fund.DocumentNumber != "T-1" {
		t.Errorf("merged: %+v", fund)
	}
	typeKeys(t, theirs, "fund.source_line", "theirs")
	until(t, theirs, `document.querySelectorAll(".stale .stale-row").length === 1`)
	act(t, theirs, script(`document.querySelector('.stale input[value="theirs"]').click(); document.querySelector(".stale button").click()`))
	until(t, theirs, `!document.querySelector(".stale") && document.getElementsByName("fund.source_line")[0]?.value === "mine more"`)
	time.Sleep(time.Second)
	if got := f.source(t, app); got != "mine more" {
		t.Errorf("after choosing the other's: %q", got)
	}
}

// logoutErases: logging out asks, and removes what is kept on the machine.
func logoutErases(t *testing.T, ctx context.Context, f *filing) {
	app := f.start(t, "渝中区会话测试丁集聚示范区")
	var down atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() && r.Header.Get("X-Autosave") != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		f.engine.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	page := own(t, ctx, s.URL, "filler", app+"/edit?part=fund", "503")
	down.Store(true)
	typeKeys(t, page, "fund.source_line", "unsaved")
	until(t, page, state+` === "offline"`)
	const kept = `Object.keys(localStorage).filter((key) => key.startsWith("cz-keep/")).length`
	until(t, page, kept+" === 1")
	act(t, page, script(`document.querySelector("form[action='/logout'] button").click()`))
	until(t, page, `document.getElementById("confirm").open && document.getElementById("confirm").textContent.includes("没有保存")`)
	act(t, page, script(`document.querySelector("[data-confirm-yes]").click()`))
	until(t, page, `location.pathname === "/login" && `+kept+" === 0")
	f.cookie["filler"] = f.pagesLogin(t, "filler")
}

// draftGoesBack: the list of saved states leads to a comparison and back to a state.
func draftGoesBack(t *testing.T, ctx context.Context, f *filing) {
	app := f.start(t, "渝中区会话测试戊集聚示范区")
	page := own(t, ctx, f.shared(t), "filler", app+"/edit?part=fund")
	typeKeys(t, page, "fund.source_line", "first")
	until(t, page, saved)
	f.now.Set(f.now.Now().Add(5 * time.Minute))
	typeKeys(t, page, "fund.source_line", " second")
	until(t, page, saved)
	act(t, page, script(`document.querySelector("a[href$='/revisions']").click()`))
	until(t, page, `document.querySelectorAll(".revision").length === 3 && document.querySelector(".revision").textContent.includes("配套资金")`)
	if *shots != "" {
		shoot(t, page, "revisions", 1280)
		shoot(t, page, "revisions", 390)
	}
	act(t, page, script(`document.querySelectorAll(".revision a")[0].click()`))
	until(t, page, `document.querySelector(".revision-restore") && document.querySelector("main").textContent.includes("first second")`)
	if *shots != "" {
		shoot(t, page, "revision", 1280)
	}
	act(t, page, script(`document.querySelector(".revision-restore button").click()`))
	until(t, page, `document.getElementById("confirm").open`)
	act(t, page, script(`document.querySelector("[data-confirm-yes]").click()`))
	until(t, page, `document.querySelector(".flash-done") && document.querySelectorAll(".revision").length === 4`)
	if got := f.source(t, app); got != "first" {
		t.Errorf("after going back: %q", got)
	}
}
