package main

import (
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// bureau is the whole product with one person of every role, and a second unit, department
// and evaluator who have nothing to do with the cases.
type bureau struct {
	*testing.T
	*app
	people []identity.Actor
	ruleID string
	rules  policy.RuleSet
	n      int
	at     *atomic.Int64 // the clock, in microseconds
}

func newBureau(t *testing.T, databaseURL string) *bureau {
	t.Helper()
	at := &atomic.Int64{}
	at.Store(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).UnixMicro())
	a, err := newApp(t.Context(), config{DataDir: t.TempDir(), DatabaseURL: databaseURL, DatabaseConns: 4, Listen: "127.0.0.1:1", now: func() time.Time { return time.UnixMicro(at.Load()) }}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	if err := a.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := &bureau{T: t, app: a, at: at}
	b.update(func(tx *database.Tx) (err error) {
		if b.ruleID, b.rules, err = a.book.CurrentRuleSet(tx); err != nil {
			return err
		}
		return b.populate(tx)
	})
	return b
}

func (b *bureau) update(f func(tx *database.Tx) error) {
	b.Helper()
	if err := b.db.Update(b.Context(), f); err != nil {
		b.Fatal(err)
	}
}

func (b *bureau) populate(tx *database.Tx) error {
	for code, kind := range map[string]string{"u1": "district", "u2": "district", "hq": "commission", "d1": "department", "d2": "department", "inst": "institute"} {
		if _, err := tx.Exec("INSERT INTO unit (code, kind, name, name_short, name_en, valid_from) VALUES (?, ?, ?, ?, ?, '2016-01-01')", code, kind, code, code, code); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		id, unit string
		role     workflows.Role
	}{{"filler", "u1", "filler"}, {"leader", "u1", "leader"}, {"filler-2", "u2", "filler"}, {"leader-2", "u2", "leader"}, {"clerk", "hq", "clerk"}, {"officer", "hq", "officer"},
		{"director", "hq", "director"}, {"department", "d1", "department"}, {"department-2", "d2", "department"}, {"evaluator", "inst", "evaluator"},
		{"evaluator-2", "inst", "evaluator"}, {"statistics", "hq", "statistics"}, {"supervision", "hq", "supervision"}} {
		if _, err := tx.Exec("INSERT INTO person (id, login, name, unit_code, email, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)", p.id, p.id, p.id, p.unit,
			p.id+"@example.test", tx.Now(), tx.Now()); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO person_role (person_id, role) VALUES (?, ?)", p.id, string(p.role)); err != nil {
			return err
		}
		b.people = append(b.people, identity.Actor{ID: p.id, Name: p.id, Unit: p.unit, Roles: []workflows.Role{p.role}, Lang: "zh-CN", SessionID: "s"})
	}
	_, err := tx.Exec("INSERT INTO round (id, code, name, name_en, year, opens_at, closes_at, quota, rule_set_id, created_at) VALUES ('r1', 'r1', 'x', 'x', 2026, ?, ?, 2, ?, ?)",
		tx.Now(), tx.Now().Add(time.Hour), b.ruleID, tx.Now())
	return err
}

// put writes the least row of a kind in a state, with the rows that it leans on: all of unit
// u1, asked of department d1 and of the evaluator.
func (b *bureau) put(tx *database.Tx, kind workflows.Kind, st workflows.State) (string, error) {
	b.n++
	id := fmt.Sprintf("%s-%d", kind, b.n)
	now, parent := tx.Now(), ""
	above := map[workflows.Kind]workflows.Kind{"opinion": "application", "review": "application", "objection": "application", "evaluation": "zone", "rectification": "evaluation", "condition": "application"}
	standing := map[workflows.Kind]workflows.State{"application": "in_review", "zone": "in_force", "evaluation": "graded"}
	if of, ok := above[kind]; ok {
		var err error
		if parent, err = b.put(tx, of, standing[of]); err != nil {
			return "", err
		}
	}
	var columns string
	var args []any
	switch kind {
	case "application":
		columns, args = "round_id, unit_code, rule_set_id, workflow_version, content, created_by, name, submitted_no", []any{"r1", "u1", b.ruleID, 1, "{}", "x", "示例", 1}
	case "opinion":
		columns, args = "application_id, unit_code, sectors, requested_by", []any{parent, "d1", "[]", "x"}
	case "review":
		columns, args = "subject_kind, subject_id, evaluator_id, invited_by", []any{"application", parent, "evaluator", "x"}
	case "objection":
		if _, err := tx.Exec(`INSERT INTO notice (id, number, subject_kind, subject_id, title, body, starts_on, ends_on, published_by, published_at)
			VALUES (?, ?, 'application', ?, '示例', '示例', '2026-11-23', '2026-11-30', 'x', ?)`, "n-"+id, "n-"+id, parent, now); err != nil {
			return "", err
		}
		columns, args = "notice_id, subject_kind, subject_id, objector_kind, objector_name, contact, body", []any{"n-" + id, "application", parent, "unit", "x", "x", "x"}
	case "zone":
		columns, args = "name, unit_code, rule_set_id, workflow_version, sectors, valid_from, valid_to, document_number, decided_on",
			[]any{"示例", "u1", b.ruleID, 1, "[]", "2026-11-23", "2029-11-23", "x", "2026-11-23"}
	case "evaluation":
		columns, args = "zone_id, unit_code, year, rule_set_id, workflow_version", []any{parent, "u1", 2026, b.ruleID, 1}
	case "rectification":
		var zone string
		if err := tx.One(&zone, "SELECT zone_id FROM evaluation WHERE id = ?", parent); err != nil {
			return "", err
		}
		columns, args = "evaluation_id, zone_id, unit_code, rule_set_id, workflow_version, items", []any{parent, zone, "u1", b.ruleID, 1, "[]"}
	case "condition":
		columns, args = "subject_kind, subject_id, subject_title, unit_code, source, source_id, set_unit, set_by, position, words, proof, moment, responsible",
			[]any{"application", parent, "示例", "u1", "opinion", "x", "d1", "x", 1, "x", "x", "before_decision", "u1"}
	default:
		return "", fmt.Errorf("no row of kind %s", kind)
	}
	marks := ""
	for range args {
		marks += ", ?"
	}
	_, err := tx.Exec("INSERT INTO "+string(kind)+" (id, number, status, version, created_at, updated_at, "+columns+") VALUES (?, ?, ?, 1, ?, ?"+marks+")",
		append([]any{id, id, string(st), now, now}, args...)...)
	return id, err
}

