package application_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/objects"
	"clusterzone/services/policy"
	"clusterzone/services/registry"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

// clock is the test's time.
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

// monday is the morning of 2026-11-23 in Shanghai, where most tests start.
func monday() time.Time { return time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) }

// unitA and unitB file applications.
const (
	unitA = "500103"
	unitB = "500108"
)

// world is the procedure with people of every role and two districts that file.
type world struct {
	t       *testing.T
	db      *database.DB
	clock   *clock
	book    *policy.Book
	engine  *casework.Engine
	disk    *objects.Disk
	files   *attachment.Service
	reviews *review.Service
	notices *notice.Service
	zones   *registry.Service
	apps    *application.Service
	cases   map[workflows.Kind]casework.Service
	round   policy.Round
	people  map[string]identity.Actor
	seed    int
}

// each runs body on a fresh world on both databases.
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
	w := &world{t: t, db: db, clock: c, book: policy.NewBook(data), people: map[string]identity.Actor{}}
	w.engine = casework.New(w.book)
	w.wire()
	w.update(func(tx *database.Tx) error {
		if err := w.book.Seed(tx, data.Rules); err != nil {
			return err
		}
		ruleID, _, err := w.book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		if w.round, err = w.book.PutRound(tx, policy.Round{Code: "wide", Name: "示例批次", NameEn: "Demo round", Year: 2026, OpensAt: tx.Now().Add(-60 * 24 * time.Hour),
			ClosesAt: tx.Now().Add(60 * 24 * time.Hour), Quota: 90, RuleSetID: ruleID, Demo: true}); err != nil {
			return err
		}
		return w.populate(tx)
	})
	return w
}

func (w *world) wire() {
	var err error
	w.disk, err = objects.NewDisk(objects.DiskConfig{Dir: w.t.TempDir(), Secret: []byte("for tests only, 32 bytes long..."), Now: w.clock.now})
	w.must(err)
	w.must(w.disk.Prepare(w.t.Context()))
	w.reviews = review.New(review.Config{DB: w.db, Engine: w.engine, Book: w.book, Subjects: map[workflows.Kind]review.Subjects{
		"application": func(tx *database.Tx, c casework.Ref) (review.Subject, error) { return w.apps.ReviewSubject(tx, c) }}})
	w.notices = notice.New(notice.Config{DB: w.db, Engine: w.engine, Book: w.book, Subjects: map[workflows.Kind]notice.Subjects{
		"application": func(tx *database.Tx, c casework.Ref) (notice.Subject, error) { return w.apps.NoticeSubject(tx, c) }}})
	w.zones = registry.New(registry.Config{DB: w.db, Engine: w.engine, Book: w.book, Objects: w.disk, PublicURL: "https://zones.example"})
	w.apps = application.New(application.Config{DB: w.db, Engine: w.engine, Book: w.book, Files: attachment.List, Reviews: w.reviews, Notices: w.notices, Zones: w.zones})
	w.files = attachment.New(attachment.Config{DB: w.db, Store: w.disk, TempDir: w.t.TempDir(), Parents: map[workflows.Kind]attachment.Parent{"application": w.apps, "condition": w.apps.ConditionFiles()}})
	w.cases = map[workflows.Kind]casework.Service{}
	for _, s := range []casework.Service{w.apps, w.apps.Opinions(), w.apps.Conditions(), w.reviews, w.notices, w.zones} {
		w.cases[s.Kind()] = s
	}
}

// part is one person of the cast.
type part struct {
	login, unit string
	roles       []workflows.Role
}

