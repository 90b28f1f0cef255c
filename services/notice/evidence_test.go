package notice_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/mail"
	"clusterzone/services/notice"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// letters keeps what was sent.
type letters struct {
	mu   sync.Mutex
	sent []mail.Message
}

func (l *letters) Send(_ context.Context, m mail.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m)
	return nil
}

// keep gives the world a store for files, and a mailbox.
func (w *world) keep() {
	w.t.Helper()
	var err error
	w.store, err = objects.NewDisk(objects.DiskConfig{Dir: w.t.TempDir(), Secret: []byte("for tests only, 32 bytes long..."), Now: w.clock.now})
	w.must(err)
	w.must(w.store.Prepare(w.t.Context()))
	w.files = attachment.New(attachment.Config{DB: w.db, Store: w.store, TempDir: w.t.TempDir(), Parents: map[workflows.Kind]attachment.Parent{"objection": w.s.Evidence()}})
	w.s.Keep(w.files)
	words, err := wording.New()
	w.must(err)
	w.mail = &letters{}
	w.s.Mail, w.s.PublicURL = w.mail, "https://zones.example"
	w.s.Text = func(lang, key string, params map[string]any) string {
		return words.Text(wording.Lang(lang), key, params)
	}
}

var serial = struct {
	sync.Mutex
	n int
}{}

// picture is a small image; every one is another.
func picture() []byte {
	serial.Lock()
	defer serial.Unlock()
	serial.n++
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	img.Pix[0], img.Pix[1] = byte(serial.n), byte(serial.n>>8)
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a buffer takes everything
	return b.Bytes()
}

// put leaves a file with a draft as a form without script does.
func (w *world) put(ip, token, slot, name string, content []byte) (attachment.Attachment, error) {
	d, err := w.s.BeginFile(w.t.Context(), identity.PublicActor(ip), w.notice.ID, token)
	if err != nil {
		return attachment.Attachment{}, err
	}
	sum := sha256.Sum256(content)
	return w.files.Take(w.t.Context(), d.Objector, attachment.Request{Parent: d.Ref, Slot: slot, Name: name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])},
		bytes.NewReader(content))
}

// withFile begins a draft with one picture in it.
func (w *world) withFile(slot, name string) (token string) {
	w.t.Helper()
	token = notice.NewToken()
	_, err := w.put("", token, slot, strings.TrimSuffix(name, ".pdf")+".png", picture())
	w.must(err)
	return token
}

func (w *world) states() map[string]int {
	w.t.Helper()
	out := map[string]int{}
	var rows []struct {
		Slot, State string
		N           int
	}
	w.see(func(tx *database.Tx) error {
		return tx.Find(&rows, "SELECT slot, state, count(*) AS n FROM attachment WHERE parent_kind = 'objection' GROUP BY slot, state")
	})
	for _, r := range rows {
		out[r.Slot+" "+r.State] = r.N
	}
	return out
}

// What waits with a draft becomes part of the objection when it is filed, and not before; a
// form sent twice files once.
func TestEvidenceComesWithTheObjection(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := notice.NewToken()
		for _, slot := range []string{notice.SlotLetter, notice.SlotEvidence, notice.SlotEvidence} {
			_, err := w.put("192.0.2.7", token, slot, "李示例13800000000.png", picture())
			w.must(err)
		}
		if diff := cmp.Diff(map[string]int{"letter staging": 1, "evidence staging": 2}, w.states()); diff != "" {
			t.Errorf("before (-want +got):\n%s", diff)
		}
		d, err := w.s.DraftOf(t.Context(), identity.PublicActor(""), w.notice.ID, token)
		w.must(err)
		for who := range roles() { // nobody reads a draft
			if list, err := w.files.List(t.Context(), w.actor(who), d.Ref); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s lists %d files of a draft: %v", who, len(list), err)
			}
		}
		o := w.objection()
		o.ObjectorKind, o.Name, o.Draft = notice.ByUnit, "示例公司", token
		out, receipt, err := w.s.File(t.Context(), identity.PublicActor("192.0.2.7"), o, "")
		w.must(err)
		if out.ID != d.Ref.ID {
			t.Errorf("filed as %s, drafted as %s", out.ID, d.Ref.ID)
		}
		again, same, err := w.s.File(t.Context(), identity.PublicActor("192.0.2.7"), o, "")
		if err != nil || again.ID != out.ID || same != receipt || w.open() != 1 {
			t.Errorf("sent twice: %s %s %v, %d open", again.ID, same, err, w.open())
		}
		if diff := cmp.Diff(map[string]int{"letter attached": 1, "evidence attached": 2}, w.states()); diff != "" {
			t.Errorf("after (-want +got):\n%s", diff)
		}
		_, err = w.put("", token, notice.SlotEvidence, "更多.png", picture())
		wantKind(t, "a file after filing", err, fault.Conflict)
		w.noneStaged(t)
	})
}