// on reports whether a case stands on a tab, and that the count agrees with the list.
func (b *bureau) on(tx *database.Tx, tab casework.Tab, p identity.Actor, kind workflows.Kind, id string) bool {
	b.Helper()
	desks := []casework.Desk{b.cases[kind].Desk()}
	found, total := false, int64(0)
	q := casework.WorkQuery{Tab: tab, Limit: 40}
	for {
		page, err := casework.Work(tx, desks, p, q)
		if err != nil {
			b.Fatalf("%s of %s: %v", tab, p.ID, err)
		}
		for _, w := range page.Items {
			if w.ID == id && found {
				b.Errorf("%s of %s: %s stands on two pages", tab, p.ID, id)
			}
			found = found || w.ID == id
		}
		if total += int64(len(page.Items)); page.Next == "" {
			break
		}
		q.After = page.Next
	}
	n, err := casework.CountWork(tx, desks, p, tab)
	if err != nil || n != total {
		b.Errorf("%s of %s: counted %d, listed %d, %v", tab, p.ID, n, total, err)
	}
	return found
}

// asked says by the tables alone whether a case of u1 waits for a person in a state.
func asked(kind workflows.Kind, st workflows.StateRow, p identity.Actor) bool {
	role := p.Roles[0]
	switch {
	case !slices.Contains(st.Desk, role):
		return false
	case kind == "opinion":
		return p.Unit == "d1" // the asked department
	case kind == "condition":
		return p.Unit == map[workflows.State]string{"open": "u1", "reported": "d1"}[st.State] // who must meet it, who set it
	case role == workflows.Evaluator:
		return p.ID == "evaluator"
	case role == workflows.Filler || role == workflows.Leader:
		return p.Unit == "u1"
	}
	return true
}

// For every kind of case, state and role: who may act by the tables has the case on the desk
// and nobody else has; who acts keeps it in what they have done; who is told and has nothing
// to do has a copy.
func TestWorkListFollowsTheTables(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testWorkList(newBureau(t, "")) })
	t.Run("postgres", func(t *testing.T) { testWorkList(newBureau(t, databasetest.PostgresURL(t))) })
}

func testWorkList(b *bureau) {
	for kind := range b.cases {
		w := workflows.ByKind(kind)
		for _, st := range w.States {
			b.update(func(tx *database.Tx) error {
				id, err := b.put(tx, kind, st.State)
				if err != nil {
					return err
				}
				b.checkDesk(tx, w, st, id)
				return nil
			})
			for _, p := range b.people {
				for _, choice := range w.Choices(st.State, p.Roles, nil) {
					b.checkAct(w, st, p, choice.Action)
				}
			}
		}
	}
}

func (b *bureau) checkDesk(tx *database.Tx, w *workflows.Workflow, st workflows.StateRow, id string) {
	b.Helper()
	holders := 0
	for _, p := range b.people {
		want := asked(w.Kind, st, p)
		if got := b.on(tx, casework.TabTodo, p, w.Kind, id); got != want {
			b.Errorf("%s in %s on the desk of %s: got %t, want %t", w.Kind, st.State, p.ID, got, want)
		}
		if !want {
			continue
		}
		holders++
		if len(w.Choices(st.State, p.Roles, nil)) == 0 && !st.Editable {
			b.Errorf("%s in %s waits for %s, who can do nothing about it", w.Kind, st.State, p.ID)
		}
	}
	if holders == 0 && len(st.Desk) > 0 {
		b.Errorf("%s in %s waits for %v, but stands on no desk", w.Kind, st.State, st.Desk)
	}
	if holders > 0 && st.Final {
		b.Errorf("%s in the final state %s waits for somebody", w.Kind, st.State)
	}
}

