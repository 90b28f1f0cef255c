package casework

import (
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// SeenState is the state that the actor may read: outside the commission and supervision, a
// step of their own deliberation reads as the state it stands behind.
func SeenState(w *workflows.Workflow, a identity.Actor, s workflows.State) workflows.State {
	if a.ReadsAll() {
		return s
	}
	return w.Seen(s)
}

// SeenHistory is the history that the actor may read: outside the commission and supervision
// without the steps of their own deliberation, and without the reasons and figures of a step
// that shows all the same because it moves the case to another visible state.
func SeenHistory(w *workflows.Workflow, a identity.Actor, events []Event) []Event {
	if a.ReadsAll() {
		return events
	}
	out := make([]Event, 0, len(events))
	for _, e := range events {
		row, _ := w.Row(e.From, e.Action)
		e.From, e.To, e.Detail = w.Seen(e.From), w.Seen(e.To), nil
		if row.Internal && e.From == e.To {
			continue
		}
		if row.Internal {
			e.Reason = ""
		}
		out = append(out, e)
	}
	return out
}

// seenBy is the state whose name a notice to these audiences may carry.
func seenBy(w *workflows.Workflow, told []workflows.Audience, s workflows.State) workflows.State {
	for _, a := range told {
		switch a {
		case workflows.ToFillers, workflows.ToLeaders, workflows.ToDepartment, workflows.ToEvaluator:
			return w.Seen(s)
		}
	}
	return s
}
