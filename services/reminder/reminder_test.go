package reminder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/jobs"
	"clusterzone/services/mail"
	"clusterzone/services/outbox"
	"clusterzone/services/reminder"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// postbox keeps what is sent, and fails when told.
type postbox struct {
	mu   sync.Mutex
	sent []mail.Message
	fail error
}

func (p *postbox) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	p.sent = append(p.sent, m)
	return nil
}

func (p *postbox) to() (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.sent {
		out = append(out, m.To)
	}
	slices.Sort(out)
	return out
}

type bench struct {
	*testing.T
	db   *database.DB
	at   *atomic.Int64
	post *postbox
	r    *reminder.Reminder
}

// people of the tests: name → unit, role, superior. The mail address is name@example.test
// but for those without.
var people = []struct{ id, unit, role, superior, lang string }{
	{"filler", "500103", "filler", "chief", "zh-CN"},
	{"filler2", "500103", "filler", "chief", "en"},
	{"left", "500103", "filler", "", "zh-CN"}, // not active
	{"leader", "500103", "leader", "", "zh-CN"},
	{"chief", "500103", "leader", "", "zh-CN"},
	{"strange", "500105", "filler", "", "zh-CN"},
	{"clerk", "fgw", "clerk", "", "zh-CN"},
	{"officer", "fgw", "officer", "director", "zh-CN"},
	{"recused", "fgw", "officer", "", "zh-CN"},
	{"director", "fgw", "director", "", "zh-CN"},
	{"commerce", "sww", "department", "", "zh-CN"},
	{"health", "fgw", "department", "", "zh-CN"},
	{"expert", "inst", "evaluator", "", "zh-CN"},
	{"expert2", "inst", "evaluator", "", "zh-CN"},
	{"figures", "tjj", "statistics", "", "zh-CN"},
	{"watch", "dcs", "supervision", "", "zh-CN"},
}

// TestReminder runs every test below on both databases, each on empty inboxes.
func TestReminder(t *testing.T) {
	tests := []struct {
		name string
		body func(b *bench)
	}{
		{"audiences", testAudiences},
		{"once each", testOnceEach},
		{"words", testWords},
		{"stale reminders", testStaleReminders},
		{"inbox", testInbox},
		{"recusal empties the inbox", testRecusalEmptiesInbox},
		{"mail", testMail},
		{"whole way", testWholeWay},
	}
	at := &atomic.Int64{}
	databasetest.Each(t, func() time.Time { return time.UnixMicro(at.Load()) }, func(t *testing.T, db *database.DB) {
		at.Store(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).UnixMicro())
		populate(t, db)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				b := newBench(t, db, at)
				b.recuse("recused", "application", "a1")
				tt.body(b)
			})
		}
	})
}

func populate(t *testing.T, db *database.DB) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *database.Tx) error {
		for code, kind := range map[string]string{"500103": "district", "500105": "district", "fgw": "commission", "sww": "department",
			"inst": "institute", "tjj": "statistics", "dcs": "supervision"} {
			_, err := tx.Exec("INSERT INTO unit (code, kind, name, name_short, name_en, valid_from) VALUES (?, ?, ?, ?, ?, '2016-01-01')", code, kind, code, code, code)
			if err != nil {
				return err
			}
		}
		for _, p := range people {
			email := p.id + "@example.test"
			if p.id == "clerk" {
				email = ""
			}
			_, err := tx.Exec(`INSERT INTO person (id, login, name, unit_code, email, lang, active, superior_id, created_at, updated_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.id, p.id, p.id, p.unit, email, p.lang, p.id != "left", p.superior, tx.Now(), tx.Now())
			if err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT INTO person_role (person_id, role) VALUES (?, ?)", p.id, p.role); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newBench(t *testing.T, db *database.DB, at *atomic.Int64) *bench {
	t.Helper()
	words, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, db: db, at: at, post: &postbox{}}
	b.r, err = reminder.New(reminder.Config{DB: db, Mail: b.post, PublicURL: "https://zones.example.test:8443/", Link: casework.Path,
		Text: func(lang, key string, p map[string]any) string { return words.Text(wording.Lang(lang), key, p) }})
	if err != nil {
		t.Fatal(err)
	}
	b.update(func(tx *database.Tx) error {
		for _, table := range []string{"outbox", "inbox", "message", "mail", "recusal", "deadline"} {
			if _, err := tx.Exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return nil
	})
	return b
}

func (b *bench) update(fn func(tx *database.Tx) error) {
	b.Helper()
	if err := b.db.Update(context.Background(), fn); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) recuse(person, kind, id string) {
	b.update(func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at)
			VALUES (?, ?, ?, ?, 'other', 'x', 'x', ?)`, tx.ID(), kind, id, person, tx.Now())
		return err
	})
}

