package notice_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func TestPublish(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.notice.Number != "公示〔2026〕1号" {
			t.Errorf("number: %s", w.notice.Number)
		}
		try := func(n notice.Notice) error {
			return w.db.Update(t.Context(), func(tx *database.Tx) error { _, err := w.s.Publish(tx, w.actor("clerk"), n); return err })
		}
		wantKind(t, "while one runs", try(w.draft("2026-11-24", "2026-12-01")), fault.Conflict)
		bad := w.draft("2026-11-28", "2026-11-27")
		bad.Title, bad.Body = " ", strings.Repeat("长", 20001)
		err := try(bad)
		if diff := cmp.Diff([]string{"body too_long", "ends_on notice_ends_early", "title required"}, codes(err)); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"starts_on not_a_date"}, codes(try(notice.Notice{Subject: w.ref, Title: "x", Body: "x"}))); diff != "" {
			t.Errorf("no dates (-want +got):\n%s", diff)
		}
		w.clock.to("2026-11-28", 0, 0)
		if again := w.publish("2026-11-30", "2026-12-04"); again.Number != "公示〔2026〕2号" {
			t.Errorf("second number: %s", again.Number)
		}
	})
}

// The public reads what has begun; the case's own page reads all; nobody's contact is in it.
func TestWhatThePublicReads(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		phases := func() (running, all []notice.Phase) {
			w.see(func(tx *database.Tx) error {
				list, err := w.s.Running(tx)
				if err != nil {
					return err
				}
				for _, n := range list {
					running = append(running, n.Phase)
				}
				list, err = w.s.ForSubject(tx, w.ref)
				for _, n := range list {
					all = append(all, n.Phase)
				}
				return err
			})
			return running, all
		}
		want := func(what string, running, all []notice.Phase) {
			t.Helper()
			r, a := phases()
			if cmp.Diff(running, r) != "" || cmp.Diff(all, a) != "" {
				t.Errorf("%s: running %v all %v, want %v and %v", what, r, a, running, all)
			}
		}
		want("first day", []notice.Phase{notice.Current}, []notice.Phase{notice.Current})
		w.clock.to("2026-11-27", 23, 59)
		want("last day", []notice.Phase{notice.Current}, []notice.Phase{notice.Current})
		w.clock.to("2026-11-28", 0, 0)
		want("after", []notice.Phase{notice.Ended}, []notice.Phase{notice.Ended})
		next := w.publish("2026-11-30", "2026-12-04")
		want("next not begun", []notice.Phase{notice.Ended}, []notice.Phase{notice.Upcoming, notice.Ended})
		byID := func(id string) (p notice.Public, err error) {
			err = w.db.View(t.Context(), func(tx *database.Tx) error { p, err = w.s.ByID(tx, id); return err })
			return p, err
		}
		_, err := byID(next.ID)
		wantKind(t, "not begun", err, fault.NotFound)
		_, err = byID("absent")
		wantKind(t, "absent", err, fault.NotFound)
		w.update(func(tx *database.Tx) error { return w.s.Cancel(tx, w.ref) })
		want("cancelled", []notice.Phase{notice.Ended}, []notice.Phase{notice.Withdrawn, notice.Ended})
		w.clock.to("2026-11-30", 8, 0)
		if p, err := byID(next.ID); err != nil || p.Phase != notice.Withdrawn {
			t.Errorf("withdrawn by id: %+v, %v", p, err)
		}
		if p, err := byID(w.notice.ID); err != nil || p.Phase != notice.Ended || p.Title == "" || !p.Demo || p.EndsOn.String() != "2026-11-27" {
			t.Errorf("ended by id: %+v, %v", p, err)
		}
	})
}

// An objection is taken from 00:00 of the first to 24:00 of the last day in Shanghai.
func TestFilingPeriod(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.update(func(tx *database.Tx) error { return w.s.Cancel(tx, w.ref) })
		w.notice = w.publish("2026-11-24", "2026-11-26")
		for _, tt := range []struct {
			day          string
			hour, minute int
			want         fault.Kind
			taken        bool
		}{{"2026-11-23", 23, 59, fault.NotFound, false}, {"2026-11-24", 0, 0, 0, true}, {"2026-11-26", 23, 59, 0, true}, {"2026-11-27", 0, 0, fault.Blocked, false}} {
			w.clock.to(tt.day, tt.hour, tt.minute)
			_, _, err := w.s.File(t.Context(), identity.PublicActor(""), w.objection(), "")
			if (err == nil) != tt.taken || (err != nil && !fault.Is(err, tt.want)) {
				t.Errorf("%s %02d:%02d: %v", tt.day, tt.hour, tt.minute, err)
			}
		}
	})
}

