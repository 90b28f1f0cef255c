package notice

import (
	"fmt"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// actionMoot closes an objection whose published case has ended without the decision that it
// was raised against.
const actionMoot = workflows.Action("close_moot")

// mootLimit is how many open objections one transaction closes: more than a notice ever has.
const mootLimit = 1000

// CloseMoot closes every open objection of a case that ends without a decision (withdrawn,
// lapsed, cancelled), in the transaction that ends it. The reason is the one for which the
// case ends; it goes on record, and the objector is told that the case has ended.
func (s *Service) CloseMoot(tx *database.Tx, ref casework.Ref, reason string) error {
	var open []objection
	err := tx.Find(&open, "SELECT "+objectionColumns+` FROM objection o WHERE o.subject_kind = ? AND o.subject_id = ? AND o.status IN ('received', 'handled')
		ORDER BY o.id LIMIT ?`, string(ref.Kind), ref.ID, mootLimit)
	if err != nil {
		return fmt.Errorf("moot objections of %s %s: %w", ref.Kind, ref.ID, err)
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		reason = "公示事项已终止"
	}
	for _, o := range open {
		if err := s.closeMoot(tx, o, reason); err != nil {
			return fmt.Errorf("close objection %s: %w", o.Number, err)
		}
	}
	return nil
}

func (s *Service) closeMoot(tx *database.Tx, o objection, reason string) error {
	n, err := noticeOf(tx, o)
	if err != nil {
		return err
	}
	sub, err := s.subject(tx, o.ref())
	if err != nil {
		return err
	}
	l := loaded{objection: o, notice: n, subject: sub}
	out, err := s.Engine.Apply(tx, casework.Step{Case: l.kase(), Action: actionMoot, Actor: identity.SystemActor(), Reason: reason})
	if err != nil {
		return err
	}
	return s.tellObjector(tx, l, out)
}