// noneStaged reports objects that nothing names.
func (w *world) noneStaged(t *testing.T) {
	t.Helper()
	w.must(w.store.List(t.Context(), "staging/", func(o objects.Info) error { t.Errorf("left over: %s", o.Key); return nil }))
}

// A refused objection leaves its files waiting and nothing attached.
func TestRefusedObjectionAttachesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := w.objection()
		o.ObjectorKind, o.Name, o.Draft = notice.ByUnit, "示例公司", w.withFile(notice.SlotEvidence, "证据.png")
		_, _, err := w.s.File(t.Context(), identity.PublicActor(""), o, "")
		if diff := cmp.Diff([]string{"letter objection_seal"}, codes(err)); diff != "" {
			t.Errorf("unit without letter (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{"evidence staging": 1}, w.states()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		w.must(w.store.List(t.Context(), "final/", func(i objects.Info) error { t.Errorf("final object of nothing: %s", i.Key); return nil }))
		_, err = w.put("", o.Draft, notice.SlotLetter, "异议书.png", picture())
		w.must(err)
		_, _, err = w.s.File(t.Context(), identity.PublicActor(""), o, "")
		w.must(err)
	})
}

// Who reads the evidence of a filed objection: the commission without the recused, nobody else;
// nobody changes it. Names of files stay out of the audit log.
func TestWhoReadsEvidence(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := w.objection()
		o.Draft = w.withFile(notice.SlotEvidence, "李示例13800000000.png")
		out, _, err := w.s.File(t.Context(), identity.PublicActor(""), o, "")
		w.must(err)
		ref := casework.Ref{Kind: "objection", ID: out.ID}
		file := must1(w.files.List(t.Context(), w.actor("clerk"), ref))(t)
		if len(file) != 1 {
			t.Fatalf("the clerk sees %d files", len(file))
		}
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec("INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES ('x', 'application', 'app-1', 'officer2', 'other', 'x', 'x', ?)", tx.Now())
			return err
		})
		for who := range roles() {
			a := w.actor(who)
			may := a.Commission() && who != "officer2"
			_, err := w.files.List(t.Context(), a, ref)
			content, _, err2 := w.files.Open(t.Context(), a, file[0].ID)
			if err2 == nil {
				_, err2 = io.Copy(io.Discard, content)
				w.must(content.Close())
			}
			for what, err := range map[string]error{"list": err, "open": err2} {
				if (err == nil) != may || (!may && !fault.Is(err, fault.NotFound)) {
					t.Errorf("%s by %s: %v, may %v", what, who, err, may)
				}
			}
			for what, err := range map[string]error{"remove": w.files.Remove(t.Context(), a, file[0].ID), "discard": w.files.Discard(t.Context(), a, file[0].ID)} {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%s by %s: %v", what, who, err)
				}
			}
			if v, err := w.s.View(t.Context(), a, out.ID); err == nil && v.Evidence != 1 {
				t.Errorf("%s counts %d files", who, v.Evidence)
			}
		}
		w.see(func(tx *database.Tx) error {
			n, err := tx.Count("SELECT count(*) FROM audit_entry WHERE detail LIKE ? OR detail LIKE ? OR actor_name LIKE ?", "%"+mobile+"%", "%李示例%", "%李示例%")
			if n != 0 || err != nil {
				t.Errorf("the audit log names the objector %d times: %v", n, err)
			}
			n, err = tx.Count("SELECT count(*) FROM audit_entry WHERE action = 'attachment.attach' AND object_id = ?", out.ID)
			if n != 1 || err != nil {
				t.Errorf("%d entries of the attachment: %v", n, err)
			}
			return nil
		})
	})
}

