package application

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// The parts of the opinion queue.
const (
	QueueOpen     = "open"     // still to be given, the soonest due first
	QueueAnswered = "answered" // given or cancelled, the latest first
)

// maxQueue is how many opinions a part of the queue holds.
const maxQueue = 300

// QueueFilter narrows the queue; empty fields admit everything.
type QueueFilter struct {
	Part string // QueueOpen or QueueAnswered
	Unit string // code of the asked unit
	Late bool   // only what is overdue or was given late
}

// Queued is one line of the opinion queue: who was asked about what, by when, and how it stands.
type Queued struct {
	ID, Number    string
	ApplicationID string
	Title, Filing string // name and number of the application
	District      string // code of the unit that filed
	Unit          string // code of the asked unit
	Sectors       []string
	Lead          bool // the asked unit leads one of the sectors, or else co-operates
	State         workflows.State
	Stance        string
	Late          bool
	Holder        string // name of the colleague it lies with; empty: with the department
	Mine          bool   // on the actor's own desk
	DueOn         string
	Clock         *casework.Clock
	UrgedAt       *time.Time // when the opinion was urged last
	Urgings       int
	AskedAt       time.Time
	GivenAt       *time.Time
	Demo          bool
}

type queuedRow struct {
	Opinion                 opinionRow `gorm:"embedded"`
	Title, Filing, District string
	Holder                  string
	DueOn                   string
	UrgedAt                 *time.Time
	Urgings                 int
	Demo                    bool
}

// Queue lists opinions that the actor may see: a department its own, the commission and
// supervision all.
func (o *Opinions) Queue(ctx context.Context, a identity.Actor, f QueueFilter) (out []Queued, err error) {
	err = o.s.DB.View(ctx, func(tx *database.Tx) error {
		rows, err := queued(tx, a, f)
		if err != nil {
			return err
		}
		for _, r := range rows {
			line, err := o.line(tx, a, r)
			if err != nil {
				return err
			}
			out = append(out, line)
		}
		return nil
	})
	return out, err
}

func (o *Opinions) line(tx *database.Tx, a identity.Actor, r queuedRow) (Queued, error) {
	x := r.Opinion
	q := Queued{ID: x.ID, Number: x.Number, ApplicationID: x.ApplicationID, Title: r.Title, Filing: r.Filing, District: r.District, Unit: x.UnitCode,
		State: workflows.State(x.Status), Stance: x.Stance, Late: x.Late || x.Status == "overdue", Holder: r.Holder, DueOn: r.DueOn, UrgedAt: r.UrgedAt, Urgings: r.Urgings,
		AskedAt: x.CreatedAt, GivenAt: x.GivenAt, Demo: r.Demo}
	if err := json.Unmarshal([]byte(x.Sectors), &q.Sectors); err != nil {
		return q, fmt.Errorf("sectors of opinion %s: %w", x.ID, err)
	}
	q.Lead = o.leads(x.UnitCode, q.Sectors)
	q.Mine = writable(a, x) == nil
	clocks, err := o.s.Engine.Clocks(tx, casework.Ref{Kind: o.Kind(), ID: x.ID})
	if len(clocks) > 0 {
		q.Clock = &clocks[0]
	}
	return q, err
}

// leads tells whether a unit leads one of the sectors.
func (o *Opinions) leads(unit string, sectors []string) bool {
	return slices.ContainsFunc(sectors, func(code string) bool {
		s, ok := o.s.Book.Sector(code)
		return ok && slices.Contains(s.Leads, unit)
	})
}

// Neighbours are the opinions before and after one in the actor's own queue of what is still
// to be given; empty at its ends. An opinion that is not in the queue has the first after it.
func (o *Opinions) Neighbours(ctx context.Context, a identity.Actor, id string) (before, after string, err error) {
	err = o.s.DB.View(ctx, func(tx *database.Tx) error {
		rows, err := queued(tx, a, QueueFilter{Part: QueueOpen, Unit: a.Unit})
		rows = slices.DeleteFunc(rows, func(r queuedRow) bool { return writable(a, r.Opinion) != nil })
		i := slices.IndexFunc(rows, func(r queuedRow) bool { return r.Opinion.ID == id })
		if i > 0 {
			before = rows[i-1].Opinion.ID
		}
		if i+1 < len(rows) {
			after = rows[i+1].Opinion.ID
		}
		return err
	})
	return before, after, err
}
