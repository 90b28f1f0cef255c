package steering_test

import (
	"strings"
	"testing"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/steering"
	"clusterzone/workflows"
)

func (w *world) late(n int, id string) {
	w.exec(`INSERT INTO deadline (id, kind, case_id, clock, cycle, started_at, days, working, due_on, due_at, calendar_version)
		VALUES (?, 'application', ?, 'acceptance', 1, ?, 5, TRUE, '2026-11-20', ?, 'x')`, id+"-d", id, w.now.AddDate(0, 0, -10), w.now.AddDate(0, 0, -n))
}

// Whose turn it is, is urged once per working day and case, on record; others find nothing.
func TestUrge(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		a, b := w.put(1, unitA, "甲示例集聚示范区", "submitted"), w.put(2, unitA, "乙示例集聚示范区", "correction")
		w.late(3, a)
		w.late(2, b)
		ref := casework.Ref{Kind: "application", ID: a}
		w.must(w.s.Urge(ctx, w.people["supervision"], ref, "请于今日办结"))
		if err := w.s.Urge(ctx, w.people["officer"], ref, ""); !fault.Is(err, fault.RateLimited) {
			t.Errorf("twice on a day: %v", err)
		}
		for _, who := range []string{"filler", "department", "evaluator"} {
			if err := w.s.Urge(ctx, w.people[who], ref, ""); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s urges: %v", who, err)
			}
			if _, err := w.s.Overdue(ctx, w.people[who], steering.LateFilter{}); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s reads what is overdue: %v", who, err)
			}
		}
		if n := w.count("audit_entry WHERE action = 'application.urge'"); n != 1 {
			t.Errorf("%d audit entries", n)
		}
		var payload string
		w.must(w.db.View(ctx, func(tx *database.Tx) error {
			return tx.One(&payload, "SELECT payload FROM outbox WHERE event_key LIKE 'urge/%'")
		}))
		if !strings.Contains(payload, string(workflows.ToClerks)) || !strings.Contains(payload, "请于今日办结") || !strings.Contains(payload, `"superiors":true`) {
			t.Errorf("told: %s", payload)
		}
		w.now = w.now.AddDate(0, 0, 1)
		w.must(w.s.Urge(ctx, w.people["officer"], ref, ""))

		late, err := w.s.Overdue(ctx, w.people["supervision"], steering.LateFilter{})
		w.must(err)
		if len(late) != 2 || late[0].Unit != "commission" || late[0].UrgedAt == nil || late[1].Unit != unitA || late[1].UrgedAt != nil {
			t.Errorf("overdue: %+v", late)
		}
		w.recuse("supervision", a)
		if late, err = w.s.Overdue(ctx, w.people["supervision"], steering.LateFilter{}); err != nil || len(late) != 1 {
			t.Errorf("after a recusal: %d, %v", len(late), err)
		}
		if err := w.s.Urge(ctx, w.people["supervision"], ref, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("recused, and urges: %v", err)
		}
	})
}

// On a rest day the last working day counts: one urging from Friday to Sunday.
func TestUrgeOverTheWeekend(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ref := casework.Ref{Kind: "application", ID: w.put(1, unitA, "甲示例集聚示范区", "submitted")}
		w.now = w.now.AddDate(0, 0, 4) // Friday
		w.must(w.s.Urge(t.Context(), w.people["officer"], ref, ""))
		w.now = w.now.AddDate(0, 0, 1)
		if err := w.s.Urge(t.Context(), w.people["officer"], ref, ""); !fault.Is(err, fault.RateLimited) {
			t.Errorf("on Saturday: %v", err)
		}
	})
}

// A shared view is words, not cases: each reader finds what they may see under it.
func TestViews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, officer := t.Context(), w.people["officer"]
		private, err := w.s.KeepView(ctx, officer, steering.NewView{Name: "私有", Query: "state=submitted&before=x"})
		w.must(err)
		shared, err := w.s.KeepView(ctx, officer, steering.NewView{Name: "共享", Query: "sort=-due", Shared: "unit"})
		w.must(err)
		if _, err := w.s.KeepView(ctx, officer, steering.NewView{Name: "越权", Shared: "role", Role: "filler"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("shared with a role of others: %v", err)
		}
		for who, want := range map[string]int{"officer": 2, "clerk": 1, "filler": 0, "supervision": 0} {
			if got, err := w.s.Views(ctx, w.people[who]); err != nil || len(got) != want {
				t.Errorf("%s: %+v, %v; want %d", who, got, err, want)
			}
		}
		clerk := w.people["clerk"]
		for _, err := range []error{w.s.DropView(ctx, clerk, shared), w.s.SetDefault(ctx, clerk, private), w.s.DropView(ctx, clerk, private)} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("another's view: %v", err)
			}
		}
		w.must(w.s.SetDefault(ctx, clerk, shared))
		got, err := w.s.Views(ctx, clerk)
		w.must(err)
		if !got[0].Default || got[0].Query != "sort=-due" {
			t.Errorf("default: %+v", got)
		}
		w.must(w.s.DropView(ctx, officer, shared))
	})
}