func TestFilingNeedsARunningNotice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec("UPDATE application SET status = 'withdrawn' WHERE id = 'app-1'")
			return err
		})
		_, _, err := w.s.File(t.Context(), w.actor("public"), w.objection(), "")
		wantKind(t, "case has left the notice", err, fault.Blocked)
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec("UPDATE application SET status = 'notice' WHERE id = 'app-1'")
			return err
		})
		w.update(func(tx *database.Tx) error { return w.s.Cancel(tx, w.ref) })
		_, _, err = w.s.File(t.Context(), w.actor("public"), w.objection(), "")
		wantKind(t, "notice withdrawn", err, fault.Blocked)
		w.see(func(tx *database.Tx) error {
			n, err := tx.Count("SELECT count(*) FROM number_sequence WHERE name LIKE 'objection/%' AND value > 0")
			if n != 0 {
				t.Error("a refused objection used up a number")
			}
			return err
		})
	})
}

func TestFileRefusesField(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, tt := range []struct {
			what   string
			change func(*notice.Objection)
			want   string
		}{
			{"no notice", func(o *notice.Objection) { o.NoticeID = "" }, "notice_id required"},
			{"no kind", func(o *notice.Objection) { o.ObjectorKind = "" }, "objector_kind required"},
			{"other kind", func(o *notice.Objection) { o.ObjectorKind = "crowd" }, "objector_kind unknown"},
			{"no name", func(o *notice.Objection) { o.Name = "  " }, "name required"},
			{"one letter", func(o *notice.Objection) { o.Name = "李" }, "name too_short"},
			{"long name", func(o *notice.Objection) { o.Name = strings.Repeat("李", 61) }, "name too_long"},
			{"two lines of name", func(o *notice.Objection) { o.Name = "李\n示例" }, "name not_text"},
			{"anonymous", func(o *notice.Objection) { o.Name = "匿名群众" }, "name objection_real_name"},
			{"figures for a name", func(o *notice.Objection) { o.Name = "用户123" }, "name objection_real_name"},
			{"no contact", func(o *notice.Objection) { o.Contact = "" }, "contact required"},
			{"contact of words", func(o *notice.Objection) { o.Contact = "找我同事" }, "contact objection_contact"},
			{"short number", func(o *notice.Objection) { o.Contact = "1380000000" }, "contact objection_contact"},
			{"half a mail address", func(o *notice.Objection) { o.Contact = "a@b" }, "contact objection_contact"},
			{"named mail address", func(o *notice.Objection) { o.Contact = "A <a@example.org>" }, "contact objection_contact"},
			{"short body", func(o *notice.Objection) { o.Body = "不同意" }, "body too_short"},
			{"long body", func(o *notice.Objection) { o.Body = strings.Repeat("长", 5001) }, "body too_long"},
			{"NUL", func(o *notice.Objection) { o.Body += "\x00" }, "body not_text"},
			{"bad UTF-8", func(o *notice.Objection) { o.Body += "\xff" }, "body not_text"},
			{"unit without seal", func(o *notice.Objection) { o.ObjectorKind, o.Name = notice.ByUnit, "示例公司" }, "letter objection_seal"},
		} {
			o := w.objection()
			tt.change(&o)
			_, receipt, err := w.s.File(t.Context(), w.actor("public"), o, "")
			wantKind(t, tt.what, err, fault.Invalid)
			if diff := cmp.Diff([]string{tt.want}, codes(err)); diff != "" || receipt != "" {
				t.Errorf("%s: receipt %q (-want +got):\n%s", tt.what, receipt, diff)
			}
		}
		for _, contact := range []string{"138 0000 0000", "+86-13800000000", "023-67575000", "(023)67575000", "+85212345678", "li@example.org"} {
			o := w.objection()
			o.Contact = contact
			if _, _, err := w.s.File(t.Context(), identity.PublicActor(""), o, ""); err != nil {
				t.Errorf("contact %s: %v", contact, err)
			}
		}
		o := w.objection()
		o.ObjectorKind, o.Name, o.Draft = notice.ByUnit, "示例公司第2分部", w.withFile(notice.SlotLetter, "异议书.pdf")
		if _, _, err := w.s.File(t.Context(), identity.PublicActor(""), o, ""); err != nil {
			t.Errorf("sealed unit: %v", err)
		}
		o.Draft = notice.NewToken()
		_, _, err := w.s.File(t.Context(), identity.PublicActor(""), o, "")
		wantKind(t, "draft of nothing", err, fault.Invalid)
		o.Draft = ""
		o.NoticeID = "absent"
		_, _, err = w.s.File(t.Context(), w.actor("public"), o, "")
		wantKind(t, "unknown notice", err, fault.NotFound)
	})
}

