// Package condition keeps the conditions that department opinions and decisions are tied to
// (附条件): what must be met, what shows that it is, by when and by which unit. One to be met
// before the decision is open at once; one for the time after accreditation is noted and
// carried to the zone with its due date.
//
// It must not know how an opinion is formed or a decision taken: those who set conditions say
// that they may, in the same transaction.
package condition

import (
	"context"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Moment is by when a condition must be met.
type Moment string

// The moments.
const (
	BeforeDecision     Moment = "before_decision"
	AfterAccreditation Moment = "after_accreditation"
)

// Moments lists them in the order in which people choose.
func Moments() []Moment { return []Moment{BeforeDecision, AfterAccreditation} }

// Source is what a condition belongs to.
type Source string

// The sources.
const (
	FromOpinion  Source = "opinion"
	FromDecision Source = "decision"
)

// Subject is what the service must know of the case that conditions are set on.
type Subject struct {
	Title string
	Unit  string // code of the unit that the case is of
	Rules casework.Rules
	Demo  bool
}

// Subjects loads a case that conditions are set on, without asking who looks.
type Subjects func(tx *database.Tx, c casework.Ref) (Subject, error)

// Config is what the service works with.
type Config struct {
	DB       *database.DB
	Engine   *casework.Engine
	Subjects map[workflows.Kind]Subjects
}

// Service moves conditions. It implements casework.Service.
type Service struct{ Config }

var _ casework.Service = (*Service)(nil)

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// Kind names the workflow.
func (s *Service) Kind() workflows.Kind { return workflows.Condition.Kind }

// Condition is one condition as those who may see it read it.
type Condition struct {
	ID, Number  string
	Subject     casework.Ref
	Title       string // of the case
	Unit        string // code of the unit that the case is of
	ZoneID      string // empty until carried to the zone
	Source      Source
	SourceID    string // the opinion; the application of a decision
	SetUnit     string // code of the unit that set it
	Text, Proof string
	Moment      Moment
	DueOn       string // local date; empty where none was set
	Responsible string // code of the unit that must meet it
	State       workflows.State
	Version     int64
	Evidence    string // what the responsible unit has reported
	ReportedAt  *time.Time
	Reason      string // of the confirmation, the waiver or the return
	SettledAt   *time.Time
	Demo        bool
}

// Unmet reports whether something is still to be done about the condition.
func (c Condition) Unmet() bool {
	return c.State == "noted" || c.State == "open" || c.State == "reported"
}

// View is one condition with its clock, history and what the actor can do.
type View struct {
	Condition
	Clocks  []casework.Clock
	History []casework.Event
	Choices []workflows.Choice
}

func refOf(id string) casework.Ref { return casework.Ref{Kind: workflows.Condition.Kind, ID: id} }

// Desk says how conditions lie on people's desks: an open one with the unit that must meet it,
// a reported one with the unit that set it.
func (s *Service) Desk() casework.Desk {
	return casework.Desk{Workflow: workflows.Condition, From: "condition c", Alias: "c", Title: "c.subject_title", Unit: "c.unit_code", Scope: scope, Own: own}
}

// View reads a condition that the actor may see; everything else is NotFound.
func (s *Service) View(ctx context.Context, a identity.Actor, id string) (v View, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		r, err := load(tx, a, id)
		if err != nil {
			return err
		}
		v.Condition, v.Choices = r.face(), r.choices(a)
		if v.Clocks, err = s.Engine.Clocks(tx, refOf(r.ID)); err != nil {
			return err
		}
		v.History, err = casework.History(tx, refOf(r.ID))
		return err
	})
	return v, err
}
