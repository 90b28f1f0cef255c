package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"clusterzone/services/web"
)

// servedAs is the product behind an address at which everybody is one person.
func servedAs(f *pages, who string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.AddCookie(&http.Cookie{Name: f.c.CookieName, Value: f.cookie[who]})
		f.engine.ServeHTTP(w, r)
	}))
	f.Cleanup(s.Close)
	return s.URL
}

// TestInboxInBrowser walks the work list by role, changes a notice setting, turns the pages of
// the calendar, and makes, fetches and revokes the feed, with the scripts at work.
func TestInboxInBrowser(t *testing.T) {
	ctx := browser(t)
	f := newPages(t)
	f.c.Secure = false
	f.engine = gin.New()
	web.Register(f.engine, f.c)
	f.draft(1)
	f.submitted(2)
	for _, who := range []struct {
		login string
		todo  bool
	}{{"filler", true}, {"clerk", true}, {"director", false}} {
		page := tab(t, ctx, servedAs(f, who.login)+"/")
		until(t, page, `document.querySelectorAll(".tabs .tab").length === 4`)
		if got := evaluate[bool](t, page, `Boolean(document.querySelector("tbody tr a.btn"))`); got != who.todo {
			t.Errorf("%s has something to do: %t, want %t", who.login, got, who.todo)
		}
		if *shots != "" {
			shoot(t, page, "work-"+who.login, 1280)
			shoot(t, page, "work-"+who.login, 390)
		}
	}
	clerk := servedAs(f, "clerk")

	page := tab(t, ctx, clerk+"/calendar")
	until(t, page, `document.querySelector(".day.is-today") && document.querySelector(".day-entry") && !document.querySelector("[data-print]").hidden`)
	act(t, page, chromedp.EmulateViewport(390, 800))
	until(t, page, `document.documentElement.scrollWidth <= 390 && getComputedStyle(document.querySelector(".day-date")).position === "static"`)
	if *shots != "" {
		shoot(t, page, "calendar", 1280)
		shoot(t, page, "calendar", 390)
	}
	act(t, page, chromedp.EmulateViewport(1280, 900), script(`document.querySelector('.month-nav [rel="prev"]').click()`))
	until(t, page, `location.search === "?month=2026-10" && [...document.querySelectorAll(".day-name")].some(e => e.textContent.includes("国庆节"))`)
	if *shots != "" {
		shoot(t, page, "calendar-october", 1280)
	}

	page = tab(t, ctx, clerk+"/profile/notices")
	act(t, page, script(`const b = document.querySelector('[name="mail.progress"][value="digest"]'); b.click(); b.form.requestSubmit()`))
	until(t, page, `document.querySelector(".flash-done") && document.querySelector('[name="mail.progress"][value="digest"]').checked`)
	act(t, page, script(`document.querySelector('form[action^="/profile/feed"] button').click()`))
	until(t, page, `document.querySelector(".feed-address")`)
	if *shots != "" {
		shoot(t, page, "settings", 1280)
		shoot(t, page, "settings", 390)
	}
	address := evaluate[string](t, page, `new URL(document.querySelector(".feed-address").textContent.trim()).pathname`)
	f.as("").get(address).want(t, http.StatusOK)
	act(t, page, script(`document.querySelector('form[action="/profile/feed/revoke"] button').click()`))
	until(t, page, `document.querySelector(".flash-done") && !document.querySelector('form[action="/profile/feed/revoke"]')`)
	f.as("").get(address).want(t, http.StatusNotFound)
}