// Only who holds the token goes on with a draft, and only for its notice.
func TestDraftsAreApart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine, other := w.withFile(notice.SlotEvidence, "甲.png"), w.withFile(notice.SlotEvidence, "乙.png")
		a := identity.PublicActor("")
		d := must1(w.s.DraftOf(t.Context(), a, w.notice.ID, mine))(t)
		theirs := must1(w.s.DraftOf(t.Context(), a, w.notice.ID, other))(t)
		file := must1(w.files.Checked(t.Context(), d.Objector, d.Ref))(t)[0]
		for _, stranger := range []identity.Actor{theirs.Objector, a, w.actor("officer"), w.actor("filler")} {
			if err := w.files.Discard(t.Context(), stranger, file.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s discards: %v", stranger.ID, err)
			}
			if _, err := w.files.Check(t.Context(), stranger, file.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s checks: %v", stranger.ID, err)
			}
			if list := must1(w.files.Checked(t.Context(), stranger, d.Ref))(t); len(list) != 0 {
				t.Errorf("%s lists %d", stranger.ID, len(list))
			}
			_, err := w.files.Ticket(t.Context(), stranger, attachment.Request{Parent: d.Ref, Slot: notice.SlotEvidence, Name: "x.png", Size: 1, SHA256: strings.Repeat("0", 64)})
			wantKind(t, stranger.ID+" adds", err, fault.NotFound)
		}
		for what, token := range map[string]string{"empty": "", "short": "abc", "unknown": notice.NewToken(), "no token": strings.Repeat("z", 64)} {
			_, err := w.s.DraftOf(t.Context(), a, w.notice.ID, token)
			wantKind(t, what, err, fault.NotFound)
		}
		_, err := w.s.DraftOf(t.Context(), a, "another", mine)
		wantKind(t, "another notice", err, fault.NotFound)
		w.must(w.files.Discard(t.Context(), d.Objector, file.ID))
		if list := must1(w.files.Checked(t.Context(), d.Objector, d.Ref))(t); len(list) != 0 {
			t.Errorf("still there: %v", list)
		}
	})
}

// What an unknown visitor may leave with us is bounded: drafts of an address and of a notice
// within an hour, uploads of a draft, files of a place, and only while the notice runs.
func TestDraftLimits(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		begin := func(ip, token string) error {
			_, err := w.s.BeginFile(t.Context(), identity.PublicActor(ip), w.notice.ID, token)
			return err
		}
		for range 10 {
			w.must(begin("192.0.2.7", notice.NewToken()))
		}
		wantKind(t, "eleventh draft", begin("192.0.2.7", notice.NewToken()), fault.RateLimited)
		one := notice.NewToken()
		for range 20 {
			w.must(begin("192.0.2.8", one))
		}
		wantKind(t, "twenty-first file", begin("192.0.2.8", one), fault.RateLimited)
		for i := range 300 - 11 {
			w.must(begin(fmt.Sprintf("198.51.100.%d", i), notice.NewToken()))
		}
		wantKind(t, "draft 301 of the notice", begin("203.0.113.1", notice.NewToken()), fault.RateLimited)
		w.clock.to("2026-11-23", 10, 1)
		w.must(begin("192.0.2.7", notice.NewToken()))
		for n := range 6 {
			_, err := w.put("192.0.2.9", one2, notice.SlotEvidence, "证据.png", picture())
			if (err == nil) != (n < 5) || (err != nil && codes(err)[0] != "slot attachment.too_many") {
				t.Errorf("file %d of five: %v", n+1, err)
			}
		}
		w.clock.to("2026-11-28", 0, 0)
		wantKind(t, "after the notice", begin("192.0.2.10", notice.NewToken()), fault.Blocked)
		_, err := w.s.BeginFile(t.Context(), identity.PublicActor(""), "absent", notice.NewToken())
		wantKind(t, "unknown notice", err, fault.NotFound)
	})
}

const one2 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// A file that is not what it says, too large or of another kind never waits with a draft.
func TestBadEvidence(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := notice.NewToken()
		for _, tt := range []struct {
			what, slot, name string
			content          []byte
			want             string
		}{
			{"programme named pdf", notice.SlotLetter, "异议书.pdf", []byte("MZ\x90\x00 not a document"), "file attachment.content"},
			{"workbook as letter", notice.SlotLetter, "异议书.xlsx", picture(), "name attachment.format"},
			{"macro file", notice.SlotEvidence, "证据.docm", picture(), "name attachment.format"},
			{"nothing", notice.SlotEvidence, "证据.png", nil, "size attachment.empty"},
			{"too large", notice.SlotEvidence, "证据.png", make([]byte, 10<<20+1), "size attachment.too_large"},
			{"no such place", "elsewhere", "证据.png", picture(), "slot unknown"},
		} {
			_, err := w.put("", token, tt.slot, tt.name, tt.content)
			got := codes(err)
			if len(got) == 0 || !strings.HasPrefix(got[0], strings.Split(tt.want, ".")[0]) {
				t.Errorf("%s: got %v (%v), want %s", tt.what, got, err, tt.want)
			}
		}
		d := must1(w.s.DraftOf(t.Context(), identity.PublicActor(""), w.notice.ID, token))(t)
		if list := must1(w.files.Checked(t.Context(), d.Objector, d.Ref))(t); len(list) != 0 {
			t.Errorf("waiting: %v", list)
		}
		w.noneStaged(t)
	})
}

