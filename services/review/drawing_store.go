package review

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/draw"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// drawRow is a draw as stored; input and result never change.
type drawRow struct {
	ID, Number, Seed      string
	Input, Digest, Result string
	DrawnBy               string
	DrawnAt               time.Time
	ConfirmedBy           *string
	ConfirmedAt           *time.Time
	Version               int64
}

const drawColumns = "w.id, w.number, w.seed, w.input, w.digest, w.result, w.drawn_by, w.drawn_at, w.confirmed_by, w.confirmed_at, w.version"

func (r drawRow) decode() (in draw.Input, result draw.Result, err error) {
	if err = json.Unmarshal([]byte(r.Input), &in); err == nil {
		err = json.Unmarshal([]byte(r.Result), &result)
	}
	if err != nil {
		err = fmt.Errorf("draw %s: %w", r.ID, err)
	}
	return in, result, err
}

// drawScope hides a draw from whoever is recused from any of its cases.
func drawScope(a identity.Actor) (string, []any) {
	if !a.ReadsAll() {
		return "1 = 0", nil
	}
	return "NOT EXISTS (SELECT 1 FROM draw_case dc JOIN recusal rc ON rc.subject_kind = dc.subject_kind AND rc.subject_id = dc.subject_id WHERE dc.draw_id = w.id AND rc.person_id = ?)",
		[]any{a.ID}
}

func findDraw(tx *database.Tx, a identity.Actor, id string) (r drawRow, err error) {
	cond, args := drawScope(a)
	if err = tx.One(&r, "SELECT "+drawColumns+" FROM draw w WHERE w.id = ? AND "+cond, append([]any{id}, args...)...); err != nil {
		return r, fmt.Errorf("load draw: %w", err)
	}
	return r, nil
}

func findDraws(tx *database.Tx, a identity.Actor, ref casework.Ref) (rows []drawRow, err error) {
	cond, args := drawScope(a)
	if ref.ID != "" {
		cond += " AND EXISTS (SELECT 1 FROM draw_case c WHERE c.draw_id = w.id AND c.subject_kind = ? AND c.subject_id = ?)"
		args = append(args, string(ref.Kind), ref.ID)
	}
	err = tx.Find(&rows, "SELECT "+drawColumns+" FROM draw w WHERE "+cond+" ORDER BY w.id DESC LIMIT 100", args...)
	if err != nil {
		return nil, fmt.Errorf("draws: %w", err)
	}
	return rows, nil
}

// putDraw stores a draw and records it with each of its cases.
func putDraw(tx *database.Tx, a identity.Actor, in draw.Input, result draw.Result, refs []casework.Ref) (string, error) {
	year := workflows.DateOf(tx.Now()).Year
	n, err := tx.Next(fmt.Sprintf("draw/%d", year))
	if err != nil {
		return "", err
	}
	text, digest := in.Canonical()
	raw, err := json.Marshal(result)
	if err != nil {
		return "", err
	}
	r := drawRow{ID: tx.ID(), Number: fmt.Sprintf("抽取〔%d〕%d号", year, n), Seed: in.Seed, Input: text, Digest: digest, Result: string(raw), DrawnBy: a.ID, DrawnAt: tx.Now(), Version: 1}
	if err := tx.Insert("draw", &r); err != nil {
		return "", fmt.Errorf("store draw: %w", err)
	}
	for _, ref := range refs {
		if _, err := tx.Exec("INSERT INTO draw_case (draw_id, subject_kind, subject_id) VALUES (?, ?, ?)", r.ID, string(ref.Kind), ref.ID); err != nil {
			return "", fmt.Errorf("store draw: %w", err)
		}
		if err := casework.Record(tx, a, "draw.make", ref, map[string]any{"draw": r.ID, "number": r.Number, "seed": r.Seed, "digest": digest}); err != nil {
			return "", err
		}
	}
	return r.ID, nil
}

