package review

import (
	"fmt"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// row is a review as stored.
type row struct {
	ID, Number             string
	SubjectKind, SubjectID string
	EvaluatorID, Status    string
	Version                int64
	Scores, Comment        string
	Total                  *int64 // hundredths, as last handed in
	Vetoed                 bool
	CommittedAt, ScoredAt  *time.Time
	InvitedBy              string
	CreatedAt, UpdatedAt   time.Time
}

const columns = `r.id, r.number, r.subject_kind, r.subject_id, r.evaluator_id, r.status, r.version, r.scores, r.comment, r.total, r.vetoed,
	r.committed_at, r.scored_at, r.invited_by, r.created_at, r.updated_at`

func (r row) ref() casework.Ref {
	return casework.Ref{Kind: workflows.Kind(r.SubjectKind), ID: r.SubjectID}
}

func (r row) state() workflows.State { return workflows.State(r.Status) }

// scope is the visibility of reviews as a condition on alias r. An evaluator sees the own
// ones while they are asked, scoring or done; the commission and supervision see all. Whoever
// is recused from the case sees none of it.
func scope(a identity.Actor) (string, []any) {
	var or []string
	var args []any
	if a.ReadsAll() {
		or = append(or, "1 = 1")
	}
	if a.Has(workflows.Evaluator) {
		or, args = append(or, "(r.evaluator_id = ? AND r.status IN "+readingStates+")"), append(args, a.ID)
	}
	if len(or) == 0 {
		return "1 = 0", nil
	}
	return "(" + strings.Join(or, " OR ") + ") AND " + Recused("r"), append(args, a.ID)
}

// loaded is a review with its case.
type loaded struct {
	row
	subject Subject
}

func (l loaded) kase() casework.Case {
	return casework.Case{Kind: workflows.Review.Kind, ID: l.ID, Number: l.Number, Title: l.subject.Case.Title, State: l.state(), Version: l.Version,
		Unit: l.subject.Unit, Evaluator: l.EvaluatorID, Subject: l.ref(), Rules: l.subject.Case.Rules}
}

// load reads a review the actor may see; everything else is NotFound.
func (s *Service) load(tx *database.Tx, a identity.Actor, id string) (l loaded, err error) {
	if l.row, err = find(tx, a, id); err != nil {
		return l, err
	}
	l.subject, err = s.subject(tx, l.ref())
	return l, err
}

// loadLocked is load for a change: the panel is locked first and the review read after that.
func (s *Service) loadLocked(tx *database.Tx, a identity.Actor, id string) (loaded, error) {
	r, err := find(tx, a, id)
	if err != nil {
		return loaded{}, err
	}
	if err := lock(tx, r.ref()); err != nil {
		return loaded{}, err
	}
	return s.load(tx, a, id)
}

func find(tx *database.Tx, a identity.Actor, id string) (r row, err error) {
	cond, args := scope(a)
	if err = tx.One(&r, "SELECT "+columns+" FROM review r WHERE r.id = ? AND "+cond, append([]any{id}, args...)...); err != nil {
		return r, fmt.Errorf("load review: %w", err)
	}
	return r, nil
}

// panelOf lists every review of a case, in the order of the invitations.
func panelOf(tx *database.Tx, ref casework.Ref) (rows []row, err error) {
	err = tx.Find(&rows, "SELECT "+columns+" FROM review r WHERE r.subject_kind = ? AND r.subject_id = ? ORDER BY r.id LIMIT 500", string(ref.Kind), ref.ID)
	if err != nil {
		return nil, fmt.Errorf("panel of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return rows, nil
}

// acting is the actor as far as this review goes: only the asked evaluator acts as evaluator.
func acting(a identity.Actor, r row) identity.Actor {
	if a.ID == r.EvaluatorID {
		return a
	}
	roles := make([]workflows.Role, 0, len(a.Roles))
	for _, role := range a.Roles {
		if role != workflows.Evaluator {
			roles = append(roles, role)
		}
	}
	a.Roles = roles
	return a
}
