package casework

import (
	"context"
	"slices"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Service is what every kind of case offers to the faces and to the deadlines. A case that
// the actor may not see is NotFound in every method, the same as one that does not exist.
type Service interface {
	Kind() workflows.Kind
	// Do performs a command in a transaction of its own.
	Do(ctx context.Context, a identity.Actor, c Command) (Outcome, error)
	// DoTx performs a command inside a transaction; deadlines use it as System.
	DoTx(tx *database.Tx, a identity.Actor, c Command) (Outcome, error)
	// Actions lists what the actor can do now, with the reason where something is blocked.
	Actions(ctx context.Context, a identity.Actor, id string) (Actions, error)
	// Desk says how its cases lie on people's desks; the work list is read by Work.
	Desk() Desk
}

// Actions is the answer to "what can I do here".
type Actions struct {
	Case    Ref
	Number  string
	State   workflows.State
	Version int64
	Choices []workflows.Choice
}

// Path is where people read a case of a kind.
func Path(kind workflows.Kind, id string) string { return "/" + string(kind) + "s/" + id }

// Guard is a fact that costs a look into the database; only the facts that an action of the
// present state needs are established.
type Guard func() (bool, error)

// Establish computes the facts that any of the rows leaving a state asks for.
func Establish(w *workflows.Workflow, from workflows.State, guards map[workflows.Fact]Guard) (map[workflows.Fact]bool, error) {
	facts := map[workflows.Fact]bool{}
	for _, row := range w.Transitions {
		if !slices.Contains(row.From, from) {
			continue
		}
		for _, f := range row.Needs {
			if _, known := facts[f]; known || guards[f] == nil {
				continue
			}
			ok, err := guards[f]()
			if err != nil {
				return nil, err
			}
			facts[f] = ok
		}
	}
	return facts, nil
}
