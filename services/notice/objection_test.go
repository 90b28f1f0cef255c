package notice_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/workflows"
)

// Who may file: exactly the roles of the table.
func TestWhoMayFile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		row, _ := workflows.Objection.Row("", "file")
		for who := range roles() {
			a := w.actor(who)
			a.IP = ""
			_, _, err := w.s.File(t.Context(), a, w.objection(), "")
			if may := a.Any(row.Roles...); (err == nil) != may || (!may && !fault.Is(err, fault.Forbidden)) {
				t.Errorf("%s: got %v, may %v", who, err, may)
			}
		}
	})
}

// Every action in every state by every role: allowed exactly where the table says so, absent
// for everybody but the commission and supervision.
func TestPermissions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, st := range workflows.Objection.States {
			for who := range roles() {
				for _, action := range workflows.Objection.Actions() {
					w.cell(t, st.State, who, action)
				}
			}
		}
	})
}

func (w *world) cell(t *testing.T, state workflows.State, who string, action workflows.Action) {
	t.Helper()
	undo := errors.New("undone by the test")
	a := w.actor(who)
	err := w.db.Update(t.Context(), func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO objection (id, number, notice_id, subject_kind, subject_id, status, version, objector_kind, objector_name, contact, body, created_at, updated_at)
			VALUES ('o', 'n', ?, 'application', 'app-1', ?, 1, 'individual', 'x', 'x', 'x', ?, ?)`, w.notice.ID, string(state), tx.Now(), tx.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err = w.s.DoTx(tx, a, casework.Command{ID: "o", Action: action, Version: 1, Reason: "理由"}); err != nil {
			return err
		}
		return undo
	})
	row, known := workflows.Objection.Row(state, action)
	want := "done"
	switch {
	case !a.ReadsAll():
		want = "absent"
	case !known:
		want = "no transition"
	case !a.Any(row.Roles...):
		want = "forbidden"
	}
	got := fmt.Sprint(err)
	for text, is := range map[string]bool{"done": errors.Is(err, undo), "absent": fault.Is(err, fault.NotFound), "forbidden": fault.Is(err, fault.Forbidden),
		"no transition": fault.Is(err, fault.Conflict)} {
		if is {
			got = text
		}
	}
	if got != want {
		t.Errorf("%s in %s by %s: got %s, want %s", action, state, who, got, want)
	}
}

// The life of an objection: examined, returned, examined again, decided by somebody who
// never examined it; open until then.
func TestLife(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, receipt := w.file()
		if !strings.HasPrefix(receipt, "YY-2026-0001-") || w.open() != 1 {
			t.Fatalf("receipt %s, %d open", receipt, w.open())
		}
		wantKind(t, "no findings", w.do("officer", id, "handle", " "), fault.Invalid)
		w.must(w.do("officer", id, "handle", "已实地核查"))
		w.must(w.do("director", id, "return", "请补充测绘结论"))
		w.must(w.do("officer2", id, "handle", "测绘结论:无重叠"))
		if w.open() != 1 {
			t.Error("not open while it awaits the result")
		}
		both := w.actor("officer") // who examined it first, now also a director
		both.Roles = append(both.Roles, workflows.Director)
		for _, action := range []workflows.Action{"uphold", "dismiss"} {
			_, err := w.s.Do(t.Context(), both, casework.Command{ID: id, Action: action, Version: w.version(id), Reason: "x"})
			wantKind(t, "by an examiner: "+string(action), err, fault.Blocked)
			var f *fault.Error
			if errors.As(err, &f) && cmp.Diff([]workflows.Fact{workflows.NotHandler}, f.Facts) != "" {
				t.Errorf("facts: %v", f.Facts)
			}
		}
		acts, err := w.s.Actions(t.Context(), both, id)
		w.must(err)
		for _, c := range acts.Choices {
			if blocked := c.Action == "uphold" || c.Action == "dismiss"; (len(c.Blocked) > 0) != blocked {
				t.Errorf("choice %s: blocked by %v", c.Action, c.Blocked)
			}
		}
		w.must(w.do("director", id, "dismiss", "异议不成立,理由如核查意见"))
		if w.open() != 0 {
			t.Error("still open after the decision")
		}
		v, err := w.s.View(t.Context(), w.actor("officer"), id)
		w.must(err)
		if v.State != "dismissed" || v.Findings != "测绘结论:无重叠" || v.Result == "" || v.HandledBy != "officer2" || v.DecidedBy != "director" || len(v.History) != 5 {
			t.Errorf("decided: %+v", v)
		}
		other, _ := w.file()
		w.must(w.do("officer", other, "reject", "与公示事项无关"))
		if w.open() != 0 {
			t.Error("an inadmissible objection stays open")
		}
	})
}

func TestDoRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, _ := w.file()
		do := func(c casework.Command) error {
			c.ID = id
			_, err := w.s.Do(t.Context(), w.actor("officer"), c)
			return err
		}
		wantKind(t, "stale", do(casework.Command{Action: "handle", Version: 7, Reason: "x"}), fault.Conflict)
		wantKind(t, "data", do(casework.Command{Action: "handle", Version: 1, Reason: "x", Data: []byte(`{"x":1}`)}), fault.Invalid)
		wantKind(t, "NUL", do(casework.Command{Action: "handle", Version: 1, Reason: "x\x00"}), fault.Invalid)
		wantKind(t, "filing again", do(casework.Command{Action: "file", Version: 1}), fault.Conflict)
		w.must(do(casework.Command{Action: "handle", Version: 1, Reason: "x", Key: "k"}))
		w.must(do(casework.Command{Action: "handle", Version: 1, Reason: "x", Key: "k"}))
	})
}

// Contact data reach the commission only; supervision reads the rest; nobody else, and no
// recused person, reads anything. The history and the audit log hold no contact.
func TestWhoReadsWhat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, _ := w.file()
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec("INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES ('x', 'application', 'app-1', 'officer2', 'other', 'x', 'x', ?)", tx.Now())
			return err
		})
		for who := range roles() {
			a := w.actor(who)
			sees := a.ReadsAll() && who != "officer2"
			contact := a.Commission() && sees
			v, err := w.s.View(t.Context(), a, id)
			if sees != (err == nil) || (!sees && !fault.Is(err, fault.NotFound)) {
				t.Errorf("%s: %v", who, err)
			}
			_, err = w.s.Actions(t.Context(), a, id)
			if sees != (err == nil) {
				t.Errorf("%s: actions %v", who, err)
			}
			var list []notice.View
			w.see(func(tx *database.Tx) error { list, err = w.s.Objections(tx, a, w.ref); return err })
			if (len(list) == 1) != sees || (sees && cmp.Diff(v, list[0]) != "") {
				t.Errorf("%s: list of %d differs from the view", who, len(list))
			}
			text, err := json.Marshal([]any{v, list})
			w.must(err)
			if strings.Contains(string(text), mobile) != contact || strings.Contains(string(text), "李示例") != sees {
				t.Errorf("%s reads %s", who, text)
			}
		}
		w.see(func(tx *database.Tx) error {
			for _, table := range []string{"SELECT count(*) FROM audit_entry WHERE detail LIKE ? OR detail LIKE ?", "SELECT count(*) FROM case_history WHERE detail LIKE ? OR actor_name LIKE ?",
				"SELECT count(*) FROM outbox WHERE payload LIKE ? OR payload LIKE ?"} {
				n, err := tx.Count(table, "%"+mobile+"%", "%李示例%")
				if n != 0 || err != nil {
					t.Errorf("%s: %d, %v", table, n, err)
				}
			}
			return nil
		})
	})
}

func TestWork(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, _ := w.file()
		w.clock.to("2026-11-24", 9, 0)
		second, _ := w.file()
		list := func(who string, tab casework.Tab) (ids []string, items []casework.WorkItem) {
			w.see(func(tx *database.Tx) (err error) { items, err = workOf(tx, w.s, w.actor(who), tab); return err })
			for _, it := range items {
				ids = append(ids, it.ID)
			}
			return ids, items
		}
		want := func(who string, tab casework.Tab, ids ...string) {
			t.Helper()
			if got, _ := list(who, tab); cmp.Diff(ids, got) != "" {
				t.Errorf("%s of %s: got %v, want %v", tab, who, got, ids)
			}
		}
		_, items := list("officer", casework.TabTodo)
		if len(items) != 2 || items[0].DueOn != "2026-12-07" || items[0].Overdue || items[0].Title != "关于拟认定示例集聚示范区的公示" || items[0].Unit != "500103" {
			t.Fatalf("todo of the officer: %+v", items)
		}
		want("officer", casework.TabTodo, first, second)
		want("director", casework.TabTodo)
		want("supervisor", casework.TabCopied) // nobody has told them
		want("filler", casework.TabTodo)
		w.must(w.do("officer", first, "handle", "已核查"))
		want("officer", casework.TabTodo, second)
		want("officer", casework.TabDone, first)
		want("director", casework.TabTodo, first)
		w.must(w.do("director", first, "uphold", "异议成立"))
		want("director", casework.TabTodo)
		want("director", casework.TabDone, first)
		w.clock.mu.Lock()
		w.clock.at = w.clock.at.Add(30 * 24 * time.Hour)
		w.clock.mu.Unlock()
		if _, items = list("officer", casework.TabTodo); !items[0].Overdue {
			t.Errorf("not overdue: %+v", items)
		}
	})
}

// workOf reads the first page of a tab of one kind.
func workOf(tx *database.Tx, s casework.Service, a identity.Actor, tab casework.Tab) ([]casework.WorkItem, error) {
	page, err := casework.Work(tx, []casework.Desk{s.Desk()}, a, casework.WorkQuery{Tab: tab, Limit: 100})
	return page.Items, err
}
