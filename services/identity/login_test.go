package identity_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

func asFault(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}

func TestLoginGivesTheActorOfTheMoment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := cookie("  Officer ", secret, "198.51.100.7")
		s, err := w.Login(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Authenticate(t.Context(), s.Token, identity.Cookie)
		if err != nil {
			t.Fatal(err)
		}
		expect := identity.Actor{ID: w.ids["officer"], Name: "甲officer", Login: "officer", Unit: "commission", UnitName: "单位commission",
			UnitKind: "commission", Roles: []workflows.Role{workflows.Clerk, workflows.Officer}, Lang: "zh-CN", SessionID: s.ID}
		if diff := cmp.Diff(expect, got); diff != "" {
			t.Error(diff)
		}
		if s.MustChange || s.ExpiresAt.Sub(w.clock.Now()) != 12*time.Hour || s.Actor.IP != "198.51.100.7" {
			t.Errorf("session %+v", s)
		}
		if got := w.entries(t, "session.open"); len(got) != 1 || !strings.Contains(got[0], s.ID) {
			t.Errorf("audit of the login: %v", got)
		}
		if _, err := w.Authenticate(t.Context(), s.Token, identity.Bearer); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a cookie's token as a bearer token: %v", err)
		}
	})
}

func TestWrongUnknownAndInactiveAreOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(t, identity.NewPerson{Login: "passwordless", Unit: "district"})
		if err := w.Deactivate(t.Context(), w.as(t, "sysadmin"), w.ids["filler"]); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]identity.Credentials{
			"wrong":       cookie("officer", "not the password", "192.0.2.1"),
			"empty":       cookie("officer", "", "192.0.2.1"),
			"huge":        cookie("officer", strings.Repeat("x", 1<<20), "192.0.2.1"),
			"unknown":     cookie("nobody", secret, "192.0.2.1"),
			"no password": cookie("passwordless", "", "192.0.2.1"),
			"inactive":    cookie("filler", secret, "192.0.2.1"),
			"not text":    cookie("offi\x00cer\xff", secret, "192.0.2.1\x00"),
		} {
			_, err := w.Login(t.Context(), c)
			if f := asFault(err); f == nil || f.Kind != fault.Unauthenticated || f.Code != "bad_credentials" || len(f.Params) != 0 {
				t.Errorf("%s: got %v, want bad_credentials without particulars", name, err)
			}
		}
		if got := len(w.entries(t, "session.refuse")); got != 7 {
			t.Errorf("%d failures audited, want 7", got)
		}
		n := w.count(t, "SELECT COUNT(*) FROM audit_entry WHERE action = 'session.refuse' AND object_id = ''")
		if n != 2 {
			t.Errorf("%d failures without a person, want 2", n)
		}
	})
}

// A password typed into the box for the login must not stay in a record nobody can erase.
func TestUnknownLoginIsNotKeptInTheRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, _ = w.Login(t.Context(), cookie("violet-harbour", "x", "192.0.2.1"))
		n := w.count(t, "SELECT COUNT(*) FROM audit_entry WHERE detail LIKE '%violet%' OR object_id LIKE '%violet%' OR actor_name LIKE '%violet%'")
		if n != 0 {
			t.Errorf("%d entries hold what was typed", n)
		}
	})
}

func TestGuessingStopsAndTheVictimStillLogsIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 10 {
			_, err := w.Login(t.Context(), cookie("filler", numbered("wrong ", i), "203.0.113.5"))
			want(t, err, fault.Unauthenticated, "bad_credentials")
		}
		_, err := w.Login(t.Context(), cookie("filler", secret, "203.0.113.5"))
		want(t, err, fault.RateLimited, "too_many_guesses")
		if got := asFault(err).Params["Minutes"]; got != "15" {
			t.Errorf("wait %q minutes, want 15", got)
		}
		if _, err := w.Login(t.Context(), cookie("filler", secret, "203.0.113.6")); err != nil {
			t.Errorf("victim from another address: %v", err)
		}
		if _, err := w.Login(t.Context(), cookie("officer", secret, "203.0.113.5")); err != nil {
			t.Errorf("another login from the guesser's address: %v", err)
		}
		w.clock.advance(15*time.Minute - time.Second)
		_, err = w.Login(t.Context(), cookie("filler", secret, "203.0.113.5"))
		want(t, err, fault.RateLimited, "too_many_guesses")
		w.clock.advance(2 * time.Second)
		if _, err := w.Login(t.Context(), cookie("filler", secret, "203.0.113.5")); err != nil {
			t.Errorf("after the window: %v", err)
		}
		if got := w.entries(t, "session.refuse"); len(got) != 10 || !strings.Contains(got[9], `"guesses_left":0`) {
			t.Errorf("audit of the guesses: %v", got)
		}
	})
}

