package identity

import (
	"fmt"
	"slices"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Recipients returns the active people that the query picks, each once, in the order of
// their ids.
func Recipients(tx *database.Tx, q Query) ([]Recipient, error) {
	where, args := "", []any{}
	if len(q.Roles) > 0 {
		roles := make([]string, len(q.Roles))
		for i, r := range q.Roles {
			roles[i] = string(r)
		}
		where += " AND EXISTS (SELECT 1 FROM person_role r WHERE r.person_id = p.id AND r.role IN ?)"
		args = append(args, roles)
	}
	if q.Unit != "" {
		where += " AND p.unit_code = ?"
		args = append(args, q.Unit)
	}
	if len(q.PersonIDs) > 0 {
		where += " AND p.id IN ?"
		args = append(args, q.PersonIDs)
	}
	if where == "" {
		return nil, nil
	}
	var out []Recipient
	err := tx.Find(&out, `SELECT p.id, p.name, p.email, p.lang, p.unit_code AS unit, COALESCE(p.superior_id, '') AS superior_id
		FROM person p WHERE p.active = TRUE`+where+" ORDER BY p.id", args...)
	if err != nil {
		return nil, fmt.Errorf("recipients: %w", err)
	}
	return out, nil
}

// PersonBrief returns one person, active or not; an unknown id is NotFound.
func PersonBrief(tx *database.Tx, id string) (Brief, error) {
	p, err := loadPerson(tx, id)
	if err != nil {
		return Brief{}, fmt.Errorf("person %s: %w", id, err)
	}
	return Brief{ID: p.ID, Login: p.Login, Name: p.Name, Unit: p.Unit, UnitName: p.UnitName, UnitKind: string(p.UnitKind),
		Email: p.Email, Lang: p.Lang, Roles: p.Roles, Employer: p.Employer, SuperiorID: p.SuperiorID, Active: p.Active, Demo: p.Demo}, nil
}

// Names returns the names of people by id, active or not; unknown ids, such as "system", are
// absent.
func Names(tx *database.Tx, ids []string) (map[string]string, error) {
	out := make(map[string]string, len(ids))
	for chunk := range slices.Chunk(ids, 1000) {
		var rows []struct{ ID, Name string }
		if err := tx.Find(&rows, "SELECT id, name FROM person WHERE id IN ?", chunk); err != nil {
			return nil, fmt.Errorf("names: %w", err)
		}
		for _, r := range rows {
			out[r.ID] = r.Name
		}
	}
	return out, nil
}

// Evaluators lists the active evaluators in the order of their ids.
func Evaluators(tx *database.Tx) ([]EvaluatorBrief, error) {
	var rows []struct{ ID, Name, UnitCode, Employer, Fields string }
	err := tx.Find(&rows, `SELECT p.id, p.name, p.unit_code, p.employer, p.fields FROM person p
		JOIN person_role r ON r.person_id = p.id AND r.role = ? WHERE p.active = TRUE ORDER BY p.id`, string(workflows.Evaluator))
	if err != nil {
		return nil, fmt.Errorf("evaluators: %w", err)
	}
	out := make([]EvaluatorBrief, len(rows))
	for i, r := range rows {
		fields, err := decodeList(r.Fields)
		if err != nil {
			return nil, fmt.Errorf("evaluator %s: fields: %w", r.ID, err)
		}
		out[i] = EvaluatorBrief{ID: r.ID, Name: r.Name, Unit: r.UnitCode, Employer: r.Employer, Fields: fields}
	}
	return out, nil
}

// ActorOf returns an active person as who acts, with today's unit and roles, for what the
// product does on their behalf without a session: the digest, the calendar feed. One who is
// unknown or not active is NotFound.
func ActorOf(tx *database.Tx, id string) (Actor, error) {
	p, err := loadPerson(tx, id)
	if err != nil {
		return Actor{}, fmt.Errorf("person %s: %w", id, err)
	}
	if !p.Active {
		return Actor{}, fmt.Errorf("person %s: %w", id, fault.Missing())
	}
	return Actor{ID: p.ID, Name: p.Name, Login: p.Login, Unit: p.Unit, UnitName: p.UnitName, UnitKind: string(p.UnitKind), Roles: p.Roles, Lang: p.Lang}, nil
}

// SetExpertise stores what an evaluator knows and works for, in the transaction of the change
// to the evaluator's record; that records it.
func SetExpertise(tx *database.Tx, id string, fields []string, employer string) error {
	return tx.Must("UPDATE person SET fields = ?, employer = ?, updated_at = ?, version = version + 1 WHERE id = ?", encodeList(fields), employer, tx.Now(), id)
}
