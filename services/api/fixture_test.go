package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"clusterzone/services/agenda"
	"clusterzone/services/api"
	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/document"
	"clusterzone/services/evaluation"
	"clusterzone/services/identity"
	"clusterzone/services/mail"
	"clusterzone/services/notice"
	"clusterzone/services/objects"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
	"clusterzone/services/problem"
	"clusterzone/services/registry"
	"clusterzone/services/reminder"
	"clusterzone/services/review"
	"clusterzone/services/steering"
	"clusterzone/services/tables"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

const (
	password  = "An-own-password-2016"
	districtA = "500103"
	districtB = "500104"
	nobody    = "0197a000-0000-7000-8000-000000000000"
)

// world is the whole product behind its API, on SQLite and a disk store.
type world struct {
	t     *testing.T
	db    *database.DB
	book  *policy.Book
	api   *api.API
	disk  *objects.Disk
	serve http.Handler
	log   *bytes.Buffer
	round policy.Round
	c     api.Config
	token map[string]string
	id    map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	gin.SetMode(gin.TestMode)
	w := &world{t: t, db: databasetest.SQLite(t, nil), log: &bytes.Buffer{}, token: map[string]string{}, id: map[string]string{}}
	data := must(policy.Load())(t)
	w.book = policy.NewBook(data)
	words := must(wording.New())(t)
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelError}))
	w.c = api.Config{Log: log, Version: "test", PublicURL: "https://zones.example", CookieName: "cz_session", DB: w.db, Book: w.book, Words: words,
		Teller: problem.New(words, log), Identity: identity.New(identity.Config{DB: w.db, Argon: identity.CheapArgon(), MaxGuesses: 1000, MaxAddress: 100000}),
		Ready: func(context.Context) api.Health { return api.Health{Ready: true} }}
	w.wire(data)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	w.api = api.Register(r, w.c)
	r.NoRoute(w.api.NotServed)
	r.NoMethod(w.api.NotServed)
	r.POST(objects.UploadPath, gin.WrapF(w.disk.ServeUpload))
	w.serve = r
	w.people()
	return w
}

