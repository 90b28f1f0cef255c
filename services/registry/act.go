package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Do performs a command in one transaction. revoke, keep and renew may carry
// {"document_number"}, the number of the decision; the other actions take no data. The reason
// of state is the unit's statement.
func (s *Service) Do(ctx context.Context, a identity.Actor, c casework.Command) (out casework.Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%s\x00%s", c.ID, c.Action, c.Version, c.Reason, c.Data))
		out, err = casework.Once(tx, a.ID, c.Key, hex.EncodeToString(sum[:]), func() (casework.Outcome, error) { return s.DoTx(tx, a, c) })
		return err
	})
	return out, err
}

// DoTx performs a command inside a transaction; deadlines use it as System, without a version.
func (s *Service) DoTx(tx *database.Tx, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	z, err := s.load(tx, a, c.ID)
	if err != nil {
		return casework.Outcome{}, err
	}
	if !a.Has(workflows.System) {
		if err := casework.CheckVersion(tx, a, z.kase(), c.Version); err != nil {
			return casework.Outcome{}, err
		}
	}
	p, err := s.prepare(tx, a, z, c)
	if err != nil {
		return casework.Outcome{}, err
	}
	return s.apply(tx, a, z, c.Action, c.Reason, p)
}

// apply decides and records one action on a loaded zone with what it brings along.
func (s *Service) apply(tx *database.Tx, a identity.Actor, z loaded, action workflows.Action, reason string, p plan) (casework.Outcome, error) {
	facts, err := s.facts(tx, a, z, action)
	if err != nil {
		return casework.Outcome{}, err
	}
	due, err := z.due()
	if err != nil {
		return casework.Outcome{}, err
	}
	out, err := s.Engine.Apply(tx, casework.Step{Case: z.kase(), Action: action, Actor: a, Reason: reason, Facts: facts, Set: p.set,
		Detail: p.detail, Due: due})
	if err != nil || p.after == nil {
		return out, err
	}
	z.Status, z.Version = string(out.State), out.Version
	if err := p.after(tx, z); err != nil {
		return out, fmt.Errorf("%s zone %s: %w", action, z.Number, err)
	}
	return out, nil
}

// plan is what an action brings along.
type plan struct {
	set    map[string]any
	detail map[string]any
	after  func(tx *database.Tx, z loaded) error
}

// prepare reads the command's data. What the actor may not do at all is left to Fire, so that
// a person without the role learns nothing from a complaint about the data.
func (s *Service) prepare(tx *database.Tx, a identity.Actor, z loaded, c casework.Command) (plan, error) {
	row, ok := workflows.Zone.Row(workflows.State(z.Status), c.Action)
	if !ok || !a.Any(row.Roles...) {
		return plan{}, nil
	}
	if err := casework.CheckReason(c.Reason, row.Reason); err != nil {
		return plan{}, err
	}
	switch c.Action {
	case actionPropose:
		return planPropose(a), nil
	case actionState:
		return plan{set: map[string]any{"statement": strings.TrimSpace(c.Reason)}}, nil
	case actionAsk:
		return plan{set: map[string]any{"renewal_asked": true}}, nil
	case actionExpire:
		return plan{detail: map[string]any{"valid_to": z.ValidTo}, after: closeCertificates("expired")}, nil
	case actionRevoke, actionRenew, "keep":
		return s.planDecision(tx, z, c)
	}
	return plan{}, nil
}

// planPropose begins a new proposal: an earlier statement does not answer it.
func planPropose(a identity.Actor) plan {
	return plan{set: map[string]any{"proposed_by": a.ID, "statement": ""}}
}

func (s *Service) planDecision(tx *database.Tx, z loaded, c casework.Command) (plan, error) {
	number, err := documentNumber(c.Data)
	if err != nil {
		return plan{}, err
	}
	p := plan{detail: map[string]any{}}
	if number != "" {
		p.detail["document_number"] = number
	}
	switch c.Action {
	case actionRevoke:
		p.after = closeCertificates("revoked")
	case actionRenew:
		return s.planRenew(tx, z, p)
	}
	return p, nil
}

// planRenew prolongs the validity from its present end and replaces the certificate.
func (s *Service) planRenew(tx *database.Tx, z loaded, p plan) (plan, error) {
	from, err := workflows.ParseDate(z.ValidTo)
	if err != nil {
		return p, fmt.Errorf("zone %s: valid to: %w", z.ID, err)
	}
	to, err := s.validTo(tx, from, z.rules)
	if err != nil {
		return p, err
	}
	p.set = map[string]any{"valid_to": to.String(), "renewal_asked": false}
	p.detail["valid_to"] = to.String()
	p.after = func(tx *database.Tx, z loaded) error {
		z.ValidTo = to.String()
		if err := s.Engine.Fix(tx, z.kase(), workflows.ClockValidity, to); err != nil {
			return err
		}
		if err := closeCertificates("superseded")(tx, z); err != nil {
			return err
		}
		return s.issue(tx, z)
	}
	return p, nil
}

// documentNumber reads the optional number of a decision strictly.
func documentNumber(data json.RawMessage) (string, error) {
	var in struct {
		DocumentNumber string `json:"document_number"`
	}
	if len(data) == 0 || string(data) == "null" {
		return "", nil
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return "", &fault.Error{Kind: fault.Invalid, Code: "invalid", Fields: []fault.Field{{Path: "data", Code: "data.malformed"}}, Err: err}
	}
	number := strings.TrimSpace(in.DocumentNumber)
	n := utf8.RuneCountInString(number)
	if number != "" && (n < 4 || n > 60 || strings.ContainsFunc(number, func(r rune) bool { return r < ' ' })) {
		return "", fault.BadField("data.document_number", "document_number.length", "Min", "4", "Max", "60")
	}
	return number, nil
}

// Actions lists what the actor can do with the zone now.
func (s *Service) Actions(ctx context.Context, a identity.Actor, id string) (out casework.Actions, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		z, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		out = casework.Actions{Case: refOf(z.ID), Number: z.Number, State: workflows.State(z.Status), Version: z.Version}
		out.Choices, err = s.choices(tx, a, z)
		return err
	})
	return out, err
}

// choices asks for each action by itself, because what counts as grounds differs by action.
func (s *Service) choices(tx *database.Tx, a identity.Actor, z loaded) ([]workflows.Choice, error) {
	state := workflows.State(z.Status)
	var out []workflows.Choice
	for _, c := range workflows.Zone.Choices(state, a.Roles, nil) {
		facts, err := s.facts(tx, a, z, c.Action)
		if err != nil {
			return nil, err
		}
		for _, now := range workflows.Zone.Choices(state, a.Roles, facts) {
			if now.Action == c.Action {
				out = append(out, now)
			}
		}
	}
	return out, nil
}
