package review

import (
	"fmt"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
)

// insider is somebody who could meet the case by office: whom detection looks at.
type insider struct{ ID, Name, UnitCode, UnitName, UnitShort, Employer string }

// Detect looks for conflicts between a case as it stands now and everybody who could take part
// in it by office – commission, supervision, departments, statistics, the administrators – and
// the evaluators who are on its panel. Whoever has one is recused from here on, and an open
// review is cancelled. It runs when a filing is signed, signed again or scored, and when an
// expert's record changes. A namesake is recused too; two directors can lift that.
func (s *Service) Detect(tx *database.Tx, ref casework.Ref) error {
	sub, err := s.subject(tx, ref)
	if err != nil {
		return err
	}
	if err := lock(tx, ref); err != nil {
		return err
	}
	x, err := exclusions(tx, ref, sub)
	if err != nil {
		return err
	}
	people, err := insiders(tx, ref)
	if err != nil {
		return err
	}
	for _, p := range people {
		kind, evidence := x.conflict(p)
		if kind == "" || x.recused[p.ID] {
			continue
		}
		if lifted, err := isLifted(tx, p.ID, ref); err != nil {
			return err
		} else if lifted {
			continue
		}
		if err := s.recuseDetected(tx, sub, ref, Recusal{PersonID: p.ID, Kind: kind, Evidence: evidence}); err != nil {
			return err
		}
	}
	return nil
}

// conflict is the first conflict of a person with the case, and what it rests on.
func (x excluded) conflict(p insider) (kind, evidence string) {
	switch {
	case p.UnitCode == x.unit:
		return ByUnit, p.UnitName
	case x.employers[tidy(p.UnitName)] || x.employers[tidy(p.UnitShort)]:
		return ByUnit, p.UnitName
	case x.employers[tidy(p.Employer)]:
		return ByEmployer, p.Employer
	case x.named[tidy(p.Name)]:
		return ByName, p.Name
	}
	i := slices.IndexFunc(x.experts[p.ID].Posts, func(post Post) bool { return x.employers[tidy(post.Employer)] && (post.To == "" || post.To >= x.since) })
	if i >= 0 {
		post := x.experts[p.ID].Posts[i]
		return ByEmployer, fmt.Sprintf("%s %s–%s", post.Employer, post.From, post.To)
	}
	return "", ""
}

// isLifted reports whether two directors have lifted the person's recusal for now: what they
// have seen is not detected again.
func isLifted(tx *database.Tx, person string, ref casework.Ref) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM recusal_override WHERE subject_kind = ? AND subject_id = ? AND person_id = ? AND direction = 'lift'
		AND answer = 'confirmed' AND returned_at IS NULL`, string(ref.Kind), ref.ID, person)
	if err != nil {
		return false, fmt.Errorf("lifted recusal: %w", err)
	}
	return n > 0, nil
}

func (s *Service) recuseDetected(tx *database.Tx, sub Subject, ref casework.Ref, r Recusal) error {
	system := identity.SystemActor()
	panel, err := panelOf(tx, ref)
	if err != nil {
		return err
	}
	for _, p := range panel {
		if p.EvaluatorID != r.PersonID || p.state() != stateInvited && p.state() != stateAccepted && p.state() != stateScored {
			continue
		}
		if _, err := s.DoTx(tx, system, casework.Command{ID: p.ID, Action: actionCancel, Reason: recusedReason}); err != nil {
			return err
		}
	}
	r.Source, r.Version, r.Reason = FromDetected, sub.Case.Version, r.Evidence
	if err := putRecusal(tx, system, ref, r); err != nil {
		return err
	}
	return casework.Record(tx, system, "recusal.detect", ref, map[string]any{"person": r.PersonID, "kind": r.Kind, "evidence": r.Evidence, "case_version": r.Version})
}

// insiders are the active people who have a part in cases by office, and the case's panel. The
// unit's own side is none of them.
func insiders(tx *database.Tx, ref casework.Ref) (out []insider, err error) {
	err = tx.Find(&out, `SELECT p.id, p.name, p.unit_code, u.name AS unit_name, u.name_short AS unit_short, p.employer FROM person p JOIN unit u ON u.code = p.unit_code
		WHERE p.active = TRUE AND (EXISTS (SELECT 1 FROM person_role r WHERE r.person_id = p.id AND r.role NOT IN ('filler', 'leader', 'evaluator'))
			OR EXISTS (SELECT 1 FROM review v WHERE v.evaluator_id = p.id AND v.subject_kind = ? AND v.subject_id = ?)) ORDER BY p.id`, string(ref.Kind), ref.ID)
	if err != nil {
		return nil, fmt.Errorf("people by office: %w", err)
	}
	return out, nil
}
