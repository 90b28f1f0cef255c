package review

import (
	"fmt"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

type overrideRow struct {
	ID, SubjectKind, SubjectID, PersonID string
	Direction, Reason                    string
	UntilAt                              time.Time
	AskedBy                              string
	AskedAt                              time.Time
	AnsweredBy                           *string
	AnsweredAt                           *time.Time
	Answer, Kept                         string
	ReturnedAt                           *time.Time
}

const overrideColumns = `o.id, o.subject_kind, o.subject_id, o.person_id, o.direction, o.reason, o.until_at, o.asked_by, o.asked_at, o.answered_by,
	o.answered_at, o.answer, o.kept, o.returned_at`

func overrideOf(tx *database.Tx, ref casework.Ref, id string) (o overrideRow, err error) {
	err = tx.One(&o, "SELECT "+overrideColumns+" FROM recusal_override o WHERE o.id = ? AND o.subject_kind = ? AND o.subject_id = ?", id, string(ref.Kind), ref.ID)
	return o, err
}

func overridesOf(tx *database.Tx, ref casework.Ref) ([]Override, error) {
	var rows []overrideRow
	err := tx.Find(&rows, "SELECT "+overrideColumns+" FROM recusal_override o WHERE o.subject_kind = ? AND o.subject_id = ? ORDER BY o.id DESC LIMIT 200", string(ref.Kind), ref.ID)
	if err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.PersonID, r.AskedBy)
		if r.AnsweredBy != nil {
			ids = append(ids, *r.AnsweredBy)
		}
	}
	names, err := identity.Names(tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Override, len(rows))
	for i, r := range rows {
		out[i] = Override{ID: r.ID, PersonID: r.PersonID, Person: names[r.PersonID], Direction: r.Direction, Reason: r.Reason, AskedBy: r.AskedBy, Asker: names[r.AskedBy],
			AskedAt: r.AskedAt, Answer: r.Answer, AnsweredAt: r.AnsweredAt, Over: r.ReturnedAt != nil, Lapsed: r.Answer == "" && r.AskedAt.Before(tx.Now().Add(-staleAsk))}
		if r.Direction == Lift {
			out[i].UntilOn = workflows.DateOf(r.UntilAt.Add(-time.Second)).String()
		}
		if r.AnsweredBy != nil {
			out[i].Answerer = names[*r.AnsweredBy]
		}
	}
	return out, nil
}

// recusalRow is a recusal as stored, and as kept while it is lifted.
type recusalRow struct {
	ID, SubjectKind, SubjectID, PersonID string
	Kind, Reason, DeclaredBy             string
	At                                   time.Time
	Source, Evidence                     string
	CaseVersion                          int64
}

const recusalColumns = "id, subject_kind, subject_id, person_id, kind, reason, declared_by, at, source, evidence, case_version"

// takeRecusal removes a recusal that is lifted and returns it.
func takeRecusal(tx *database.Tx, ref casework.Ref, person string) (r recusalRow, err error) {
	err = tx.One(&r, "SELECT "+recusalColumns+" FROM recusal WHERE subject_kind = ? AND subject_id = ? AND person_id = ?", string(ref.Kind), ref.ID, person)
	if err != nil {
		return r, fmt.Errorf("lift recusal: %w", err)
	}
	return r, tx.Must("DELETE FROM recusal WHERE id = ?", r.ID)
}

// giveRecusal puts a lifted recusal back; one that has come up meanwhile stands.
func giveRecusal(tx *database.Tx, r recusalRow) error {
	_, err := tx.Exec("INSERT INTO recusal ("+recusalColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subject_kind, subject_id, person_id) DO NOTHING",
		r.ID, r.SubjectKind, r.SubjectID, r.PersonID, r.Kind, r.Reason, r.DeclaredBy, r.At.UTC(), r.Source, r.Evidence, r.CaseVersion)
	if err != nil {
		return fmt.Errorf("restore recusal: %w", err)
	}
	return nil
}

func recusalLines(tx *database.Tx, ref casework.Ref) ([]RecusalLine, error) {
	var rows []recusalRow
	err := tx.Find(&rows, "SELECT "+recusalColumns+" FROM recusal WHERE subject_kind = ? AND subject_id = ? ORDER BY at DESC, id LIMIT 500", string(ref.Kind), ref.ID)
	if err != nil {
		return nil, fmt.Errorf("recusals: %w", err)
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.PersonID, r.DeclaredBy)
	}
	names, err := identity.Names(tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]RecusalLine, len(rows))
	for i, r := range rows {
		out[i] = RecusalLine{PersonID: r.PersonID, Person: names[r.PersonID], Kind: r.Kind, Source: r.Source, Reason: r.Reason, Evidence: r.Evidence,
			By: names[r.DeclaredBy], At: r.At, Version: r.CaseVersion}
	}
	return out, nil
}
