package identity

import (
	"context"
	"fmt"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// NewPerson is an account put in by the product itself: seed data and the first
// administrators.
type NewPerson struct {
	ID                   string // "" = a new one
	Login, Name, Unit    string
	Email, Phone, Lang   string
	Roles                []workflows.Role
	Password             string // plain, hashed inside the transaction: prefer PasswordHash
	PasswordHash         string // from Hash; it wins over Password; both "": cannot log in
	MustChange           bool
	Fields               []string
	Employer, SuperiorID string
	Demo                 bool
}

// PutPerson creates an account with its roles and returns its id; a login that is there
// already is left as it is and its id returned. The matrix of roles holds, and the unit and
// the superior must be there.
func (s *Service) PutPerson(tx *database.Tx, n NewPerson) (id string, err error) {
	if id, err = s.putPerson(tx, n, SystemActor()); err != nil {
		return "", fmt.Errorf("put person %s: %w", n.Login, err)
	}
	return id, nil
}

func (s *Service) putPerson(tx *database.Tx, n NewPerson, by Actor) (string, error) {
	n.Login = NormalLogin(n.Login)
	known, err := personForLogin(tx, n.Login)
	if err != nil || known.ID != "" {
		return known.ID, err
	}
	p := Profile{Name: n.Name, Unit: n.Unit, Email: n.Email, Phone: n.Phone, Lang: n.Lang, Fields: n.Fields,
		Employer: n.Employer, SuperiorID: n.SuperiorID}.tidy()
	if err := join(checkLogin(n.Login), p.check(), checkSuperior(tx, n.ID, p.SuperiorID)); err != nil {
		return "", err
	}
	u, err := UnitByCode(tx, n.Unit)
	if err != nil {
		return "", err
	}
	if err := CheckRoles(tidyRoles(n.Roles), u.Kind); err != nil {
		return "", err
	}
	r := newRow(tx, n.Login, p)
	r.ID, r.MustChange, r.Demo = orDefault(n.ID, r.ID), n.MustChange, n.Demo
	if r.PasswordHash, err = s.seedHash(n); err != nil {
		return "", err
	}
	if _, err := insertPerson(tx, r); err != nil {
		return "", err
	}
	if err := insertRoles(tx, r.ID, n.Roles); err != nil {
		return "", err
	}
	return r.ID, recordPerson(tx, by, "person.create", r.ID, map[string]any{"login": n.Login, "unit": n.Unit, "roles": joinRoles(n.Roles), "demo": n.Demo})
}

func (s *Service) seedHash(n NewPerson) (string, error) {
	if n.PasswordHash != "" || n.Password == "" {
		return n.PasswordHash, nil
	}
	if err := checkPassword("password", n.Password, n.Login); err != nil {
		return "", err
	}
	return s.Hash(n.Password)
}

// Issued is an account made or reset from the command line. Password is its one-time
// password, "" where the operator gave one.
type Issued struct{ ID, Login, Password string }

// Founders are the first two administrators.
type Founders struct{ System, Security Issued }

// operatorUnit is where the first administrators belong.
const operatorUnit = "operator"

// Bootstrap makes the first system administrator, under the login and password given, and the
// first security administrator, under the login with -security behind it and a one-time
// password. An empty password is replaced by a one-time password too. Where a system or
// security administrator exists it is a Conflict "already_bootstrapped". For the command line
// only: it asks nobody's leave.
func (s *Service) Bootstrap(ctx context.Context, login, password string) (Founders, error) {
	login = NormalLogin(login)
	system := NewPerson{Login: login, Name: "系统管理员", Unit: operatorUnit, Roles: []workflows.Role{workflows.SystemAdmin}}
	security := NewPerson{Login: login + "-security", Name: "安全管理员", Unit: operatorUnit, Roles: []workflows.Role{workflows.Security}}
	var out Founders
	var err error
	if out.System, err = s.prepare(ctx, &system, password); err != nil {
		return Founders{}, fmt.Errorf("bootstrap: %w", err)
	}
	if out.Security, err = s.prepare(ctx, &security, ""); err != nil {
		return Founders{}, fmt.Errorf("bootstrap: %w", err)
	}
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		if err := refuseSecondBootstrap(tx); err != nil {
			return err
		}
		if out.System.ID, err = s.found(tx, system); err != nil {
			return err
		}
		out.Security.ID, err = s.found(tx, security)
		return err
	})
	if err != nil {
		return Founders{}, fmt.Errorf("bootstrap: %w", err)
	}
	return out, nil
}

// prepare gives a founder the password, or a one-time password where there is none.
func (s *Service) prepare(ctx context.Context, n *NewPerson, password string) (Issued, error) {
	out := Issued{Login: n.Login}
	if password == "" {
		password = oneTime()
		out.Password, n.MustChange = password, true
	}
	if err := join(checkLogin(n.Login), checkPassword("password", password, n.Login)); err != nil {
		return Issued{}, err
	}
	var err error
	n.PasswordHash, err = s.hashBounded(ctx, password)
	return out, err
}

func refuseSecondBootstrap(tx *database.Tx) error {
	if err := tx.Lock("administrators"); err != nil {
		return err
	}
	for _, role := range []workflows.Role{workflows.SystemAdmin, workflows.Security} {
		n, err := holders(tx, role)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "already_bootstrapped")
		}
	}
	return nil
}

// found stores a founder; a login that somebody has is refused, not taken over.
func (s *Service) found(tx *database.Tx, n NewPerson) (string, error) {
	known, err := personForLogin(tx, n.Login)
	if err != nil {
		return "", err
	}
	if known.ID != "" {
		return "", fault.BadField("login", "login_taken", "Login", n.Login)
	}
	if _, err := UnitByCode(tx, operatorUnit); fault.Is(err, fault.NotFound) {
		err = PutUnit(tx, Unit{Code: operatorUnit, Kind: KindOperator, Name: "系统运维", NameShort: "运维", NameEn: "Operations",
			Pinyin: "yunwei", ValidFrom: "2016-01-01", InternalCode: true})
		if err != nil {
			return "", err
		}
	} else if err != nil {
		return "", err
	}
	return s.putPerson(tx, n, operatorActor())
}

// ResetByOperator issues a one-time password to an active account from the command line,
// takes its second factor away, ends its sessions and lifts the limit on guesses: the way back
// for an administrator nobody else can help. An unknown login is NotFound.
func (s *Service) ResetByOperator(ctx context.Context, login string) (Issued, error) {
	out := Issued{Login: NormalLogin(login), Password: oneTime()}
	hash, err := s.hashBounded(ctx, out.Password)
	if err != nil {
		return Issued{}, fmt.Errorf("reset %s: %w", out.Login, err)
	}
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		known, err := personForLogin(tx, out.Login)
		switch {
		case err != nil:
			return err
		case known.ID == "":
			return fault.Missing()
		case !known.Active:
			return fault.New(fault.Conflict, "person_inactive")
		}
		out.ID = known.ID
		if err := storeFactor(tx, known.ID, ""); err != nil {
			return err
		}
		return resetPassword(tx, operatorActor(), Person{ID: known.ID, Login: known.Login}, hash)
	})
	if err != nil {
		return Issued{}, fmt.Errorf("reset %s: %w", out.Login, err)
	}
	return out, nil
}

// operatorActor is whoever sits at the server.
func operatorActor() Actor {
	return Actor{ID: "operator", Name: "运维人员", Roles: []workflows.Role{workflows.System}, Lang: "zh-CN"}
}
