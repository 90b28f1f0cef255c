package review

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

// TopicRecusal puts a recusal back in force when its lift ends; payload Return.
const TopicRecusal outbox.Topic = "recusal"

// Return is the payload of TopicRecusal.
type Return struct {
	Override string `json:"override"`
}

// Directions of an override.
const (
	Lift    = "lift"    // the person may take part until a day
	Restore = "restore" // a lift ends before its day
)

// maxLift bounds how long a recusal can be lifted.
const maxLift = 90 * 24 * time.Hour

// staleAsk is how long a request waits for the second director.
const staleAsk = 14 * 24 * time.Hour

// Override is one request about a recusal: one director asks, another answers.
type Override struct {
	ID               string
	PersonID, Person string
	Direction        string
	Reason           string
	UntilOn          string // last day of the lift, local date
	AskedBy, Asker   string
	AskedAt          time.Time
	Answerer, Answer string // name; "", "confirmed" or "refused"
	AnsweredAt       *time.Time
	Over             bool // a confirmed lift that has ended
	Lapsed           bool // nobody answered in time
}

// RecusalLine is a recusal as the commission reads it.
type RecusalLine struct {
	PersonID, Person string
	Kind, Source     string
	Reason, Evidence string
	By               string // name; "" the machine
	At               time.Time
	Version          int64
}

// Recusals is what the commission and supervision read about the recusals of a case.
type Recusals struct {
	Number, Title string
	InForce       []RecusalLine
	Overrides     []Override // newest first
	Version       int64      // of the case
}

// Recusals lists the recusals of a case; NotFound for whoever is recused and for all but the
// commission and supervision.
func (s *Service) Recusals(ctx context.Context, a identity.Actor, ref casework.Ref) (out Recusals, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		sub, err := s.forWatcher(tx, a, ref)
		if err != nil {
			return err
		}
		out.Number, out.Title, out.Version = sub.Case.Number, sub.Case.Title, sub.Case.Version
		if out.InForce, err = recusalLines(tx, ref); err != nil {
			return err
		}
		out.Overrides, err = overridesOf(tx, ref)
		return err
	})
	return out, err
}

// forWatcher loads a case that has been filed, for those who watch over cases.
func (s *Service) forWatcher(tx *database.Tx, a identity.Actor, ref casework.Ref) (Subject, error) {
	if !a.ReadsAll() || s.Subjects[ref.Kind] == nil {
		return Subject{}, fault.Missing()
	}
	if recused, err := IsRecused(tx, a.ID, ref); err != nil || recused {
		if err == nil {
			err = fault.Missing()
		}
		return Subject{}, err
	}
	return s.subject(tx, ref)
}

// DeclareFor records a recusal in a transaction of its own: Declare for the faces. The caller
// of a face has loaded the case with the actor's scope.
func (s *Service) DeclareFor(ctx context.Context, a identity.Actor, ref casework.Ref, r Recusal) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		if _, err := s.forWatcher(tx, a, ref); err != nil {
			return err
		}
		return s.Declare(tx, a, ref, r)
	})
}

// Ask is a director's request to lift a recusal, or to end a lift.
type Ask struct {
	PersonID, Direction, Reason string
	UntilOn                     string // of a lift
}

