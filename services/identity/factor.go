package identity

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// factor is the second factor of an account, time-based codes by RFC 6238 with steps of 30
// seconds. Its stored form is "" (none), "pending:SECRET" (enrolled, not yet confirmed) or
// "SECRET/STEP" (on), STEP being the last step whose code was accepted.
type factor struct {
	secret  string
	pending bool
	step    uint64
}

const factorPeriod = 30

func readFactor(stored string) factor {
	if secret, ok := strings.CutPrefix(stored, "pending:"); ok {
		return factor{secret: secret, pending: true}
	}
	secret, step, _ := strings.Cut(stored, "/")
	n, _ := strconv.ParseUint(step, 10, 64)
	return factor{secret: secret, step: n}
}

func (f factor) String() string {
	switch {
	case f.secret == "":
		return ""
	case f.pending:
		return "pending:" + f.secret
	}
	return f.secret + "/" + strconv.FormatUint(f.step, 10)
}

func (f factor) on() bool { return f.secret != "" && !f.pending }

// accept returns the factor as it is after a right code. A code is right one step early or
// late and never twice; without a factor that is on, nothing is asked.
func (f factor) accept(code string, now time.Time) (factor, bool) {
	if !f.on() {
		return f, true
	}
	return f.match(code, now)
}

func (f factor) match(code string, now time.Time) (factor, bool) {
	current := uint64(now.Unix()) / factorPeriod
	opts := hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	for step := current - 1; step <= current+1; step++ {
		right, err := hotp.ValidateCustom(code, step, f.secret, opts)
		if err == nil && right && step > f.step {
			return factor{secret: f.secret, step: step}, true
		}
	}
	return f, false
}

// Enrolment is a second factor to be put into an authenticator.
type Enrolment struct {
	Secret string // to be typed
	URL    string // otpauth://, to be shown as a QR code
}

// EnrolTOTP prepares a second factor for the actor, to be switched on by ConfirmTOTP; until
// then nothing is asked for. An account that has one is a Conflict.
func (s *Service) EnrolTOTP(ctx context.Context, a Actor) (Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: s.c.Issuer, AccountName: a.Login, Period: factorPeriod})
	if err != nil {
		return Enrolment{}, fmt.Errorf("enrol second factor: %w", err)
	}
	err = s.changeFactor(ctx, a, "person.factor_enrol", func(f factor) (factor, error) {
		if f.on() {
			return f, fault.New(fault.Conflict, "second_factor_on")
		}
		return factor{secret: key.Secret(), pending: true}, nil
	})
	if err != nil {
		return Enrolment{}, err
	}
	return Enrolment{Secret: key.Secret(), URL: key.URL()}, nil
}

// ConfirmTOTP switches the enrolled factor on with a first code.
func (s *Service) ConfirmTOTP(ctx context.Context, a Actor, code string) error {
	return s.changeFactor(ctx, a, "person.factor_on", func(f factor) (factor, error) {
		if !f.pending {
			return f, fault.New(fault.Conflict, "second_factor_not_enrolled")
		}
		next, ok := f.match(strings.ReplaceAll(code, " ", ""), s.db.Now())
		if !ok {
			return f, fault.BadField("code", "second_factor_wrong")
		}
		return next, nil
	})
}

// DisableTOTP switches the actor's own factor off; it takes the password, so that a session
// left open is not enough.
func (s *Service) DisableTOTP(ctx context.Context, a Actor, password string) error {
	if _, err := s.prove(ctx, a, "password", password); err != nil {
		return err
	}
	return s.changeFactor(ctx, a, "person.factor_off", func(factor) (factor, error) { return factor{}, nil })
}

// ClearTOTP takes a person's factor away when the device is lost; security administrator
// only, never for oneself.
func (s *Service) ClearTOTP(ctx context.Context, a Actor, personID string) error {
	return s.changeAccount(ctx, a, workflows.Security, personID, func(tx *database.Tx, p Person) error {
		if err := storeFactor(tx, p.ID, ""); err != nil {
			return err
		}
		return recordPerson(tx, a, "person.factor_clear", p.ID, nil)
	})
}

func (s *Service) changeFactor(ctx context.Context, a Actor, action string, change func(factor) (factor, error)) error {
	err := s.db.Update(ctx, func(tx *database.Tx) error {
		stored, err := loadFactor(tx, a.ID)
		if err != nil {
			return err
		}
		next, err := change(readFactor(stored))
		if err != nil {
			return err
		}
		if err := replaceFactor(tx, a.ID, stored, next.String()); err != nil {
			return err
		}
		return recordPerson(tx, a, action, a.ID, nil)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}
