// Package migrations holds the schema: one folder per dialect, the same numbers and names in
// both. Files are only added, never changed after a release; what grows is expanded first
// and contracted later. The lists of states and transitions inside the CHECKs are brought up to
// the tables of package workflows by a migration that `make generate` writes, so that an
// installation of any age accepts what the program does; a test keeps it true.
package migrations

import "embed"

// Files holds postgres/*.sql and sqlite/*.sql for goose.
//
//go:embed postgres/*.sql sqlite/*.sql
var Files embed.FS
