package application

import (
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
)

// ConditionFiles lets the unit that must meet a condition put evidence to it. It implements
// attachment.Parent.
type ConditionFiles struct{ s *Service }

var _ attachment.Parent = ConditionFiles{}

// ConditionFiles is the parent of the files of conditions.
func (s *Service) ConditionFiles() ConditionFiles { return ConditionFiles{s} }

// conditionEvidence is the slot whose formats and sizes hold for the evidence of conditions:
// that for the evidence of a rectification, which is of the same sort.
const conditionEvidence = "rectification-evidence"

// ConditionSlot is where evidence of the conditions on an application is put, by the rule set
// of the application.
func (s *Service) ConditionSlot(tx *database.Tx, applicationID string) (policy.Slot, error) {
	l, err := s.load(tx, identity.SystemActor(), applicationID)
	if err != nil {
		return policy.Slot{}, err
	}
	slot, ok := l.rules.Slot(conditionEvidence)
	if !ok {
		return slot, fault.BadField("slot", "slot.unknown")
	}
	return slot, nil
}

// Reading allows evidence to be read by whoever sees the condition.
func (f ConditionFiles) Reading(tx *database.Tx, a identity.Actor, id string) error {
	_, err := condition.Find(tx, a, id)
	return err
}

// Writing lets the responsible unit put evidence while the condition is open.
func (f ConditionFiles) Writing(tx *database.Tx, a identity.Actor, id, slot string) (attachment.Slot, error) {
	x, err := condition.Reportable(tx, a, id)
	if err != nil {
		return attachment.Slot{}, err
	}
	rule, err := f.s.ConditionSlot(tx, x.Subject.ID)
	if err != nil || slot != rule.Code {
		return attachment.Slot{}, fault.BadField("slot", "slot.unknown")
	}
	return attachment.Slot{Code: rule.Code, Formats: rule.Formats, MaxBytes: rule.MaxBytes, MaxFiles: rule.MaxFiles}, nil
}

// Touched bumps the version when evidence is attached or removed.
func (f ConditionFiles) Touched(tx *database.Tx, a identity.Actor, id string) error {
	x, err := condition.Reportable(tx, a, id)
	if err != nil {
		return err
	}
	if err := condition.Touch(tx, x); err != nil {
		return err
	}
	return casework.Record(tx, a, "condition.files", casework.Ref{Kind: f.s.conditions.Kind(), ID: id}, map[string]any{"version": x.Version + 1})
}
