// Package database opens PostgreSQL or SQLite and runs functions in transactions. It owns
// the connection settings, the migrations, the clock that stamps rows and the translation of
// driver errors into faults. It knows no table of the product.
//
// DB has no query methods: View and Update take a function with the transaction, and nothing
// below opens another. SQL is written with ? placeholders and runs on both dialects; where
// they differ, the difference lives here.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Config says which database to open; the zero value is an in-memory mistake, so one of URL
// and Dir must be set.
type Config struct {
	URL     string           // postgres://…; empty: SQLite
	Dir     string           // data folder that holds clusterzone.db when URL is empty
	Conns   int              // upper bound of the pool; 0 = 16
	Now     func() time.Time // nil: the machine's clock
	Timeout time.Duration    // per transaction; 0 = 30 s
}

// Dialect names a database.
type Dialect string

// The two dialects.
const (
	PostgreSQL Dialect = "postgres"
	SQLite     Dialect = "sqlite"
)

// DB runs transactions on one database.
type DB struct {
	dialect Dialect
	write   *gorm.DB
	read    *gorm.DB
	now     func() time.Time
	timeout time.Duration
}

// Open connects and checks the connection; it does not migrate.
func Open(ctx context.Context, c Config) (*DB, error) {
	db := &DB{now: c.Now, timeout: c.Timeout}
	if db.now == nil {
		db.now = time.Now
	}
	if db.timeout == 0 {
		db.timeout = 30 * time.Second
	}
	if c.Conns == 0 {
		c.Conns = 16
	}
	open := db.openSQLite
	if c.URL != "" {
		open = db.openPostgres
	}
	if err := open(c); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), db.Close())
	}
	return db, nil
}

// openSQLite opens one writer connection and a reader pool on the same file: writers queue in
// Go instead of failing at once, and _txlock=immediate takes the lock before the first read.
func (db *DB) openSQLite(c Config) error {
	db.dialect = SQLite
	if c.Dir == "" {
		return errors.New("neither a database URL nor a data folder is set")
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	dsn := "file:" + filepath.ToSlash(filepath.Join(c.Dir, "clusterzone.db")) +
		"?_pragma=busy_timeout(15000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_time_integer_format=unix_micro&_inttotime=1"
	var err error
	if db.write, err = openGORM(sqliteDialector{dsn: dsn + "&_txlock=immediate"}, 1); err != nil {
		return err
	}
	if err := checkSQLiteVersion(db.write); err != nil {
		return err
	}
	db.read, err = openGORM(sqliteDialector{dsn: dsn + "&_pragma=query_only(1)"}, min(c.Conns, 8))
	return err
}

func openGORM(d gorm.Dialector, conns int) (*gorm.DB, error) {
	g, err := gorm.Open(d, &gorm.Config{
		Logger:                 logger.Discard,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		NowFunc:                func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
	if err != nil {
		return nil, err
	}
	pool, err := g.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return g, nil
}

// Dialect tells which database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Now is the product's clock in UTC, to the microsecond both databases keep.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Ping checks the connection within five seconds.
func (db *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	pool, err := db.write.DB()
	if err != nil {
		return err
	}
	return translate(pool.PingContext(ctx))
}

// Close closes every connection.
func (db *DB) Close() error {
	var errs []error
	for _, g := range []*gorm.DB{db.write, db.read} {
		if g == nil {
			continue
		}
		pool, err := g.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// View runs fn on one consistent snapshot that cannot write.
func (db *DB) View(ctx context.Context, fn func(tx *Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if db.dialect == PostgreSQL {
		opts.Isolation = sql.LevelRepeatableRead
	}
	if db.dialect == SQLite {
		opts = nil
	}
	return db.run(ctx, db.read, opts, fn)
}

// Update runs fn in one writing transaction and commits it when fn returns nil. It runs fn
// again, at most twice more, when the database itself asks for that (deadlock, busy), so fn
// must do nothing but use tx.
func (db *DB) Update(ctx context.Context, fn func(tx *Tx) error) error {
	var err error
	for try := range 3 {
		if err = db.run(ctx, db.write, nil, fn); !errors.Is(err, errRetry) || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Duration(20*(try+1)) * time.Millisecond)
	}
	return err
}

func (db *DB) run(ctx context.Context, g *gorm.DB, opts *sql.TxOptions, fn func(tx *Tx) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, db.timeout)
	defer cancel()
	begin := g.WithContext(ctx)
	var raw *gorm.DB
	if opts == nil {
		raw = begin.Begin()
	} else {
		raw = begin.Begin(opts)
	}
	if raw.Error != nil {
		return translate(raw.Error)
	}
	tx := &Tx{g: raw, ctx: ctx, dialect: db.dialect, now: db.Now()}
	finished := false
	defer func() {
		if !finished {
			raw.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.settle(); err != nil {
		return err
	}
	finished = true
	if err := raw.Commit().Error; err != nil {
		return fmt.Errorf("commit: %w", translate(err))
	}
	for _, f := range tx.committed {
		f()
	}
	return nil
}

func checkSQLiteVersion(g *gorm.DB) error {
	var v string
	if err := g.Raw("SELECT sqlite_version()").Scan(&v).Error; err != nil {
		return err
	}
	if !versionAtLeast(v, 3, 51, 3) {
		return fmt.Errorf("SQLite %s is older than 3.51.3", v)
	}
	return nil
}

func versionAtLeast(v string, want ...int) bool {
	parts := strings.Split(v, ".")
	for i, w := range want {
		n := 0
		if i < len(parts) {
			_, _ = fmt.Sscanf(parts[i], "%d", &n)
		}
		if n != w {
			return n > w
		}
	}
	return true
}
