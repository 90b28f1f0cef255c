package database

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"clusterzone/services/fault"
)

// Tx is one transaction. Its methods return faults for what a caller acts on: NotFound,
// Conflict (duplicate), Unavailable.
type Tx struct {
	g         *gorm.DB
	ctx       context.Context
	dialect   Dialect
	now       time.Time
	before    []func(*Tx) error
	committed []func()
}

// Now is the one instant of this transaction, UTC to the microsecond.
func (tx *Tx) Now() time.Time { return tx.now }

// Context is the context that the transaction runs under.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Dialect tells which database this is.
func (tx *Tx) Dialect() Dialect { return tx.dialect }

// ID makes a new identifier: UUIDv7, so that ids sort by time of making.
func (tx *Tx) ID() string { return uuid.Must(uuid.NewV7()).String() }

// Exec runs a statement and returns how many rows it touched.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	res := tx.g.Exec(query, args...)
	return res.RowsAffected, translate(res.Error)
}

// Must runs a statement that must touch exactly one row; none is a Conflict.
func (tx *Tx) Must(query string, args ...any) error {
	n, err := tx.Exec(query, args...)
	if err == nil && n == 0 {
		return fault.Stale(nil)
	}
	return err
}

// Find scans every row into dest, a pointer to a slice of structs or of plain values.
func (tx *Tx) Find(dest any, query string, args ...any) error {
	return translate(tx.g.Raw(query, args...).Scan(dest).Error)
}

// One scans one row into dest, a pointer to a struct or a plain value; no row is NotFound.
func (tx *Tx) One(dest any, query string, args ...any) error {
	res := tx.g.Raw(query, args...).Scan(dest)
	if res.Error != nil {
		return translate(res.Error)
	}
	if res.RowsAffected == 0 {
		return fault.Missing()
	}
	return nil
}

// Count returns the number a SELECT count(…) yields.
func (tx *Tx) Count(query string, args ...any) (int64, error) {
	var n int64
	err := tx.One(&n, query, args...)
	return n, err
}

// Insert writes one row; row is a pointer to a struct whose fields name the columns.
func (tx *Tx) Insert(table string, row any) error {
	return translate(tx.g.Table(table).Create(row).Error)
}

// Lock holds a named lock until the transaction ends. SQLite has one writer, so that a
// writing transaction there already holds everything.
func (tx *Tx) Lock(name string) error {
	if tx.dialect == SQLite {
		return nil
	}
	_, err := tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", name)
	return err
}

// BeforeCommit runs f last in the transaction; what needs a global lock goes here, so that
// the lock is held only for the commit itself.
func (tx *Tx) BeforeCommit(f func(*Tx) error) { tx.before = append(tx.before, f) }

// AfterCommit runs f once the transaction is durable; it must not fail and may be lost.
func (tx *Tx) AfterCommit(f func()) { tx.committed = append(tx.committed, f) }

// Next returns the next value of a named sequence without gaps: 1, 2, 3, …
func (tx *Tx) Next(name string) (int64, error) {
	if _, err := tx.Exec("INSERT INTO number_sequence (name, value) VALUES (?, 0) ON CONFLICT DO NOTHING", name); err != nil {
		return 0, fmt.Errorf("sequence %s: %w", name, err)
	}
	if err := tx.Must("UPDATE number_sequence SET value = value + 1 WHERE name = ?", name); err != nil {
		return 0, fmt.Errorf("sequence %s: %w", name, err)
	}
	return tx.Count("SELECT value FROM number_sequence WHERE name = ?", name)
}

func (tx *Tx) settle() error {
	for len(tx.before) > 0 {
		f := tx.before[0]
		tx.before = tx.before[1:]
		if err := f(tx); err != nil {
			return err
		}
	}
	return nil
}
