// Package review owns expert review (专家评审): invitations, commitments, recusal (回避), scores and
// what a panel's scores come to. Applications and annual evaluations use it alike.
//
// It must not know them: what it needs of the case under review comes through a loader given
// at construction. It knows nothing of pages, files or mail.
package review

import (
	"fmt"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// Subject is what a review must know of the case under review.
type Subject struct {
	Case      casework.Case // the parent as stored now, with its Rules
	RuleSetID string
	Rubric    policy.Review
	Scoring   bool                // the parent is in its scoring state
	Unit      string              // code of the unit that filed
	BodyName  string              // the development body
	Named     []string            // people named in the filing
	Sectors   []string            // of the case: the fields to look for in its panel
	Clock     workflows.ClockName // the parent's clock that stands still while experts work; "" none
}

// Subjects loads the case under review without regard to who asks; NotFound where there is none.
type Subjects func(tx *database.Tx, ref casework.Ref) (Subject, error)

// Config is what the service works with; Subjects holds a loader per kind of case.
type Config struct {
	DB       *database.DB
	Engine   *casework.Engine
	Book     *policy.Book
	Subjects map[workflows.Kind]Subjects
}

// Service moves reviews. It implements casework.Service.
type Service struct{ Config }

var _ casework.Service = (*Service)(nil)

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// Kind names the workflow.
func (s *Service) Kind() workflows.Kind { return workflows.Review.Kind }

// The states of the table that this package speaks of.
const (
	stateInvited   workflows.State = "invited"
	stateAccepted  workflows.State = "accepted"
	stateScored    workflows.State = "scored"
	stateDeclined  workflows.State = "declined"
	stateRecused   workflows.State = "recused"
	stateExpired   workflows.State = "expired"
	stateCancelled workflows.State = "cancelled"
)

// The actions of the table that this package gives effects to.
const (
	actionInvite   workflows.Action = "invite"
	actionAccept   workflows.Action = "accept"
	actionRecuse   workflows.Action = "recuse"
	actionSubmit   workflows.Action = "submit_scores"
	actionModerate workflows.Action = "moderate"
	actionCancel   workflows.Action = "cancel"
)

func (s *Service) subject(tx *database.Tx, ref casework.Ref) (Subject, error) {
	load, ok := s.Subjects[ref.Kind]
	if !ok {
		return Subject{}, fmt.Errorf("review of %q: no such kind of case is reviewed", ref.Kind)
	}
	sub, err := load(tx, ref)
	if err != nil {
		return Subject{}, fmt.Errorf("review of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return sub, nil
}

// lock makes the changes to one panel wait for each other: the last of two evaluators who
// hand in at once must see the other, or the parent's clock would stand still for ever.
func lock(tx *database.Tx, ref casework.Ref) error {
	return tx.Lock("review/" + string(ref.Kind) + "/" + ref.ID)
}

// settle holds the parent's clock while anybody is still asked or scoring, and releases it
// when nobody is (行政许可法 45).
func (s *Service) settle(tx *database.Tx, ref casework.Ref, sub Subject) error {
	if sub.Clock == "" {
		return nil
	}
	n, err := tx.Count(`SELECT count(*) FROM review WHERE subject_kind = ? AND subject_id = ? AND status IN ('invited', 'accepted')`,
		string(ref.Kind), ref.ID)
	if err != nil {
		return fmt.Errorf("open reviews: %w", err)
	}
	if n > 0 {
		return s.Engine.Hold(tx, sub.Case, sub.Clock)
	}
	return s.Engine.Release(tx, sub.Case, sub.Clock)
}
