package casework_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// clock is the test's time; it starts on the morning of Monday 2026-11-23 in Shanghai.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func monday() time.Time { return time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) }

// world is an engine over the real tables, rules and calendar, with the rows that cases refer to.
type world struct {
	t      *testing.T
	db     *database.DB
	clock  *clock
	book   *policy.Book
	engine *casework.Engine
	rules  policy.RuleSet
	ruleID string
	n      int // cases made
}

func each(t *testing.T, body func(t *testing.T, w *world)) {
	t.Helper()
	c := &clock{at: monday()}
	databasetest.Each(t, c.now, func(t *testing.T, db *database.DB) {
		c.set(monday())
		body(t, newWorld(t, db, c))
	})
}

func newWorld(t *testing.T, db *database.DB, c *clock) *world {
	t.Helper()
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, clock: c, book: policy.NewBook(data)}
	w.engine = casework.New(w.book)
	w.update(func(tx *database.Tx) error {
		if err := w.book.Seed(tx, data.Rules); err != nil {
			return err
		}
		if w.ruleID, w.rules, err = w.book.CurrentRuleSet(tx); err != nil {
			return err
		}
		now := tx.Now()
		for _, s := range []struct {
			sql  string
			args []any
		}{
			{"INSERT INTO unit (code, kind, name, name_short, name_en, valid_from) VALUES ('500103', 'district', '示例区', '示例', 'Demo', '2016-01-01')", nil},
			{"INSERT INTO person (id, login, name, unit_code, created_at, updated_at) VALUES ('e1', 'e1', '示例专家', '500103', ?, ?)", []any{now, now}},
			{"INSERT INTO round (id, code, name, name_en, year, opens_at, closes_at, quota, rule_set_id, created_at) VALUES ('r1', 'r1', '示例', 'Demo', 2026, ?, ?, 2, ?, ?)",
				[]any{now, now.Add(time.Hour), w.ruleID, now}},
			{"INSERT INTO notice (id, number, subject_kind, subject_id, title, body, starts_on, ends_on, published_by, published_at) VALUES ('n1', 'n1', 'application', 'x', '示例', '示例', '2026-11-23', '2026-11-30', 'x', ?)", []any{now}},
		} {
			if _, err := tx.Exec(s.sql, s.args...); err != nil {
				return err
			}
		}
		for _, kind := range []workflows.Kind{"application", "zone"} { // parents of the other kinds
			if err := w.insert(tx, kind, "parent", w.someState(kind)); err != nil {
				return err
			}
		}
		return w.insert(tx, "evaluation", "parent", "graded")
	})
	return w
}

func (w *world) someState(kind workflows.Kind) workflows.State {
	return workflows.ByKind(kind).States[0].State
}

// insert writes the least row of a kind; FKs lead to the rows above.
func (w *world) insert(tx *database.Tx, kind workflows.Kind, id string, st workflows.State) error {
	w.n++
	now, state := tx.Now(), string(st)
	var sql string
	var args []any
	switch kind {
	case "application":
		sql = "(id, number, round_id, unit_code, rule_set_id, workflow_version, status, version, content, created_by, created_at, updated_at) VALUES (?, ?, 'r1', '500103', ?, 1, ?, 1, '{}', 'x', ?, ?)"
		args = []any{id, id, w.ruleID, state, now, now}
	case "opinion":
		app := "for-" + id
		if err := w.insert(tx, "application", app, "in_review"); err != nil {
			return err
		}
		sql = "(id, number, application_id, unit_code, sectors, status, version, requested_by, created_at, updated_at) VALUES (?, ?, ?, '500103', '[]', ?, 1, 'x', ?, ?)"
		args = []any{id, id, app, state, now, now}
	case "review":
		sql = "(id, number, subject_kind, subject_id, evaluator_id, status, version, invited_by, created_at, updated_at) VALUES (?, ?, 'application', ?, 'e1', ?, 1, 'x', ?, ?)"
		args = []any{id, id, "for-" + id, state, now, now}
	case "zone":
		sql = "(id, number, name, unit_code, rule_set_id, workflow_version, status, version, sectors, valid_from, valid_to, document_number, decided_on, created_at, updated_at) VALUES (?, ?, '示例', '500103', ?, 1, ?, 1, '[]', '2026-11-23', '2029-11-23', 'x', '2026-11-23', ?, ?)"
		args = []any{id, id, w.ruleID, state, now, now}
	case "evaluation":
		sql = "(id, number, zone_id, unit_code, year, rule_set_id, workflow_version, status, version, created_at, updated_at) VALUES (?, ?, 'parent', '500103', ?, ?, 1, ?, 1, ?, ?)"
		args = []any{id, id, w.n, w.ruleID, state, now, now}
	case "rectification":
		of := "for-" + id
		if err := w.insert(tx, "evaluation", of, "graded"); err != nil {
			return err
		}
		sql = "(id, number, evaluation_id, zone_id, unit_code, rule_set_id, workflow_version, status, version, items, created_at, updated_at) VALUES (?, ?, ?, 'parent', '500103', ?, 1, ?, 1, '[]', ?, ?)"
		args = []any{id, id, of, w.ruleID, state, now, now}
	case "objection":
		sql = "(id, number, notice_id, subject_kind, subject_id, status, version, objector_kind, objector_name, contact, body, created_at, updated_at) VALUES (?, ?, 'n1', 'application', 'x', ?, 1, 'unit', 'x', 'x', 'x', ?, ?)"
		args = []any{id, id, state, now, now}
	case "report":
		sql = "(id, number, zone_id, unit_code, period, status, version, created_at, updated_at) VALUES (?, ?, 'parent', '500103', ?, ?, 1, ?, ?)"
		args = []any{id, id, id, state, now, now}
	case "condition":
		of := "for-" + id
		if err := w.insert(tx, "application", of, "in_review"); err != nil {
			return err
		}
		sql = "(id, number, subject_kind, subject_id, subject_title, unit_code, source, source_id, set_unit, set_by, position, words, proof, moment, responsible, status, version, created_at, updated_at) VALUES (?, ?, 'application', ?, 'x', '500103', 'opinion', 'x', '500103', 'x', 1, 'x', 'x', 'before_decision', '500103', ?, 1, ?, ?)"
		args = []any{id, id, of, state, now, now}
	default:
		return fmt.Errorf("no row of kind %s", kind)
	}
	_, err := tx.Exec("INSERT INTO "+string(kind)+" "+sql, args...)
	return err
}

