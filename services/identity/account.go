package identity

import (
	"context"
	"fmt"
	"slices"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// changeAccount runs one administrator's change of another person's account. Nobody changes
// their own: that is Forbidden "own_account".
func (s *Service) changeAccount(ctx context.Context, a Actor, role workflows.Role, id string, change func(*database.Tx, Person) error) error {
	if err := administer(a, role); err != nil {
		return err
	}
	if a.ID == id {
		return fault.New(fault.Forbidden, "own_account")
	}
	err := s.db.Update(ctx, func(tx *database.Tx) error {
		p, err := loadPerson(tx, id)
		if err != nil {
			return err
		}
		return change(tx, p)
	})
	if err != nil {
		return fmt.Errorf("change account %s: %w", id, err)
	}
	return nil
}

// SetRoles replaces a person's roles within the matrix (role.go), provided the version is the
// one that was read. Security administrator only, never for oneself; the last system or
// security administrator stays one.
func (s *Service) SetRoles(ctx context.Context, a Actor, id string, version int64, roles []workflows.Role) error {
	roles = tidyRoles(roles)
	return s.changeAccount(ctx, a, workflows.Security, id, func(tx *database.Tx, p Person) error {
		if err := CheckRoles(roles, p.UnitKind); err != nil {
			return err
		}
		if err := guardLast(tx, p, roles); err != nil {
			return err
		}
		if err := replaceRoles(tx, id, version, roles); err != nil {
			return stale(err, p)
		}
		return recordPerson(tx, a, "person.roles", id, map[string]string{"from": joinRoles(p.Roles), "to": joinRoles(roles)})
	})
}

// guardLast refuses a change after which nobody could administer: who loses the role of
// system or security administrator must leave another who is active and can log in.
func guardLast(tx *database.Tx, p Person, left []workflows.Role) error {
	for _, role := range []workflows.Role{workflows.SystemAdmin, workflows.Security} {
		if !p.Active || !slices.Contains(p.Roles, role) || slices.Contains(left, role) {
			continue
		}
		if err := tx.Lock("administrators"); err != nil {
			return err
		}
		n, err := otherHolders(tx, role, p.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "last_administrator").With("Role", string(role))
		}
	}
	return nil
}

// ResetPassword issues a one-time password, which is returned once and never again, ends all
// of the person's sessions and lifts the limit on guesses. Security administrator only, never
// for oneself.
func (s *Service) ResetPassword(ctx context.Context, a Actor, id string) (string, error) {
	if err := administer(a, workflows.Security); err != nil {
		return "", err
	}
	password := oneTime()
	hash, err := s.hashBounded(ctx, password)
	if err != nil {
		return "", fmt.Errorf("reset password of %s: %w", id, err)
	}
	err = s.changeAccount(ctx, a, workflows.Security, id, func(tx *database.Tx, p Person) error {
		if !p.Active {
			return fault.New(fault.Conflict, "person_inactive")
		}
		return resetPassword(tx, a, p, hash)
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

func resetPassword(tx *database.Tx, a Actor, p Person, hash string) error {
	if err := storePassword(tx, p.ID, hash, true); err != nil {
		return err
	}
	n, err := revokeSessions(tx, p.ID, everySession())
	if err != nil {
		return err
	}
	if _, err := forgetAttempts(tx, p.Login); err != nil {
		return err
	}
	return recordPerson(tx, a, "person.reset_password", p.ID, map[string]int64{"sessions_ended": n})
}

// Unlock lifts the limit on guesses for a person's login from every address. Security
// administrator only.
func (s *Service) Unlock(ctx context.Context, a Actor, id string) error {
	return s.changeAccount(ctx, a, workflows.Security, id, func(tx *database.Tx, p Person) error {
		n, err := forgetAttempts(tx, p.Login)
		if err != nil {
			return err
		}
		return recordPerson(tx, a, "person.unlock", id, map[string]int64{"guesses_forgotten": n})
	})
}

// Deactivate closes an account and ends its sessions; what the person did stays theirs.
// System administrator only, never for oneself; the last system or security administrator
// stays active.
func (s *Service) Deactivate(ctx context.Context, a Actor, id string) error {
	return s.changeAccount(ctx, a, workflows.SystemAdmin, id, func(tx *database.Tx, p Person) error {
		if !p.Active {
			return nil
		}
		if err := guardLast(tx, p, nil); err != nil {
			return err
		}
		if err := storeActive(tx, id, false); err != nil {
			return err
		}
		n, err := revokeSessions(tx, id, everySession())
		if err != nil {
			return err
		}
		return recordPerson(tx, a, "person.deactivate", id, map[string]int64{"sessions_ended": n})
	})
}

// Activate opens a closed account again, with the roles it still has. System administrator
// only.
func (s *Service) Activate(ctx context.Context, a Actor, id string) error {
	return s.changeAccount(ctx, a, workflows.SystemAdmin, id, func(tx *database.Tx, p Person) error {
		if p.Active {
			return nil
		}
		if err := storeActive(tx, id, true); err != nil {
			return err
		}
		return recordPerson(tx, a, "person.activate", id, nil)
	})
}
