package review

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// maxInvited bounds one call of Invite.
const maxInvited = 50

// Invite asks evaluators to review a case and holds the case's clock. Officers only. Nobody
// is invited unless all can be: Invalid names each evaluator who cannot, and why.
func (s *Service) Invite(ctx context.Context, a identity.Actor, ref casework.Ref, evaluatorIDs []string, key string) (out []casework.Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out, err = s.inviteTx(tx, a, ref, evaluatorIDs, key)
		return err
	})
	return out, err
}

// inviteTx is Invite inside a transaction. The case is read again once the panel is locked: a
// recommendation that was faster has ended its review.
func (s *Service) inviteTx(tx *database.Tx, a identity.Actor, ref casework.Ref, evaluatorIDs []string, key string) ([]casework.Outcome, error) {
	if _, err := s.forOfficer(tx, a, ref); err != nil {
		return nil, err
	}
	if err := lock(tx, ref); err != nil {
		return nil, err
	}
	sub, err := s.forOfficer(tx, a, ref)
	if err != nil {
		return nil, err
	}
	// The key stands for the whole list; what it answers again is kept per evaluator.
	_, err = casework.Once(tx, a.ID, key, digestOf("invite", ref, evaluatorIDs), func() (casework.Outcome, error) {
		return casework.Outcome{Kind: s.Kind(), Action: actionInvite, At: tx.Now()}, s.checkInvited(tx, ref, sub, evaluatorIDs)
	})
	if err != nil {
		return nil, err
	}
	return s.inviteAll(tx, a, ref, sub, evaluatorIDs, key)
}

// Closing holds the panel of a case until the transaction ends: who ends the review of a case
// takes it before looking at the result, so that no invitation slips in between.
func (s *Service) Closing(tx *database.Tx, ref casework.Ref) error { return lock(tx, ref) }

func (s *Service) inviteAll(tx *database.Tx, a identity.Actor, ref casework.Ref, sub Subject, ids []string, key string) ([]casework.Outcome, error) {
	out := make([]casework.Outcome, 0, len(ids))
	for _, id := range ids {
		own := key
		if key != "" {
			own = key + "/" + id
		}
		one, err := casework.Once(tx, a.ID, own, digestOf("invite", ref, id), func() (casework.Outcome, error) { return s.invite(tx, a, ref, sub, id) })
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, s.settle(tx, ref, sub)
}

func (s *Service) checkInvited(tx *database.Tx, ref casework.Ref, sub Subject, ids []string) error {
	switch {
	case len(ids) == 0:
		return fault.BadField("evaluators", "evaluators_empty")
	case len(ids) > maxInvited:
		return fault.BadField("evaluators", "evaluators_many", "Max", strconv.Itoa(maxInvited))
	}
	pool, err := s.pool(tx, ref, sub)
	if err != nil {
		return err
	}
	known := map[string]Candidate{}
	for _, c := range pool {
		known[c.ID] = c
	}
	var problems []fault.Field
	seen := map[string]bool{}
	for i, id := range ids {
		c, ok := known[id]
		code := c.Excluded
		if !ok {
			code = "evaluator_unknown"
		} else if seen[id] {
			code = "evaluator_twice"
		}
		if seen[id] = true; code != "" {
			problems = append(problems, fault.Field{Path: fmt.Sprintf("evaluators[%d]", i), Code: code, Params: map[string]string{"Name": c.Name}})
		}
	}
	if len(problems) > 0 {
		return fault.Bad(problems...)
	}
	return nil
}

func (s *Service) invite(tx *database.Tx, a identity.Actor, ref casework.Ref, sub Subject, evaluatorID string) (casework.Outcome, error) {
	year := workflows.DateOf(tx.Now()).Year
	n, err := tx.Next(fmt.Sprintf("review/%d", year))
	if err != nil {
		return casework.Outcome{}, err
	}
	r := row{ID: tx.ID(), Number: fmt.Sprintf("评审〔%d〕%d号", year, n), SubjectKind: string(ref.Kind), SubjectID: ref.ID, EvaluatorID: evaluatorID,
		Version: 1, Scores: "{}", InvitedBy: a.ID, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
	l := loaded{row: r, subject: sub}
	c := l.kase()
	c.Version = 0
	return s.Engine.Apply(tx, casework.Step{Case: c, Action: actionInvite, Actor: a, Facts: map[workflows.Fact]bool{workflows.ParentScoring: sub.Scoring},
		Detail: map[string]any{"subject_kind": ref.Kind, "subject_id": ref.ID, "evaluator": evaluatorID},
		Insert: func(tx *database.Tx, state workflows.State) error {
			r.Status = string(state)
			return tx.Insert("review", &r)
		}})
}

// digestOf tells two requests apart that came with one idempotency key.
func digestOf(parts ...any) string {
	text, _ := json.Marshal(parts) // strings and lists of strings only
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