func (w *world) update(fn func(tx *database.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) see(fn func(tx *database.Tx) error) {
	w.t.Helper()
	if err := w.db.View(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	w.see(func(tx *database.Tx) (err error) {
		n, err = tx.Count("SELECT count(*) FROM "+query, args...)
		return err
	})
	return n
}

// stored is a case as the engine knows it, read from its row.
func (w *world) stored(c casework.Case) casework.Case {
	w.t.Helper()
	var r struct {
		Status  string
		Version int64
	}
	w.see(func(tx *database.Tx) error {
		return tx.One(&r, "SELECT status, version FROM "+string(c.Kind)+" WHERE id = ?", c.ID)
	})
	c.State, c.Version = workflows.State(r.Status), r.Version
	return c
}

// fresh is a case that is not there yet.
func (w *world) fresh(kind workflows.Kind) casework.Case {
	id := fmt.Sprintf("%s-%d", kind, w.n)
	return casework.Case{Kind: kind, ID: id, Number: "示例" + id, Title: "示例", Unit: "500103", Office: "500103", Evaluator: "e1", Rules: w.rules.RulesFor(kind)}
}

func somebody(roles ...workflows.Role) identity.Actor {
	return identity.Actor{ID: "p1", Name: "示例人员", Unit: "500103", Roles: roles, Lang: "zh-CN"}
}

// every states all facts of a workflow.
func every(w *workflows.Workflow) map[workflows.Fact]bool {
	out := map[workflows.Fact]bool{}
	for f := range w.Facts {
		out[f] = true
	}
	return out
}

// why is a written reason.
const why = "理由充分(演示)"

// step is one change by somebody whom the row names, with all facts stated.
func (w *world) step(c casework.Case, action workflows.Action) casework.Step {
	w.t.Helper()
	wf := workflows.ByKind(c.Kind)
	row, ok := wf.Row(c.State, action)
	if !ok {
		w.t.Fatalf("no row %s from %q", action, c.State)
	}
	s := casework.Step{Case: c, Action: action, Actor: somebody(row.Roles[0]), Reason: why, Facts: every(wf), Due: w.dues(c)}
	if c.State == "" {
		s.Insert = func(tx *database.Tx, st workflows.State) error { return w.insert(tx, c.Kind, c.ID, st) }
	}
	return s
}

// dues gives a date to each clock for which a rule set has no term.
func (w *world) dues(c casework.Case) map[workflows.ClockName]workflows.Date {
	out := map[workflows.ClockName]workflows.Date{}
	for _, st := range workflows.ByKind(c.Kind).States {
		for _, k := range st.Clocks {
			if _, ok := c.Rules.Terms[k.Name]; !ok {
				out[k.Name] = workflows.DateOf(w.clock.now()).AddDays(30)
			}
		}
	}
	return out
}

// apply performs a step that must succeed and returns the case as it is then.
func (w *world) apply(s casework.Step) casework.Case {
	w.t.Helper()
	w.update(func(tx *database.Tx) error { _, err := w.engine.Apply(tx, s); return err })
	return w.stored(s.Case)
}

// at brings a new case to where the actions lead.
func (w *world) at(kind workflows.Kind, actions ...workflows.Action) casework.Case {
	w.t.Helper()
	c := w.fresh(kind)
	for _, a := range actions {
		c = w.apply(w.step(c, a))
	}
	return c
}

func ref(c casework.Case) casework.Ref { return casework.Ref{Kind: c.Kind, ID: c.ID} }

func wantKind(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || !fault.Is(err, kind) {
		t.Errorf("%s: got %v, want kind %d", what, err, kind)
	}
}