// notice is one about application a1 of district 500103.
func notice(code string, to ...workflows.Audience) casework.Notice {
	return casework.Notice{Code: code, Audiences: to, Kind: "application", CaseID: "a1", Unit: "500103", Subject: casework.Ref{Kind: "application", ID: "a1"},
		Params: map[string]string{"Number": "示例〔2026〕3号", "Title": "解放碑示范区", "Action_zh": "审签", "Action_en": "Sign", "State_zh": "待受理", "State_en": "Submitted"}}
}

// deliver hands a notice to its handler, as the worker does.
func (b *bench) deliver(key string, topic outbox.Topic, n casework.Notice) {
	b.Helper()
	payload, err := json.Marshal(n)
	if err != nil {
		b.Fatal(err)
	}
	b.update(func(tx *database.Tx) error {
		return b.r.Deliver(tx, outbox.Row{EventKey: key, Topic: topic, Payload: string(payload)})
	})
}

func (b *bench) find(tx *database.Tx, key string) outbox.Row {
	b.Helper()
	var id string
	if err := tx.One(&id, "SELECT id FROM outbox WHERE event_key = ?", key); err != nil {
		b.Fatalf("row %s: %v", key, err)
	}
	row, err := outbox.Load(tx, id)
	if err != nil {
		b.Fatal(err)
	}
	return row
}

func (b *bench) told(key string) (ids []string) {
	b.Helper()
	b.update(func(tx *database.Tx) error {
		return tx.Find(&ids, "SELECT recipient_id FROM message WHERE event_key = ? ORDER BY recipient_id", key)
	})
	return ids
}

