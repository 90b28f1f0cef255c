package identity

import (
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

type sessionRow struct {
	TokenHash, ID, PersonID, Kind string
	IP                            string `gorm:"column:ip"`
	Agent                         string
	CreatedAt, SeenAt, ExpiresAt  time.Time
	RevokedAt                     *time.Time
}

// actorRow is one role of a session's person, all the rest repeated.
type actorRow struct {
	SessionID, Kind          string
	SeenAt, ExpiresAt        time.Time
	RevokedAt                *time.Time
	PersonID, Login, Name    string
	Lang                     string
	Active, MustChange       bool
	UnitCode, UnitName, Role string
	UnitKind                 string
}

// actorOfSession reads session, person, unit and roles in one query; a digest nobody has is
// NotFound.
func actorOfSession(tx *database.Tx, tokenHash string) (sessionActor, error) {
	var rows []actorRow
	err := tx.Find(&rows, `SELECT s.id AS session_id, s.kind, s.seen_at, s.expires_at, s.revoked_at,
		p.id AS person_id, p.login, p.name, p.lang, p.active, p.must_change,
		u.code AS unit_code, u.name AS unit_name, u.kind AS unit_kind, COALESCE(r.role, '') AS role
		FROM session s JOIN person p ON p.id = s.person_id JOIN unit u ON u.code = p.unit_code
		LEFT JOIN person_role r ON r.person_id = p.id
		WHERE s.token_hash = ? ORDER BY r.role`, tokenHash)
	if err != nil {
		return sessionActor{}, err
	}
	if len(rows) == 0 {
		return sessionActor{}, fault.Missing()
	}
	r := rows[0]
	out := sessionActor{kind: SessionKind(r.Kind), seenAt: r.SeenAt, expiresAt: r.ExpiresAt, revoked: r.RevokedAt != nil, active: r.Active}
	out.actor = Actor{ID: r.PersonID, Name: r.Name, Login: r.Login, Unit: r.UnitCode, UnitName: r.UnitName, UnitKind: r.UnitKind,
		Lang: r.Lang, SessionID: r.SessionID, MustChange: r.MustChange}
	for _, r := range rows {
		if r.Role != "" {
			out.actor.Roles = append(out.actor.Roles, workflows.Role(r.Role))
		}
	}
	return out, nil
}

func touchSession(tx *database.Tx, id string) error {
	_, err := tx.Exec("UPDATE session SET seen_at = ? WHERE id = ? AND seen_at < ?", tx.Now(), id, tx.Now())
	return err
}

func ownerOfSession(tx *database.Tx, id string) (owner string, err error) {
	err = tx.One(&owner, "SELECT person_id FROM session WHERE id = ?", id)
	return owner, err
}

// which picks sessions of one person.
type which struct {
	sql  string
	args []any
}

func everySession() which              { return which{sql: "id <> ''"} }
func onlySession(id string) which      { return which{"id = ?", []any{id}} }
func exceptSession(id string) which    { return which{"id <> ?", []any{id}} }
func (w which) with(args ...any) []any { return append(args, w.args...) }

func revokeSessions(tx *database.Tx, personID string, w which) (int64, error) {
	return tx.Exec("UPDATE session SET revoked_at = ? WHERE person_id = ? AND revoked_at IS NULL AND "+w.sql,
		w.with(tx.Now(), personID)...)
}

func sessionsOf(tx *database.Tx, personID string, idleSince time.Time) ([]SessionInfo, error) {
	var rows []sessionRow
	err := tx.Find(&rows, `SELECT id, kind, ip, agent, created_at, seen_at, expires_at FROM session
		WHERE person_id = ? AND revoked_at IS NULL AND expires_at > ? AND (kind = ? OR seen_at > ?)
		ORDER BY created_at DESC, id DESC LIMIT 200`, personID, tx.Now(), string(Bearer), idleSince)
	if err != nil {
		return nil, err
	}
	out := make([]SessionInfo, len(rows))
	for i, r := range rows {
		out[i] = SessionInfo{ID: r.ID, Kind: SessionKind(r.Kind), IP: r.IP, Agent: r.Agent,
			CreatedAt: r.CreatedAt, SeenAt: r.SeenAt, ExpiresAt: r.ExpiresAt}
	}
	return out, nil
}

func sweep(tx *database.Tx, before time.Time) (int64, error) {
	sessions, err := tx.Exec("DELETE FROM session WHERE expires_at < ? OR revoked_at < ?", before, before)
	if err != nil {
		return 0, err
	}
	attempts, err := tx.Exec("DELETE FROM login_attempt WHERE at < ?", before)
	return sessions + attempts, err
}
