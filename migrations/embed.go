// Package migrations holds the schema: one folder per dialect, the same numbers and names in
// both. Files are only added, never changed after a release; what grows is expanded first
// and contracted later. The lists of states and transitions inside the CHECKs are written by
// `make generate` from the tables of package workflows, and a test keeps them true.
package migrations

import "embed"

// Files holds postgres/*.sql and sqlite/*.sql for goose.
//
//go:embed postgres/*.sql sqlite/*.sql
var Files embed.FS
