package review_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

// clock is the test's time; it starts on a Monday morning in Shanghai.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is one application in review, with people around it.
type world struct {
	t      *testing.T
	db     *database.DB
	clock  *clock
	engine *casework.Engine
	book   *policy.Book
	s      *review.Service
	ref    casework.Ref
	ruleID string
}

const (
	evaluators = 6 // e1 … e6 can be invited
	bodyName   = "示例发展有限公司"
)

// each runs body on a fresh world on both databases.
func each(t *testing.T, body func(t *testing.T, w *world)) {
	t.Helper()
	c := &clock{}
	databasetest.Each(t, c.now, func(t *testing.T, db *database.DB) {
		c.at = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
		body(t, newWorld(t, db, c))
	})
}

func newWorld(t *testing.T, db *database.DB, c *clock) *world {
	t.Helper()
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	book := policy.NewBook(data)
	w := &world{t: t, db: db, clock: c, engine: casework.New(book), book: book, ref: casework.Ref{Kind: "application", ID: "app-1"}}
	w.s = review.New(review.Config{DB: db, Engine: w.engine, Book: book, Subjects: map[workflows.Kind]review.Subjects{"application": w.subject}})
	w.update(func(tx *database.Tx) error {
		if err := book.Seed(tx, data.Rules); err != nil {
			return err
		}
		if w.ruleID, _, err = book.CurrentRuleSet(tx); err != nil {
			return err
		}
		return w.people(tx)
	})
	w.addCase("app-1")
	return w
}

