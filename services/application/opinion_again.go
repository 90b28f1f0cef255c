package application

import (
	"time"

	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/identity"
)

// EarlierAnswer is an opinion that was given before it was asked for anew.
type EarlierAnswer struct {
	Stance, Grounds string
	Conditions      string // one a line
	Late            bool
	VersionNo       int // of the application that it was given on
	GivenAt         time.Time
}

// planAgain keeps the answer as an earlier one, ends its conditions, and lets the department
// begin with what it wrote.
func (o *Opinions) planAgain(tx *database.Tx, r opinionRow, reason string) (plan, error) {
	set, err := condition.OfSource(tx, identity.SystemActor(), condition.FromOpinion, r.ID)
	if err != nil {
		return plan{}, err
	}
	draft := OpinionDraft{Stance: r.Stance, Grounds: r.Grounds}
	for _, c := range set {
		draft.Conditions = append(draft.Conditions, condition.Draft{Text: c.Text, Proof: c.Proof, Moment: c.Moment, DueOn: c.DueOn, Responsible: c.Responsible})
	}
	return plan{set: map[string]any{"stance": "", "grounds": "", "conditions": "", "late": false, "given_by": nil, "given_at": nil},
		detail: map[string]any{"earlier": r.Stance, "version_no": r.VersionNo},
		after: func(tx *database.Tx, _ loaded) error {
			if err := keepAnswer(tx, r); err != nil {
				return err
			}
			if err := o.s.conditions.CancelOf(tx, condition.FromOpinion, r.ID, reason); err != nil {
				return err
			}
			giver := identity.Actor{}
			if r.GivenBy != nil {
				giver.ID = *r.GivenBy
			}
			_, err := putDraft(tx, giver, r.ID, 0, draft)
			return err
		}}, nil
}
