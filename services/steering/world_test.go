package steering_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/services/policy"
	"clusterzone/services/problem"
	"clusterzone/services/registry"
	"clusterzone/services/review"
	"clusterzone/services/search"
	"clusterzone/services/steering"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

const (
	unitA = "500103"
	unitB = "500108"
	why   = "理由充分，依规办理（演示）"
)

// world is many cases and people of every role.
type world struct {
	t      *testing.T
	db     *database.DB
	now    time.Time
	book   *policy.Book
	apps   *application.Service
	cases  map[workflows.Kind]casework.Service
	s      *steering.Service
	log    *bytes.Buffer
	round  policy.Round
	people map[string]identity.Actor
}

func each(t *testing.T, body func(t *testing.T, w *world)) {
	t.Helper()
	w := &world{}
	databasetest.Each(t, func() time.Time { return w.now }, func(t *testing.T, db *database.DB) {
		*w = world{t: t, db: db, now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC), log: &bytes.Buffer{}, people: map[string]identity.Actor{}}
		w.wire()
		body(t, w)
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(fn func(tx *database.Tx) error) {
	w.t.Helper()
	w.must(w.db.Update(w.t.Context(), fn))
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	w.update(func(tx *database.Tx) error { _, err := tx.Exec(query, args...); return err })
}

func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	w.must(w.db.View(w.t.Context(), func(tx *database.Tx) (err error) {
		n, err = tx.Count("SELECT count(*) FROM "+query, args...)
		return err
	}))
	return n
}

func (w *world) wire() {
	data, err := policy.Load()
	w.must(err)
	w.book = policy.NewBook(data)
	engine := casework.New(w.book)
	store, err := objects.NewDisk(objects.DiskConfig{Dir: w.t.TempDir(), Secret: []byte("for tests only, 32 bytes long...")})
	w.must(err)
	w.must(store.Prepare(w.t.Context()))
	reviews := review.New(review.Config{DB: w.db, Engine: engine, Book: w.book, Subjects: map[workflows.Kind]review.Subjects{
		"application": func(tx *database.Tx, c casework.Ref) (review.Subject, error) { return w.apps.ReviewSubject(tx, c) }}})
	notices := notice.New(notice.Config{DB: w.db, Engine: engine, Book: w.book, Subjects: map[workflows.Kind]notice.Subjects{
		"application": func(tx *database.Tx, c casework.Ref) (notice.Subject, error) { return w.apps.NoticeSubject(tx, c) }}})
	zones := registry.New(registry.Config{DB: w.db, Engine: engine, Book: w.book, Objects: store, PublicURL: "https://zones.example"})
	w.apps = application.New(application.Config{DB: w.db, Engine: engine, Book: w.book, Files: attachment.List, Reviews: reviews, Notices: notices, Zones: zones})
	w.cases = map[workflows.Kind]casework.Service{}
	for _, s := range []casework.Service{w.apps, w.apps.Opinions(), w.apps.Conditions(), reviews, notices, zones} {
		w.cases[s.Kind()] = s
	}
	words, err := wording.New()
	w.must(err)
	w.s = steering.New(steering.Config{DB: w.db, Book: w.book, Objects: store, Applications: w.apps, Cases: w.cases, Words: words,
		Teller: problem.New(words, slog.New(slog.NewTextHandler(w.log, nil)))})
	w.update(func(tx *database.Tx) error { return w.populate(tx, data) })
}

func (w *world) populate(tx *database.Tx, data policy.Data) error {
	if err := w.book.Seed(tx, data.Rules); err != nil {
		return err
	}
	rules, _, err := w.book.CurrentRuleSet(tx)
	if err != nil {
		return err
	}
	w.round, err = w.book.PutRound(tx, policy.Round{Code: "T-1", Name: "测试批次", NameEn: "Test round", Year: 2026, OpensAt: tx.Now().Add(-time.Hour),
		ClosesAt: tx.Now().Add(1000 * time.Hour), Quota: 500, RuleSetID: rules, Demo: true})
	if err != nil {
		return err
	}
	for _, u := range data.Units {
		err := identity.PutUnit(tx, identity.Unit{Code: u.Code, Kind: identity.UnitKind(u.Kind), Name: u.Name.ZH, NameShort: u.Short.ZH, NameEn: u.Name.EN,
			Pinyin: u.Pinyin, ValidFrom: u.ValidFrom, Areas: u.Areas, InternalCode: !u.GB})
		if err != nil {
			return err
		}
	}
	err = identity.PutUnit(tx, identity.Unit{Code: "institute", Kind: identity.KindInstitute, Name: "示例研究院", NameShort: "示例", NameEn: "Demo institute",
		ValidFrom: "2016-01-01", InternalCode: true})
	if err != nil {
		return err
	}
	people := identity.New(identity.Config{DB: w.db})
	for _, p := range []struct {
		login, unit string
		role        workflows.Role
	}{{"filler", unitA, workflows.Filler}, {"leader", unitA, workflows.Leader}, {"fillerb", unitB, workflows.Filler}, {"clerk", "commission", workflows.Clerk},
		{"officer", "commission", workflows.Officer}, {"director", "commission", workflows.Director}, {"supervision", "supervision-office", workflows.Supervision},
		{"department", "dept-commerce", workflows.Department}, {"evaluator", "institute", workflows.Evaluator}} {
		id, err := people.PutPerson(tx, identity.NewPerson{Login: p.login, Name: "示例" + p.login, Unit: p.unit, Roles: []workflows.Role{p.role}, Demo: true})
		if err != nil {
			return err
		}
		w.people[p.login] = identity.Actor{ID: id, Name: "示例" + p.login, Login: p.login, Unit: p.unit, Roles: []workflows.Role{p.role}, Lang: "zh-CN"}
	}
	return nil
}

// put makes an application in a state, as the procedure would have left it.
func (w *world) put(n int, unit, name, state string) string {
	w.t.Helper()
	id := fmt.Sprintf("0197a000-0000-7000-8000-%012d", n)
	w.update(func(tx *database.Tx) error {
		submitted := 1
		if state == "draft" {
			submitted = 0
		}
		text, err := application.Canonical(application.Content{})
		if err != nil {
			return err
		}
		empty := string(text)
		number := fmt.Sprintf("CQ-SB-2026-%04d", n)
		_, err = tx.Exec(`INSERT INTO application (id, number, round_id, unit_code, rule_set_id, workflow_version, name, status, version, content, submitted_no,
			submitted_at, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, 1, ?, ?, ?, ?, ?, ?)`, id, number, w.round.ID, unit, w.round.RuleSetID,
			name, state, empty, submitted, tx.Now(), w.people["filler"].ID, tx.Now(), tx.Now())
		if err != nil {
			return err
		}
		return search.Put(tx, "application", id, number, name)
	})
	return id
}

func (w *world) recuse(who, id string) {
	w.t.Helper()
	w.exec("INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES (?, 'application', ?, ?, 'other', ?, ?, ?)",
		"r-"+who+id, id, w.people[who].ID, why, w.people[who].ID, w.now)
}

// deliver hands every open row of a topic to a handler until none is left, each of them times
// over, as a queue that loses answers does.
func (w *world) deliver(topic outbox.Topic, times int, handle func(context.Context, outbox.Row) (func(*database.Tx) error, error)) {
	w.t.Helper()
	for range 100 {
		var rows []outbox.Row
		w.must(w.db.View(w.t.Context(), func(tx *database.Tx) error {
			return tx.Find(&rows, "SELECT id, event_key, topic, payload FROM outbox WHERE topic = ? AND done_at IS NULL ORDER BY id", string(topic))
		}))
		if len(rows) == 0 {
			return
		}
		for _, row := range rows {
			for range times {
				finish, err := handle(w.t.Context(), row)
				w.must(err)
				w.update(func(tx *database.Tx) error {
					if finish != nil {
						if err := finish(tx); err != nil {
							return err
						}
					}
					return outbox.Done(tx, row.ID)
				})
			}
		}
	}
	w.t.Fatal("the outbox never empties")
}

// dying is the service of applications in a worker that is killed in the middle.
type dying struct {
	casework.Service
	left int
	kill func()
}

func (d *dying) DoTx(tx *database.Tx, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	if d.left--; d.left < 0 {
		d.kill()
	}
	return d.Service.DoTx(tx, a, c)
}

// killAfter lets the worker die while it works on the case after so many.
func (w *world) killAfter(n int, kill func()) {
	w.cases["application"] = &dying{w.apps, n, kill}
}