// Many guesses at the same moment must not pass the limit together.
func TestConcurrentGuessesAreCounted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var looked, limited atomic.Int64
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				_, err := w.Login(t.Context(), cookie("filler", numbered("wrong ", i), "203.0.113.5"))
				switch {
				case fault.Is(err, fault.Unauthenticated):
					looked.Add(1)
				case fault.Is(err, fault.RateLimited):
					limited.Add(1)
				default:
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if looked.Load() != 10 || limited.Load() != 20 {
			t.Errorf("%d guesses looked at and %d refused, want 10 and 20", looked.Load(), limited.Load())
		}
	})
}

func TestAddressLimitOverAllLogins(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		// Addresses of one IPv6 customer are one.
		for i := range 100 {
			_, err := w.Login(t.Context(), cookie(numbered("guess", i), "wrong", "2001:db8:1:2::"+numbered("", i)))
			want(t, err, fault.Unauthenticated, "bad_credentials")
		}
		_, err := w.Login(t.Context(), cookie("filler", secret, "2001:db8:1:2:ffff::1"))
		want(t, err, fault.RateLimited, "too_many_guesses")
		if _, err := w.Login(t.Context(), cookie("filler", secret, "2001:db8:1:3::1")); err != nil {
			t.Errorf("from the next network: %v", err)
		}
	})
}

func TestUnlock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		security := w.as(t, "security")
		for range 10 {
			_, _ = w.Login(t.Context(), cookie("filler", "wrong", "203.0.113.5"))
		}
		if err := w.Unlock(t.Context(), security, w.ids["filler"]); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Login(t.Context(), cookie("filler", secret, "203.0.113.5")); err != nil {
			t.Error(err)
		}
	})
}

// Nothing that the database holds opens a session.
func TestTokenIsNeverStored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.login(t, "filler")
		if len(s.Token) != 43 {
			t.Errorf("token of %d characters, want 43 for 256 bits", len(s.Token))
		}
		var rows []struct{ TokenHash, ID, Agent string }
		w.view(t, func(tx *database.Tx) error { return tx.Find(&rows, "SELECT token_hash, id, agent FROM session") })
		if len(rows) != 1 {
			t.Fatalf("%d sessions, want 1", len(rows))
		}
		for _, stored := range []string{rows[0].TokenHash, rows[0].TokenHash[:43], rows[0].ID} {
			if strings.Contains(stored, s.Token) {
				t.Error("the token is stored")
			}
			if _, err := w.Authenticate(t.Context(), stored, identity.Cookie); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("what is stored opens the session: %v", err)
			}
		}
		if n := w.count(t, "SELECT COUNT(*) FROM audit_entry WHERE detail LIKE ?", "%"+s.Token+"%"); n != 0 {
			t.Error("the token is in the record")
		}
	})
}

// An unknown login costs the same hashing as a known one.
func TestUnknownLoginCostsTheSame(t *testing.T) {
	c := newClock()
	db := sqlite(t, c)
	argon := identity.DefaultArgon()
	argon.Memory, argon.Iterations = 8*1024, 4 // far above what the statements cost
	s := identity.New(identity.Config{DB: db, Argon: argon, MaxGuesses: 1000, MaxAddress: 1000})
	w := &world{Service: s, db: db, clock: c}
	w.update(t, func(tx *database.Tx) error { return identity.PutUnit(tx, unit("district", identity.KindDistrict)) })
	w.put(t, identity.NewPerson{Login: "known", Unit: "district", Password: secret})
	fastest := func(login string) time.Duration {
		best := time.Hour
		for range 8 {
			start := time.Now()
			_, err := s.Login(t.Context(), cookie(login, "wrong", "192.0.2.1"))
			best = min(best, time.Since(start))
			want(t, err, fault.Unauthenticated, "bad_credentials")
		}
		return best
	}
	known, unknown := fastest("known"), fastest("unknown")
	if ratio := float64(unknown) / float64(known); ratio < 0.6 || ratio > 1.7 {
		t.Errorf("unknown login answers in %v, a known one in %v", unknown, known)
	}
}

// A password stored at another cost is stored anew when it is next known.
func TestLoginRenewsAnOutdatedHash(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		argon := identity.CheapArgon()
		argon.Iterations = 2
		dearer := identity.New(identity.Config{DB: w.db, Argon: argon})
		if _, err := dearer.Login(t.Context(), cookie("filler", secret, "192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		if n := w.count(t, "SELECT COUNT(*) FROM person WHERE login = 'filler' AND password_hash LIKE '%t=2%'"); n != 1 {
			t.Error("the hash still has the old cost")
		}
		w.login(t, "filler")
	})
}
