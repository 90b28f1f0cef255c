package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
)

// The tabs of the work list by role: what is asked of whom, before and after they act.
func TestWorkListByRole(t *testing.T) {
	w := newPages(t)
	draft, submitted := w.draft(1), w.submitted(2)
	number := func(ref casework.Ref) (n string) {
		w.update(func(tx *database.Tx) error { return tx.One(&n, "SELECT number FROM application WHERE id = ?", ref.ID) })
		return n
	}
	for _, tt := range []struct {
		who, tab string
		ref      casework.Ref
		want     bool
	}{
		{"filler", "todo", draft, true}, {"filler", "started", draft, true}, {"filler", "done", draft, false}, {"filler", "copied", draft, false},
		{"filler", "todo", submitted, false}, {"filler", "done", submitted, true}, {"filler", "started", submitted, true},
		{"leader", "done", submitted, true}, {"leader", "todo", draft, false}, {"leader", "started", submitted, false},
		{"clerk", "todo", submitted, true}, {"clerk", "todo", draft, false}, {"clerk", "done", submitted, false},
		{"officer", "todo", submitted, false}, {"director", "todo", submitted, false}, {"stranger", "todo", draft, false}, {"stranger", "done", submitted, false},
	} {
		got := w.as(tt.who).get("/?tab="+tt.tab+"&kind=application").want(t, http.StatusOK)
		if strings.Contains(got.body, number(tt.ref)) != tt.want {
			t.Errorf("%s of %s, application %s: want %t", tt.tab, tt.who, number(tt.ref), tt.want)
		}
	}
	w.as("clerk").get("/?kind=zone").want(t, http.StatusOK)
	if body := w.as("clerk").get("/?kind=zone").body; strings.Contains(body, number(submitted)) {
		t.Error("filtered by zones, an application is listed")
	}
}

// Sixty cases stand on two pages, each once, and the way on keeps the filter.
func TestWorkListHasPages(t *testing.T) {
	w := newPages(t)
	for i := range 60 {
		w.draft(i + 1)
	}
	row := regexp.MustCompile(`href="/applications/([0-9a-f-]{36})"`)
	next := regexp.MustCompile(`href="(/\?[^"]*after=[^"]*)"`)
	seen := map[string]bool{}
	address, pages := "/?kind=application", 0
	for address != "" {
		got := w.as("filler").get(address).want(t, http.StatusOK)
		page := map[string]bool{}
		for _, m := range row.FindAllStringSubmatch(got.body, -1) {
			page[m[1]] = true
		}
		for id := range page {
			if seen[id] {
				t.Errorf("%s stands on two pages", id)
			}
			seen[id] = true
		}
		pages++
		address = ""
		for _, m := range next.FindAllStringSubmatch(got.body, -1) {
			if !strings.Contains(m[1], "lang=") && pages < 5 { // the language switch stays on its page
				address = strings.ReplaceAll(m[1], "&amp;", "&")
			}
		}
	}
	if len(seen) != 60 || pages != 2 {
		t.Errorf("%d cases on %d pages", len(seen), pages)
	}
}

// The month shows working and rest days as the calendar has them; the list says the same dues.
func TestCalendarPage(t *testing.T) {
	w := newPages(t)
	w.submitted(1) // the clerk's check is due five working days after 23 November
	month := w.as("clerk").in("zh-CN").get("/calendar").want(t, http.StatusOK).body
	for _, text := range []string{"2026年11月", "受理审查期限", `aria-current="date"`, "2026年11月30日"} {
		if !strings.Contains(month, text) {
			t.Errorf("no %s on the page of the month", text)
		}
	}
	if list := w.as("clerk").in("zh-CN").get("/calendar?view=list").want(t, http.StatusOK).body; !strings.Contains(list, "2026年11月30日") {
		t.Error("the list does not have the due date")
	}
	october := w.as("clerk").in("zh-CN").get("/calendar?month=2026-10").want(t, http.StatusOK).body
	if !strings.Contains(october, "国庆节") || strings.Count(october, `day-mark is-work`) < 2 || strings.Contains(october, "受理审查期限") {
		t.Error("October 2026 without its holiday or its make-up day")
	}
	if later := w.as("clerk").in("zh-CN").get("/calendar?month=2027-03").want(t, http.StatusOK).body; !strings.Contains(later, "2027 年放假安排尚未公布") {
		t.Error("a year that is not published is not marked")
	}
	for _, odd := range []string{"2026-13", "x", "0000-01", "99999-01", "2026-1"} {
		if body := w.as("clerk").in("zh-CN").get("/calendar?month="+odd).want(t, http.StatusOK).body; !strings.Contains(body, "2026年11月</h2>") {
			t.Errorf("month %q does not fall back to the present one", odd)
		}
	}
}

