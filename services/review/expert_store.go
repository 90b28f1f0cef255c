package review

import (
	"encoding/json"
	"fmt"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

type expertRow struct {
	ID, Name, UnitCode, Employer, Fields string
	Active                               bool
	Title, Remark, UntilOn               *string
	InPool                               *bool
	ConfirmedAt                          *time.Time
	Version                              *int64
}

// expertsOf reads the pool by name, or one of it, with what the reader may know of its work.
func expertsOf(tx *database.Tx, a identity.Actor, id string) ([]Expert, error) {
	var rows []expertRow
	err := tx.Find(&rows, `SELECT p.id, p.name, p.unit_code, p.employer, p.fields, p.active, x.title, x.remark, x.until_on, x.in_pool, x.confirmed_at, x.version
		FROM person p JOIN person_role pr ON pr.person_id = p.id AND pr.role = ? LEFT JOIN expert_profile x ON x.person_id = p.id
		WHERE (? = '' OR p.id = ?) ORDER BY p.name, p.id LIMIT 5000`, string(workflows.Evaluator), id, id)
	if err != nil {
		return nil, fmt.Errorf("experts: %w", err)
	}
	posts, err := postsOf(tx, id)
	if err != nil {
		return nil, err
	}
	records, err := recordsOf(tx, a.ID, id)
	if err != nil {
		return nil, err
	}
	out := make([]Expert, len(rows))
	for i, r := range rows {
		if out[i], err = r.expert(); err != nil {
			return nil, err
		}
		out[i].Posts, out[i].Record = posts[r.ID], records[r.ID]
	}
	return out, nil
}

func (r expertRow) expert() (Expert, error) {
	e := Expert{ID: r.ID, Name: r.Name, Unit: r.UnitCode, Employer: r.Employer, Active: r.Active, InPool: true, ConfirmedAt: r.ConfirmedAt}
	if err := json.Unmarshal([]byte(r.Fields), &e.Fields); err != nil {
		return e, fmt.Errorf("expert %s: fields: %w", r.ID, err)
	}
	if r.Version != nil {
		e.Title, e.Remark, e.UntilOn, e.InPool, e.Version = *r.Title, *r.Remark, *r.UntilOn, *r.InPool, *r.Version
	}
	return e, nil
}

type postRow struct {
	ID, PersonID, Employer, Post, FromOn, ToOn, RecordedBy string
	At                                                     time.Time
}

func postsOf(tx *database.Tx, id string) (map[string][]Post, error) {
	var rows []postRow
	err := tx.Find(&rows, `SELECT id, person_id, employer, post, from_on, to_on, recorded_by, at FROM expert_post
		WHERE (? = '' OR person_id = ?) ORDER BY person_id, from_on DESC, id LIMIT 50000`, id, id)
	if err != nil {
		return nil, fmt.Errorf("posts of experts: %w", err)
	}
	out := map[string][]Post{}
	for _, r := range rows {
		out[r.PersonID] = append(out[r.PersonID], Post{Employer: r.Employer, Title: r.Post, From: r.FromOn, To: r.ToOn})
	}
	return out, nil
}

// recordsOf counts the reviews of experts over the cases from which the reader is not recused.
// An expert's lean is how far the own totals lie above or below the mean of their panels.
func recordsOf(tx *database.Tx, reader, id string) (map[string]Record, error) {
	var rows []struct {
		EvaluatorID                                     string
		Asked, Open, Scored, Declined, Recused, Expired int
		Lean                                            *float64
	}
	err := tx.Find(&rows, `SELECT r.evaluator_id, count(*) AS asked,
			sum(CASE WHEN r.status IN ('invited', 'accepted') THEN 1 ELSE 0 END) AS open, sum(CASE WHEN r.status = 'scored' THEN 1 ELSE 0 END) AS scored,
			sum(CASE WHEN r.status = 'declined' THEN 1 ELSE 0 END) AS declined, sum(CASE WHEN r.status = 'recused' THEN 1 ELSE 0 END) AS recused,
			sum(CASE WHEN r.status = 'expired' THEN 1 ELSE 0 END) AS expired,
			avg(CASE WHEN r.status = 'scored' THEN r.total - m.mean END) AS lean
		FROM review r LEFT JOIN (SELECT subject_kind, subject_id, avg(total) AS mean FROM review WHERE status = 'scored' GROUP BY subject_kind, subject_id) m
			ON m.subject_kind = r.subject_kind AND m.subject_id = r.subject_id
		WHERE (? = '' OR r.evaluator_id = ?) AND (r.evaluator_id = ? OR `+Recused("r")+`) GROUP BY r.evaluator_id ORDER BY r.evaluator_id`, id, id, reader, reader)
	if err != nil {
		return nil, fmt.Errorf("records of experts: %w", err)
	}
	out := map[string]Record{}
	for _, r := range rows {
		c := Record{Asked: r.Asked, Open: r.Open, Scored: r.Scored, Declined: r.Declined, Recused: r.Recused, Expired: r.Expired}
		if r.Lean != nil && r.EvaluatorID != reader {
			lean := policy.Points(*r.Lean)
			c.Lean = &lean
		}
		out[r.EvaluatorID] = c
	}
	return out, nil
}

// putExpert stores a record; its version makes the later of two at once a Conflict.
func putExpert(tx *database.Tx, a identity.Actor, was Expert, in ExpertEdit, own bool) error {
	confirmed := was.ConfirmedAt
	if now := tx.Now(); own {
		confirmed = &now
	}
	var err error
	if was.Version == 0 {
		_, err = tx.Exec(`INSERT INTO expert_profile (person_id, title, in_pool, until_on, remark, confirmed_at, updated_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, 1)`,
			was.ID, in.Title, in.InPool, in.UntilOn, in.Remark, confirmed, tx.Now())
		if fault.Is(err, fault.Conflict) {
			err = fault.Stale(nil)
		}
	} else {
		err = tx.Must(`UPDATE expert_profile SET title = ?, in_pool = ?, until_on = ?, remark = ?, confirmed_at = ?, updated_at = ?, version = version + 1
			WHERE person_id = ? AND version = ?`, in.Title, in.InPool, in.UntilOn, in.Remark, confirmed, tx.Now(), was.ID, was.Version)
	}
	if err != nil {
		return err
	}
	if err := identity.SetExpertise(tx, was.ID, in.Fields, in.Employer); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM expert_post WHERE person_id = ?", was.ID); err != nil {
		return fmt.Errorf("posts of %s: %w", was.ID, err)
	}
	for _, p := range in.Posts {
		err := tx.Insert("expert_post", &postRow{ID: tx.ID(), PersonID: was.ID, Employer: p.Employer, Post: p.Title, FromOn: p.From, ToOn: p.To, RecordedBy: a.ID, At: tx.Now()})
		if err != nil {
			return fmt.Errorf("posts of %s: %w", was.ID, err)
		}
	}
	return recordExpert(tx, a, was.ID, in)
}
