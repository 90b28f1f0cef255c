package identity_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// secret is the password of every account of a world.
const secret = "violet harbour 27"

// clock is a time that a test moves.
type clock struct{ micros atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.micros.Store(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *clock) Now() time.Time          { return time.UnixMicro(c.micros.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

// world is a service on a fresh database with a few units and accounts.
type world struct {
	*identity.Service
	db    *database.DB
	clock *clock
	ids   map[string]string
}

// each runs body in a world on SQLite and in one on PostgreSQL.
func each(t *testing.T, body func(t *testing.T, w *world)) {
	t.Helper()
	c := newClock()
	databasetest.Each(t, c.Now, func(t *testing.T, db *database.DB) { body(t, newWorld(t, db, c)) })
}

func newWorld(t *testing.T, db *database.DB, c *clock) *world {
	t.Helper()
	w := &world{Service: identity.New(identity.Config{DB: db, Argon: identity.CheapArgon()}), db: db, clock: c, ids: map[string]string{}}
	hash, err := w.Hash(secret)
	if err != nil {
		t.Fatal(err)
	}
	w.update(t, func(tx *database.Tx) error {
		for _, kind := range []identity.UnitKind{identity.KindDistrict, identity.KindCommission, identity.KindDepartment,
			identity.KindStatistics, identity.KindSupervision, identity.KindInstitute, identity.KindOperator} {
			if err := identity.PutUnit(tx, unit(string(kind), kind)); err != nil {
				return err
			}
		}
		for login, p := range map[string]identity.NewPerson{
			"filler":   {Unit: "district", Roles: []workflows.Role{workflows.Filler}, Email: "filler@example.org"},
			"officer":  {Unit: "commission", Roles: []workflows.Role{workflows.Officer, workflows.Clerk}},
			"sysadmin": {Unit: "operator", Roles: []workflows.Role{workflows.SystemAdmin}},
			"security": {Unit: "operator", Roles: []workflows.Role{workflows.Security}},
			"auditor":  {Unit: "operator", Roles: []workflows.Role{workflows.Auditor}},
		} {
			p.Login, p.Name, p.PasswordHash = login, "甲"+login, hash
			if w.ids[login], err = w.PutPerson(tx, p); err != nil {
				return err
			}
		}
		return nil
	})
	return w
}

func unit(code string, kind identity.UnitKind) identity.Unit {
	return identity.Unit{Code: code, Kind: kind, Name: "单位" + code, NameShort: code, NameEn: "Unit " + code, ValidFrom: "2016-01-01", InternalCode: true}
}

func (w *world) update(t *testing.T, fn func(tx *database.Tx) error) {
	t.Helper()
	if err := w.db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (w *world) view(t *testing.T, fn func(tx *database.Tx) error) {
	t.Helper()
	if err := w.db.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// put adds an account and returns its id.
func (w *world) put(t *testing.T, p identity.NewPerson) (id string) {
	t.Helper()
	if p.Name == "" {
		p.Name = "乙" + p.Login
	}
	w.update(t, func(tx *database.Tx) (err error) {
		id, err = w.PutPerson(tx, p)
		return err
	})
	return id
}

func cookie(login, password, ip string) identity.Credentials {
	return identity.Credentials{Login: login, Password: password, Kind: identity.Cookie, IP: ip, Agent: "test"}
}

// login opens a cookie session of an account with the secret.
func (w *world) login(t *testing.T, login string) identity.Session {
	t.Helper()
	s, err := w.Login(t.Context(), cookie(login, secret, "198.51.100.7"))
	if err != nil {
		t.Fatalf("log in %s: %v", login, err)
	}
	return s
}

// as is the actor of a fresh session.
func (w *world) as(t *testing.T, login string) identity.Actor {
	t.Helper()
	return w.login(t, login).Actor
}

// want fails unless err is a fault of the kind with the code; for Invalid the code is that of
// the one field.
func want(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if got := codeOf(err); !fault.Is(err, kind) || got != code {
		t.Errorf("got %v (code %q), want kind %d code %q", err, got, kind, code)
	}
}

func codeOf(err error) string {
	f := asFault(err)
	if f == nil {
		return ""
	}
	if f.Kind == fault.Invalid && len(f.Fields) == 1 {
		return f.Fields[0].Code
	}
	return f.Code
}

// entries returns the audit details of an action, in order.
func (w *world) entries(t *testing.T, action string) (details []string) {
	t.Helper()
	w.view(t, func(tx *database.Tx) error {
		return tx.Find(&details, "SELECT detail FROM audit_entry WHERE action = ? ORDER BY seq", action)
	})
	return details
}

func (w *world) count(t *testing.T, query string, args ...any) (n int64) {
	t.Helper()
	w.view(t, func(tx *database.Tx) (err error) {
		n, err = tx.Count(query, args...)
		return err
	})
	return n
}

func numbered(prefix string, n int) string { return fmt.Sprintf("%s%03d", prefix, n) }
