package agenda_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/agenda"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// desks is that of the test: a zone whose revocation is proposed waits for the directors.
func desks() []casework.Desk {
	return []casework.Desk{{Workflow: workflows.Zone, From: "zone z", Alias: "z", Title: "z.name", Unit: "z.unit_code",
		Scope: func(a identity.Actor) (string, []any) {
			return "NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = 'zone' AND x.subject_id = z.id AND x.person_id = ?)", []any{a.ID}
		}}}
}

type bench struct {
	*testing.T
	db *database.DB
	at *atomic.Int64
	f  *agenda.Feeds
	me identity.Actor
}

func each(t *testing.T, body func(b *bench)) {
	t.Helper()
	at := &atomic.Int64{}
	databasetest.Each(t, func() time.Time { return time.UnixMicro(at.Load()) }, func(t *testing.T, db *database.DB) {
		at.Store(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).UnixMicro())
		words, err := wording.New()
		if err != nil {
			t.Fatal(err)
		}
		f, err := agenda.New(agenda.Config{DB: db, Desks: desks, PublicURL: "https://zones.example.test/", PerMinute: 40,
			Text: func(lang, key string, p map[string]any) string { return words.Text(wording.Lang(lang), key, p) }})
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, db: db, at: at, f: f, me: identity.Actor{ID: "p1", Name: "示例", Unit: "hq", Roles: []workflows.Role{workflows.Director}, Lang: "zh-CN"}}
		b.exec("INSERT INTO unit (code, kind, name, name_short, name_en, valid_from) VALUES ('hq', 'commission', 'x', 'x', 'x', '2016-01-01')")
		b.exec("INSERT INTO rule_set (id, name, version, body, digest, created_at) VALUES ('r', 'r', 'r', '{}', 'r', ?)", db.Now())
		for _, p := range []string{"p1", "p2"} {
			b.exec("INSERT INTO person (id, login, name, unit_code, created_at, updated_at) VALUES (?, ?, ?, 'hq', ?, ?)", p, p, p, db.Now(), db.Now())
			b.exec("INSERT INTO person_role (person_id, role) VALUES (?, 'director')", p)
		}
		body(b)
	})
}

func (b *bench) exec(query string, args ...any) {
	b.Helper()
	err := b.db.Update(context.Background(), func(tx *database.Tx) error { _, err := tx.Exec(query, args...); return err })
	if err != nil {
		b.Fatal(err)
	}
}

// zone puts a case on the desk of directors, due on a day.
func (b *bench) zone(id, number, due string, provisional bool) {
	b.Helper()
	now := b.db.Now()
	b.exec(`INSERT INTO zone (id, number, name, unit_code, rule_set_id, workflow_version, status, version, sectors, valid_from, valid_to, document_number, decided_on, created_at, updated_at)
		VALUES (?, ?, '机密的名称', 'hq', 'r', 1, 'revocation_proposed', 3, '[]', '2026-11-23', '2029-11-23', 'x', '2026-11-23', ?, ?)`, id, number, now, now)
	d, err := workflows.ParseDate(due)
	if err != nil {
		b.Fatal(err)
	}
	b.exec(`INSERT INTO deadline (id, kind, case_id, clock, cycle, started_at, days, working, due_on, due_at, provisional, calendar_version)
		VALUES (?, 'zone', ?, 'statement', 1, ?, 10, TRUE, ?, ?, ?, 'v')`, "dl-"+id, id, now, due, d.End(), provisional)
}

func (b *bench) renew() string {
	b.Helper()
	token, err := b.f.Renew(b.Context(), b.me)
	if err != nil {
		b.Fatal(err)
	}
	return token
}

func (b *bench) read(token string) []component {
	b.Helper()
	raw, err := b.f.Read(b.Context(), token, "192.0.2.1")
	if err != nil {
		b.Fatal(err)
	}
	return parse(b, raw)
}

// component is an event or time zone as a strict reader takes it from the text.
type component struct {
	name  string
	props map[string]string // by name with its parameters, values unescaped
}

