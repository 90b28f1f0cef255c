package casework

import (
	"fmt"
	"strings"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Desk says how the cases of a kind lie on people's desks: where their rows stand, who sees
// them, and what is asked of somebody beyond the desks of the state table. Every domain
// package has one; the work list, the due dates and the daily digest are read from it.
type Desk struct {
	Workflow *workflows.Workflow
	// From is the table of the cases under Alias, with what Title and Unit need joined to it.
	From, Alias string
	Title, Unit string // SQL expressions: the case's name, the code of the responsible unit
	// Scope is who sees a case, as a condition on Alias.
	Scope func(identity.Actor) (string, []any)
	// Own narrows the desk of a role to what is meant for this person; nil: all that they see.
	Own func(identity.Actor, workflows.Role) Condition
	// Asks are wishes that wait for an actor in states that are on nobody's desk, or on others'.
	Asks func(a identity.Actor, now time.Time) []Condition
	// Due are such wishes that depend on what is stored, such as the rule set of a case.
	Due func(tx *database.Tx, a identity.Actor) ([]Condition, error)
	// Late are the states that mean by themselves that the time is over.
	Late []workflows.State
}

// Condition is a piece of SQL with its arguments; the zero value always holds.
type Condition struct {
	SQL  string
	Args []any
}

func (c Condition) and(d Condition) Condition {
	switch {
	case c.SQL == "":
		return d
	case d.SQL == "":
		return c
	}
	return Condition{"(" + c.SQL + ") AND (" + d.SQL + ")", concat(c.Args, d.Args)}
}

func not(c Condition) Condition { return Condition{"NOT (" + c.SQL + ")", c.Args} }

// anyOf holds where one of the conditions does; none of them is never.
func anyOf(cs []Condition) Condition {
	if len(cs) == 0 {
		return Condition{SQL: "1 = 0"}
	}
	var or []string
	var args []any
	for _, c := range cs {
		or, args = append(or, "("+c.SQL+")"), append(args, c.Args...)
	}
	return Condition{strings.Join(or, " OR "), args}
}

func concat(lists ...[]any) (out []any) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// waiting holds where the case waits for the actor now.
func (d Desk) waiting(a identity.Actor, now time.Time) Condition {
	var or []Condition
	for _, role := range a.Roles {
		states := d.Workflow.OnDesk(role)
		if len(states) == 0 {
			continue
		}
		mine := Condition{d.Alias + ".status IN ?", []any{names(states)}}
		if d.Own != nil {
			mine = mine.and(d.Own(a, role))
		}
		or = append(or, mine)
	}
	if d.Asks != nil {
		or = append(or, d.Asks(a, now)...)
	}
	return anyOf(or)
}

// asking is the desk with what Due finds among its Asks.
func (d Desk) asking(tx *database.Tx, a identity.Actor) (Desk, error) {
	if d.Due == nil {
		return d, nil
	}
	due, err := d.Due(tx, a)
	if err != nil {
		return d, fmt.Errorf("what is due of %s: %w", d.Workflow.Kind, err)
	}
	asks := d.Asks
	d.Due, d.Asks = nil, func(a identity.Actor, now time.Time) []Condition {
		if asks == nil {
			return due
		}
		return append(asks(a, now), due...)
	}
	return d, nil
}

// visible holds where the actor may see the case.
func (d Desk) visible(a identity.Actor) Condition {
	sql, args := d.Scope(a)
	return Condition{sql, args}
}

// acted holds where the actor has a line in the history of the case; more narrows it.
func (d Desk) acted(a identity.Actor, more string) Condition {
	return Condition{"EXISTS (SELECT 1 FROM case_history h WHERE h.actor_id = ? AND h.kind = ? AND h.case_id = " + d.Alias + ".id" + more + ")",
		[]any{a.ID, string(d.Workflow.Kind)}}
}

// told holds where the actor has been sent a message about the case.
func (d Desk) told(a identity.Actor) Condition {
	return Condition{"EXISTS (SELECT 1 FROM message m WHERE m.recipient_id = ? AND m.kind = ? AND m.case_id = " + d.Alias + ".id)",
		[]any{a.ID, string(d.Workflow.Kind)}}
}

// on is a tab of the work list as a condition. A case that one has acted on stays in what one
// has done even when it comes back; a copy is what one was told of and neither did nor has to
// do anything about.
func (d Desk) on(tab Tab, a identity.Actor, now time.Time) Condition {
	seen := d.visible(a)
	switch tab {
	case TabTodo:
		return seen.and(d.waiting(a, now))
	case TabDone:
		return seen.and(d.acted(a, " AND h.seq > 1"))
	case TabStarted:
		return seen.and(d.acted(a, " AND h.seq = 1"))
	case TabCopied:
		return seen.and(d.told(a)).and(not(d.acted(a, ""))).and(not(d.waiting(a, now)))
	}
	return Condition{SQL: "1 = 0"}
}

func names(states []workflows.State) []string {
	out := make([]string, len(states))
	for i, st := range states {
		out[i] = string(st)
	}
	return out
}