// Five an hour from one address; another address, and the next hour, are free again.
func TestFilingIsRateLimited(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		try := func(ip string) error {
			_, _, err := w.s.File(t.Context(), identity.PublicActor(ip), w.objection(), "")
			return err
		}
		for range 5 {
			w.must(try("192.0.2.7"))
		}
		wantKind(t, "sixth", try("192.0.2.7"), fault.RateLimited)
		w.must(try("192.0.2.8"))
		w.clock.to("2026-11-23", 9, 59)
		wantKind(t, "within the hour", try("192.0.2.7"), fault.RateLimited)
		w.clock.to("2026-11-23", 10, 0)
		w.must(try("192.0.2.7"))
	})
}

// A key answers one outsider the same again; another outsider's same key is another key.
func TestFileOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		file := func(ip string) string {
			_, receipt, err := w.s.File(t.Context(), identity.PublicActor(ip), w.objection(), "key")
			w.must(err)
			return receipt
		}
		first := file("192.0.2.7")
		if again := file("192.0.2.7"); again != first || w.open() != 1 {
			t.Errorf("again: %s, then %s; %d open", first, again, w.open())
		}
		if other := file("192.0.2.8"); other == first || w.open() != 2 {
			t.Errorf("another address got %s", other)
		}
	})
}

func TestTrack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, receipt := w.file()
		state := func(number, contact string) (workflows.Label, error) {
			tr, err := w.s.Track(t.Context(), number, contact)
			return tr.State, err
		}
		for _, right := range [][2]string{{receipt, mobile}, {" " + strings.ToLower(receipt) + " ", "138-0000 0000"}} {
			if got, err := state(right[0], right[1]); err != nil || got.Zh != "已收到" {
				t.Errorf("%v: %v %v", right, got, err)
			}
		}
		wrongNumber := receipt[:len(receipt)-1] + "2"
		if strings.HasSuffix(receipt, "2") {
			wrongNumber = receipt[:len(receipt)-1] + "3"
		}
		var texts []string
		for _, wrong := range [][2]string{{receipt, "13800000001"}, {wrongNumber, mobile}, {"", mobile}, {receipt, ""}, {strings.Repeat("x", 10000), mobile}} {
			_, err := state(wrong[0], wrong[1])
			wantKind(t, "wrong", err, fault.NotFound)
			texts = append(texts, err.Error())
		}
		for _, text := range texts {
			if text != texts[0] {
				t.Errorf("the answers differ: %v", texts)
			}
		}
		w.must(w.do("officer", id, "handle", "经核查,范围无重叠"))
		w.must(w.do("director", id, "dismiss", "异议不成立"))
		tr, err := w.s.Track(t.Context(), receipt, mobile)
		if err != nil || !tr.Closed || tr.State.Zh != "异议不成立" || tr.NoticeNumber != w.notice.Number {
			t.Errorf("closed: %+v %v", tr, err)
		}
	})
}

func TestEveryCodeHasAText(t *testing.T) {
	catalogue, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"fault.notice_running", "fault.notice_ends_early", "fault.objection_contact", "fault.objection_real_name", "fault.objection_seal",
		"fault.objection_rate", "fault.required", "fault.unknown", "fault.not_text", "fault.too_short", "fault.too_long", "fault.not_a_date", "fault.unknown_field",
		"public_notice.phase.upcoming", "public_notice.phase.running", "public_notice.phase.ended", "public_notice.phase.withdrawn",
		"objection.kind.unit", "objection.kind.individual"} {
		for _, lang := range wording.Langs() {
			if text := catalogue.Text(lang, key, map[string]any{"Min": "1", "Max": "1"}); strings.Contains(text, "⟦") {
				t.Errorf("%s in %s: %s", key, lang, text)
			}
		}
	}
}
