package identity_test

import (
	"testing"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
)

func sqlite(t *testing.T, c *clock) *database.DB { return databasetest.SQLite(t, c.Now) }

func (w *world) live(t *testing.T, s identity.Session) bool {
	t.Helper()
	_, err := w.Authenticate(t.Context(), s.Token, s.Kind)
	if err != nil {
		want(t, err, fault.Unauthenticated, "session_expired")
	}
	return err == nil
}

func TestSessionsEndByTimeAndByDisuse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		start := w.clock.Now()
		idle, used := w.login(t, "filler"), w.login(t, "filler")
		bearer, err := w.Login(t.Context(), identity.Credentials{Login: "filler", Password: secret, Kind: identity.Bearer, IP: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		at := func(d time.Duration) { w.clock.advance(start.Add(d).Sub(w.clock.Now())) }
		check := func(name string, s identity.Session, expect bool) {
			t.Helper()
			if got := w.live(t, s); got != expect {
				t.Errorf("%s after %v: live %v, want %v", name, w.clock.Now().Sub(start), got, expect)
			}
		}
		at(119 * time.Minute)
		check("used", used, true)
		at(2 * time.Hour)
		check("idle", idle, false)
		check("bearer", bearer, true)
		for h := 3; h < 12; h++ {
			at(time.Duration(h)*time.Hour + 30*time.Minute)
			check("used", used, true)
		}
		at(12*time.Hour - time.Microsecond)
		check("used", used, true)
		at(12 * time.Hour)
		check("used", used, false)
		at(24*time.Hour - time.Microsecond)
		check("bearer", bearer, true)
		at(24 * time.Hour)
		check("bearer", bearer, false)
	})
}

func TestUseIsNotedOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.login(t, "filler")
		seen := func() time.Time {
			list, err := w.Sessions(t.Context(), s.Actor)
			if err != nil || len(list) != 1 || !list[0].Current {
				t.Fatalf("sessions %v, %v", list, err)
			}
			return list[0].SeenAt
		}
		opened := w.clock.Now()
		w.clock.advance(59 * time.Second)
		w.live(t, s)
		if got := seen(); !got.Equal(opened) {
			t.Errorf("after 59 s noted %v, want %v", got, opened)
		}
		w.clock.advance(time.Second)
		w.live(t, s)
		if got := seen(); !got.Equal(opened.Add(time.Minute)) {
			t.Errorf("after a minute noted %v, want %v", got, opened.Add(time.Minute))
		}
	})
}

func TestRevocation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, second, other := w.login(t, "filler"), w.login(t, "filler"), w.login(t, "officer")
		want(t, w.RevokeSession(t.Context(), other.Actor, first.ID), fault.NotFound, "not_found")
		want(t, w.RevokeSession(t.Context(), first.Actor, "absent"), fault.NotFound, "not_found")
		if err := w.RevokeSession(t.Context(), first.Actor, second.ID); err != nil {
			t.Fatal(err)
		}
		if !w.live(t, first) || w.live(t, second) {
			t.Error("want the first live and the second ended")
		}
		for range 2 {
			if err := w.Logout(t.Context(), first.Actor); err != nil {
				t.Fatal(err)
			}
		}
		if w.live(t, first) {
			t.Error("live after the logout")
		}
		security := w.as(t, "security")
		list, err := w.SessionsOf(t.Context(), security, w.ids["officer"])
		if err != nil || len(list) != 1 || list[0].ID != other.ID {
			t.Fatalf("sessions %v, %v", list, err)
		}
		if _, err := w.SessionsOf(t.Context(), other.Actor, w.ids["officer"]); !fault.Is(err, fault.NotFound) {
			t.Errorf("sessions of a person for whoever asks: %v", err)
		}
		if err := w.RevokeSession(t.Context(), security, other.ID); err != nil || w.live(t, other) {
			t.Errorf("security administrator: %v", err)
		}
		if a, b := len(w.entries(t, "session.close")), len(w.entries(t, "session.revoke")); a != 1 || b != 2 {
			t.Errorf("%d logouts and %d revocations audited, want 1 and 2", a, b)
		}
	})
}

// Closing an account and resetting its password end what is open.
func TestDeactivatedAndResetPeopleLoseTheirSessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s, o := w.login(t, "filler"), w.login(t, "officer")
		if _, err := w.ResetPassword(t.Context(), w.as(t, "security"), w.ids["officer"]); err != nil {
			t.Fatal(err)
		}
		if err := w.Deactivate(t.Context(), w.as(t, "sysadmin"), w.ids["filler"]); err != nil {
			t.Fatal(err)
		}
		if w.live(t, s) || w.live(t, o) {
			t.Error("a session outlived the account or the password")
		}
	})
}

func TestSweepKeepsWhatCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := w.login(t, "filler")
		_, _ = w.Login(t.Context(), cookie("filler", "wrong", "192.0.2.1"))
		w.clock.advance(40 * 24 * time.Hour)
		s := w.login(t, "filler")
		if _, err := w.Sweep(t.Context(), time.Minute); err == nil {
			t.Error("a sweep that forgets counted guesses was not refused")
		}
		n, err := w.Sweep(t.Context(), 30*24*time.Hour)
		if err != nil || n != 3 {
			t.Errorf("swept %d rows, %v, want 3: one session, two attempts", n, err)
		}
		if w.live(t, old) || !w.live(t, s) {
			t.Error("want only the new session live")
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s, other := w.login(t, "filler"), w.login(t, "filler")
		const next = "amber lantern 64"
		for code, pair := range map[string][2]string{
			"password_short":  {secret, "short"},
			"password_login":  {secret, "my filler 1234"},
			"password_common": {secret, "Password123"},
			"password_same":   {secret, secret},
			"password_wrong":  {"something else 1", next},
		} {
			want(t, w.ChangePassword(t.Context(), s.Actor, pair[0], pair[1]), fault.Invalid, code)
		}
		for _, weak := range []string{"aaaaaaaaaaaa", "abababababab", "abcdefghijkl", "1234567890"} {
			want(t, w.ChangePassword(t.Context(), s.Actor, secret, weak), fault.Invalid, "password_common")
		}
		if err := w.ChangePassword(t.Context(), s.Actor, secret, next); err != nil {
			t.Fatal(err)
		}
		if !w.live(t, s) || w.live(t, other) {
			t.Error("want this session live and the other ended")
		}
		_, err := w.Login(t.Context(), cookie("filler", secret, "192.0.2.1"))
		want(t, err, fault.Unauthenticated, "bad_credentials")
		if _, err := w.Login(t.Context(), cookie("filler", next, "192.0.2.1")); err != nil {
			t.Error(err)
		}
	})
}

// A session left open must not be a way to guess the password without end.
func TestChangePasswordIsLimited(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.as(t, "filler")
		for i := range 10 {
			want(t, w.ChangePassword(t.Context(), a, numbered("guess number ", i), "amber lantern 64"), fault.Invalid, "password_wrong")
		}
		want(t, w.ChangePassword(t.Context(), a, secret, "amber lantern 64"), fault.RateLimited, "too_many_guesses")
	})
}

func TestSetLang(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.login(t, "filler")
		want(t, w.SetLang(t.Context(), s.Actor, "fr"), fault.Invalid, "unknown")
		if err := w.SetLang(t.Context(), s.Actor, "en"); err != nil {
			t.Fatal(err)
		}
		if a, err := w.Authenticate(t.Context(), s.Token, s.Kind); err != nil || a.Lang != "en" {
			t.Errorf("language %q, %v", a.Lang, err)
		}
	})
}