func (w *world) people(tx *database.Tx) error {
	for _, u := range [][3]string{{"500103", "district", "渝中区人民政府"}, {"500105", "district", "江北区人民政府"}, {"sdrc", "commission", "市发展改革委"},
		{"inst", "institute", "示例研究院"}, {"audit", "supervision", "市政府督查室"}} {
		if _, err := tx.Exec("INSERT INTO unit (code, kind, name, name_short, name_en, valid_from) VALUES (?, ?, ?, ?, 'x', '2016-01-01')", u[0], u[1], u[2], u[2]); err != nil {
			return err
		}
	}
	add := func(id, name, unit, employer string, roles ...workflows.Role) error {
		_, err := tx.Exec("INSERT INTO person (id, login, name, unit_code, employer, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			id, id, name, unit, employer, tx.Now(), tx.Now())
		for _, r := range roles {
			if err == nil {
				_, err = tx.Exec("INSERT INTO person_role (person_id, role) VALUES (?, ?)", id, string(r))
			}
		}
		return err
	}
	for i := 1; i <= evaluators; i++ {
		if err := add(fmt.Sprintf("e%d", i), "专家"+string([]rune("甲乙丙丁戊己庚")[i]), "inst", "示例研究院", workflows.Evaluator); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		id, name, unit, employer string
		roles                    []workflows.Role
	}{
		{"same-unit", "同区专家", "500103", "", []workflows.Role{workflows.Evaluator}},
		{"same-body", "企业专家", "inst", " 示例发展 有限公司", []workflows.Role{workflows.Evaluator}},
		{"named", "张示例", "inst", "", []workflows.Role{workflows.Evaluator}},
		{"both", "兼职专家", "sdrc", "", []workflows.Role{workflows.Evaluator, workflows.Clerk}},
		{"officer", "经办", "sdrc", "", []workflows.Role{workflows.Officer}},
		{"officer2", "经办二", "sdrc", "", []workflows.Role{workflows.Officer}},
		{"clerk", "受理", "sdrc", "", []workflows.Role{workflows.Clerk}},
		{"director", "负责人", "sdrc", "", []workflows.Role{workflows.Director}},
		{"supervisor", "督查", "audit", "", []workflows.Role{workflows.Supervision}},
		{"filler", "填报员", "500103", "", []workflows.Role{workflows.Filler}},
		{"leader", "审签人", "500103", "", []workflows.Role{workflows.Leader}},
		{"other", "外区", "500105", "", []workflows.Role{workflows.Filler}},
		{"dept", "部门", "inst", "", []workflows.Role{workflows.Department}},
		{"stat", "统计", "inst", "", []workflows.Role{workflows.Statistics}},
		{"sysadmin", "系统", "sdrc", "", []workflows.Role{workflows.SystemAdmin}},
		{"security", "安全", "sdrc", "", []workflows.Role{workflows.Security}},
		{"auditor", "审计", "sdrc", "", []workflows.Role{workflows.Auditor}},
	} {
		if err := add(p.id, p.name, p.unit, p.employer, p.roles...); err != nil {
			return err
		}
	}
	_, err := tx.Exec("INSERT INTO round (id, code, name, name_en, year, opens_at, closes_at, quota, rule_set_id, created_at) VALUES ('round', 'r1', '第一批', 'First', 2026, ?, ?, 2, ?, ?)",
		tx.Now().Add(-time.Hour), tx.Now().Add(1000*time.Hour), w.ruleID, tx.Now())
	return err
}

// addCase brings an application to in_review through the engine, so that its decision clock runs.
func (w *world) addCase(id string) {
	w.update(func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO application (id, number, round_id, unit_code, rule_set_id, workflow_version, name, status, version, content, submitted_no, created_by, created_at, updated_at)
			VALUES (?, ?, 'round', '500103', ?, 1, '示例集聚示范区', 'submitted', 5, '{}', 1, 'filler', ?, ?)`, id, "SB-"+id, w.ruleID, tx.Now(), tx.Now())
		if err != nil {
			return err
		}
		return w.move(tx, casework.Ref{Kind: "application", ID: id}, w.actor("clerk"), "accept", "")
	})
}

// move takes the application one step, as its own package would.
func (w *world) move(tx *database.Tx, ref casework.Ref, a identity.Actor, action workflows.Action, reason string) error {
	sub, err := w.subject(tx, ref)
	if err != nil {
		return err
	}
	facts := map[workflows.Fact]bool{}
	for f := range workflows.Application.Facts {
		facts[f] = true
	}
	_, err = w.engine.Apply(tx, casework.Step{Case: sub.Case, Action: action, Actor: a, Reason: reason, Facts: facts})
	return err
}

func (w *world) subject(tx *database.Tx, ref casework.Ref) (review.Subject, error) {
	var r struct {
		Number, Name, Status, UnitCode, RuleSetID string
		Version                                   int64
	}
	if err := tx.One(&r, "SELECT number, name, status, unit_code, rule_set_id, version FROM application WHERE id = ?", ref.ID); err != nil {
		return review.Subject{}, err
	}
	rules, err := w.book.RuleSet(tx, r.RuleSetID)
	if err != nil {
		return review.Subject{}, err
	}
	return review.Subject{Case: casework.Case{Kind: "application", ID: ref.ID, Number: r.Number, Title: r.Name, State: workflows.State(r.Status),
		Version: r.Version, Unit: r.UnitCode, Rules: rules.RulesFor("application")}, RuleSetID: r.RuleSetID, Rubric: rules.Review,
		Scoring: r.Status == "in_review", Unit: r.UnitCode, BodyName: bodyName, Named: []string{"张示例"}, Clock: workflows.ClockDecision}, nil
}

func (w *world) actor(id string) (a identity.Actor) {
	roles := map[string][]workflows.Role{"officer": {workflows.Officer}, "officer2": {workflows.Officer}, "clerk": {workflows.Clerk}, "director": {workflows.Director},
		"supervisor": {workflows.Supervision}, "filler": {workflows.Filler}, "leader": {workflows.Leader}, "other": {workflows.Filler}, "dept": {workflows.Department},
		"stat": {workflows.Statistics}, "sysadmin": {workflows.SystemAdmin}, "security": {workflows.Security}, "auditor": {workflows.Auditor}}[id]
	if roles == nil {
		roles = []workflows.Role{workflows.Evaluator}
	}
	unit := map[string]string{"filler": "500103", "leader": "500103", "other": "500105", "supervisor": "audit"}[id]
	return identity.Actor{ID: id, Name: id, Unit: unit, Roles: roles, Lang: "zh-CN"}
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

// invite asks the people and returns the ids of their reviews.
func (w *world) invite(people ...string) []string {
	w.t.Helper()
	outs, err := w.s.Invite(w.t.Context(), w.actor("officer"), w.ref, people, "")
	if err != nil {
		w.t.Fatal(err)
	}
	ids := make([]string, len(outs))
	for i, o := range outs {
		ids[i] = o.ID
	}
	return ids
}

// do performs an action at the review's present version.
func (w *world) do(who, id string, action workflows.Action, reason, data string) error {
	w.t.Helper()
	_, err := w.s.Do(w.t.Context(), w.actor(who), w.command(id, action, reason, data))
	return err
}

func (w *world) command(id string, action workflows.Action, reason, data string) casework.Command {
	w.t.Helper()
	_, version := w.stateOf(id)
	return casework.Command{ID: id, Action: action, Version: version, Reason: reason, Data: []byte(data)}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) stateOf(id string) (state string, version int64) {
	w.t.Helper()
	var r struct {
		Status  string
		Version int64
	}
	w.see(func(tx *database.Tx) error { return tx.One(&r, "SELECT status, version FROM review WHERE id = ?", id) })
	return r.Status, r.Version
}

const signed = `{"commitment":true,"no_conflict":true}`

// accepted invites one person, who accepts.
func (w *world) accepted(who string) string {
	w.t.Helper()
	id := w.invite(who)[0]
	w.must(w.do(who, id, "accept", "", signed))
	return id
}

// scored takes one person through to scores with the given points on the first criterion
// (at most 15) and 12 of the rest, each justified.
func (w *world) scored(who, first string) string {
	w.t.Helper()
	id := w.accepted(who)
	w.must(w.do(who, id, "submit_scores", "", scores(first)))
	return id
}

// scores is a complete ballot: first on planning, then 20, 16, 12, 12 and 8 points.
func scores(first string) string {
	why := `"reason":"材料齐全且依据充分,可以认定"`
	return `{"scores":{"planning":{"points":"` + first + `",` + why + `},"clustering":{"points":"20",` + why + `},"character":{"points":"16",` + why + `},
		"positioning":{"points":"12",` + why + `},"guarantees":{"points":"12",` + why + `},"management":{"points":"8",` + why + `}},"comment":"同意"}`
}

// held reports whether the application's decision clock stands still.
func (w *world) held() (held bool) {
	w.t.Helper()
	w.see(func(tx *database.Tx) error {
		c, err := w.engine.ClockOf(tx, w.ref, workflows.ClockDecision)
		held = c.PausedSince != nil
		return err
	})
	return held
}

func wantKind(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || !fault.Is(err, kind) {
		t.Errorf("%s: got %v, want kind %d", what, err, kind)
	}
}

// codes are the message codes of the fields of an error, in order.
func codes(err error) []string {
	f, _ := faultOf(err)
	var out []string
	for _, x := range f.Fields {
		out = append(out, x.Path+" "+x.Code)
	}
	slices.Sort(out)
	return out
}
