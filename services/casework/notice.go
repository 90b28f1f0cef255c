package casework

import (
	"fmt"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

// The topics that cases put into the outbox.
const (
	TopicNotice   outbox.Topic = "notice"   // tell an audience (package reminder); payload Notice
	TopicRemind   outbox.Topic = "remind"   // a rung of the reminder ladder (package reminder); payload Notice
	TopicDeadline outbox.Topic = "deadline" // a clock has ended (cmd → Do as System); payload DeadlineDue
)

// Notice is what the reminder package turns into in-app messages and mail. The recipients
// are resolved when it is delivered, so that a new colleague is told and a recused one is not.
type Notice struct {
	Code      string               `json:"code"`   // message key below "notice."
	Params    map[string]string    `json:"params"` // Number, Title, State…; *_zh and *_en where the text is bilingual
	Audiences []workflows.Audience `json:"audiences"`
	Persons   []string             `json:"persons,omitempty"`   // besides, these people by id
	Except    string               `json:"except,omitempty"`    // not this person: who acted knows
	Superiors bool                 `json:"superiors"`           // besides, the superiors of those people
	Kind      workflows.Kind       `json:"kind"`                // the case
	CaseID    string               `json:"case_id"`             //
	Unit      string               `json:"unit"`                // the district's code, for unit_fillers and unit_leaders
	Office    string               `json:"office,omitempty"`    // the asked department's code
	Evaluator string               `json:"evaluator,omitempty"` // the asked evaluator's id
	Subject   Ref                  `json:"subject"`             // the application or evaluation whose recusals hold
	State     workflows.State      `json:"state,omitempty"`     // of a move: the state that was entered
	Deadline  string               `json:"deadline,omitempty"`  // of a reminder: the deadline it speaks of
	DueOn     string               `json:"due_on,omitempty"`    // of a reminder: stale when the deadline has moved
}

// Ref names a case.
type Ref struct {
	Kind workflows.Kind `json:"kind"`
	ID   string         `json:"id"`
}

// DeadlineDue is the payload of TopicDeadline.
type DeadlineDue struct {
	Deadline string              `json:"deadline"`
	Kind     workflows.Kind      `json:"kind"`
	CaseID   string              `json:"case_id"`
	Clock    workflows.ClockName `json:"clock"`
	Action   workflows.Action    `json:"action"` // empty: only announce and escalate
}

// Tell puts a notice about a case into the outbox, in the transaction of its cause.
func Tell(tx *database.Tx, key string, n Notice, at time.Time) error {
	err := outbox.Put(tx, outbox.Item{Key: key, Topic: TopicNotice, Kind: n.Kind, CaseID: n.CaseID, Payload: n, DueAt: at})
	if err != nil {
		return fmt.Errorf("tell %s: %w", n.Code, err)
	}
	return nil
}
