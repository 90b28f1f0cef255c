package condition

import (
	"fmt"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Origin is what conditions are set by.
type Origin struct {
	Subject  casework.Ref // the application
	Source   Source
	SourceID string // the opinion; of a decision the application
	Unit     string // code of the unit that sets them
	ZoneID   string // where the zone stands already: then nothing is only noted
	Path     string // of the field that the conditions came in, for what is refused: data.conditions
}

// Set records the conditions of an opinion or a decision in its transaction, in the order
// given. Whoever calls has decided that the actor may set them. Errors: Invalid by field.
func (s *Service) Set(tx *database.Tx, a identity.Actor, o Origin, drafts []Draft) error {
	if problems := Check(o.Path, drafts, workflows.DateOf(tx.Now())); len(problems) > 0 {
		return fault.Bad(problems...)
	}
	sub, err := s.subject(tx, o.Subject)
	if err != nil {
		return err
	}
	if err := checkUnits(tx, o.Path, sub.Unit, drafts); err != nil {
		return err
	}
	for i, d := range drafts {
		if d.Responsible == "" {
			d.Responsible = sub.Unit
		}
		if err := s.set(tx, a, newRow(tx, a, o, sub, i+1, d), sub); err != nil {
			return fmt.Errorf("set condition %d: %w", i+1, err)
		}
	}
	return nil
}

func (s *Service) subject(tx *database.Tx, ref casework.Ref) (Subject, error) {
	load := s.Subjects[ref.Kind]
	if load == nil {
		return Subject{}, fmt.Errorf("no conditions on a case of kind %s", ref.Kind)
	}
	return load(tx, ref)
}

func (s *Service) set(tx *database.Tx, a identity.Actor, r row, sub Subject) error {
	year := workflows.DateOf(tx.Now()).Year
	n, err := tx.Next(fmt.Sprintf("condition/%d", year))
	if err != nil {
		return err
	}
	r.Number = fmt.Sprintf("CQ-TJ-%d-%04d", year, n)
	action := workflows.Action("set")
	if Moment(r.Moment) == AfterAccreditation && r.ZoneID == nil {
		action = "note"
	}
	kase := r.kase(sub.Rules, r.Responsible)
	kase.State, kase.Version = "", 0
	_, err = s.Engine.Apply(tx, casework.Step{Case: kase, Action: action, Actor: a, Due: r.due(), Facts: map[workflows.Fact]bool{workflows.BySetter: true},
		Detail: map[string]any{"source": r.Source, "source_id": r.SourceID, "responsible": r.Responsible, "moment": r.Moment, "due_on": r.DueOn},
		Insert: func(tx *database.Tx, st workflows.State) error {
			r.Status = string(st)
			if err := tx.Insert("condition", &r); err != nil {
				return err
			}
			return search.Put(tx, string(workflows.Condition.Kind), r.ID, r.Number, r.SubjectTitle)
		}})
	return err
}

// Unmet counts the conditions of a case for a moment that are neither met nor waived.
func Unmet(tx *database.Tx, ref casework.Ref, m Moment) (int64, error) {
	return tx.Count(`SELECT count(*) FROM condition WHERE subject_kind = ? AND subject_id = ? AND moment = ? AND status IN ('noted', 'open', 'reported')`,
		string(ref.Kind), ref.ID, string(m))
}

// Carry hands what is noted for the time after accreditation to the zone that a case has
// become: it opens with its due date. A date that has passed meanwhile is put off by as many
// days as the condition gave when it was set.
func (s *Service) Carry(tx *database.Tx, ref casework.Ref, zoneID string) error {
	rows, err := ofSubject(tx, ref, "noted")
	if err != nil || len(rows) == 0 {
		return err
	}
	sub, err := s.subject(tx, ref)
	if err != nil {
		return err
	}
	for _, r := range rows {
		r.DueOn = putOff(r, workflows.DateOf(tx.Now()))
		_, err := s.Engine.Apply(tx, casework.Step{Case: r.kase(sub.Rules, r.Responsible), Action: "carry", Actor: identity.SystemActor(), Due: r.due(),
			Set: map[string]any{"zone_id": zoneID, "due_on": r.DueOn}, Detail: map[string]any{"zone": zoneID, "due_on": r.DueOn}})
		if err != nil {
			return err
		}
	}
	return nil
}

// putOff is the due date of a condition that opens today.
func putOff(r row, today workflows.Date) string {
	due, err := workflows.ParseDate(r.DueOn)
	if err != nil || !due.Before(today) {
		return r.DueOn
	}
	return today.AddDays(due.Sub(workflows.DateOf(r.CreatedAt))).String()
}

// CancelAll ends what is still unmet when a case ends without a zone.
func (s *Service) CancelAll(tx *database.Tx, ref casework.Ref, reason string) error {
	rows, err := ofSubject(tx, ref, "noted", "open", "reported")
	if err != nil {
		return err
	}
	return s.cancel(tx, rows, reason)
}

// CancelOf ends what one opinion or decision has set, when that is taken back.
func (s *Service) CancelOf(tx *database.Tx, source Source, sourceID, reason string) error {
	rows, err := ofSource(tx, source, sourceID)
	if err != nil {
		return err
	}
	return s.cancel(tx, rows, reason)
}

func (s *Service) cancel(tx *database.Tx, rows []row, reason string) error {
	for _, r := range rows {
		sub, err := s.subject(tx, r.ref())
		if err != nil {
			return err
		}
		_, err = s.Engine.Apply(tx, casework.Step{Case: r.kase(sub.Rules, r.Responsible), Action: "cancel", Actor: identity.SystemActor(), Reason: reason})
		if err != nil {
			return err
		}
	}
	return nil
}
