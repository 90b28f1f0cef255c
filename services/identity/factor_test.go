package identity_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"clusterzone/services/fault"
)

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wrongCode is none of the codes around the instant.
func wrongCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	for i := range 10 {
		c := numbered("000", i)
		near := false
		for step := -2; step <= 2; step++ {
			near = near || c == code(t, secret, at.Add(time.Duration(step)*30*time.Second))
		}
		if !near {
			return c
		}
	}
	t.Fatal("no wrong code")
	return ""
}

// Codes are guessed under the same limit as passwords; leaving the code out is no guess.
func TestCodesAreLimited(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, a := t.Context(), w.as(t, "filler")
		e, err := w.EnrolTOTP(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ConfirmTOTP(ctx, a, code(t, e.Secret, w.clock.Now())); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(time.Minute)
		c := cookie("filler", secret, "192.0.2.1")
		for range 12 {
			_, err := w.Login(ctx, c)
			want(t, err, fault.Unauthenticated, "second_factor_required")
		}
		c.TOTP = wrongCode(t, e.Secret, w.clock.Now())
		for range 10 {
			_, err := w.Login(ctx, c)
			want(t, err, fault.Unauthenticated, "bad_credentials")
		}
		c.TOTP = code(t, e.Secret, w.clock.Now())
		_, err = w.Login(ctx, c)
		want(t, err, fault.RateLimited, "too_many_guesses")
		if err := w.ClearTOTP(ctx, w.as(t, "security"), a.ID); err != nil {
			t.Fatal(err)
		}
		w.login(t, "filler")
	})
}