func refsOf(tx *database.Tx, id string) ([]casework.Ref, error) {
	var rows []struct{ SubjectKind, SubjectID string }
	if err := tx.Find(&rows, "SELECT subject_kind, subject_id FROM draw_case WHERE draw_id = ? ORDER BY subject_kind, subject_id", id); err != nil {
		return nil, fmt.Errorf("cases of draw %s: %w", id, err)
	}
	out := make([]casework.Ref, len(rows))
	for i, r := range rows {
		out[i] = casework.Ref{Kind: workflows.Kind(r.SubjectKind), ID: r.SubjectID}
	}
	return out, nil
}

func refOfKey(key string) (casework.Ref, error) {
	kind, id, ok := strings.Cut(key, "/")
	if !ok || workflows.ByKind(workflows.Kind(kind)) == nil {
		return casework.Ref{}, fault.Missing()
	}
	return casework.Ref{Kind: workflows.Kind(kind), ID: id}, nil
}

type changeRow struct {
	ID, DrawID, SubjectKind, SubjectID string
	Seat                               int
	Was, Becomes, Reason, PersonID     string
	At                                 time.Time
}

func changesOf(tx *database.Tx, id string) (rows []changeRow, err error) {
	err = tx.Find(&rows, "SELECT id, draw_id, subject_kind, subject_id, seat, was, becomes, reason, person_id, at FROM draw_change WHERE draw_id = ? ORDER BY id LIMIT 2000", id)
	if err != nil {
		return nil, fmt.Errorf("changes of draw %s: %w", id, err)
	}
	return rows, nil
}

func putChange(tx *database.Tx, a identity.Actor, r drawRow, in Replacement, was, becomes draw.Pick) error {
	if err := tx.Must("UPDATE draw SET version = version + 1 WHERE id = ? AND version = ? AND confirmed_at IS NULL", r.ID, r.Version); err != nil {
		return err
	}
	return tx.Insert("draw_change", &changeRow{ID: tx.ID(), DrawID: r.ID, SubjectKind: string(in.Ref.Kind), SubjectID: in.Ref.ID, Seat: in.Seat,
		Was: canonical(was), Becomes: canonical(becomes), Reason: in.Reason, PersonID: a.ID, At: tx.Now()})
}

func confirmDraw(tx *database.Tx, a identity.Actor, r drawRow) error {
	err := tx.Must("UPDATE draw SET confirmed_by = ?, confirmed_at = ?, version = version + 1 WHERE id = ? AND version = ? AND confirmed_at IS NULL", a.ID, tx.Now(), r.ID, r.Version)
	if err != nil {
		return err
	}
	refs, err := refsOf(tx, r.ID)
	for _, ref := range refs {
		if err := casework.Record(tx, a, "draw.confirm", ref, map[string]any{"draw": r.ID, "number": r.Number}); err != nil {
			return err
		}
	}
	return err
}

func drawsUpTo(tx *database.Tx, ref casework.Ref, id string) (int64, error) {
	return tx.Count("SELECT count(*) FROM draw_case WHERE subject_kind = ? AND subject_id = ? AND draw_id <= ?", string(ref.Kind), ref.ID, id)
}

// pairedWith counts by evaluator the reviews given on cases of a unit.
func pairedWith(tx *database.Tx, unit string) (map[string]int, error) {
	return counted(tx, `SELECT r.evaluator_id, count(*) AS n FROM review r LEFT JOIN application a ON r.subject_kind = 'application' AND a.id = r.subject_id
		LEFT JOIN evaluation e ON r.subject_kind = 'evaluation' AND e.id = r.subject_id
		WHERE r.status IN ('accepted', 'scored') AND (a.unit_code = ? OR e.unit_code = ?) GROUP BY r.evaluator_id ORDER BY r.evaluator_id`, unit, unit)
}

// askedSince counts by evaluator the cases asked for since an instant.
func askedSince(tx *database.Tx, since time.Time) (map[string]int, error) {
	return counted(tx, "SELECT evaluator_id, count(*) AS n FROM review WHERE created_at >= ? GROUP BY evaluator_id ORDER BY evaluator_id", since.UTC())
}

func counted(tx *database.Tx, query string, args ...any) (map[string]int, error) {
	var rows []struct {
		EvaluatorID string
		N           int
	}
	if err := tx.Find(&rows, query, args...); err != nil {
		return nil, fmt.Errorf("reviews by evaluator: %w", err)
	}
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.EvaluatorID] = r.N
	}
	return out, nil
}
