// Package identity owns who people are: units with their dates of validity, accounts, roles,
// passwords, sessions, the second factor, and the Actor that every use case takes. It owns
// the tables unit, person, person_role, session and login_attempt, and it knows no case, no
// page and no HTTP.
//
// Three administrators share the power over accounts, so that none can act alone: the system
// administrator creates units and accounts that cannot log in yet, the security administrator
// grants roles and issues passwords, the audit administrator reads the record of both.
package identity

import (
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"

	"clusterzone/services/audit"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Config sets the limits of accounts and sessions; only DB is needed, zero fields take the
// defaults written beside them.
type Config struct {
	DB         *database.DB
	SessionTTL time.Duration   // a cookie session ends at the latest; 0 = 12 h
	BearerTTL  time.Duration   // a bearer token ends; 0 = 24 h
	IdleTTL    time.Duration   // a cookie session nobody uses ends, at most a minute late; 0 = 2 h
	Argon      argon2id.Params // cost of a password; zero = DefaultArgon
	Hashing    int             // passwords worked on at once; 0 = one per processor, at least 2
	// MaxGuesses is how many wrong passwords one address may try on one login within Window;
	// MaxAddress is the same over all logins. 0 = 10 and 100 in 15 minutes. There is no limit
	// per login over all addresses, because that would let anyone lock its owner out.
	MaxGuesses int
	MaxAddress int
	Window     time.Duration
	Issuer     string // how an authenticator names the service; "" = "Clusterzone"
}

// DefaultArgon costs about 19 MiB and some 30 ms per password.
func DefaultArgon() argon2id.Params {
	return argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// CheapArgon is for tests and demonstrations only: it protects nothing.
func CheapArgon() argon2id.Params {
	return argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// Service runs the use cases on accounts, sessions and units.
type Service struct {
	db      *database.DB
	c       Config
	hashing chan struct{} // bounds the memory that hashing takes
}

// New returns a service on a database.
func New(c Config) *Service {
	c.SessionTTL = orDefault(c.SessionTTL, 12*time.Hour)
	c.BearerTTL = orDefault(c.BearerTTL, 24*time.Hour)
	c.IdleTTL = orDefault(c.IdleTTL, 2*time.Hour)
	c.Argon = orDefault(c.Argon, DefaultArgon())
	c.Hashing = orDefault(c.Hashing, max(2, runtime.NumCPU()))
	c.MaxGuesses = orDefault(c.MaxGuesses, 10)
	c.MaxAddress = orDefault(c.MaxAddress, 100)
	c.Window = orDefault(c.Window, 15*time.Minute)
	c.Issuer = orDefault(c.Issuer, "Clusterzone")
	return &Service{db: c.DB, c: c, hashing: make(chan struct{}, c.Hashing)}
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// administer refuses whoever does not hold the administrator's role: to an administrator of
// another kind the account exists but is not theirs to change, to everybody else it does not
// exist. Who still has to replace a one-time password administers nothing.
func administer(a Actor, role workflows.Role) error {
	if !a.Any(administrators()...) {
		return fault.Missing()
	}
	if a.MustChange {
		return fault.New(fault.Forbidden, "must_change_password")
	}
	if !a.Has(role) {
		return fault.New(fault.Forbidden, "not_your_administration").With("Role", string(role))
	}
	return nil
}

// record appends what an actor did to one account, session or unit.
func record(tx *database.Tx, a Actor, action, objectKind, objectID string, detail any) error {
	return audit.Append(tx, audit.Entry{ActorID: a.ID, ActorName: a.Name, ActorUnit: a.Unit, Action: action,
		ObjectKind: objectKind, ObjectID: objectID, Detail: detail, RequestID: a.RequestID, IP: a.IP})
}

func recordPerson(tx *database.Tx, a Actor, action, personID string, detail any) error {
	return record(tx, a, action, "person", personID, detail)
}