func cast() []part {
	one := func(login, unit string, roles ...workflows.Role) part { return part{login, unit, roles} }
	out := []part{
		one("filler", unitA, workflows.Filler), one("filler2", unitA, workflows.Filler), one("leader", unitA, workflows.Leader), one("leader2", unitA, workflows.Leader),
		one("fillerB", unitB, workflows.Filler), one("leaderB", unitB, workflows.Leader),
		one("clerk", "commission", workflows.Clerk), one("officer", "commission", workflows.Officer), one("officer2", "commission", workflows.Officer),
		one("director", "commission", workflows.Director), one("both", "commission", workflows.Officer, workflows.Director),
		one("industry", "dept-industry", workflows.Department), one("industry2", "dept-industry", workflows.Department),
		one("science", "dept-science", workflows.Department), one("commerce", "dept-commerce", workflows.Department),
		one("culture", "dept-culture", workflows.Department),
		one("statistics", "statistics-bureau", workflows.Statistics), one("supervision", "supervision-office", workflows.Supervision),
		one("sysadmin", "operator", workflows.SystemAdmin), one("security", "operator", workflows.Security), one("auditor", "operator", workflows.Auditor),
	}
	for i := range 7 {
		out = append(out, one(fmt.Sprintf("expert%d", i+1), "institute", workflows.Evaluator))
	}
	return out
}

func (w *world) populate(tx *database.Tx) error {
	for _, u := range w.book.Units {
		if u.Code != unitA && u.Code != unitB && u.Kind == policy.KindDistrict {
			continue
		}
		if err := identity.PutUnit(tx, identity.Unit{Code: u.Code, Kind: identity.UnitKind(u.Kind), Name: u.Name.ZH, NameShort: u.Short.ZH, NameEn: u.Name.EN,
			Pinyin: u.Pinyin, ValidFrom: u.ValidFrom, Areas: u.Areas}); err != nil {
			return err
		}
	}
	for code, kind := range map[string]identity.UnitKind{"institute": identity.KindInstitute, "operator": identity.KindOperator} {
		if err := identity.PutUnit(tx, identity.Unit{Code: code, Kind: kind, Name: "示例" + code, NameShort: code, NameEn: code, ValidFrom: "2016-01-01", InternalCode: true}); err != nil {
			return err
		}
	}
	people := identity.New(identity.Config{DB: w.db})
	for _, p := range cast() {
		login := strings.ToLower(p.login)
		id, err := people.PutPerson(tx, identity.NewPerson{ID: "p-" + login, Login: login, Name: "示例" + p.login, Unit: p.unit, Roles: p.roles, Demo: true})
		if err != nil {
			return err
		}
		w.people[p.login] = identity.Actor{ID: id, Name: "示例" + p.login, Login: login, Unit: p.unit, Roles: p.roles, Lang: "zh-CN"}
	}
	w.people["system"] = identity.SystemActor()
	w.people["public"] = identity.PublicActor("192.0.2.1")
	return nil
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// run is t.Run in which the world speaks to the inner test.
func (w *world) run(name string, body func(t *testing.T)) {
	outer := w.t
	defer func() { w.t = outer }()
	outer.Run(name, func(t *testing.T) {
		w.t = t
		body(t)
	})
}

func (w *world) update(fn func(tx *database.Tx) error) {
	w.t.Helper()
	w.must(w.db.Update(w.t.Context(), fn))
}

func (w *world) see(fn func(tx *database.Tx) error) {
	w.t.Helper()
	w.must(w.db.View(w.t.Context(), fn))
}

// count is a SELECT count(*) of what the arguments say.
func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	w.see(func(tx *database.Tx) (err error) {
		n, err = tx.Count("SELECT count(*) FROM "+query, args...)
		return err
	})
	return n
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	w.update(func(tx *database.Tx) error { _, err := tx.Exec(query, args...); return err })
}

// one reads one value.
func one[T any](w *world, query string, args ...any) (v T) {
	w.t.Helper()
	w.see(func(tx *database.Tx) error { return tx.One(&v, query, args...) })
	return v
}

func (w *world) actor(who string) identity.Actor {
	w.t.Helper()
	a, ok := w.people[who]
	if !ok {
		w.t.Fatalf("nobody is called %s", who)
	}
	return a
}

func app(id string) casework.Ref     { return casework.Ref{Kind: "application", ID: id} }
func opinion(id string) casework.Ref { return casework.Ref{Kind: "opinion", ID: id} }
func asked(id string) casework.Ref   { return casework.Ref{Kind: "review", ID: id} }

func (w *world) version(c casework.Ref) int64 {
	w.t.Helper()
	return one[int64](w, "SELECT version FROM "+string(c.Kind)+" WHERE id = ?", c.ID)
}

