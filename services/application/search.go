package application

import (
	"fmt"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Hit is a case that a search has found, as the actor may read it.
type Hit struct {
	Kind             workflows.Kind
	ID, Number, Name string
	Unit             string // code
	State            workflows.State
}

// Search finds applications that the actor may see: the exact number first, then what begins
// with the question, then what holds it.
func (s *Service) Search(tx *database.Tx, a identity.Actor, question string, limit int) ([]Line, error) {
	found, args := search.In("a.id", string(workflows.Application.Kind), "application", question)
	cond, vals := scope(a)
	rank, ranks := search.Rank("q.number", "q.name", question)
	out, err := lines(tx, a, found+" AND "+cond, append(args, vals...), window{order: rank + ", q.id DESC", args: ranks, limit: bounded(limit)})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return out, nil
}

// Search finds opinions that the actor may see by their number and the name of their
// application.
func (o *Opinions) Search(tx *database.Tx, a identity.Actor, question string, limit int) ([]Hit, error) {
	found, args := search.In("o.id", string(workflows.Opinion.Kind), "opinion", question)
	cond, vals := scope(a)
	if !a.ReadsAll() {
		cond, vals = "o.unit_code = ? AND o.status <> 'cancelled' AND "+cond, append([]any{a.Unit}, vals...)
	}
	rank, ranks := search.Rank("o.number", "a.name", question)
	var rows []struct{ ID, Number, Name, UnitCode, Status string }
	err := tx.Find(&rows, "SELECT o.id, o.number, a.name, o.unit_code, o.status FROM opinion o JOIN application a ON a.id = o.application_id WHERE "+found+" AND "+cond+
		" ORDER BY "+rank+", o.id DESC LIMIT ?", append(append(append(args, vals...), ranks...), bounded(limit))...)
	if err != nil {
		return nil, fmt.Errorf("search opinions: %w", err)
	}
	out := make([]Hit, 0, len(rows))
	for _, r := range rows {
		out = append(out, Hit{Kind: o.Kind(), ID: r.ID, Number: r.Number, Name: r.Name, Unit: r.UnitCode, State: workflows.State(r.Status)})
	}
	return out, nil
}
