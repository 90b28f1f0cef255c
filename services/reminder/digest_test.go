package reminder_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/jobs"
	"clusterzone/services/outbox"
	"clusterzone/services/policy"
	"clusterzone/services/reminder"
	"clusterzone/workflows"
)

// opinions are the desk of the digest tests: an opinion is whoever's unit is asked.
func opinions() []casework.Desk {
	return []casework.Desk{{Workflow: workflows.Opinion, From: "opinion o", Alias: "o", Title: "o.number", Unit: "o.unit_code",
		Scope: func(a identity.Actor) (string, []any) {
			return "o.unit_code = ? AND NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = 'application' AND x.subject_id = o.application_id AND x.person_id = ?)",
				[]any{a.Unit, a.ID}
		}}}
}

// digestBench has a calendar, and one opinion that waits for commerce with a clock due on a day.
func digestBench(t *testing.T, db *database.DB, at *atomic.Int64, due string) *bench {
	t.Helper()
	b := newBench(t, db, at)
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	book := policy.NewBook(data)
	b.r.Calendars, b.r.Desks = book, opinions
	b.update(func(tx *database.Tx) error {
		if err := book.Seed(tx, data.Rules); err != nil {
			return err
		}
		id, _, err := book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		for _, q := range []string{"DELETE FROM notice_preference", "DELETE FROM opinion", "DELETE FROM application", "DELETE FROM round"} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		now := tx.Now()
		for _, s := range []struct {
			q    string
			args []any
		}{{"INSERT INTO round (id, code, name, name_en, year, opens_at, closes_at, quota, rule_set_id, created_at) VALUES ('r', 'r', 'r', 'r', 2026, ?, ?, 2, ?, ?)", []any{now, now.Add(time.Hour), id, now}},
			{"INSERT INTO application (id, number, round_id, unit_code, rule_set_id, workflow_version, status, version, content, created_by, created_at, updated_at) VALUES ('a1', 'a1', 'r', '500103', ?, 1, 'in_review', 1, '{}', 'x', ?, ?)", []any{id, now, now}},
			{"INSERT INTO opinion (id, number, application_id, unit_code, sectors, status, version, requested_by, created_at, updated_at) VALUES ('o1', '意见1号', 'a1', 'sww', '[]', 'requested', 1, 'x', ?, ?)", []any{now, now}},
			{"INSERT INTO deadline (id, kind, case_id, clock, cycle, started_at, days, working, due_on, due_at, calendar_version) VALUES ('dl', 'opinion', 'o1', 'opinion', 1, ?, 7, TRUE, ?, ?, 'v')",
				[]any{now, due, date(due).End()}}} {
			if _, err := tx.Exec(s.q, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	return b
}

func date(s string) workflows.Date {
	d, err := workflows.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// shanghai moves the clock to a local time.
func (b *bench) shanghai(day string, hour, minute int) {
	b.at.Store(date(day).Start().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute).UnixMicro())
}

// run does once what relay and worker do: plan where told, then everything that is due.
func (b *bench) run(plan bool) {
	b.Helper()
	if plan {
		b.update(b.r.PlanDigest)
	}
	for {
		var ids []string
		b.update(func(tx *database.Tx) error {
			return tx.Find(&ids, "SELECT id FROM outbox WHERE done_at IS NULL AND failed_at IS NULL AND topic IN ('digest', 'digest_mail') AND due_at <= ? ORDER BY id", tx.Now())
		})
		if len(ids) == 0 {
			return
		}
		for _, id := range ids {
			b.handle(id)
		}
	}
}

func (b *bench) handle(id string) {
	b.Helper()
	var row outbox.Row
	b.update(func(tx *database.Tx) (err error) { row, err = outbox.Load(tx, id); return err })
	finish := func(*database.Tx) error { return nil }
	if row.Topic == reminder.TopicDigest {
		finish = func(tx *database.Tx) error { return b.r.SpreadDigest(tx, row) }
	} else if f, err := b.r.SendDigest(context.Background(), row); err != nil {
		b.Fatal(err)
	} else if f != nil {
		finish = f
	}
	b.update(func(tx *database.Tx) error { return errors.Join(finish(tx), outbox.Done(tx, id)) })
}

// Over National Day 2026 with its make-up days: one digest on every working day at its hour
// and none on a rest day, whatever the weekday.
func TestDigestFollowsTheCalendar(t *testing.T) {
	at := &atomic.Int64{}
	databasetest.Each(t, func() time.Time { return time.UnixMicro(at.Load()) }, func(t *testing.T, db *database.DB) {
		at.Store(date("2026-09-18").Start().UnixMicro())
		populate(t, db)
		b := digestBench(t, db, at, "2026-09-18") // overdue from the first morning on
		var got []string
		for day := date("2026-09-19"); day.Before(date("2026-10-13")); day = day.AddDays(1) {
			for _, clock := range [][2]int{{0, 1}, {8, 29}, {8, 31}, {9, 0}, {17, 59}, {18, 1}, {23, 59}} {
				b.shanghai(day.String(), clock[0], clock[1])
				before := len(b.post.sent)
				b.run(true)
				for range len(b.post.sent) - before {
					got = append(got, fmt.Sprintf("%s %02d:%02d", day, clock[0], clock[1]))
				}
			}
		}
		var want []string
		for _, day := range []string{"2026-09-20", "2026-09-21", "2026-09-22", "2026-09-23", "2026-09-24", "2026-09-28", "2026-09-29", "2026-09-30", "2026-10-08", "2026-10-09", "2026-10-10", "2026-10-12"} {
			want = append(want, day+" 08:31")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("digests (-want +got):\n%s", diff)
		}
		for _, m := range b.post.sent {
			if m.To != "commerce@example.test" || !strings.Contains(m.Text, "意见1号") || !strings.Contains(m.Text, "已逾期 1 件") {
				t.Errorf("digest: %+v", m)
			}
		}
	})
}

// A process that was down at the hour sends the digest when it is up again on the same day,
// until the evening; that of a day that is over never goes out.
func TestDigestCatchesUp(t *testing.T) {
	at := &atomic.Int64{}
	databasetest.Each(t, func() time.Time { return time.UnixMicro(at.Load()) }, func(t *testing.T, db *database.DB) {
		at.Store(date("2026-11-23").Start().UnixMicro())
		populate(t, db)
		for _, tt := range []struct {
			name       string
			planned    bool // the process ran the evening before
			day        string
			hour, want int
		}{{"up again before noon", true, "2026-11-25", 11, 1}, {"up for the first time", false, "2026-11-25", 11, 1}, {"up in the evening", true, "2026-11-25", 19, 0},
			{"down for two days", true, "2026-11-26", 7, 0}, {"down over the weekend", true, "2026-11-28", 10, 0}} {
			b := digestBench(t, db, at, "2026-11-26")
			if tt.planned {
				b.shanghai("2026-11-24", 20, 0)
				b.run(true)
			}
			b.shanghai(tt.day, tt.hour, 0)
			b.run(true)
			b.run(true)
			if len(b.post.sent) != tt.want {
				t.Errorf("%s: %d digests, want %d", tt.name, len(b.post.sent), tt.want)
			}
		}
	})
}

// Two replicas with their relays and workers, both planning all the time, and a worker that
// dies between sending and recording: one digest on record for each person and day, and what
// was sent twice carries one Message-ID.
func TestDigestOncePerPersonAndDay(t *testing.T) {
	at := &atomic.Int64{}
	databasetest.Each(t, func() time.Time { return time.UnixMicro(at.Load()) }, func(t *testing.T, db *database.DB) {
		at.Store(date("2026-11-23").Start().UnixMicro())
		populate(t, db)
		b := digestBench(t, db, at, "2026-11-26")
		b.shanghai("2026-11-25", 8, 31)
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		for range 2 {
			queue, err := jobs.New(jobs.Config{DB: db, Poll: 5 * time.Millisecond, Backoff: 5 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			relay := outbox.NewRelay(outbox.RelayConfig{DB: db, Enqueue: queue.Enqueue, Every: 5 * time.Millisecond})
			running.Go(func() { _ = relay.Run(ctx) })
			running.Go(func() {
				_ = queue.Run(ctx, map[outbox.Topic]jobs.Handler{reminder.TopicDigest: {InTx: b.r.SpreadDigest}, reminder.TopicDigestMail: {Outside: b.r.SendDigest}})
				_ = queue.Close()
			})
		}
		for begin := time.Now(); time.Since(begin) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
			b.update(b.r.PlanDigest)
			var open int64
			b.update(func(tx *database.Tx) (err error) {
				open, err = tx.Count("SELECT count(*) FROM outbox WHERE done_at IS NULL AND due_at <= ?", tx.Now())
				return err
			})
			if open == 0 && len(b.post.to()) > 0 {
				break
			}
		}
		cancel()
		running.Wait()
		if diff := cmp.Diff([]string{"commerce@example.test"}, b.post.to()); diff != "" {
			t.Errorf("two replicas (-want +got):\n%s", diff)
		}
		// The record of the sending is lost, as after a crash: it goes out again under its id.
		var row outbox.Row
		b.update(func(tx *database.Tx) error {
			row = b.find(tx, "digest/2026-11-25/commerce")
			_, err := tx.Exec("DELETE FROM mail WHERE event_key LIKE 'digest/%'")
			return err
		})
		for range 2 {
			finish, err := b.r.SendDigest(t.Context(), row)
			if err != nil {
				t.Fatal(err)
			}
			if finish != nil {
				b.update(finish)
			}
		}
		if sent := b.post.sent; len(sent) != 2 || sent[0].ID != sent[1].ID {
			t.Errorf("after a crash: %+v", sent)
		}
	})
}

// The digest names what is new where its reader has asked for that, stays away where there is
// nothing or it is turned off, and knows nothing of a case its reader is recused from.
func TestDigestSaysWhatIsAsked(t *testing.T) {
	at := &atomic.Int64{}
	db := databasetest.SQLite(t, func() time.Time { return time.UnixMicro(at.Load()) })
	at.Store(date("2026-11-23").Start().UnixMicro())
	populate(t, db)
	for _, tt := range []struct {
		name string
		due  string
		do   func(b *bench)
		want []string // what the one digest says; nil: none
	}{
		{"due soon", "2026-12-02", nil, []string{"五个工作日内到期 1 件", "意见1号", "2026年12月2日"}},
		{"due later", "2026-12-03", nil, nil},
		{"turned off", "2026-11-26", func(b *bench) { b.prefer("commerce", "daily", "off") }, nil},
		{"recused", "2026-11-26", func(b *bench) { b.recuse("commerce", "application", "a1") }, nil},
		{"news for the digest", "2027-01-04", func(b *bench) {
			b.prefer("commerce", "progress", "digest")
			n := notice("moved")
			n.Persons = []string{"commerce"}
			b.deliver("news", casework.TopicNotice, n)
		}, []string{"未读消息 1 条", "示例〔2026〕3号：待受理"}},
		{"news with a mail of their own", "2027-01-04", func(b *bench) {
			n := notice("moved")
			n.Persons = []string{"commerce"}
			b.deliver("news", casework.TopicNotice, n)
		}, nil},
		{"account closed", "2026-11-26", func(b *bench) {
			b.update(func(tx *database.Tx) error {
				_, err := tx.Exec("UPDATE person SET active = FALSE WHERE id = 'commerce'")
				return err
			})
		}, nil},
	} {
		at.Store(date("2026-11-24").Start().UnixMicro())
		b := digestBench(t, db, at, tt.due)
		b.shanghai("2026-11-24", 12, 0)
		if tt.do != nil {
			tt.do(b)
		}
		b.shanghai("2026-11-25", 8, 30)
		b.run(true)
		if (tt.want == nil) != (len(b.post.sent) == 0) {
			t.Errorf("%s: %+v", tt.name, b.post.sent)
			continue
		}
		for _, text := range tt.want {
			if !strings.Contains(b.post.sent[0].Text, text) {
				t.Errorf("%s: no %q in\n%s", tt.name, text, b.post.sent[0].Text)
			}
		}
	}
}

func (b *bench) prefer(person string, topic reminder.Topic, mode reminder.Mode) {
	b.Helper()
	b.update(func(tx *database.Tx) error {
		return reminder.SetPreferences(tx, person, map[reminder.Topic]reminder.Mode{topic: mode})
	})
}

// For every kind of notice and every mode: the inbox has it always, mail as chosen, and what
// is bound by rule can only be mailed.
func TestPreferencesDecideWhatIsSent(t *testing.T) {
	at := &atomic.Int64{}
	samples := map[reminder.Topic]casework.Notice{"progress": notice("moved"), "remind": notice("remind"), "due": notice("overdue"), "result": notice("accredited"), "period": notice("urge")}
	final, period := notice("moved"), notice("moved")
	final.State, period.State = "refused", "correction"
	databasetest.Each(t, func() time.Time { return time.UnixMicro(at.Load()) }, func(t *testing.T, db *database.DB) {
		at.Store(date("2026-11-23").Start().UnixMicro())
		populate(t, db)
		n := 0
		check := func(topic reminder.Topic, sample casework.Notice, mode reminder.Mode) {
			b := digestBench(t, db, at, "2027-01-04")
			row := reminder.Topics()[slices.IndexFunc(reminder.Topics(), func(r reminder.TopicRow) bool { return r.Topic == topic })]
			err := db.Update(t.Context(), func(tx *database.Tx) error {
				return reminder.SetPreferences(tx, "commerce", map[reminder.Topic]reminder.Mode{topic: mode})
			})
			allowed := slices.Contains(row.Choices, mode)
			if allowed != (err == nil) || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s %s: %v", topic, mode, err)
			}
			sample.Persons = []string{"commerce"}
			b.deliver("sample", casework.TopicNotice, sample)
			var mails int64
			b.update(func(tx *database.Tx) (err error) {
				mails, err = tx.Count("SELECT count(*) FROM mail WHERE recipient_id = 'commerce'")
				return err
			})
			if want := !allowed || mode == reminder.MailNow; len(b.told("sample")) != 1 || (mails == 1) != want {
				t.Errorf("%s %s: %d in the inbox, %d mails, want mail %t", topic, mode, len(b.told("sample")), mails, want)
			}
			n++
		}
		for _, topic := range slices.Sorted(maps.Keys(samples)) {
			for _, mode := range []reminder.Mode{"on", "digest", "off", "sometimes"} {
				check(topic, samples[topic], mode)
			}
		}
		check("result", final, "off")
		check("period", period, "off")
		if n != 22 {
			t.Errorf("%d cells", n)
		}
	})
}