// parse reads an iCalendar object and stops at anything RFC 5545 does not allow.
func parse(t testing.TB, raw []byte) []component {
	t.Helper()
	text := string(raw)
	if !utf8.ValidString(text) || !strings.HasSuffix(text, "\r\n") || strings.Count(text, "\n") != strings.Count(text, "\r\n") || strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		t.Fatalf("lines do not all end in CRLF, or bad UTF-8:\n%q", text)
	}
	var lines []string
	for _, l := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(l) > 75 || !utf8.ValidString(l) {
			t.Errorf("a line of %d octets, or a character cut in two: %q", len(l), l)
		}
		if strings.HasPrefix(l, " ") {
			lines[len(lines)-1] += l[1:]
			continue
		}
		lines = append(lines, l)
	}
	var stack []string
	var open []component
	var out []component
	for _, l := range lines {
		name, value, ok := strings.Cut(l, ":")
		if !ok || name == "" || strings.ToUpper(name) != name {
			t.Fatalf("not a content line: %q", l)
		}
		switch name {
		case "BEGIN":
			stack, open = append(stack, value), append(open, component{value, map[string]string{}})
			continue
		case "END":
			if stack[len(stack)-1] != value {
				t.Fatalf("END:%s closes %s", value, stack[len(stack)-1])
			}
			out = append(out, open[len(open)-1])
			stack, open = stack[:len(stack)-1], open[:len(open)-1]
			continue
		}
		top := open[len(open)-1]
		if _, twice := top.props[name]; twice {
			t.Errorf("%s stands twice in %s", name, top.name)
		}
		top.props[name] = unescape(t, name, value)
	}
	if len(stack) != 0 || out[len(out)-1].name != "VCALENDAR" || len(out) < 2 {
		t.Fatalf("not one whole VCALENDAR with a component: %v", out)
	}
	root := out[len(out)-1].props
	if root["VERSION"] != "2.0" || root["PRODID"] == "" {
		t.Errorf("calendar properties: %v", root)
	}
	return out
}

