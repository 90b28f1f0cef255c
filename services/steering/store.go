package steering

import (
	"time"

	"clusterzone/services/database"
)

// runRow is a run as stored.
type runRow struct {
	ID, OwnerID, Kind, Action string
	Reason, Data              string
	CreatedAt                 time.Time
	StartedAt, FinishedAt     *time.Time
}

const runColumns = "id, owner_id, kind, action, reason, data, created_at, started_at, finished_at"

// itemRow is one case of a run as stored.
type itemRow struct {
	RunID              string
	Position           int
	CaseID             string
	Number, Title      string
	Version            int64
	FromState, ToState string
	Blocked            string
	Outcome, Problem   string
	At                 *time.Time
}

const itemColumns = "run_id, position, case_id, number, title, version, from_state, to_state, blocked, outcome, problem, at"

// loadRun reads a run of its owner; everything else is NotFound.
func loadRun(tx *database.Tx, owner, id string) (r runRow, err error) {
	err = tx.One(&r, "SELECT "+runColumns+" FROM bulk_run WHERE id = ? AND owner_id = ?", id, owner)
	return r, err
}

// fileRow is a file made of a list, as stored.
type fileRow struct {
	ID, OwnerID, Kind, Title, Query, Format, Lang string
	Rights, Cases                                 string
	Lines                                         int
	Size                                          int64
	ObjectKey, ObjectVersion                      string
	CreatedAt                                     time.Time
	BuiltAt, RefusedAt                            *time.Time
	ExpiresAt                                     time.Time
}

const fileColumns = `id, owner_id, kind, title, query, format, lang, rights, cases, lines, size, object_key, object_version, created_at, built_at,
	refused_at, expires_at`

// viewRow is a kept view as stored.
type viewRow struct {
	ID, OwnerID, Kind, Name, Query string
	Shared, UnitCode, Role         string
	CreatedAt, UpdatedAt           time.Time
}

const viewColumns = "v.id, v.owner_id, v.kind, v.name, v.query, v.shared, v.unit_code, v.role, v.created_at, v.updated_at"