// checkAct lets a person act on a fresh case in a state, tells whom the tables tell, and looks
// at every tab of everybody.
func (b *bureau) checkAct(w *workflows.Workflow, from workflows.StateRow, p identity.Actor, action workflows.Action) {
	b.Helper()
	facts := map[workflows.Fact]bool{}
	for f := range w.Facts {
		facts[f] = true
	}
	soon := workflows.Date{Year: 2027, Month: 3, Day: 1}
	b.update(func(tx *database.Tx) error {
		id, err := b.put(tx, w.Kind, from.State)
		if err != nil {
			return err
		}
		out, err := b.engine.Apply(tx, casework.Step{Actor: p, Action: action, Reason: "理由是这样写明的", Facts: facts,
			Due: map[workflows.ClockName]workflows.Date{workflows.ClockSelfReport: soon, workflows.ClockValidity: soon},
			Case: casework.Case{Kind: w.Kind, ID: id, Number: id, Title: "示例", State: from.State, Version: 1, Unit: "u1", Office: "d1", Evaluator: "evaluator",
				Rules: b.rules.RulesFor(w.Kind)}})
		if err != nil {
			return err
		}
		if err := b.deliverAll(tx, id); err != nil {
			return err
		}
		to, _ := w.State(out.State)
		for _, q := range b.people {
			b.checkTabs(tx, w, to, q, p, id)
		}
		return nil
	})
}

func (b *bureau) deliverAll(tx *database.Tx, id string) error {
	var ids []string
	if err := tx.Find(&ids, "SELECT id FROM outbox WHERE topic = 'notice' AND case_id = ? AND cancelled_at IS NULL ORDER BY id", id); err != nil {
		return err
	}
	for _, row := range ids {
		r, err := outbox.Load(tx, row)
		if err != nil {
			return err
		}
		if err := b.inbox.Deliver(tx, r); err != nil {
			return err
		}
	}
	return nil
}

func (b *bureau) checkTabs(tx *database.Tx, w *workflows.Workflow, to workflows.StateRow, q, actor identity.Actor, id string) {
	b.Helper()
	d := b.cases[w.Kind].Desk()
	cond, args := d.Scope(q)
	seen, err := tx.Count("SELECT count(*) FROM "+d.From+" WHERE "+d.Alias+".id = ? AND "+cond, append([]any{id}, args...)...)
	if err != nil {
		b.Fatal(err)
	}
	told, err := tx.Count("SELECT count(*) FROM message WHERE case_id = ? AND recipient_id = ?", id, q.ID)
	if err != nil {
		b.Fatal(err)
	}
	todo := asked(w.Kind, to, q)
	want := map[casework.Tab]bool{casework.TabTodo: todo && seen > 0, casework.TabDone: q.ID == actor.ID && seen > 0,
		casework.TabStarted: false, casework.TabCopied: seen > 0 && told > 0 && !todo && q.ID != actor.ID}
	for tab, want := range want {
		if got := b.on(tx, tab, q, w.Kind, id); got != want {
			b.Errorf("%s, which %s has brought to %s, on %s of %s: got %t, want %t", w.Kind, actor.ID, to.State, tab, q.ID, got, want)
		}
	}
}

// Whoever is recused finds the case on no tab, and a person of two roles finds it once.
func TestWorkListOfRecusedAndDouble(t *testing.T) {
	b := newBureau(t, "")
	b.update(func(tx *database.Tx) error {
		id, err := b.put(tx, "application", "recommended")
		if err != nil {
			return err
		}
		both := identity.Actor{ID: "officer", Unit: "hq", Roles: []workflows.Role{workflows.Officer, workflows.Clerk}}
		if !b.on(tx, casework.TabTodo, both, "application", id) {
			t.Error("not on the desk of a clerk who is an officer too")
		}
		if _, err := tx.Exec("UPDATE application SET withdrawal_asked = TRUE, status = 'notice' WHERE id = ?", id); err != nil {
			return err
		}
		if !b.on(tx, casework.TabTodo, both, "application", id) {
			t.Error("the officer is not asked for the withdrawal")
		}
		_, err = tx.Exec("INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES ('x', 'application', ?, 'officer', 'other', 'x', 'x', ?)", id, tx.Now())
		for _, tab := range casework.Tabs() {
			if b.on(tx, tab, both, "application", id) {
				t.Errorf("recused, but on %s", tab)
			}
		}
		for _, after := range []string{"x", "2026-11-30", "2026-11-30_", "2026-11-30_\x00", "99_a", "_", "99999999999999999999_a"} {
			page, e := casework.Work(tx, b.desks(), both, casework.WorkQuery{Tab: casework.TabTodo, After: after})
			if e != nil || len(page.Items) > 0 {
				t.Errorf("a cursor nobody gave, %q: %v, %v", after, page.Items, e)
			}
		}
		return err
	})
}