// AskOverride records a director's request; another director must confirm it before anything
// changes. Nobody asks about the own recusal.
func (s *Service) AskOverride(ctx context.Context, a identity.Actor, ref casework.Ref, in Ask) (id string, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		if err := s.forDirector(tx, a, ref, in.PersonID); err != nil {
			return err
		}
		if err := casework.CheckReason(in.Reason, true); err != nil {
			return err
		}
		until, err := in.until(tx)
		if err != nil {
			return err
		}
		if err := askable(tx, ref, in); err != nil {
			return err
		}
		id = tx.ID()
		_, err = tx.Exec(`INSERT INTO recusal_override (id, subject_kind, subject_id, person_id, direction, reason, until_at, asked_by, asked_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, string(ref.Kind), ref.ID, in.PersonID, in.Direction, in.Reason, until, a.ID, tx.Now())
		if err != nil {
			return fmt.Errorf("ask about recusal: %w", err)
		}
		return casework.Record(tx, a, "recusal.ask_"+in.Direction, ref, map[string]any{"override": id, "person": in.PersonID, "reason": in.Reason, "until": in.UntilOn})
	})
	return id, err
}

func (s *Service) forDirector(tx *database.Tx, a identity.Actor, ref casework.Ref, person string) error {
	if _, err := s.forWatcher(tx, a, ref); err != nil {
		return err
	}
	if !a.Has(workflows.Director) || a.ID == person {
		return fault.New(fault.Forbidden, "forbidden")
	}
	return lock(tx, ref)
}

// until is the end of the last day of a lift.
func (in Ask) until(tx *database.Tx) (time.Time, error) {
	switch in.Direction {
	case Restore:
		return tx.Now(), nil
	case Lift:
	default:
		return time.Time{}, fault.BadField("direction", "unknown")
	}
	day, err := workflows.ParseDate(in.UntilOn)
	if err != nil {
		return time.Time{}, fault.BadField("until_on", "expert_date")
	}
	end := day.Start().AddDate(0, 0, 1).UTC()
	if !end.After(tx.Now()) || end.Sub(tx.Now()) > maxLift {
		return time.Time{}, fault.BadField("until_on", "lift_until", "Days", "90")
	}
	return end, nil
}

// askable refuses to lift what is not in force, to restore what is not lifted, and to ask
// twice.
func askable(tx *database.Tx, ref casework.Ref, in Ask) error {
	open, err := tx.Count(`SELECT count(*) FROM recusal_override WHERE subject_kind = ? AND subject_id = ? AND person_id = ? AND answer = '' AND asked_at > ?`,
		string(ref.Kind), ref.ID, in.PersonID, tx.Now().Add(-staleAsk))
	if err != nil {
		return fmt.Errorf("open requests: %w", err)
	}
	if open > 0 {
		return fault.New(fault.Conflict, "override_asked")
	}
	return changeable(tx, ref, in.PersonID, in.Direction)
}

func changeable(tx *database.Tx, ref casework.Ref, person, direction string) error {
	recused, err := IsRecused(tx, person, ref)
	if err != nil {
		return err
	}
	lifted, err := isLifted(tx, person, ref)
	if err != nil {
		return err
	}
	if direction == Lift && !recused || direction == Restore && !lifted {
		return fault.New(fault.Conflict, "override_moot")
	}
	return nil
}

// AnswerOverride confirms or refuses a request: a director other than the one who asked, and
// not the person concerned. A confirmed lift takes the recusal out of force until its last day
// has ended; what the person does meanwhile stays.
func (s *Service) AnswerOverride(ctx context.Context, a identity.Actor, ref casework.Ref, id string, confirm bool) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		o, err := overrideOf(tx, ref, id)
		if err != nil {
			return err
		}
		if err := s.forDirector(tx, a, ref, o.PersonID); err != nil {
			return err
		}
		if o, err = overrideOf(tx, ref, id); err != nil {
			return err
		}
		switch {
		case o.AskedBy == a.ID:
			return fault.New(fault.Forbidden, "override_same_person")
		case o.Answer != "" || o.AskedAt.Before(tx.Now().Add(-staleAsk)) || o.Direction == Lift && !o.UntilAt.After(tx.Now()):
			return fault.New(fault.Conflict, "override_moot")
		}
		answer := "refused"
		if confirm {
			answer = "confirmed"
		}
		if err := tx.Must("UPDATE recusal_override SET answered_by = ?, answered_at = ?, answer = ? WHERE id = ? AND answer = ''", a.ID, tx.Now(), answer, id); err != nil {
			return err
		}
		if confirm {
			if err := s.carryOut(tx, ref, o); err != nil {
				return err
			}
		}
		return casework.Record(tx, a, "recusal."+answer+"_"+o.Direction, ref, map[string]any{"override": id, "person": o.PersonID, "asked_by": o.AskedBy, "until": o.UntilAt})
	})
}

func (s *Service) carryOut(tx *database.Tx, ref casework.Ref, o overrideRow) error {
	if err := changeable(tx, ref, o.PersonID, o.Direction); err != nil {
		return err
	}
	if o.Direction == Restore {
		return s.endLifts(tx, ref, o.PersonID)
	}
	kept, err := takeRecusal(tx, ref, o.PersonID)
	if err != nil {
		return err
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := tx.Must("UPDATE recusal_override SET kept = ? WHERE id = ?", string(text), o.ID); err != nil {
		return err
	}
	return outbox.Put(tx, outbox.Item{Key: "recusal/" + o.ID, Topic: TopicRecusal, Kind: ref.Kind, CaseID: ref.ID, Payload: Return{Override: o.ID}, DueAt: o.UntilAt})
}

// EndLift is the handler of TopicRecusal: the lift's day is over. A lift that was ended before
// is left alone.
func (s *Service) EndLift(tx *database.Tx, item outbox.Row) error {
	var in Return
	if err := json.Unmarshal([]byte(item.Payload), &in); err != nil {
		return &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	var o overrideRow
	if err := tx.One(&o, "SELECT "+overrideColumns+" FROM recusal_override o WHERE o.id = ?", in.Override); err != nil {
		return fmt.Errorf("lift %s: %w", in.Override, err)
	}
	ref := casework.Ref{Kind: workflows.Kind(o.SubjectKind), ID: o.SubjectID}
	if err := lock(tx, ref); err != nil {
		return err
	}
	return s.endLifts(tx, ref, o.PersonID)
}

// endLifts puts a lifted recusal back in force, ends an open review of the person, and records
// it as the system's act.
func (s *Service) endLifts(tx *database.Tx, ref casework.Ref, person string) error {
	var lifts []overrideRow
	err := tx.Find(&lifts, "SELECT "+overrideColumns+` FROM recusal_override o WHERE o.subject_kind = ? AND o.subject_id = ? AND o.person_id = ?
		AND o.direction = 'lift' AND o.answer = 'confirmed' AND o.returned_at IS NULL ORDER BY o.id`, string(ref.Kind), ref.ID, person)
	if err != nil {
		return fmt.Errorf("lifts of %s: %w", person, err)
	}
	for _, o := range lifts {
		var kept recusalRow
		if err := json.Unmarshal([]byte(o.Kept), &kept); err != nil {
			return fmt.Errorf("lift %s: %w", o.ID, err)
		}
		if err := s.endReview(tx, ref, person); err != nil {
			return err
		}
		if err := giveRecusal(tx, kept); err != nil {
			return err
		}
		if err := tx.Must("UPDATE recusal_override SET returned_at = ? WHERE id = ? AND returned_at IS NULL", tx.Now(), o.ID); err != nil {
			return err
		}
		if err := casework.Record(tx, identity.SystemActor(), "recusal.return", ref, map[string]any{"override": o.ID, "person": person}); err != nil {
			return err
		}
	}
	return nil
}

// endReview cancels the open review that a person has of the case.
func (s *Service) endReview(tx *database.Tx, ref casework.Ref, person string) error {
	panel, err := panelOf(tx, ref)
	if err != nil {
		return err
	}
	for _, r := range panel {
		if r.EvaluatorID != person || r.state() != stateInvited && r.state() != stateAccepted {
			continue
		}
		if _, err := s.DoTx(tx, identity.SystemActor(), casework.Command{ID: r.ID, Action: actionCancel, Reason: recusedReason}); err != nil {
			return err
		}
	}
	return nil
}
