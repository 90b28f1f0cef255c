package database

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"clusterzone/migrations"
)

// Migrate brings the schema to the newest version; running it again changes nothing. Two
// processes at once wait for each other on PostgreSQL (advisory lock) and on SQLite (file lock).
func (db *DB) Migrate(ctx context.Context) error {
	return db.withGoose(ctx, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// MigrateDown takes the schema back to an earlier version; it loses what only later tables hold.
func (db *DB) MigrateDown(ctx context.Context, version int64) error {
	return db.withGoose(ctx, func(p *goose.Provider) error {
		_, err := p.DownTo(ctx, version)
		return err
	})
}

// SchemaVersion returns the schema's version and the newest one this program knows.
func (db *DB) SchemaVersion(ctx context.Context) (current, newest int64, err error) {
	err = db.withGoose(ctx, func(p *goose.Provider) error {
		for _, s := range p.ListSources() {
			newest = max(newest, s.Version)
		}
		current, err = p.GetDBVersion(ctx)
		return err
	})
	return current, newest, err
}

func (db *DB) withGoose(ctx context.Context, fn func(*goose.Provider) error) error {
	dialect, folder := goose.DialectSQLite3, "sqlite"
	if db.dialect == PostgreSQL {
		dialect, folder = goose.DialectPostgres, "postgres"
	}
	files, err := fs.Sub(migrations.Files, folder)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	pool, err := db.write.DB()
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, pool, files)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	unlock, err := db.migrationLock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := fn(p); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}

// migrationLock holds a session lock on PostgreSQL, on a connection of its own.
func (db *DB) migrationLock(ctx context.Context) (func(), error) {
	if db.dialect != PostgreSQL {
		return func() {}, nil
	}
	pool, err := db.write.DB()
	if err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, translate(err)
	}
	const key = 7220160228
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", key); err != nil {
		_ = conn.Close()
		return nil, translate(err)
	}
	return func() {
		bg, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = conn.ExecContext(bg, "SELECT pg_advisory_unlock($1)", key)
		_ = conn.Close()
	}, nil
}