func unescape(t testing.TB, name, value string) string {
	t.Helper()
	if name != "SUMMARY" && name != "UID" && name != "X-WR-CALNAME" {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == ';' || c == ',' || c < ' ':
			t.Errorf("%s holds a bare %q: %q", name, c, value)
		case c == '\\' && i+1 < len(value) && strings.IndexByte(`\;,nN`, value[i+1]) >= 0:
			i++
			b.WriteString(map[byte]string{'n': "\n", 'N': "\n"}[value[i]])
			if value[i] != 'n' && value[i] != 'N' {
				b.WriteByte(value[i])
			}
		case c == '\\':
			t.Errorf("%s holds an escape nobody knows: %q", name, value)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func events(all []component) (out []component) {
	for _, c := range all {
		if c.name == "VEVENT" {
			out = append(out, c)
		}
	}
	return out
}

// A feed is a correct calendar of all-day events that says number, step, day and link only.
func TestFeedIsACalendar(t *testing.T) {
	each(t, func(b *bench) {
		token := b.renew()
		if got := events(b.read(token)); len(got) != 0 {
			b.Errorf("nothing is due, got %v", got)
		}
		odd := `示例〔2026〕3号;a,b\c` + strings.Repeat("很长的案号", 20) + "\r\nATTACH:http://x\n\x01"
		b.zone("z1", odd, "2026-12-31", false)
		b.zone("z2", "CQ-2026-0002", "2027-02-28", true)
		got := events(b.read(token))
		if len(got) != 2 {
			b.Fatalf("events: %v", got)
		}
		want := map[string]string{"UID": "dl-z2@zones.example.test", "DTSTAMP": "20261123T010000Z", "LAST-MODIFIED": "20261123T010000Z", "SEQUENCE": "3", "DTSTART;VALUE=DATE": "20270228",
			"DTEND;VALUE=DATE": "20270301", "SUMMARY": "CQ-2026-0002 陈述申辩期限截止（暂定）", "URL": "https://zones.example.test/zones/z2", "STATUS": "TENTATIVE",
			"TRANSP": "TRANSPARENT", "CLASS": "PRIVATE"}
		if diff := cmp.Diff(want, got[1].props); diff != "" {
			b.Errorf("event (-want +got):\n%s", diff)
		}
		first := got[0].props
		if !strings.HasPrefix(first["SUMMARY"], `示例〔2026〕3号;a,b\c很长的案号`) || first["DTEND;VALUE=DATE"] != "20270101" || first["STATUS"] != "CONFIRMED" || first["ATTACH"] != "" {
			b.Errorf("odd number: %v", first)
		}
		if raw, _ := b.f.Read(b.Context(), token, "192.0.2.1"); strings.Contains(string(raw), "机密") || strings.Contains(string(raw), "VALARM") {
			b.Errorf("more than the minimum:\n%s", raw)
		}
	})
}

// Moved on, a case keeps the identity of its event and raises its sequence; one from which the
// owner is recused, or that waits no more, is gone at once.
func TestFeedFollowsTheDesk(t *testing.T) {
	each(t, func(b *bench) {
		token := b.renew()
		b.zone("z1", "1", "2026-12-31", false)
		b.zone("z2", "2", "2026-12-30", false)
		b.exec("UPDATE zone SET version = 4 WHERE id = 'z1'")
		b.exec("UPDATE deadline SET due_on = '2027-01-08' WHERE id = 'dl-z1'")
		got := events(b.read(token))
		if len(got) != 2 || got[1].props["UID"] != "dl-z1@zones.example.test" || got[1].props["SEQUENCE"] != "4" || got[1].props["DTSTART;VALUE=DATE"] != "20270108" {
			b.Errorf("moved: %v", got)
		}
		b.exec("INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES ('x', 'zone', 'z1', 'p1', 'other', 'x', 'x', ?)", b.db.Now())
		b.exec("UPDATE zone SET status = 'in_force' WHERE id = 'z2'")
		if got := events(b.read(token)); len(got) != 0 {
			b.Errorf("recused from one, the other decided: %v", got)
		}
	})
}

// An address that is unknown, malformed, renewed, revoked or of a closed account is refused in
// the same way; only the digest of a token is stored; everything is on record.
func TestFeedIsRevocable(t *testing.T) {
	each(t, func(b *bench) {
		unknown := strings.Repeat("A", 43)
		first := b.renew()
		if f, ok, err := b.f.Of(b.Context(), b.me); err != nil || !ok || f.ReadAt != nil || !f.CreatedAt.Equal(b.db.Now()) {
			b.Errorf("feed: %+v %t %v", f, ok, err)
		}
		b.read(first)
		if f, _, _ := b.f.Of(b.Context(), b.me); f.ReadAt == nil {
			b.Error("its use is not noted")
		}
		second := b.renew()
		b.read(second)
		var stored []string
		var entries int64
		err := b.db.View(b.Context(), func(tx *database.Tx) (err error) {
			if err = tx.Find(&stored, "SELECT token_hash FROM calendar_feed"); err != nil {
				return err
			}
			entries, err = tx.Count("SELECT count(*) FROM audit_entry WHERE action LIKE 'calendar_feed.%' AND object_id = 'p1'")
			return err
		})
		if err != nil || len(stored) != 1 || stored[0] == second || strings.Contains(stored[0], second[:10]) || entries != 2 {
			b.Errorf("stored %v, %d entries, %v", stored, entries, err)
		}
		refused := func(name, token string) {
			b.Helper()
			_, err := b.f.Read(b.Context(), token, "192.0.2.2")
			_, absent := b.f.Read(b.Context(), unknown, "192.0.2.2")
			if !fault.Is(err, fault.NotFound) || fmt.Sprint(err) != fmt.Sprint(absent) {
				b.Errorf("%s: %v, an unknown one: %v", name, err, absent)
			}
		}
		refused("renewed", first)
		refused("malformed", "x\x00")
		refused("empty", "")
		b.exec("UPDATE person SET active = FALSE WHERE id = 'p1'")
		refused("account closed", second)
		b.exec("UPDATE person SET active = TRUE WHERE id = 'p1'")
		b.read(second)
		for range 2 {
			if err := b.f.Revoke(b.Context(), b.me); err != nil {
				b.Fatal(err)
			}
		}
		refused("revoked", second)
		if _, ok, _ := b.f.Of(b.Context(), b.me); ok {
			b.Error("still there after it was revoked")
		}
	})
}

// One address may ask so often and no more, for what is there and what is not; the next minute
// it may again, and others always.
func TestFeedIsRateLimited(t *testing.T) {
	each(t, func(b *bench) {
		token := b.renew()
		for i := range 40 {
			if _, err := b.f.Read(b.Context(), []string{token, "guess"}[i%2], "192.0.2.9"); fault.Is(err, fault.RateLimited) {
				b.Fatalf("request %d: %v", i+1, err)
			}
		}
		for _, tk := range []string{token, "guess"} {
			if _, err := b.f.Read(b.Context(), tk, "192.0.2.9"); !fault.Is(err, fault.RateLimited) {
				b.Errorf("request 41: %v", err)
			}
		}
		if _, err := b.f.Read(b.Context(), token, "192.0.2.10"); err != nil {
			b.Errorf("another address: %v", err)
		}
		b.at.Add(time.Minute.Microseconds())
		if _, err := b.f.Read(b.Context(), token, "192.0.2.9"); err != nil {
			b.Errorf("a minute later: %v", err)
		}
	})
}
