package application

import (
	"context"
	"encoding/json"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Colleagues lists who can take an opinion over: active people of the asked department who
// are not recused from the case, without the actor.
func (o *Opinions) Colleagues(ctx context.Context, a identity.Actor, id string) (out []identity.Recipient, err error) {
	err = o.s.DB.View(ctx, func(tx *database.Tx) error {
		r, _, err := o.load(tx, a, id)
		if err != nil {
			return err
		}
		people, err := identity.Recipients(tx, identity.Query{Roles: []workflows.Role{workflows.Department}, Unit: r.UnitCode})
		for _, p := range people {
			if ok, err := canHold(tx, r, p.ID); err != nil {
				return err
			} else if ok && p.ID != a.ID {
				out = append(out, p)
			}
		}
		return err
	})
	return out, err
}

// planTransfer hands the opinion to one colleague; whoever is recused is none.
func planTransfer(tx *database.Tx, a identity.Actor, r opinionRow, data json.RawMessage) (plan, error) {
	var in struct {
		PersonID string `json:"person_id"`
	}
	if err := decodeData(data, &in); err != nil {
		return plan{}, err
	}
	ok, err := canHold(tx, r, in.PersonID)
	if err != nil {
		return plan{}, err
	}
	if !ok || in.PersonID == a.ID {
		return plan{}, fault.BadField("data.person_id", "opinion.colleague")
	}
	return plan{facts: map[workflows.Fact]bool{workflows.ColleagueNamed: true}, set: map[string]any{"assignee_id": in.PersonID},
		detail: map[string]any{"assignee": in.PersonID}}, nil
}
