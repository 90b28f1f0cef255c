package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// SessionKind says how a token travels; one of a kind is refused as the other.
type SessionKind string

// The kinds of session.
const (
	Cookie SessionKind = "cookie" // a person in a browser; ends when unused
	Bearer SessionKind = "bearer" // a programme; ends at its time only
)

// Session is a session just opened: the only time that its token is known.
type Session struct {
	ID         string
	Token      string // 256 random bits; the database holds only its SHA-256
	Kind       SessionKind
	ExpiresAt  time.Time
	Actor      Actor
	MustChange bool // the password is a one-time password: have it changed first
}

// SessionInfo is one live session as its owner sees it.
type SessionInfo struct {
	ID                           string
	Kind                         SessionKind
	IP, Agent                    string
	CreatedAt, SeenAt, ExpiresAt time.Time
	Current                      bool
}

// tokenLength is that of 32 bytes in unpadded base64.
const tokenLength = 43

func newToken() (token, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails; it ends the programme instead
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, digest(token)
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Authenticate returns who a token stands for at this moment, with today's unit and roles.
// Whatever is wrong with it – unknown, of the other kind, expired, unused for too long,
// revoked, the account inactive – is Unauthenticated "session_expired". The caller adds IP and
// RequestID to the actor.
func (s *Service) Authenticate(ctx context.Context, token string, kind SessionKind) (Actor, error) {
	if len(token) != tokenLength {
		return Actor{}, sessionEnded()
	}
	var found sessionActor
	err := s.db.View(ctx, func(tx *database.Tx) (err error) {
		found, err = actorOfSession(tx, digest(token))
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Actor{}, sessionEnded()
	}
	if err != nil {
		return Actor{}, fmt.Errorf("authenticate: %w", err)
	}
	now := s.db.Now()
	if found.kind != kind || !found.live(now, s.c.IdleTTL) {
		return Actor{}, sessionEnded()
	}
	if now.Sub(found.seenAt) >= time.Minute {
		err = s.db.Update(ctx, func(tx *database.Tx) error { return touchSession(tx, found.actor.SessionID) })
	}
	if err != nil {
		return Actor{}, fmt.Errorf("authenticate: note use: %w", err)
	}
	return found.actor, nil
}

func sessionEnded() error { return fault.New(fault.Unauthenticated, "session_expired") }

// sessionActor is a session with its person, before it is known to be live.
type sessionActor struct {
	actor             Actor
	kind              SessionKind
	seenAt, expiresAt time.Time
	revoked           bool
	active            bool
}

func (a sessionActor) live(now time.Time, idle time.Duration) bool {
	if a.revoked || !a.active || !now.Before(a.expiresAt) {
		return false
	}
	return a.kind == Bearer || now.Sub(a.seenAt) < idle
}

// Logout ends the actor's session; a second time does nothing.
func (s *Service) Logout(ctx context.Context, a Actor) error {
	err := s.db.Update(ctx, func(tx *database.Tx) error {
		n, err := revokeSessions(tx, a.ID, onlySession(a.SessionID))
		if err != nil || n == 0 {
			return err
		}
		return recordPerson(tx, a, "session.close", a.ID, map[string]string{"session": a.SessionID})
	})
	if err != nil {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}

// Sessions lists the actor's own live sessions, the latest first.
func (s *Service) Sessions(ctx context.Context, a Actor) ([]SessionInfo, error) {
	return s.liveSessions(ctx, a, a.ID)
}

// SessionsOf lists a person's live sessions for the security administrator.
func (s *Service) SessionsOf(ctx context.Context, a Actor, personID string) ([]SessionInfo, error) {
	if err := administer(a, workflows.Security); err != nil {
		return nil, err
	}
	return s.liveSessions(ctx, a, personID)
}

func (s *Service) liveSessions(ctx context.Context, a Actor, personID string) (out []SessionInfo, err error) {
	err = s.db.View(ctx, func(tx *database.Tx) error {
		out, err = sessionsOf(tx, personID, tx.Now().Add(-s.c.IdleTTL))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sessions of %s: %w", personID, err)
	}
	for i := range out {
		out[i].Current = out[i].ID == a.SessionID
	}
	return out, nil
}

// RevokeSession ends one session: one's own, or anybody's for the security administrator.
// Any other session is NotFound.
func (s *Service) RevokeSession(ctx context.Context, a Actor, sessionID string) error {
	err := s.db.Update(ctx, func(tx *database.Tx) error {
		owner, err := ownerOfSession(tx, sessionID)
		if err != nil {
			return err
		}
		if owner != a.ID && administer(a, workflows.Security) != nil {
			return fault.Missing()
		}
		n, err := revokeSessions(tx, owner, onlySession(sessionID))
		if err != nil || n == 0 {
			return err
		}
		return recordPerson(tx, a, "session.revoke", owner, map[string]string{"session": sessionID})
	})
	if err != nil {
		return fmt.Errorf("revoke session %s: %w", sessionID, err)
	}
	return nil
}

// Sweep deletes sessions that ended and login attempts made more than keep ago, and returns
// how many rows went; the audit record keeps what happened. Keep must exceed Config.Window.
func (s *Service) Sweep(ctx context.Context, keep time.Duration) (rows int64, err error) {
	if keep <= s.c.Window {
		return 0, fmt.Errorf("sweep sessions: %v would forget guesses that still count (%v)", keep, s.c.Window)
	}
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		rows, err = sweep(tx, tx.Now().Add(-keep))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep sessions: %w", err)
	}
	return rows, nil
}