func (b *bench) list(q reminder.ListQuery) (page []reminder.Message, next string) {
	b.Helper()
	err := b.db.View(context.Background(), func(tx *database.Tx) (err error) {
		page, next, err = b.r.List(tx, q)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return page, next
}

func (b *bench) unread(person string) (n int64) {
	b.Helper()
	err := b.db.View(context.Background(), func(tx *database.Tx) (err error) { n, err = reminder.Unread(tx, person); return err })
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func testAudiences(b *bench) {
	tests := []struct {
		name  string
		to    []workflows.Audience
		shape func(*casework.Notice)
		want  []string
	}{
		{"fillers of the unit, active ones", []workflows.Audience{workflows.ToFillers}, nil, []string{"filler", "filler2"}},
		{"no unit is nobody", []workflows.Audience{workflows.ToFillers, workflows.ToLeaders}, func(n *casework.Notice) { n.Unit = "" }, nil},
		{"leaders", []workflows.Audience{workflows.ToLeaders}, nil, []string{"chief", "leader"}},
		{"commission, without the recused", []workflows.Audience{workflows.ToClerks, workflows.ToOfficers, workflows.ToDirectors}, nil, []string{"clerk", "director", "officer"}},
		{"recused only from that case", []workflows.Audience{workflows.ToOfficers}, func(n *casework.Notice) { n.Subject.ID = "a2" }, []string{"officer", "recused"}},
		{"asked department", []workflows.Audience{workflows.ToDepartment}, func(n *casework.Notice) { n.Office = "sww" }, []string{"commerce"}},
		{"asked commission", []workflows.Audience{workflows.ToDepartment}, func(n *casework.Notice) { n.Office = "fgw" }, []string{"health", "officer"}},
		{"no office is nobody", []workflows.Audience{workflows.ToDepartment}, nil, nil},
		{"asked evaluator, no other", []workflows.Audience{workflows.ToEvaluator}, func(n *casework.Notice) { n.Evaluator = "expert" }, []string{"expert"}},
		{"no evaluator is nobody", []workflows.Audience{workflows.ToEvaluator}, nil, nil},
		{"statistics and supervision", []workflows.Audience{workflows.ToStatistics, workflows.ToSupervision}, nil, []string{"figures", "watch"}},
		{"persons by name, active and not recused", nil, func(n *casework.Notice) { n.Persons = []string{"strange", "left", "recused"} }, []string{"strange"}},
		{"superiors besides", []workflows.Audience{workflows.ToFillers, workflows.ToOfficers}, func(n *casework.Notice) { n.Superiors = true }, []string{"chief", "director", "filler", "filler2", "officer"}},
		{"who acted knows", []workflows.Audience{workflows.ToFillers}, func(n *casework.Notice) { n.Except, n.Superiors = "chief", true }, []string{"filler", "filler2"}},
	}
	for i, tt := range tests {
		n := notice("moved", tt.to...)
		if tt.shape != nil {
			tt.shape(&n)
		}
		key := fmt.Sprintf("audience/%d", i)
		b.deliver(key, casework.TopicNotice, n)
		if diff := cmp.Diff(tt.want, b.told(key)); diff != "" {
			b.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The same event twice tells only who has not been told, by message and by mail.
func testOnceEach(b *bench) {
	b.deliver("event", casework.TopicNotice, notice("moved", workflows.ToFillers, workflows.ToClerks))
	again := notice("moved", workflows.ToFillers, workflows.ToLeaders)
	again.Persons = []string{"filler"}
	b.deliver("event", casework.TopicNotice, again)
	if diff := cmp.Diff([]string{"chief", "clerk", "filler", "filler2", "leader"}, b.told("event")); diff != "" {
		b.Errorf("told (-want +got):\n%s", diff)
	}
	var mails, items []string
	b.update(func(tx *database.Tx) error {
		return errors.Join(
			tx.Find(&mails, "SELECT address FROM mail ORDER BY address"),
			tx.Find(&items, "SELECT event_key FROM outbox WHERE topic = 'mail' ORDER BY event_key"))
	})
	if diff := cmp.Diff([]string{"chief@example.test", "filler2@example.test", "filler@example.test", "leader@example.test"}, mails); diff != "" {
		b.Errorf("mails: none without an address (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"mail/event/chief", "mail/event/filler", "mail/event/filler2", "mail/event/leader"}, items); diff != "" {
		b.Errorf("mails to send (-want +got):\n%s", diff)
	}
}

func testWords(b *bench) {
	ladder := notice("overdue", workflows.ToFillers)
	ladder.Params["Clock_zh"], ladder.Params["Clock_en"], ladder.Params["Due"], ladder.Params["Days"] = "补正", "Correction", "2026-11-22", "2"
	b.deliver("late", casework.TopicNotice, ladder)
	moved := notice("moved", workflows.ToFillers)
	moved.Params["Title"], moved.Params["Due"], moved.Params["Reason"] = "解放碑\r\nBcc: x", "2026-11-30", "材料不全"
	b.deliver("moved", casework.TopicNotice, moved)
	want := map[string][][2]string{
		"zh-CN": {{"示例〔2026〕3号：待受理", "《解放碑 Bcc: x》（示例〔2026〕3号）已办理“审签”，现处于“待受理”。\n办理期限：2026年11月30日。\n理由：材料不全"},
			{"示例〔2026〕3号：补正已逾期 1 天", "《解放碑示范区》（示例〔2026〕3号）的“补正”已于 2026年11月22日 截止，至今逾期 1 天，请立即办理并说明原因。"}},
		"en": {{"示例〔2026〕3号: Submitted", "解放碑 Bcc: x (示例〔2026〕3号): “Sign” has been done. The case now stands at “Submitted”.\nTo be done by 30 Nov 2026.\nReason: 材料不全"},
			{"示例〔2026〕3号: “Correction” is 1 day overdue", "“Correction” of 解放碑示范区 (示例〔2026〕3号) ended on 22 Nov 2026 and is 1 day overdue. Please act at once and state the cause."}},
	}
	for lang, want := range want {
		page, _ := b.list(reminder.ListQuery{PersonID: "filler", Lang: lang})
		var got [][2]string
		for _, m := range page {
			got = append(got, [2]string{m.Title, m.Body})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			b.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
	var subjects []string
	b.update(func(tx *database.Tx) error {
		return tx.Find(&subjects, "SELECT subject FROM mail WHERE event_key = 'moved' ORDER BY recipient_id")
	})
	if diff := cmp.Diff([]string{"[集聚示范区] 示例〔2026〕3号：待受理", "[Cluster zones] 示例〔2026〕3号: Submitted"}, subjects); diff != "" {
		b.Errorf("mail in the recipient's language (-want +got):\n%s", diff)
	}
}

// Every code that the catalogue has speaks in both languages even when a parameter is missing.
func TestEveryCodeSpeaks(t *testing.T) {
	b := newBench(t, databasetest.SQLite(t, nil), nil)
	words, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, key := range words.Keys() {
		if code, ok := strings.CutPrefix(key, "notice."); ok {
			if code, ok = strings.CutSuffix(code, ".title"); ok {
				codes = append(codes, code)
			}
		}
	}
	for _, must := range []string{"moved", "remind", "due", "overdue", "correction", "opinion_requested", "invited", "accredited", "grade", "objection_received", "urge"} {
		if !slices.Contains(codes, must) {
			t.Errorf("no texts for notice %s", must)
		}
	}
	for _, code := range codes {
		for _, lang := range []string{"zh-CN", "en"} {
			title, body := b.r.Words(lang, code, map[string]string{"Number": "N", "Title": "T"})
			if text := title + body; strings.Contains(text, "⟦") || strings.Contains(text, "{{") || title == "" || body == "" {
				t.Errorf("%s in %s: %q", code, lang, text)
			}
		}
	}
}

func testStaleReminders(b *bench) {
	now := b.db.Now()
	for id, set := range map[string]string{"runs": "due_at = due_at", "ended": "ended_at = ?", "paused": "paused_at = ?", "moved": "due_on = '2026-12-01'"} {
		b.update(func(tx *database.Tx) error {
			_, err := tx.Exec(`INSERT INTO deadline (id, kind, case_id, clock, cycle, started_at, days, working, due_on, due_at, calendar_version)
				VALUES (?, 'application', ?, 'decision', 1, ?, 20, TRUE, '2026-11-30', ?, 'v')`, id, id, now, now)
			if err != nil {
				return err
			}
			args := []any{id}
			if strings.Contains(set, "?") {
				args = []any{now, id}
			}
			return tx.Must("UPDATE deadline SET "+set+" WHERE id = ?", args...)
		})
	}
	for id, want := range map[string]int{"runs": 2, "ended": 0, "paused": 0, "moved": 0, "absent": 0} {
		n := notice("remind", workflows.ToFillers)
		n.Deadline, n.DueOn = id, "2026-11-30"
		b.deliver("remind/"+id, casework.TopicRemind, n)
		if got := b.told("remind/" + id); len(got) != want {
			b.Errorf("deadline %s: told %v, want %d people", id, got, want)
		}
	}
}

func testInbox(b *bench) {
	for i := range 5 {
		n := notice("moved", workflows.ToFillers)
		n.Params["Number"] = fmt.Sprint(i)
		b.deliver(fmt.Sprintf("inbox/%d", i), casework.TopicNotice, n)
	}
	var got []string
	after := ""
	for pages := 0; pages == 0 || after != ""; pages++ {
		page, next := b.list(reminder.ListQuery{PersonID: "filler", Lang: "en", After: after, Limit: 2})
		for _, m := range page {
			got = append(got, m.Title)
		}
		after = next
	}
	if diff := cmp.Diff([]string{"4: Submitted", "3: Submitted", "2: Submitted", "1: Submitted", "0: Submitted"}, got); diff != "" {
		b.Errorf("newest first, each once (-want +got):\n%s", diff)
	}
	page, _ := b.list(reminder.ListQuery{PersonID: "filler", Limit: 1})
	if page[0].Link != "/applications/a1" || page[0].ReadAt != nil || !page[0].CreatedAt.Equal(b.db.Now()) {
		b.Errorf("message: %+v", page[0])
	}
	read := func(person string, ids ...string) {
		b.update(func(tx *database.Tx) error { return reminder.MarkRead(tx, person, ids) })
	}
	read("filler")
	read("filler2", page[0].ID) // another person's message
	if n := b.unread("filler"); n != 5 {
		b.Errorf("unread after another's click: got %d, want 5", n)
	}
	read("filler", page[0].ID, "absent")
	if n := b.unread("filler"); n != 4 {
		b.Errorf("unread: got %d, want 4", n)
	}
	if page, _ := b.list(reminder.ListQuery{PersonID: "filler", UnreadOnly: true}); len(page) != 4 {
		b.Errorf("unread page: %d messages, want 4", len(page))
	}
	b.update(func(tx *database.Tx) error { return reminder.MarkAllRead(tx, "filler") })
	if got := [2]int64{b.unread("filler"), b.unread("filler2")}; got != [2]int64{0, 5} {
		b.Errorf("unread of both after one read all: %v", got)
	}
}

// Once recused, a person finds no trace of the case, and mail on its way stays back.
func testRecusalEmptiesInbox(b *bench) {
	b.deliver("before", casework.TopicNotice, notice("moved", workflows.ToOfficers))
	other := notice("moved", workflows.ToOfficers)
	other.Subject.ID, other.CaseID = "a2", "a2"
	b.deliver("other case", casework.TopicNotice, other)
	if n := b.unread("officer"); n != 2 {
		b.Fatalf("unread before: %d, want 2", n)
	}
	b.recuse("officer", "application", "a1")
	page, _ := b.list(reminder.ListQuery{PersonID: "officer"})
	if len(page) != 1 || page[0].CaseID != "a2" || b.unread("officer") != 1 {
		b.Errorf("after recusal: %+v, %d unread", page, b.unread("officer"))
	}
	for _, key := range []string{"mail/before/officer", "mail/other case/officer"} {
		if err := b.send(key); err != nil {
			b.Error(err)
		}
	}
	if got := b.post.sent; len(got) != 1 || !strings.Contains(got[0].Text, "/applications/a2\n") {
		b.Errorf("mail after recusal: %+v", got)
	}
}

// send runs the handler of a mail and records, as the worker does.
func (b *bench) send(key string) error {
	b.Helper()
	var row outbox.Row
	b.update(func(tx *database.Tx) error { row = b.find(tx, key); return nil })
	finish, err := b.r.SendMail(context.Background(), row)
	if err == nil && finish != nil {
		b.update(finish)
	}
	return err
}

func testMail(b *bench) {
	b.deliver("m", casework.TopicNotice, notice("moved", workflows.ToFillers))
	b.post.fail = errors.New("connection refused")
	if err := b.send("mail/m/filler"); !fault.Is(err, fault.Unavailable) {
		b.Errorf("server down: got %v, want unavailable", err)
	}
	b.post.fail = fmt.Errorf("550: %w", mail.ErrPermanent)
	if err := b.send("mail/m/filler"); !fault.Is(err, fault.Invalid) {
		b.Errorf("recipient refused: got %v, want invalid", err)
	}
	b.post.fail = nil
	for range 2 {
		if err := b.send("mail/m/filler"); err != nil {
			b.Fatal(err)
		}
	}
	if len(b.post.sent) != 1 {
		b.Fatalf("sent %d times, want once", len(b.post.sent))
	}
	got := b.post.sent[0]
	var id string
	b.update(func(tx *database.Tx) error {
		return tx.One(&id, "SELECT id FROM mail WHERE event_key = 'm' AND recipient_id = 'filler' AND sent_at IS NOT NULL")
	})
	want := mail.Message{ID: id + "@zones.example.test", To: "filler@example.test", Subject: "[集聚示范区] 示例〔2026〕3号：待受理", Text: got.Text}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("mail (-want +got):\n%s", diff)
	}
	if !strings.Contains(got.Text, "\nhttps://zones.example.test:8443/applications/a1\n") {
		b.Errorf("no link in %q", got.Text)
	}
	b.update(func(tx *database.Tx) error {
		_, err := tx.Exec("UPDATE person SET active = FALSE WHERE id = 'filler2'")
		return err
	})
	defer b.update(func(tx *database.Tx) error {
		_, err := tx.Exec("UPDATE person SET active = TRUE WHERE id = 'filler2'")
		return err
	})
	if err := b.send("mail/m/filler2"); err != nil || len(b.post.sent) != 1 {
		b.Errorf("mail to a closed account: %v, %d sent", err, len(b.post.sent))
	}
}

// From a notice in the outbox to mail in the postbox through relay and queue, each once.
func testWholeWay(b *bench) {
	queue, err := jobs.New(jobs.Config{DB: b.db, Poll: 5 * time.Millisecond, Backoff: 5 * time.Millisecond})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	relay := outbox.NewRelay(outbox.RelayConfig{DB: b.db, Enqueue: queue.Enqueue, Every: 5 * time.Millisecond})
	var running sync.WaitGroup
	running.Go(func() { _ = relay.Run(ctx) })
	running.Go(func() {
		err := queue.Run(ctx, map[outbox.Topic]jobs.Handler{casework.TopicNotice: {InTx: b.r.Deliver}, casework.TopicRemind: {InTx: b.r.Deliver},
			reminder.TopicMail: {Outside: b.r.SendMail}})
		if err != nil {
			b.Error(err)
		}
	})
	b.update(func(tx *database.Tx) error {
		for i := range 5 {
			n := notice("moved", workflows.ToFillers, workflows.ToOfficers)
			if err := casework.Tell(tx, fmt.Sprintf("whole/%d", i), n, tx.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	open := int64(1)
	for begin := time.Now(); open > 0 && time.Since(begin) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		b.update(func(tx *database.Tx) (err error) {
			open, err = tx.Count("SELECT count(*) FROM outbox WHERE done_at IS NULL")
			return err
		})
	}
	cancel()
	running.Wait()
	if err := queue.Close(); err != nil {
		b.Error(err)
	}
	want := slices.Sorted(slices.Values(slices.Repeat([]string{"filler@example.test", "filler2@example.test", "officer@example.test"}, 5)))
	if diff := cmp.Diff(want, b.post.to()); diff != "" || open != 0 {
		b.Errorf("%d rows open; mails (-want +got):\n%s", open, diff)
	}
}