// Choosing mail by kind of notice: what is kept, what is refused, and what others have.
func TestNoticeSettings(t *testing.T) {
	w := newPages(t)
	checked := func(who, kind string) string {
		body := w.as(who).in("zh-CN").get("/profile/notices").want(t, http.StatusOK).body
		for _, mode := range []string{"on", "digest", "off"} {
			if regexp.MustCompile(`name="mail\.` + kind + `"[^>]*value="` + mode + `"[^>]*checked|value="` + mode + `"[^>]*name="mail\.` + kind + `"[^>]*checked`).MatchString(body) {
				return mode
			}
		}
		return ""
	}
	if got := checked("filler", "progress"); got != "on" {
		t.Errorf("default: %q", got)
	}
	w.as("filler").post("/profile/notices", url.Values{"mail.progress": {"digest"}, "mail.daily": {"off"}}).want(t, http.StatusSeeOther)
	if got := [3]string{checked("filler", "progress"), checked("filler", "daily"), checked("leader", "progress")}; got != [3]string{"digest", "off", "on"} {
		t.Errorf("after the change: %v", got)
	}
	refused := w.as("filler").in("zh-CN").post("/profile/notices", url.Values{"mail.due": {"off"}}).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(refused.body, "到期和逾期") || !strings.Contains(refused.body, "依规必须发送邮件") {
		t.Error("the refusal does not name the kind and the reason")
	}
	w.as("filler").post("/profile/notices", url.Values{"mail.nothing": {"off"}}).want(t, http.StatusUnprocessableEntity)
	w.as("filler").post("/profile/notices", url.Values{"mail.progress": {"sometimes"}}).want(t, http.StatusUnprocessableEntity)
}

// A message is marked as read one by one, only by its owner, and the inbox is filtered by kind.
func TestInboxOneByOne(t *testing.T) {
	w := newPages(t)
	ref := w.submitted(1)
	w.update(func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO message (id, event_key, recipient_id, code, params, kind, case_id, subject_kind, subject_id, created_at)
			VALUES ('m1', 'e1', ?, 'urge', '{"Number":"示例七号","Title":"机密的名称"}', 'application', ?, 'application', ?, ?)`, w.actor["clerk"].ID, ref.ID, ref.ID, tx.Now())
		return err
	})
	has := func(address string, want bool) {
		t.Helper()
		if got := w.as("clerk").get(address).want(t, http.StatusOK); strings.Contains(got.body, "示例七号") != want {
			t.Errorf("%s: want %t", address, want)
		}
	}
	has("/inbox?unread=1&kind=application", true)
	has("/inbox?kind=zone", false)
	w.as("filler").post("/inbox/m1/read", url.Values{"back": {"/inbox"}}).want(t, http.StatusNotFound)
	has("/inbox?unread=1", true)
	got := w.as("clerk").post("/inbox/m1/read", url.Values{"back": {"/inbox?unread=1"}}).want(t, http.StatusSeeOther)
	if to := got.header.Get("Location"); to != "/inbox?unread=1" {
		t.Errorf("back to %s", to)
	}
	if to := w.as("clerk").post("/inbox/m1/read", url.Values{"back": {"https://evil.example/inbox"}}).want(t, http.StatusSeeOther).header.Get("Location"); to != "/inbox" {
		t.Errorf("led away to %s", to)
	}
	has("/inbox?unread=1", false)
	has("/inbox", true)
	w.update(func(tx *database.Tx) error {
		_, err := tx.Exec("INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES ('x', 'application', ?, ?, 'other', 'x', 'x', ?)", ref.ID, w.actor["clerk"].ID, tx.Now())
		return err
	})
	has("/inbox", false)
	w.as("clerk").get("/inbox/m1").want(t, http.StatusNotFound)
}

// The feed: its address is shown once, answers without a session, follows a recusal at once,
// and revoked is the same page as one that never was, to the byte.
func TestCalendarFeed(t *testing.T) {
	w := newPages(t)
	ref := w.submitted(1)
	made := w.as("clerk").in("zh-CN").post("/profile/feed", url.Values{}).want(t, http.StatusOK)
	found := regexp.MustCompile(`https://zones\.example(/calendar/feed/[A-Za-z0-9_-]{43}\.ics)`).FindStringSubmatch(made.body)
	if found == nil {
		t.Fatal("the address is not shown")
	}
	if again := w.as("clerk").get("/profile/notices").want(t, http.StatusOK); strings.Contains(again.body, found[1]) {
		t.Error("the address is shown a second time")
	}
	got := w.as("").get(found[1]).want(t, http.StatusOK)
	if kind := got.header.Get("Content-Type"); kind != "text/calendar; charset=utf-8" || !strings.Contains(got.body, "DTSTART;VALUE=DATE:20261130") {
		t.Errorf("%s: %s", kind, got.body)
	}
	w.update(func(tx *database.Tx) error {
		_, err := tx.Exec("INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES ('x', 'application', ?, ?, 'other', 'x', 'x', ?)", ref.ID, w.actor["clerk"].ID, tx.Now())
		return err
	})
	if got := w.as("").get(found[1]).want(t, http.StatusOK); strings.Contains(got.body, "VEVENT") {
		t.Error("recused, but still in the feed")
	}
	w.as("clerk").post("/profile/feed/revoke", url.Values{}).want(t, http.StatusSeeOther)
	gone, never := w.as("").get(found[1]).want(t, http.StatusNotFound), w.as("").get("/calendar/feed/"+strings.Repeat("A", 43)+".ics").want(t, http.StatusNotFound)
	if diff := cmp.Diff(never.body, gone.body); diff != "" {
		t.Errorf("revoked and unknown differ (-unknown +revoked):\n%s", diff)
	}
	w.as("").get("/calendar/feed/x").want(t, http.StatusNotFound)
}
