package review

import (
	"fmt"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// readingStates are the states in which the asked evaluator may read the case.
const readingStates = "('invited', 'accepted', 'scored')"

// Recusal kinds: why a person must not take part.
const (
	ByUnit      = "unit"      // same unit as the applicant
	ByEmployer  = "employer"  // same employer as the development body
	ByName      = "named"     // named in the filing
	ByFinancial = "financial" // financial interest
	ByOther     = "other"
)

// RecusalKinds lists the kinds in the order in which people choose.
func RecusalKinds() []string { return []string{ByUnit, ByEmployer, ByName, ByFinancial, ByOther} }

// Recused returns the SQL condition that the person (one ? argument) is not recused from the
// row's case; it belongs into every scope. alias names a row with subject_kind and subject_id,
// or is "application" or "evaluation", the case's own row.
func Recused(alias string) string {
	kind, id := subjectColumns(alias)
	return "NOT EXISTS (SELECT 1 FROM recusal rc WHERE rc.subject_kind = " + kind + " AND rc.subject_id = " + id + " AND rc.person_id = ?)"
}

// Reading returns the SQL condition that the person (one ? argument) is asked for, or has
// given, a review of the row's case and may therefore read it; alias as in Recused.
func Reading(alias string) string {
	kind, id := subjectColumns(alias)
	return "EXISTS (SELECT 1 FROM review rd WHERE rd.subject_kind = " + kind + " AND rd.subject_id = " + id +
		" AND rd.evaluator_id = ? AND rd.status IN " + readingStates + ")"
}

func subjectColumns(alias string) (kind, id string) {
	if alias == string(workflows.Application.Kind) || alias == string(workflows.Evaluation.Kind) {
		return "'" + alias + "'", alias + ".id"
	}
	return alias + ".subject_kind", alias + ".subject_id"
}

// IsRecused reports whether the person is recused from the case.
func IsRecused(tx *database.Tx, personID string, ref casework.Ref) (bool, error) {
	n, err := tx.Count("SELECT count(*) FROM recusal WHERE subject_kind = ? AND subject_id = ? AND person_id = ?", string(ref.Kind), ref.ID, personID)
	if err != nil {
		return false, fmt.Errorf("recusal: %w", err)
	}
	return n > 0, nil
}

// MayRead reports whether the person is asked for, or has given, a review of the case and is
// not recused from it.
func MayRead(tx *database.Tx, personID string, ref casework.Ref) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM review r WHERE r.subject_kind = ? AND r.subject_id = ? AND r.evaluator_id = ?
		AND r.status IN `+readingStates+" AND "+Recused("r"), string(ref.Kind), ref.ID, personID, personID)
	if err != nil {
		return false, fmt.Errorf("may read: %w", err)
	}
	return n > 0, nil
}

// Recusal is a declaration that a person must not take part in a case.
type Recusal struct {
	PersonID string
	Kind     string // one of RecusalKinds
	Reason   string
	Source   string // one of the sources; set by this package
	Evidence string // what a detected conflict rests on
	Version  int64  // of the case when it was recorded
}

// Where a recusal comes from.
const (
	FromDeclared = "declared" // the person's own word
	FromOffice   = "office"   // an officer's or director's
	FromDetected = "detected" // the machine's
)

// Declare records the recusal of somebody of the commission or supervision; the case then no
// longer exists for that person. People declare their own, officers and directors anybody's.
// The caller has loaded the case with the actor's scope. A person with an open review recuses
// there (Conflict "recuse_in_review").
func (s *Service) Declare(tx *database.Tx, a identity.Actor, ref casework.Ref, r Recusal) error {
	if a.ID != r.PersonID && !a.Any(workflows.Officer, workflows.Director, workflows.System) {
		return fault.New(fault.Forbidden, "forbidden")
	}
	r.Reason = strings.TrimSpace(r.Reason)
	problems := recusalProblems(r.Kind)
	if r.Reason == "" {
		problems = append(problems, fault.Field{Path: "reason", Code: "reason_required"})
	} else if err := casework.CheckReason(r.Reason, false); err != nil {
		return err
	}
	if len(problems) > 0 {
		return fault.Bad(problems...)
	}
	if _, err := identity.PersonBrief(tx, r.PersonID); err != nil {
		return err
	}
	if err := s.leavePanel(tx, r.PersonID, ref); err != nil {
		return err
	}
	sub, err := s.subject(tx, ref)
	if err != nil {
		return err
	}
	r.Source, r.Version = FromOffice, sub.Case.Version
	if a.ID == r.PersonID {
		r.Source = FromDeclared
	}
	if err := putRecusal(tx, a, ref, r); err != nil {
		return err
	}
	return casework.Record(tx, a, "recusal.declare", ref, map[string]any{"person": r.PersonID, "kind": r.Kind, "reason": r.Reason})
}

// leavePanel refuses while the person's review is open, and cancels one that is handed in: its
// scores stay on record and count no more.
func (s *Service) leavePanel(tx *database.Tx, person string, ref casework.Ref) error {
	if err := lock(tx, ref); err != nil {
		return err
	}
	panel, err := panelOf(tx, ref)
	if err != nil {
		return err
	}
	for _, r := range panel {
		if r.EvaluatorID != person {
			continue
		}
		switch r.state() {
		case stateInvited, stateAccepted:
			return fault.New(fault.Conflict, "recuse_in_review")
		case stateScored:
			_, err := s.DoTx(tx, identity.SystemActor(), casework.Command{ID: r.ID, Action: actionCancel, Reason: recusedReason})
			return err
		}
	}
	return nil
}

// recusedReason is what the system writes where a recusal ends a review.
const recusedReason = "评审人员须回避 / The evaluator is recused"

func recusalProblems(kind string) []fault.Field {
	for _, k := range RecusalKinds() {
		if k == kind {
			return nil
		}
	}
	if kind == "" {
		return []fault.Field{{Path: "data.kind", Code: "required"}}
	}
	return []fault.Field{{Path: "data.kind", Code: "unknown"}}
}

func putRecusal(tx *database.Tx, a identity.Actor, ref casework.Ref, r Recusal) error {
	_, err := tx.Exec(`INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at, source, evidence, case_version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subject_kind, subject_id, person_id) DO NOTHING`,
		tx.ID(), string(ref.Kind), ref.ID, r.PersonID, r.Kind, r.Reason, a.ID, tx.Now(), r.Source, r.Evidence, r.Version)
	if err != nil {
		return fmt.Errorf("record recusal: %w", err)
	}
	return nil
}