func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (w *world) wire(data policy.Data) {
	w.t.Helper()
	c := &w.c
	store := must(objects.NewDisk(objects.DiskConfig{Dir: w.t.TempDir(), Secret: []byte("for tests only, 32 bytes long...")}))(w.t)
	w.disk = store
	if err := store.Prepare(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	engine := casework.New(w.book)
	c.Reviews = review.New(review.Config{DB: w.db, Engine: engine, Book: w.book, Subjects: map[workflows.Kind]review.Subjects{
		"application": func(tx *database.Tx, r casework.Ref) (review.Subject, error) {
			return c.Applications.ReviewSubject(tx, r)
		},
		"evaluation": func(tx *database.Tx, r casework.Ref) (review.Subject, error) {
			return c.Evaluations.ReviewSubject(tx, r)
		}}})
	c.Notices = notice.New(notice.Config{DB: w.db, Engine: engine, Book: w.book, Subjects: map[workflows.Kind]notice.Subjects{
		"application": func(tx *database.Tx, r casework.Ref) (notice.Subject, error) {
			return c.Applications.NoticeSubject(tx, r)
		},
		"evaluation": func(tx *database.Tx, r casework.Ref) (notice.Subject, error) {
			return c.Evaluations.NoticeSubject(tx, r)
		}}})
	c.Zones = registry.New(registry.Config{DB: w.db, Engine: engine, Book: w.book, Objects: store, Paper: must(paper.New())(w.t), PublicURL: c.PublicURL})
	c.Applications = application.New(application.Config{DB: w.db, Engine: engine, Book: w.book, Files: w.files, Reviews: c.Reviews, Notices: c.Notices, Zones: c.Zones})
	c.Tables = tables.New(tables.Config{DB: c.DB, Applications: c.Applications, Book: c.Book, Words: c.Words})
	c.Evaluations = evaluation.New(evaluation.Config{DB: w.db, Engine: engine, Book: w.book, Files: attachment.List, Reviews: c.Reviews, Notices: c.Notices, Zones: c.Zones})
	c.Rectifications = c.Evaluations.Rectifications()
	c.Attachments = attachment.New(attachment.Config{DB: w.db, Store: store, TempDir: w.t.TempDir(), Parents: map[workflows.Kind]attachment.Parent{
		"application": c.Applications, "evaluation": c.Evaluations, "rectification": c.Rectifications,
		"condition": c.Applications.ConditionFiles(), "objection": c.Notices.Evidence()}})
	c.Notices.Keep(c.Attachments)
	c.Documents = document.New(document.Config{DB: w.db, Objects: store, Press: must(paper.New())(w.t), PublicURL: c.PublicURL,
		Sources: map[workflows.Kind]document.Source{workflows.Application.Kind: c.Applications}})
	c.Cases = map[workflows.Kind]casework.Service{}
	for _, s := range []casework.Service{c.Applications, c.Applications.Opinions(), c.Applications.Conditions(), c.Reviews, c.Notices, c.Zones, c.Evaluations, c.Rectifications} {
		c.Cases[s.Kind()] = s
	}
	c.Steering = steering.New(steering.Config{DB: c.DB, Book: c.Book, Objects: store, Applications: c.Applications, Cases: c.Cases, Words: c.Words, Teller: c.Teller})
	c.Inbox = must(reminder.New(reminder.Config{DB: w.db, Mail: mail.NewLog(c.Log), PublicURL: c.PublicURL, Link: casework.Path,
		Text: func(lang, key string, params map[string]any) string {
			return c.Words.Text(wording.Lang(lang), key, params)
		}}))(w.t)
	w.seed(data)
	c.Feeds = must(agenda.New(agenda.Config{DB: c.DB, PublicURL: c.PublicURL, Text: func(lang, key string, params map[string]any) string {
		return c.Words.Text(wording.Lang(lang), key, params)
	}, Desks: func() (out []casework.Desk) {
		for _, s := range c.Cases {
			out = append(out, s.Desk())
		}
		return out
	}}))(w.t)
}

func (w *world) seed(data policy.Data) {
	w.t.Helper()
	w.update(func(tx *database.Tx) error {
		for _, u := range data.Units {
			err := identity.PutUnit(tx, identity.Unit{Code: u.Code, Kind: identity.UnitKind(u.Kind), Name: u.Name.ZH, NameShort: u.Short.ZH, NameEn: u.Name.EN, Pinyin: u.Pinyin,
				ValidFrom: u.ValidFrom, Areas: u.Areas, InternalCode: !u.GB})
			if err != nil {
				return err
			}
		}
		for code, kind := range map[string]identity.UnitKind{"institute-demo": identity.KindInstitute, "operator-demo": identity.KindOperator} {
			if err := identity.PutUnit(tx, identity.Unit{Code: code, Kind: kind, Name: "示例单位" + code, NameShort: "示例", NameEn: "Demo", Pinyin: "shili", ValidFrom: "2016-01-01", InternalCode: true}); err != nil {
				return err
			}
		}
		if err := errors.Join(w.book.Seed(tx, data.Rules), document.Seed(tx)); err != nil {
			return err
		}
		rules, _, err := w.book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		w.round, err = w.book.PutRound(tx, policy.Round{Code: "T-1", Name: "测试批次", NameEn: "Test round", Year: time.Now().Year(), OpensAt: time.Now().Add(-time.Hour),
			ClosesAt: time.Now().Add(1000 * time.Hour), Quota: 50, RuleSetID: rules, Demo: true})
		return err
	})
}

func (w *world) update(fn func(tx *database.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// people makes one person of every role, two of them fillers of different districts, and logs
// everybody in.
func (w *world) people() {
	w.t.Helper()
	hash := must(w.c.Identity.Hash(password))(w.t)
	cast := []struct {
		login, unit, lang string
		roles             []workflows.Role
	}{
		{"filler", districtA, "zh-CN", []workflows.Role{"filler"}}, {"leader", districtA, "zh-CN", []workflows.Role{"leader"}},
		{"stranger", districtB, "zh-CN", []workflows.Role{"filler"}}, {"stranger-leader", districtB, "en", []workflows.Role{"leader"}},
		{"victim", districtA, "zh-CN", []workflows.Role{"leader"}},
		{"clerk", "commission", "zh-CN", []workflows.Role{"clerk"}}, {"officer", "commission", "en", []workflows.Role{"officer"}},
		{"director", "commission", "zh-CN", []workflows.Role{"director"}}, {"department", "dept-commerce", "zh-CN", []workflows.Role{"department"}},
		{"evaluator", "institute-demo", "zh-CN", []workflows.Role{"evaluator"}}, {"supervision", "supervision-office", "zh-CN", []workflows.Role{"supervision"}},
		{"sysadmin", "operator-demo", "zh-CN", []workflows.Role{"system_admin"}}, {"secadmin", "operator-demo", "zh-CN", []workflows.Role{"security_admin"}},
		{"auditor", "operator-demo", "zh-CN", []workflows.Role{"audit_admin"}},
	}
	w.update(func(tx *database.Tx) error {
		for _, p := range cast {
			id, err := w.c.Identity.PutPerson(tx, identity.NewPerson{Login: p.login, Name: "示例" + p.login, Unit: p.unit, Lang: p.lang, Roles: p.roles, PasswordHash: hash, Demo: true})
			if err != nil {
				return err
			}
			w.id[p.login] = id
		}
		return nil
	})
	for _, p := range cast {
		w.token[p.login] = w.login(p.login)
	}
}

func (w *world) login(login string) string {
	w.t.Helper()
	var s struct{ Token string }
	w.as("").send("POST", "/session", map[string]any{"login": login, "password": password}).want(w.t, http.StatusCreated).into(w.t, &s)
	return s.Token
}

// caller sends requests as one person; "" is nobody.
type caller struct {
	w      *world
	token  string
	header http.Header
}

func (w *world) as(login string) *caller {
	return &caller{w: w, token: w.token[login], header: http.Header{}}
}

func (c *caller) with(name, value string) *caller {
	c.header.Set(name, value)
	return c
}

// answer is what came back.
type answer struct {
	what   string
	status int
	header http.Header
	body   []byte
}

func (c *caller) send(method, path string, body any) answer {
	c.w.t.Helper()
	var raw []byte
	if body != nil {
		raw = must(json.Marshal(body))(c.w.t)
	}
	return c.raw(method, path, raw)
}

func (c *caller) raw(method, path string, body []byte) answer {
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(body)
	}
	if !strings.HasPrefix(path, "/openapi") && !strings.HasSuffix(path, "z") {
		path = api.Prefix + path
	}
	req := httptest.NewRequest(method, path, r)
	for k, v := range c.header {
		req.Header[k] = v
	}
	if body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	rec := httptest.NewRecorder()
	c.w.serve.ServeHTTP(rec, req)
	return answer{what: method + " " + path, status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
}

func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: got %d %s, want %d", a.what, a.status, a.body, status)
	}
	return a
}

func (a answer) into(t testing.TB, v any) answer {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%s: read %s: %v", a.what, a.body, err)
	}
	return a
}

// refusal is a problem as a client reads it.
type refusal struct {
	Type, Title, Code string
	Status            int
	Errors            []struct{ Path, Code, Message string }
	Changes           json.RawMessage
}

func (a answer) refusal(t testing.TB) (p refusal) {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%s: %d with content type %q: %s", a.what, a.status, got, a.body)
	}
	a.into(t, &p)
	return p
}

// draft starts an application of district A and returns its path and version.
func (w *world) draft() (path string, version int64) {
	w.t.Helper()
	var made struct {
		ID      string
		Version int64
	}
	w.as("filler").send("POST", "/applications", map[string]any{"round_id": w.round.ID, "name": "渝中区测试服务集聚示范区"}).want(w.t, http.StatusCreated).into(w.t, &made)
	return "/applications/" + made.ID, made.Version
}
