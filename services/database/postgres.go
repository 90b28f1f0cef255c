package database

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	lite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"clusterzone/services/fault"
)

func (db *DB) openPostgres(c Config) error {
	db.dialect = PostgreSQL
	g, err := openGORM(postgres.New(postgres.Config{DSN: c.URL}), c.Conns)
	db.write, db.read = g, g
	return err
}

// errRetry marks what the database itself asks to run again.
var errRetry = errors.New("database asks to retry")

// translate turns driver errors into what a caller acts on: a broken unique rule is a
// Conflict, a lost connection is Unavailable. Texts of the driver stay in the wrapped error,
// for operators.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return translatePostgres(pg)
	}
	var sl *lite.Error
	if errors.As(err, &sl) {
		return translateSQLite(sl)
	}
	var lost *pgconn.ConnectError
	if errors.As(err, &lost) || pgconn.SafeToRetry(err) {
		return &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: err}
	}
	return err
}

func translatePostgres(e *pgconn.PgError) error {
	switch {
	case e.Code == "23505":
		return &fault.Error{Kind: fault.Conflict, Code: "duplicate", Params: map[string]string{"Constraint": e.ConstraintName}, Err: e}
	case e.Code == "40001" || e.Code == "40P01":
		return &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: errors.Join(errRetry, e)}
	case len(e.Code) == 5 && (e.Code[:2] == "57" || e.Code[:2] == "53" || e.Code[:2] == "08"):
		return &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: e}
	}
	return e
}

func translateSQLite(e *lite.Error) error {
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return &fault.Error{Kind: fault.Conflict, Code: "duplicate", Err: e}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_LOCKED:
		return &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: errors.Join(errRetry, e)}
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: e}
	}
	return e
}

// Refused reports whether a CHECK, foreign key or append-only trigger refused a statement.
func Refused(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code[:2] == "23" && pg.Code != "23505"
	}
	var sl *lite.Error
	return errors.As(err, &sl) && sl.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}
