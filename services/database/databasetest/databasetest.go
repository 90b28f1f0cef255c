// Package databasetest gives a test a fresh, migrated database of each kind.
package databasetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes and drops the test database

	"clusterzone/services/database"
)

// Each runs body on SQLite and on PostgreSQL (CLUSTERZONE_TEST_DATABASE_URL). Without
// PostgreSQL that half is skipped, and fails where CI=true.
func Each(t *testing.T, now func() time.Time, body func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { body(t, SQLite(t, now)) })
	t.Run("postgres", func(t *testing.T) { body(t, Postgres(t, now)) })
}

// SQLite opens a fresh migrated SQLite database.
func SQLite(t testing.TB, now func() time.Time) *database.DB {
	t.Helper()
	return migrated(t, database.Config{Dir: t.TempDir(), Now: now})
}

// Postgres opens a fresh migrated PostgreSQL database of its own and drops it at the end.
func Postgres(t testing.TB, now func() time.Time) *database.DB {
	t.Helper()
	return migrated(t, database.Config{URL: PostgresURL(t), Now: now, Conns: 8})
}

// PostgresURL makes an empty database on the test server and returns its URL.
func PostgresURL(t testing.TB) string {
	t.Helper()
	base := os.Getenv("CLUSTERZONE_TEST_DATABASE_URL")
	if base == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CLUSTERZONE_TEST_DATABASE_URL is not set: start the parts with deploy/services.sh up")
		}
		t.Skip("no PostgreSQL: eval \"$(deploy/services.sh env)\" after deploy/services.sh up")
	}
	name := "cz_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	admin(t, base, "CREATE DATABASE "+name)
	t.Cleanup(func() { admin(t, base, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)) })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func admin(t testing.TB, base, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func migrated(t testing.TB, c database.Config) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}
