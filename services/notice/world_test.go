package notice_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/objects"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// to sets the time of day in Shanghai.
func (c *clock) to(day string, hour, minute int) {
	d, err := workflows.ParseDate(day)
	if err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = d.Start().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// world is one application in its notice state with a running notice, 2026-11-23 to 11-27.
type world struct {
	t      *testing.T
	db     *database.DB
	clock  *clock
	engine *casework.Engine
	book   *policy.Book
	s      *notice.Service
	ref    casework.Ref
	ruleID string
	notice notice.Published
	files  *attachment.Service
	store  *objects.Disk
	mail   *letters
}

func each(t *testing.T, body func(t *testing.T, w *world)) {
	t.Helper()
	c := &clock{}
	databasetest.Each(t, c.now, func(t *testing.T, db *database.DB) {
		c.to("2026-11-23", 9, 0)
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
	w.s = notice.New(notice.Config{DB: db, Engine: w.engine, Book: book, Subjects: map[workflows.Kind]notice.Subjects{"application": w.subject}})
	w.keep()
	w.update(func(tx *database.Tx) error {
		if err := book.Seed(tx, data.Rules); err != nil {
			return err
		}
		if w.ruleID, _, err = book.CurrentRuleSet(tx); err != nil {
			return err
		}
		return w.rows(tx)
	})
	w.notice = w.publish("2026-11-23", "2026-11-27")
	return w
}

func (w *world) rows(tx *database.Tx) error {
	for _, u := range [][2]string{{"500103", "district"}, {"sdrc", "commission"}, {"sup", "supervision"}} {
		if _, err := tx.Exec("INSERT INTO unit (code, kind, name, name_short, name_en, valid_from) VALUES (?, ?, ?, ?, 'x', '2016-01-01')", u[0], u[1], u[0], u[0]); err != nil {
			return err
		}
	}
	for id, role := range roles() {
		if role == workflows.Public || role == workflows.System {
			continue
		}
		if _, err := tx.Exec("INSERT INTO person (id, login, name, unit_code, created_at, updated_at) VALUES (?, ?, ?, 'sdrc', ?, ?)", id, id, id, tx.Now(), tx.Now()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("INSERT INTO round (id, code, name, name_en, year, opens_at, closes_at, quota, rule_set_id, created_at) VALUES ('round', 'r1', 'x', 'x', 2026, ?, ?, 2, ?, ?)",
		tx.Now().Add(-time.Hour), tx.Now().Add(time.Hour), w.ruleID, tx.Now()); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO application (id, number, round_id, unit_code, rule_set_id, workflow_version, name, status, version, content, created_by, created_at, updated_at)
		VALUES ('app-1', 'SB-1', 'round', '500103', ?, 1, '示例集聚示范区', 'notice', 9, '{}', 'filler', ?, ?)`, w.ruleID, tx.Now(), tx.Now())
	return err
}

func (w *world) publish(from, to string) (p notice.Published) {
	w.t.Helper()
	w.update(func(tx *database.Tx) (err error) {
		p, err = w.s.Publish(tx, w.actor("clerk"), w.draft(from, to))
		return err
	})
	return p
}

func (w *world) draft(from, to string) notice.Notice {
	start, err := workflows.ParseDate(from)
	w.must(err)
	end, err := workflows.ParseDate(to)
	w.must(err)
	return notice.Notice{Subject: w.ref, Title: "关于拟认定示例集聚示范区的公示", Body: "公示正文", StartsOn: start, EndsOn: end, Demo: true}
}

func (w *world) subject(tx *database.Tx, ref casework.Ref) (notice.Subject, error) {
	var r struct {
		Number, Name, Status, UnitCode, RuleSetID string
		Version                                   int64
	}
	if err := tx.One(&r, "SELECT number, name, status, unit_code, rule_set_id, version FROM application WHERE id = ?", ref.ID); err != nil {
		return notice.Subject{}, err
	}
	rules, err := w.book.RuleSet(tx, r.RuleSetID)
	if err != nil {
		return notice.Subject{}, err
	}
	return notice.Subject{Case: casework.Case{Kind: "application", ID: ref.ID, Number: r.Number, Title: r.Name, State: workflows.State(r.Status),
		Version: r.Version, Unit: r.UnitCode, Rules: rules.RulesFor("application")}, RuleSetID: r.RuleSetID, Title: r.Name, NoticeState: r.Status == "notice"}, nil
}

func roles() map[string]workflows.Role {
	return map[string]workflows.Role{"officer": workflows.Officer, "officer2": workflows.Officer, "clerk": workflows.Clerk, "director": workflows.Director,
		"director2": workflows.Director, "supervisor": workflows.Supervision, "filler": workflows.Filler, "leader": workflows.Leader, "dept": workflows.Department,
		"evaluator": workflows.Evaluator, "stat": workflows.Statistics, "sysadmin": workflows.SystemAdmin, "security": workflows.Security, "auditor": workflows.Auditor,
		"public": workflows.Public, "system": workflows.System}
}

func (w *world) actor(id string) identity.Actor {
	switch id {
	case "public":
		return identity.PublicActor("192.0.2.1")
	case "system":
		return identity.SystemActor()
	}
	return identity.Actor{ID: id, Name: id, Unit: "sdrc", Roles: []workflows.Role{roles()[id]}, Lang: "zh-CN"}
}

func (w *world) update(fn func(tx *database.Tx) error) {
	w.t.Helper()
	w.must(w.db.Update(w.t.Context(), fn))
}

func (w *world) see(fn func(tx *database.Tx) error) {
	w.t.Helper()
	w.must(w.db.View(w.t.Context(), fn))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

const mobile = "13800000000"

// objection is a complete one by an individual.
func (w *world) objection() notice.Objection {
	return notice.Objection{NoticeID: w.notice.ID, ObjectorKind: notice.ByIndividual, Name: "李示例", Contact: mobile,
		Body: "公示所列范围与相邻地块重叠,附有测绘说明,请予核查。"}
}

// file files a complete objection and returns its id and receipt.
func (w *world) file() (id, receipt string) {
	w.t.Helper()
	out, receipt, err := w.s.File(w.t.Context(), w.actor("public"), w.objection(), "")
	w.must(err)
	return out.ID, receipt
}

func (w *world) do(who, id string, action workflows.Action, reason string) error {
	w.t.Helper()
	_, err := w.s.Do(w.t.Context(), w.actor(who), casework.Command{ID: id, Action: action, Version: w.version(id), Reason: reason})
	return err
}

func (w *world) version(id string) (v int64) {
	w.t.Helper()
	w.see(func(tx *database.Tx) (err error) {
		v, err = tx.Count("SELECT version FROM objection WHERE id = ?", id)
		return err
	})
	return v
}

func (w *world) open() (n int64) {
	w.t.Helper()
	w.see(func(tx *database.Tx) (err error) { n, err = w.s.OpenObjections(tx, w.ref); return err })
	return n
}

func wantKind(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || !fault.Is(err, kind) {
		t.Errorf("%s: got %v, want kind %d", what, err, kind)
	}
}

func codes(err error) (out []string) {
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
