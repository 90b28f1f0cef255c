package application

import (
	"time"

	"clusterzone/services/database"
	"clusterzone/services/identity"
)

// savedRow is the draft of an opinion as stored, with who saved it last.
type savedRow struct {
	Content, Name string
	Version       int64
	SavedAt       time.Time
}

func draftRow(tx *database.Tx, id string) (r savedRow, err error) {
	err = tx.One(&r, `SELECT d.content, d.version, d.saved_at, COALESCE(p.name, '') AS name FROM opinion_draft d LEFT JOIN person p ON p.id = d.person_id
		WHERE d.opinion_id = ?`, id)
	return r, err
}

func dropDraft(tx *database.Tx, id string) error {
	_, err := tx.Exec("DELETE FROM opinion_draft WHERE opinion_id = ?", id)
	return err
}

// holder is the one person that an opinion on alias o lies with; none where that person has
// left or been recused since, so that the department can go on.
const holder = `(SELECT h.id FROM person h WHERE h.id = o.assignee_id AND h.active AND NOT EXISTS (SELECT 1 FROM recusal x
	WHERE x.subject_kind = 'application' AND x.subject_id = o.application_id AND x.person_id = h.id))`

// canHold tells whether a person can take an opinion over.
func canHold(tx *database.Tx, r opinionRow, person string) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM person p JOIN person_role x ON x.person_id = p.id AND x.role = 'department'
		WHERE p.id = ? AND p.unit_code = ? AND p.active AND NOT EXISTS (SELECT 1 FROM recusal y WHERE y.subject_kind = 'application'
		AND y.subject_id = ? AND y.person_id = p.id)`, person, r.UnitCode, r.ApplicationID)
	return n > 0, err
}

// queued reads a part of the opinion queue within the actor's scope.
func queued(tx *database.Tx, a identity.Actor, f QueueFilter) (rows []queuedRow, err error) {
	cond, args := opinionScope(a)
	order := "COALESCE(d.due_on, '9999-12-31'), o.id"
	switch f.Part {
	case QueueOpen:
		cond += " AND o.status IN ('requested', 'overdue')"
	case QueueAnswered:
		cond, order = cond+" AND o.status IN ('given', 'cancelled')", "o.updated_at DESC, o.id DESC"
	}
	if f.Unit != "" {
		cond, args = cond+" AND o.unit_code = ?", append(args, f.Unit)
	}
	if f.Late {
		cond += " AND (o.late OR o.status = 'overdue')"
	}
	err = tx.Find(&rows, "SELECT "+opinionColumns+`, a.name AS title, a.number AS filing, a.unit_code AS district, a.demo, COALESCE(d.due_on, '') AS due_on,
		COALESCE((SELECT p.name FROM person p WHERE p.id = `+holder+`), '') AS holder,
		g.at AS urged_at,
		(SELECT count(*) FROM urging u WHERE u.kind = 'opinion' AND u.case_id = o.id) AS urgings
		FROM opinion o JOIN application a ON a.id = o.application_id LEFT JOIN deadline d ON d.kind = 'opinion' AND d.case_id = o.id
		AND d.cycle = (SELECT max(x.cycle) FROM deadline x WHERE x.kind = 'opinion' AND x.case_id = o.id)
		LEFT JOIN urging g ON g.id = (SELECT l.id FROM urging l WHERE l.kind = 'opinion' AND l.case_id = o.id ORDER BY l.day DESC LIMIT 1)
		WHERE `+cond+" ORDER BY "+order+" LIMIT ?", append(args, maxQueue)...)
	return rows, err
}

// keepAnswer keeps what was given before an opinion is asked for anew.
func keepAnswer(tx *database.Tx, r opinionRow) error {
	_, err := tx.Exec(`INSERT INTO opinion_answer (opinion_id, no, version_no, stance, grounds, conditions, late, given_by, given_at)
		SELECT id, 1 + (SELECT count(*) FROM opinion_answer e WHERE e.opinion_id = ?), ?, ?, ?, ?, ?, COALESCE(?, ''), COALESCE(?, updated_at) FROM opinion WHERE id = ?`,
		r.ID, r.VersionNo, r.Stance, r.Grounds, r.Conditions, r.Late, r.GivenBy, r.GivenAt, r.ID)
	return err
}

// earlierAnswers lists what was given before, the latest first.
func earlierAnswers(tx *database.Tx, id string) (out []EarlierAnswer, err error) {
	err = tx.Find(&out, `SELECT stance, grounds, conditions, late, version_no, given_at FROM opinion_answer WHERE opinion_id = ? ORDER BY no DESC LIMIT 20`, id)
	return out, err
}
