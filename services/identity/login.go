package identity

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/database"
	"clusterzone/services/fault"
)

// Credentials are what a person shows to log in. IP is the address that the connection comes
// from, as the face has established it from proxies it trusts.
type Credentials struct {
	Login, Password string
	TOTP            string // six digits, where the account has a second factor
	Kind            SessionKind
	IP, Agent       string
}

// Login opens a session. A wrong password, an unknown login and an inactive account are one
// answer at one cost: Unauthenticated "bad_credentials". Unauthenticated
// "second_factor_required" asks for Credentials.TOTP. After too many guesses even the right
// password is refused from that address with RateLimited "too_many_guesses", which names the
// Minutes to wait; the owner can log in from another address meanwhile.
//
// Every success and every failure is audited; an attempt refused by the limit is no guess,
// and the entry of the last guess says that the limit was reached.
func (s *Service) Login(ctx context.Context, c Credentials) (Session, error) {
	c = c.clean()
	g, err := s.reserve(ctx, c.Login, network(c.IP))
	if err != nil {
		return Session{}, fmt.Errorf("log in: %w", err)
	}
	v, err := s.verify(ctx, c.Password, g.usableHash())
	if err != nil {
		return Session{}, fmt.Errorf("log in: %w", err)
	}
	// From here on the guess is recorded even when the caller has hung up.
	ctx = context.WithoutCancel(ctx)
	if !v.ok {
		return Session{}, s.refuse(ctx, g, c, "password")
	}
	f := readFactor(g.person.TotpSecret)
	if f.on() && c.TOTP == "" {
		return Session{}, s.askFactor(ctx, g)
	}
	next, ok := f.accept(c.TOTP, s.db.Now())
	if !ok {
		return Session{}, s.refuse(ctx, g, c, "second_factor")
	}
	hash := g.person.PasswordHash
	if v.outdate {
		if hash, err = s.hashBounded(ctx, c.Password); err != nil {
			return Session{}, fmt.Errorf("log in: %w", err)
		}
	}
	return s.open(ctx, g, c, proof{hash: hash, factor: next.String()})
}

// guess is an attempt counted before the password is looked at, so that many at once cannot
// pass the limit.
type guess struct {
	attemptID string
	person    loginRow // zero when no such login
	left      int
}

func (g guess) usableHash() string {
	if !g.person.Active {
		return ""
	}
	return g.person.PasswordHash
}

// proof is what an account must still hold for the session to open, in the form to store.
type proof struct{ hash, factor string }

// reserve counts an attempt as failed or refuses it with RateLimited.
func (s *Service) reserve(ctx context.Context, login, ip string) (g guess, err error) {
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		g = guess{}
		if err := tx.Lock("guess/" + ip); err != nil {
			return err
		}
		used, err := s.spend(tx, login, ip)
		if err != nil {
			return err
		}
		g.left = s.c.MaxGuesses - used - 1
		if g.attemptID, err = insertAttempt(tx, login, ip); err != nil {
			return err
		}
		g.person, err = personForLogin(tx, login)
		return err
	})
	return g, err
}

// spend returns how many guesses of the pair are used up, or RateLimited when none is left.
func (s *Service) spend(tx *database.Tx, login, ip string) (int, error) {
	since := tx.Now().Add(-s.c.Window)
	pair, err := failedAttempts(tx, login, ip, since, s.c.MaxGuesses)
	if err != nil {
		return 0, err
	}
	address, err := failedAttempts(tx, "", ip, since, s.c.MaxAddress)
	if err != nil {
		return 0, err
	}
	switch {
	case len(pair) >= s.c.MaxGuesses:
		return 0, tooMany(pair[len(pair)-1].Sub(since))
	case len(address) >= s.c.MaxAddress:
		return 0, tooMany(address[len(address)-1].Sub(since))
	}
	return len(pair), nil
}

func tooMany(wait time.Duration) error {
	minutes := int((wait + time.Minute - 1) / time.Minute)
	return fault.New(fault.RateLimited, "too_many_guesses").With("Minutes", fmt.Sprint(max(1, minutes)))
}

// refuse records a wrong guess. What was typed as an unknown login is not kept in the record:
// it may be a password in the wrong box.
func (s *Service) refuse(ctx context.Context, g guess, c Credentials, reason string) error {
	err := s.db.Update(ctx, func(tx *database.Tx) error {
		detail := map[string]any{"reason": reason, "kind": string(c.Kind), "guesses_left": g.left}
		return recordPerson(tx, PublicActor(c.IP), "session.refuse", g.person.ID, detail)
	})
	if err != nil {
		return fmt.Errorf("log in: record refusal: %w", err)
	}
	return badCredentials()
}

func badCredentials() error { return fault.New(fault.Unauthenticated, "bad_credentials") }

// askFactor takes the attempt back: the password was right and the code is still to come.
func (s *Service) askFactor(ctx context.Context, g guess) error {
	if err := s.db.Update(ctx, func(tx *database.Tx) error { return deleteAttempt(tx, g.attemptID) }); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	return fault.New(fault.Unauthenticated, "second_factor_required")
}

// open stores the session, provided the account still has the password and the factor that
// were checked: a reset in between would otherwise leave a session of the old password.
func (s *Service) open(ctx context.Context, g guess, c Credentials, p proof) (Session, error) {
	token, hash := newToken()
	ttl := s.c.SessionTTL
	if c.Kind == Bearer {
		ttl = s.c.BearerTTL
	}
	var out Session
	err := s.db.Update(ctx, func(tx *database.Tx) error {
		if err := holdAccount(tx, g.person, p); err != nil {
			return err
		}
		row := sessionRow{TokenHash: hash, ID: tx.ID(), PersonID: g.person.ID, Kind: string(c.Kind), IP: c.IP,
			Agent: c.Agent, CreatedAt: tx.Now(), SeenAt: tx.Now(), ExpiresAt: tx.Now().Add(ttl)}
		if err := tx.Insert("session", &row); err != nil {
			return err
		}
		if err := markAttempt(tx, g.attemptID); err != nil {
			return err
		}
		a, err := actorOfSession(tx, hash)
		if err != nil {
			return err
		}
		a.actor.IP = c.IP
		out = Session{ID: row.ID, Token: token, Kind: c.Kind, ExpiresAt: row.ExpiresAt, Actor: a.actor, MustChange: a.actor.MustChange}
		return recordPerson(tx, a.actor, "session.open", a.actor.ID, map[string]string{"session": row.ID, "kind": string(c.Kind)})
	})
	if fault.Is(err, fault.Conflict) {
		return Session{}, s.refuse(ctx, g, c, "changed_meanwhile")
	}
	if err != nil {
		return Session{}, fmt.Errorf("log in: %w", err)
	}
	return out, nil
}

// clean brings what a stranger sent into a form that can be compared and stored.
func (c Credentials) clean() Credentials {
	c.Login = NormalLogin(c.Login)
	if checkLogin(c.Login) != nil {
		c.Login = "?" // no account has such a login; it is counted, not kept
	}
	if c.Kind != Bearer {
		c.Kind = Cookie
	}
	c.IP = cut(c.IP, 64)
	c.Agent = cut(c.Agent, 200)
	c.TOTP = strings.ReplaceAll(cut(c.TOTP, 20), " ", "")
	return c
}

// NormalLogin is the stored form of a login name: lower case, without blanks around it.
func NormalLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// cut makes text of a stranger fit for a column: valid, without control characters, at most
// n bytes.
func cut(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// network is what an address counts as for the limits: an IPv6 customer has a whole /64.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return ip
	}
	return p.String()
}
