package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"clusterzone/services/agenda"
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
	"clusterzone/services/outbox"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
	"clusterzone/services/problem"
	"clusterzone/services/registry"
	"clusterzone/services/reminder"
	"clusterzone/services/review"
	"clusterzone/services/steering"
	"clusterzone/services/tables"
	"clusterzone/services/web"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

const (
	password  = "一把自己的钥匙-2016"
	districtA = "500103"
	districtB = "500104"
)

// pages is the whole product behind its pages, on SQLite and a disk store.
type pages struct {
	*testing.T
	c      web.Config
	engine *gin.Engine
	round  policy.Round
	actor  map[string]identity.Actor
	cookie map[string]string
	now    *clock
}

// must returns v, or ends the test.
func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newPages(t *testing.T) *pages {
	t.Helper()
	gin.SetMode(gin.TestMode)
	w := &pages{T: t, actor: map[string]identity.Actor{}, cookie: map[string]string{}, now: &clock{at: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}}
	data := must(policy.Load())(t)
	words := must(wording.New())(t)
	log := slog.New(slog.NewTextHandler(logTo{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	db := databasetest.SQLite(t, w.now.Now)
	w.c = web.Config{Log: log, Version: "test", PublicURL: "https://zones.example", CookieName: "cz_session", Secure: true, DB: db, Book: policy.NewBook(data),
		Words: words, Teller: problem.New(words, log), Identity: identity.New(identity.Config{DB: db, Argon: identity.CheapArgon(), MaxAddress: 100_000})}
	w.wire()
	w.seed(data)
	w.people()
	w.engine = gin.New()
	w.engine.HandleMethodNotAllowed = true
	web.Register(w.engine, w.c)
	for login := range w.actor {
		w.cookie[login] = w.login(login)
	}
	return w
}

// logTo shows what the product logs where a test fails.
type logTo struct{ t *testing.T }

func (l logTo) Write(p []byte) (int, error) {
	l.t.Logf("%s", p)
	return len(p), nil
}

func (w *pages) wire() {
	c := &w.c
	store := must(objects.NewDisk(objects.DiskConfig{Dir: w.TempDir(), Secret: []byte("for tests only, 32 bytes long..."), Now: c.DB.Now}))(w)
	if err := store.Prepare(w.Context()); err != nil {
		w.Fatal(err)
	}
	engine := casework.New(c.Book)
	c.Reviews = review.New(review.Config{DB: c.DB, Engine: engine, Book: c.Book, Subjects: map[workflows.Kind]review.Subjects{
		"application": func(tx *database.Tx, r casework.Ref) (review.Subject, error) {
			return c.Applications.ReviewSubject(tx, r)
		},
		"evaluation": func(tx *database.Tx, r casework.Ref) (review.Subject, error) {
			return c.Evaluations.ReviewSubject(tx, r)
		}}})
	c.Notices = notice.New(notice.Config{DB: c.DB, Engine: engine, Book: c.Book, Subjects: map[workflows.Kind]notice.Subjects{
		"application": func(tx *database.Tx, r casework.Ref) (notice.Subject, error) {
			return c.Applications.NoticeSubject(tx, r)
		},
		"evaluation": func(tx *database.Tx, r casework.Ref) (notice.Subject, error) {
			return c.Evaluations.NoticeSubject(tx, r)
		}}})
	c.Zones = registry.New(registry.Config{DB: c.DB, Engine: engine, Book: c.Book, Objects: store, Paper: must(paper.New())(w), PublicURL: c.PublicURL})
	c.Applications = application.New(application.Config{DB: c.DB, Engine: engine, Book: c.Book, Files: w.files, Reviews: c.Reviews, Notices: c.Notices, Zones: c.Zones})
	c.Tables = tables.New(tables.Config{DB: c.DB, Applications: c.Applications, Book: c.Book, Words: c.Words})
	c.Evaluations = evaluation.New(evaluation.Config{DB: c.DB, Engine: engine, Book: c.Book, Files: attachment.List, Reviews: c.Reviews, Notices: c.Notices, Zones: c.Zones})
	c.Rectifications = c.Evaluations.Rectifications()
	c.Attachments = attachment.New(attachment.Config{DB: c.DB, Store: store, TempDir: w.TempDir(), Parents: map[workflows.Kind]attachment.Parent{
		"application": c.Applications, "evaluation": c.Evaluations, "rectification": c.Rectifications,
		"condition": c.Applications.ConditionFiles(), "objection": c.Notices.Evidence()}})
	c.Notices.Keep(c.Attachments)
	c.Documents = document.New(document.Config{DB: c.DB, Objects: store, Press: must(paper.New())(w), PublicURL: c.PublicURL,
		Sources: map[workflows.Kind]document.Source{workflows.Application.Kind: c.Applications}})
	c.Cases = map[workflows.Kind]casework.Service{}
	for _, s := range []casework.Service{c.Applications, c.Applications.Opinions(), c.Applications.Conditions(), c.Reviews, c.Notices, c.Zones, c.Evaluations, c.Rectifications} {
		c.Cases[s.Kind()] = s
	}
	c.Steering = steering.New(steering.Config{DB: c.DB, Book: c.Book, Objects: store, Applications: c.Applications, Cases: c.Cases, Words: c.Words, Teller: c.Teller})
	c.Inbox = must(reminder.New(reminder.Config{DB: c.DB, Mail: mail.NewLog(c.Log), PublicURL: c.PublicURL, Link: casework.Path,
		Text: func(lang, key string, params map[string]any) string {
			return c.Words.Text(wording.Lang(lang), key, params)
		}}))(w)
	c.Feeds = must(agenda.New(agenda.Config{DB: c.DB, PublicURL: c.PublicURL, Text: func(lang, key string, params map[string]any) string {
		return c.Words.Text(wording.Lang(lang), key, params)
	}, Desks: func() (out []casework.Desk) {
		for _, s := range c.Cases {
			out = append(out, s.Desk())
		}
		return out
	}}))(w)
}

// files are what is attached, and one invented file for every required slot of an application:
// uploads have tests of their own.
func (w *pages) files(tx *database.Tx, ref casework.Ref) ([]attachment.Attachment, error) {
	kinds := map[string]string{"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	out, err := attachment.List(tx, ref)
	for _, slot := range w.c.Book.Rules.SlotsFor(policy.PurposeApplication) {
		if slot.Required {
			out = append(out, attachment.Attachment{ID: "00000000-0000-7000-8000-" + slot.Code, Parent: ref, Slot: slot.Code, No: 1, Name: "示例." + slot.Formats[0],
				Size: 1000, SHA256: strings.Repeat("a", 64), ContentType: kinds[slot.Formats[0]], State: attachment.Attached})
		}
	}
	return out, err
}

func (w *pages) update(fn func(tx *database.Tx) error) {
	w.Helper()
	if err := w.c.DB.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *pages) seed(data policy.Data) {
	w.Helper()
	w.update(func(tx *database.Tx) error {
		for _, u := range data.Units {
			err := identity.PutUnit(tx, identity.Unit{Code: u.Code, Kind: identity.UnitKind(u.Kind), Name: u.Name.ZH, NameShort: u.Short.ZH, NameEn: u.Name.EN,
				Pinyin: u.Pinyin, ValidFrom: u.ValidFrom, Areas: u.Areas, InternalCode: !u.GB})
			if err != nil {
				return err
			}
		}
		for code, kind := range map[string]identity.UnitKind{"institute-demo": identity.KindInstitute, "operator-demo": identity.KindOperator} {
			err := identity.PutUnit(tx, identity.Unit{Code: code, Kind: kind, Name: "示例单位", NameShort: "示例", NameEn: "Demo unit", Pinyin: "shili",
				ValidFrom: "2016-01-01", InternalCode: true})
			if err != nil {
				return err
			}
		}
		if err := errors.Join(w.c.Book.Seed(tx, data.Rules), document.Seed(tx)); err != nil {
			return err
		}
		rules, _, err := w.c.Book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		w.round, err = w.c.Book.PutRound(tx, policy.Round{Code: "T-1", Name: "测试批次", NameEn: "Test round", Year: 2026, OpensAt: w.now.Now().Add(-time.Hour),
			ClosesAt: w.now.Now().Add(1000 * time.Hour), Quota: 50, RuleSetID: rules, Demo: true})
		return err
	})
}

// people makes one person of every role, and a second district.
func (w *pages) people() {
	w.Helper()
	hash := must(w.c.Identity.Hash(password))(w)
	for _, p := range []struct {
		login, unit string
		role        workflows.Role
	}{
		{"filler", districtA, workflows.Filler}, {"leader", districtA, workflows.Leader}, {"stranger", districtB, workflows.Filler},
		{"clerk", "commission", workflows.Clerk}, {"officer", "commission", workflows.Officer}, {"director", "commission", workflows.Director},
		{"department", "dept-commerce", workflows.Department}, {"evaluator", "institute-demo", workflows.Evaluator},
		{"statistics", "statistics-bureau", workflows.Statistics}, {"supervision", "supervision-office", workflows.Supervision},
		{"sysadmin", "operator-demo", workflows.SystemAdmin}, {"secadmin", "operator-demo", workflows.Security}, {"auditor", "operator-demo", workflows.Auditor},
	} {
		w.update(func(tx *database.Tx) error {
			id, err := w.c.Identity.PutPerson(tx, identity.NewPerson{Login: p.login, Name: "示例" + string(p.login[0]), Unit: p.unit, Roles: []workflows.Role{p.role},
				PasswordHash: hash, Demo: true})
			if err != nil {
				return fmt.Errorf("%s: %w", p.login, err)
			}
			u, err := identity.UnitByCode(tx, p.unit)
			w.actor[p.login] = identity.Actor{ID: id, Name: "示例", Login: p.login, Unit: p.unit, UnitName: u.Name, UnitKind: string(u.Kind), Roles: []workflows.Role{p.role}, Lang: "zh-CN"}
			return err
		})
	}
}

// login goes through the page of the login and returns the session's cookie.
func (w *pages) login(login string) string {
	w.Helper()
	got := w.as("").post("/login", url.Values{"login": {login}, "password": {password}, "next": {"/inbox"}})
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/inbox" {
		w.Fatalf("login of %s: %d to %q", login, got.status, got.header.Get("Location"))
	}
	for _, c := range got.cookies {
		if c.Name == w.c.CookieName {
			if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
				w.Errorf("session cookie %+v", c)
			}
			return c.Value
		}
	}
	w.Fatalf("login of %s gives no cookie", login)
	return ""
}

// visitor asks for pages as one person; "" is nobody.
type visitor struct {
	w       *pages
	session string
	lang    string
	header  http.Header
	jar     []*http.Cookie
}

func (w *pages) as(login string) *visitor {
	return &visitor{w: w, session: w.cookie[login], header: http.Header{}}
}

// in chooses the language of the browser.
func (b *visitor) in(lang string) *visitor {
	b.lang = lang
	return b
}

// with sets a header.
func (b *visitor) with(name, value string) *visitor {
	b.header.Set(name, value)
	return b
}

// page is what came back.
type page struct {
	what    string
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    string
}

func (b *visitor) get(path string) page { return b.send(http.MethodGet, path, nil, "") }

func (b *visitor) post(path string, form url.Values) page {
	return b.send(http.MethodPost, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

func (b *visitor) send(method, path string, body io.Reader, kind string) page {
	req := httptest.NewRequest(method, path, body)
	for name, values := range b.header {
		req.Header[name] = values
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if b.lang != "" {
		req.Header.Set("Accept-Language", b.lang)
	}
	if b.session != "" {
		req.AddCookie(&http.Cookie{Name: b.w.c.CookieName, Value: b.session})
	}
	for _, c := range b.jar {
		req.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	b.w.engine.ServeHTTP(rec, req)
	res := rec.Result()
	return page{what: method + " " + path, status: rec.Code, header: rec.Header(), cookies: res.Cookies(), body: rec.Body.String()}
}

func (p page) want(t testing.TB, status int) page {
	t.Helper()
	if p.status != status {
		t.Fatalf("%s: got %d, want %d: %.400s", p.what, p.status, status, p.body)
	}
	return p
}

// content is a complete application of district A.
func (w *pages) content(seed int) application.Content {
	w.Helper()
	place := application.DemoPlace{Unit: "渝中", Region: districtA, Sectors: []string{"e-commerce"}, Area: w.c.Book.AreasOf(districtA)[0].Code, Lon: 106.56, Lat: 29.55,
		BaseYear: 2025, PlannedYears: 3}
	for _, i := range w.c.Book.Rules.Goals.Indicators {
		place.Indicators = append(place.Indicators, i.Code)
	}
	for _, b := range w.c.Book.Rules.RevenueBands {
		place.RevenueBands = append(place.RevenueBands, b.Code)
	}
	return must(application.DemoContent(seed, place))(w)
}

// draft starts and fills an application.
func (w *pages) draft(seed int) casework.Ref {
	w.Helper()
	out := must(w.c.Applications.Create(w.Context(), w.actor["filler"], application.Start{RoundID: w.round.ID, Name: fmt.Sprintf("渝中区测试服务%d集聚示范区", seed)}))(w)
	text := must(application.Canonical(w.content(seed)))(w)
	must(w.c.Applications.Save(w.Context(), w.actor["filler"], out.ID, application.Edit{Version: out.Version, Content: text}))(w)
	return casework.Ref{Kind: out.Kind, ID: out.ID}
}

// do takes an action on the version that is there.
func (w *pages) do(who string, ref casework.Ref, action workflows.Action, reason string, data any) {
	w.Helper()
	service := w.c.Cases[ref.Kind]
	now := must(service.Actions(w.Context(), w.actor[who], ref.ID))(w)
	raw := must(json.Marshal(data))(w)
	if _, err := service.Do(w.Context(), w.actor[who], casework.Command{ID: ref.ID, Action: action, Version: now.Version, Reason: reason, Data: raw}); err != nil {
		w.Fatalf("%s %s as %s: %v", action, ref.Kind, who, err)
	}
}

// submitted brings an application as far as the check.
func (w *pages) submitted(seed int) casework.Ref {
	w.Helper()
	ref := w.draft(seed)
	w.do("filler", ref, "send_to_sign", "", nil)
	w.do("leader", ref, "sign", "", nil)
	return ref
}

// inReview passes the check.
func (w *pages) inReview(seed int) casework.Ref {
	w.Helper()
	ref := w.submitted(seed)
	for _, part := range application.Parts() {
		now := must(w.c.Applications.Actions(w.Context(), w.actor["clerk"], ref.ID))(w)
		must(w.c.Applications.SetVerdict(w.Context(), w.actor["clerk"], ref.ID, now.Version, application.Verdict{Part: part, Verdict: "pass"}))(w)
	}
	w.do("clerk", ref, "accept", "", nil)
	return ref
}

// opinion is the one opinion asked for on an application.
func (w *pages) opinion(ref casework.Ref) casework.Ref {
	w.Helper()
	v := must(w.c.Applications.View(w.Context(), w.actor["officer"], ref.ID))(w)
	if len(v.Opinions) == 0 {
		w.Fatal("nobody was asked for an opinion")
	}
	return casework.Ref{Kind: workflows.Opinion.Kind, ID: v.Opinions[0].ID}
}

// noticed brings an application into its public notice.
func (w *pages) noticed(seed int) casework.Ref {
	w.Helper()
	ref := w.inReview(seed)
	w.do("department", w.opinion(ref), "give", "", map[string]string{"stance": "agree"})
	invited := must(w.c.Reviews.Invite(w.Context(), w.actor["officer"], ref, []string{w.actor["evaluator"].ID}, ""))(w)
	r := casework.Ref{Kind: workflows.Review.Kind, ID: invited[0].ID}
	w.do("evaluator", r, "accept", "", map[string]bool{"commitment": true, "no_conflict": true})
	view := must(w.c.Reviews.View(w.Context(), w.actor["evaluator"], r.ID))(w)
	scores := map[string]any{}
	for _, c := range view.Rubric.Criteria {
		scores[c.Code] = map[string]string{"points": c.Max.String(), "reason": "依据申报材料和佐证,目标可行,落实措施具体,仍需持续跟踪。"}
	}
	w.do("evaluator", r, "submit_scores", "", map[string]any{"scores": scores, "comment": "可行"})
	w.do("officer", ref, "recommend", "七项审查通过,部门同意,评分达到要求", nil)
	w.do("clerk", ref, "publish_notice", "", nil)
	return ref
}

// noticeOf is the id of the notice of an application.
func (w *pages) noticeOf(ref casework.Ref) (id string) {
	w.Helper()
	w.update(func(tx *database.Tx) error {
		all, err := w.c.Notices.ForSubject(tx, ref)
		if err == nil && len(all) == 1 {
			id = all[0].ID
		}
		return err
	})
	return id
}

// establish makes a zone with its certificate, as if it had been accredited before the system,
// and returns the certificate's code.
func (w *pages) establish() (zone casework.Ref, code string) {
	w.Helper()
	filed := w.content(7)
	w.update(func(tx *database.Tx) error {
		rules, _, err := w.c.Book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		zone.Kind = workflows.Zone.Kind
		zone.ID, err = w.c.Zones.Establish(tx, identity.SystemActor(), registry.Grant{Name: "渝中区测试集聚示范区", Unit: districtA, RuleSetID: rules, BodyName: "示例管理委员会",
			CreditCode: filed.Body.CreditCode, Sectors: []string{"e-commerce"}, Area: filed.Positioning.Area, GeoJSON: filed.Boundary.Polygon, Texts: [4]string{"东路", "南路", "西路", "北路"},
			AreaM2: filed.Boundary.AreaM2, DocumentNumber: "示例发改〔2026〕1号", DecidedOn: workflows.DateOf(w.now.Now()), ValidFrom: workflows.DateOf(w.now.Now()), Demo: true})
		return err
	})
	c := must(w.c.Zones.View(w.Context(), w.actor["officer"], zone.ID))(w).Certificates[0]
	payload := must(json.Marshal(map[string]string{"number": c.Number}))(w)
	w.update(must(w.c.Zones.RenderCertificate(w.Context(), outbox.Row{Payload: string(payload)}))(w))
	return zone, c.CheckCode
}
