package identity

import (
	"context"
	"fmt"

	"clusterzone/services/database"
	"clusterzone/services/fault"
)

// ChangePassword replaces the actor's own password and ends all their other sessions. A wrong
// current password counts as a guess, as at a login.
func (s *Service) ChangePassword(ctx context.Context, a Actor, current, next string) error {
	if err := checkPassword("new", next, a.Login); err != nil {
		return err
	}
	if next == current {
		return fault.BadField("new", "password_same")
	}
	read, err := s.prove(ctx, a, "current", current)
	if err != nil {
		return err
	}
	hash, err := s.hashBounded(ctx, next)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		if err := holdAccount(tx, read, proof{hash: hash, factor: read.TotpSecret}); err != nil {
			return err
		}
		if err := storePassword(tx, a.ID, hash, false); err != nil {
			return err
		}
		n, err := revokeSessions(tx, a.ID, exceptSession(a.SessionID))
		if err != nil {
			return err
		}
		return recordPerson(tx, a, "person.password", a.ID, map[string]int64{"sessions_ended": n})
	})
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	return nil
}

// prove checks the actor's own password once more, under the limit on guesses, and returns
// the account as it was then. A wrong one is a problem of the named field.
func (s *Service) prove(ctx context.Context, a Actor, field, password string) (loginRow, error) {
	g, err := s.reserve(ctx, a.Login, network(a.IP))
	if err != nil {
		return loginRow{}, fmt.Errorf("check own password: %w", err)
	}
	v, err := s.verify(ctx, password, g.usableHash())
	if err != nil {
		return loginRow{}, fmt.Errorf("check own password: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	if v.ok {
		err := s.db.Update(ctx, func(tx *database.Tx) error { return deleteAttempt(tx, g.attemptID) })
		return g.person, err
	}
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		return recordPerson(tx, a, "person.password_refuse", a.ID, map[string]int{"guesses_left": g.left})
	})
	if err != nil {
		return loginRow{}, fmt.Errorf("check own password: %w", err)
	}
	return loginRow{}, fault.BadField(field, "password_wrong")
}

// SetLang sets the language that the actor reads pages and mail in: zh-CN or en.
func (s *Service) SetLang(ctx context.Context, a Actor, lang string) error {
	if err := checkLang(lang); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *database.Tx) error { return storeLang(tx, a.ID, lang) })
	if err != nil {
		return fmt.Errorf("set language: %w", err)
	}
	return nil
}
