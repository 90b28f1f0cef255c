package review

import (
	"fmt"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/policy"
)

// Result joins the scores handed in on a case. done means that the case can go on:
//
//   - at least one review is scored, and none is still asked or being scored. As many are then
//     scored as the panel size asks for or as were invited and have not declined, recused,
//     expired or been cancelled, whichever is less: a small pool stops no case, and how many
//     to invite is the officer's to answer for;
//   - no moderation is due: the spread is within the limit, or the panel has met again once.
//
// Without any score the result is zero and done is false.
func (s *Service) Result(tx *database.Tx, ref casework.Ref) (result policy.PanelResult, done bool, err error) {
	sub, err := s.subject(tx, ref)
	if err != nil {
		return policy.PanelResult{}, false, err
	}
	panel, err := panelOf(tx, ref)
	if err != nil {
		return policy.PanelResult{}, false, err
	}
	ballots, open, err := count(panel)
	if err != nil || len(ballots) == 0 {
		return policy.PanelResult{}, false, err
	}
	if result, err = sub.Rubric.Result(ballots); err != nil {
		return policy.PanelResult{}, false, fmt.Errorf("review of %s %s: %w", ref.Kind, ref.ID, err)
	}
	if open > 0 {
		return result, false, nil
	}
	if !result.Moderate {
		return result, true, nil
	}
	met, err := moderated(tx, ref)
	return result, met, err
}

// count separates the ballots that are in from the reviews still open.
func count(panel []row) (ballots []policy.Ballot, open int, err error) {
	for _, r := range panel {
		switch r.state() {
		case stateInvited, stateAccepted:
			open++
		case stateScored:
			d, err := r.draft()
			if err != nil {
				return nil, 0, err
			}
			ballots = append(ballots, d.ballot(r.EvaluatorID))
		}
	}
	return ballots, open, nil
}

// moderated reports whether the panel of a case has met again.
func moderated(tx *database.Tx, ref casework.Ref) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM case_history h JOIN review r ON r.id = h.case_id
		WHERE h.kind = 'review' AND h.action = ? AND r.subject_kind = ? AND r.subject_id = ?`, string(actionModerate), string(ref.Kind), ref.ID)
	if err != nil {
		return false, fmt.Errorf("moderation: %w", err)
	}
	return n > 0, nil
}

// spreadOver reports whether the totals last handed in lie further apart than the rubric
// allows. A review that has been returned counts with its last total, so that both ends of a
// spread can be returned one after the other.
func spreadOver(tx *database.Tx, ref casework.Ref, rubric policy.Review) (bool, error) {
	var ends struct{ Low, High *int64 }
	err := tx.One(&ends, `SELECT min(total) AS low, max(total) AS high FROM review WHERE subject_kind = ? AND subject_id = ?
		AND status IN ('scored', 'accepted') AND total IS NOT NULL`, string(ref.Kind), ref.ID)
	if err != nil {
		return false, fmt.Errorf("spread: %w", err)
	}
	return ends.Low != nil && ends.High != nil && policy.Points(*ends.High-*ends.Low) > rubric.SpreadLimit.Value, nil
}