func (w *world) state(c casework.Ref) workflows.State {
	w.t.Helper()
	return workflows.State(one[string](w, "SELECT status FROM "+string(c.Kind)+" WHERE id = ?", c.ID))
}

// why is a reason that is long enough wherever one is required.
const why = "理由充分,依规办理(演示)"

// try performs an action at the present version; data is marshalled where it is not nil.
func (w *world) try(who string, c casework.Ref, action workflows.Action, reason string, data any) (casework.Outcome, error) {
	w.t.Helper()
	return w.cases[c.Kind].Do(w.t.Context(), w.actor(who), w.command(c, action, reason, data))
}

func (w *world) command(c casework.Ref, action workflows.Action, reason string, data any) casework.Command {
	w.t.Helper()
	cmd := casework.Command{ID: c.ID, Action: action, Version: w.version(c), Reason: reason}
	if data != nil {
		text, err := json.Marshal(data)
		w.must(err)
		cmd.Data = text
	}
	return cmd
}

// do is try that must succeed.
func (w *world) do(who string, c casework.Ref, action workflows.Action, reason string, data any) casework.Outcome {
	w.t.Helper()
	out, err := w.try(who, c, action, reason, data)
	if err != nil {
		w.t.Fatalf("%s %s %s: %v", who, action, c.Kind, err)
	}
	return out
}

// day is 09:00 of a date in Shanghai.
func day(date string) time.Time {
	d, err := workflows.ParseDate(date)
	if err != nil {
		panic(err)
	}
	return d.Start().Add(9 * time.Hour)
}

// errUndo ends a transaction whose outcome is only looked at.
var errUndo = errors.New("undone")

// tried performs a command in a transaction that is undone whatever comes of it.
func (w *world) tried(a identity.Actor, kind workflows.Kind, c casework.Command) (out casework.Outcome, err error) {
	w.t.Helper()
	undone := w.db.Update(w.t.Context(), func(tx *database.Tx) error {
		out, err = w.cases[kind].DoTx(tx, a, c)
		return errUndo
	})
	if !errors.Is(undone, errUndo) {
		w.t.Fatal(undone)
	}
	return out, err
}

func wantKind(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || !fault.Is(err, kind) {
		t.Errorf("%s: got %v, want kind %d", what, err, kind)
	}
}

// blocked are the facts that an error names.
func blocked(err error) []workflows.Fact {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Blocked {
		return nil
	}
	out := slices.Clone(f.Facts)
	slices.Sort(out)
	return out
}

// fields are the path and code of every field of an error.
func fields(err error) (out []string) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	for _, x := range f.Fields {
		out = append(out, x.Path+" "+x.Code)
	}
	slices.Sort(out)
	return out
}

// recuse puts a person out of an application.
func (w *world) recuse(who, id string) {
	w.t.Helper()
	w.exec("INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES (?, 'application', ?, ?, 'other', ?, ?, ?)",
		"recusal-"+who+id, id, w.actor(who).ID, why, w.actor(who).ID, w.clock.now())
}

// work lists a tab of the work list of a kind.
func (w *world) work(who string, kind workflows.Kind, tab casework.Tab) (out []casework.WorkItem) {
	w.t.Helper()
	w.see(func(tx *database.Tx) (err error) {
		out, err = workOf(tx, w.cases[kind], w.actor(who), tab)
		return err
	})
	return out
}

func (w *world) view(who, id string) application.View {
	w.t.Helper()
	v, err := w.apps.View(w.t.Context(), w.actor(who), id)
	if err != nil {
		w.t.Fatalf("%s views: %v", who, err)
	}
	return v
}

func (w *world) list(ctx context.Context, who string, f application.Filter) []application.Line {
	w.t.Helper()
	out, err := w.apps.List(ctx, w.actor(who), f)
	w.must(err)
	return out
}

// quoted is a text as JSON.
func quoted(text string) json.RawMessage {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return raw
}

// workOf reads the first page of a tab of one kind.
func workOf(tx *database.Tx, s casework.Service, a identity.Actor, tab casework.Tab) ([]casework.WorkItem, error) {
	page, err := casework.Work(tx, []casework.Desk{s.Desk()}, a, casework.WorkQuery{Tab: tab, Limit: 100})
	return page.Items, err
}