// A letter chosen again takes the place of the first; what was never filed goes with its day.
func TestLeftoversOfDrafts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.withFile(notice.SlotLetter, "一.png")
		_, err := w.put("", token, notice.SlotLetter, "二.png", picture())
		w.must(err)
		d := must1(w.s.DraftOf(t.Context(), identity.PublicActor(""), w.notice.ID, token))(t)
		if list := must1(w.files.Checked(t.Context(), d.Objector, d.Ref))(t); len(list) != 1 || list[0].Name != "二.png" {
			t.Errorf("letters: %v", list)
		}
		w.clock.to("2026-11-24", 9, 1)
		_, err = w.s.DraftOf(t.Context(), identity.PublicActor(""), w.notice.ID, token)
		wantKind(t, "after a day", err, fault.NotFound)
		if n := must1(w.files.Sweep(t.Context()))(t); n != 1 {
			t.Errorf("swept %d files", n)
		}
		if n := must1(w.s.Sweep(t.Context()))(t); n != 1 {
			t.Errorf("swept %d drafts", n)
		}
		w.noneStaged(t)
	})
}

// When the published case ends, what is still open against it is closed as moot, on record, and
// who gave a mail address is told; nobody but the end of the case does that.
func TestObjectionsOfAnEndedCaseAreMoot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := w.objection()
		o.Contact = "li@example.org"
		mailed, _, err := w.s.File(t.Context(), identity.PublicActor(""), o, "")
		w.must(err)
		called, _ := w.file()
		settled, _ := w.file()
		w.must(w.do("officer", called, "handle", "已核查"))
		w.must(w.do("officer", settled, "reject", "与公示事项无关"))
		w.clock.to("2026-11-24", 9, 0)
		for range 2 { // the second finds nothing open
			w.update(func(tx *database.Tx) error { return w.s.CloseMoot(tx, w.ref, "申报单位撤回") })
		}
		if w.open() != 0 {
			t.Errorf("%d still open", w.open())
		}
		for id, want := range map[string]workflows.State{mailed.ID: "moot", called: "moot", settled: "inadmissible"} {
			v := must1(w.s.View(t.Context(), w.actor("officer"), id))(t)
			if v.State != want {
				t.Errorf("%s, want %s", v.State, want)
			}
			last := v.History[len(v.History)-1]
			if want == "moot" && (last.Action != "close_moot" || last.Reason != "申报单位撤回") {
				t.Errorf("last on record: %+v", last)
			}
			for _, c := range v.Clocks {
				if !c.Ended {
					t.Errorf("clock %s of a closed objection runs", c.Name)
				}
			}
		}
		wantKind(t, "by an officer", w.do("officer", w.refile(), "close_moot", "x"), fault.Forbidden)
		var rows []outbox.Row
		w.see(func(tx *database.Tx) error {
			return tx.Find(&rows, "SELECT id, event_key, topic, payload FROM outbox WHERE topic = 'objector'")
		})
		if len(rows) != 1 || strings.Contains(rows[0].Payload, "@") {
			t.Fatalf("told by mail: %+v", rows)
		}
		for range 2 {
			_, err := w.s.TellObjector(t.Context(), rows[0])
			w.must(err)
		}
		m := w.mail.sent
		if len(m) != 2 || m[0].ID != m[1].ID || m[0].To != "li@example.org" {
			t.Fatalf("mail: %+v", m)
		}
		for _, want := range []string{"公示事项已终止", "Closed: the published case has ended", mailed.Number, "https://zones.example/objections/track"} {
			if !strings.Contains(m[0].Text, want) {
				t.Errorf("the mail lacks %s: %s", want, m[0].Text)
			}
		}
		if strings.Contains(m[0].Text, "撤回") {
			t.Errorf("the mail tells the inner reason: %s", m[0].Text)
		}
	})
}

// refile files one more.
func (w *world) refile() string {
	w.t.Helper()
	id, _ := w.file()
	return id
}

// Drafts of one address at the same moment are counted one after the other.
func TestDraftsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var group sync.WaitGroup
		results := make(chan error, 20)
		for range 20 {
			group.Go(func() {
				_, err := w.s.BeginFile(t.Context(), identity.PublicActor("192.0.2.7"), w.notice.ID, notice.NewToken())
				results <- err
			})
		}
		group.Wait()
		close(results)
		taken := 0
		for err := range results {
			if err == nil {
				taken++
			} else if !fault.Is(err, fault.RateLimited) {
				t.Error(err)
			}
		}
		if taken != 10 {
			t.Errorf("%d drafts taken, want 10", taken)
		}
	})
}

func must1[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
