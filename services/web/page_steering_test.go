package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"clusterzone/services/database"
	"clusterzone/services/search"
)

// several puts applications in many states, moved, corrected and late, as the procedure would.
func several(w *pages) {
	w.Helper()
	w.update(func(tx *database.Tx) error {
		for i, state := range []string{"submitted", "submitted", "in_review", "correction", "recommended", "deciding", "accredited"} {
			id, number, name := "0197a000-0000-7000-8000-00000000010"+strconv.Itoa(i), "CQ-SB-2026-009"+strconv.Itoa(i), "示例第"+strconv.Itoa(i)+"集聚示范区"
			rules := w.round.RuleSetID
			_, err := tx.Exec(`INSERT INTO application (id, number, round_id, unit_code, rule_set_id, workflow_version, name, status, version, content, submitted_no, submitted_at, created_by,
				created_at, updated_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, 1, '{}', 1, ?, 'x', ?, ?)`, id, number, w.round.ID, districtA, rules, name, state, tx.Now(), tx.Now(), tx.Now())
			if err != nil {
				return err
			}
			if err := search.Put(tx, "application", id, number, name); err != nil {
				return err
			}
			if i%2 == 0 {
				_, err = tx.Exec(`INSERT INTO deadline (id, kind, case_id, clock, cycle, started_at, days, working, due_on, due_at, calendar_version)
					VALUES (?, 'application', ?, 'decision', 1, ?, 5, TRUE, '2026-11-20', ?, 'x')`, id+"d", id, tx.Now().AddDate(0, 0, -9), tx.Now().AddDate(0, 0, -3))
			}
			if err == nil && i > 1 {
				_, err = tx.Exec(`INSERT INTO case_history (id, kind, case_id, seq, from_state, action, to_state, actor_id, actor_name, actor_role, actor_unit, at)
					VALUES (?, 'application', ?, 2, 'submitted', 'accept', 'in_review', 'x', 'x', 'clerk', 'commission', ?)`, id+"h", id, tx.Now())
			}
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec("INSERT INTO correction (id, application_id, no, issued_by, issued_at) VALUES ('c', '0197a000-0000-7000-8000-000000000103', 1, 'x', ?)", tx.Now())
		for _, anchor := range []string{"body.name", "body.contact", "goals"} {
			if err == nil {
				_, err = tx.Exec(`INSERT INTO correction_item (id, correction_id, application_id, position, anchor_kind, anchor, words)
					VALUES (?, 'c', '0197a000-0000-7000-8000-000000000103', 1, 'field', ?, 'x')`, anchor, anchor)
			}
		}
		return err
	})
}

// Every number of the dashboard opens a list of exactly so many rows.
func TestEveryNumberOpensItsList(t *testing.T) {
	w := newPages(t)
	several(w)
	for _, who := range []string{"officer", "director", "supervision"} {
		body := w.as(who).get("/dashboard").want(t, 200).body
		// The last number of a row is its count; medians before it open the same list.
		rows := regexp.MustCompile(`(?s)<tr class="[^"]*">(.*?)</tr>`).FindAllStringSubmatch(body, -1)
		link := regexp.MustCompile(`<a href="([^"]+)">(\d+)</a>`)
		tried := 0
		for _, row := range rows {
			found := link.FindAllStringSubmatch(row[1], -1)
			if len(found) == 0 {
				continue
			}
			last := found[len(found)-1]
			want, _ := strconv.Atoi(last[2])
			for _, f := range found {
				list := w.as(who).get(strings.ReplaceAll(f[1], "&amp;", "&")).want(t, 200).body
				at := strings.LastIndex(list, `<table class="data">`)
				if got := strings.Count(list[max(at, 0):], `<tr class="`); at < 0 || got != want {
					t.Errorf("%s: %s says %d, its list has %d", who, f[1], want, got)
				}
			}
			tried++
		}
		if tried < 10 {
			t.Errorf("%s: only %d numbers", who, tried)
		}
	}
	for _, who := range []string{"filler", "department", "evaluator", "sysadmin"} {
		for _, path := range []string{"/dashboard", "/supervision"} {
			w.as(who).get(path).want(t, http.StatusNotFound)
		}
	}
}

// A selection is previewed, started, and followed; a view is kept and comes back; an export is
// ordered; a case is urged once.
func TestSteeringPages(t *testing.T) {
	w := newPages(t)
	several(w)
	officer := w.as("officer")
	got := officer.post("/bulk", url.Values{"all": {"1"}, "query": {"state=submitted"}, "action": {"decline"}}).want(t, 303)
	run := got.header.Get("Location")
	if page := officer.get(run).want(t, 200).body; strings.Count(page, "将变为") != 2 {
		t.Errorf("preview: %.2000s", page)
	}
	if page := officer.post(run, url.Values{"version": {"0"}, "reason": {""}}); page.status != 422 {
		t.Errorf("without a reason: %d", page.status)
	}
	officer.post(run, url.Values{"reason": {"不符合条件（演示）"}}).want(t, 303)
	officer.get(run).want(t, 200)
	w.as("clerk").get(run).want(t, 404)
	officer.post("/views", url.Values{"name": {"待审查"}, "query": {"state=submitted&sort=-due"}, "shared": {"unit"}}).want(t, 303)
	if page := w.as("clerk").get("/applications?all=1").want(t, 200).body; !strings.Contains(page, "待审查") || !strings.Contains(page, "本单位共享") {
		t.Error("the shared view is not there")
	}
	officer.post("/exports", url.Values{"kind": {"application"}, "query": {""}, "format": {"xlsx"}}).want(t, 303)
	officer.get("/exports").want(t, 200)
	urge := url.Values{"case": {"application/0197a000-0000-7000-8000-000000000102"}}
	officer.post("/urge", urge).want(t, 303)
	for _, path := range []string{"/applications?sort=-submitted&columns=number&columns=sector", "/applications?overdue=1&from=2026-01-01&to=2026-12-31&due_before=2030-01-01",
		"/applications?sort=due&after=garbage", "/applications?from=garbage", "/supervision", "/search?q=shili", "/search?q=" + url.QueryEscape("示例"), "/bulk"} {
		for _, lang := range []string{"zh-CN", "en"} {
			if page := officer.in(lang).get(path).want(t, 200).body; strings.Contains(page, "⟦") {
				t.Errorf("%s in %s lacks a text", path, lang)
			}
		}
	}
	for _, sort := range []string{"number", "-name", "unit", "-submitted", "due", "-updated"} {
		page := officer.get("/applications?sort="+sort).want(t, 200).body
		if n := strings.Count(page, `<td class="cell-pick">`); n != 7 {
			t.Errorf("sorted by %s: %d rows", sort, n)
		}
	}
}
