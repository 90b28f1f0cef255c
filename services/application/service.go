package application

import (
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/policy"
	"clusterzone/services/registry"
	"clusterzone/workflows"
)

// Files lists what is attached to a case.
type Files func(tx *database.Tx, c casework.Ref) ([]attachment.Attachment, error)

// Reviews tells how the experts' scoring of a case stands.
type Reviews interface {
	Result(tx *database.Tx, c casework.Ref) (result policy.PanelResult, done bool, err error)
	CancelAll(tx *database.Tx, c casework.Ref, reason string) error
	// Closing holds the panel until the transaction ends: nobody is invited meanwhile.
	Closing(tx *database.Tx, c casework.Ref) error
	// Detect recuses whoever the case as it stands now has a conflict with.
	Detect(tx *database.Tx, c casework.Ref) error
}

// Notices publishes what the public may object to.
type Notices interface {
	Publish(tx *database.Tx, a identity.Actor, n notice.Notice) (notice.Published, error)
	OpenObjections(tx *database.Tx, c casework.Ref) (int64, error)
	Cancel(tx *database.Tx, c casework.Ref) error
	// CloseMoot closes the open objections of a case that ends without a decision.
	CloseMoot(tx *database.Tx, c casework.Ref, reason string) error
	ForSubject(tx *database.Tx, c casework.Ref) ([]notice.Public, error)
}

// Zones receives what has been accredited.
type Zones interface {
	Establish(tx *database.Tx, a identity.Actor, g registry.Grant) (zoneID string, err error)
	Neighbours(tx *database.Tx, exceptApplication string) ([]registry.Boundary, error)
	Validity(tx *database.Tx, applicationID string) (from, to workflows.Date, err error)
}

// Config is what the service works with.
type Config struct {
	DB      *database.DB
	Engine  *casework.Engine
	Book    *policy.Book
	Files   Files
	Reviews Reviews
	Notices Notices
	Zones   Zones
}

// Service moves applications.
type Service struct {
	Config
	opinions   *Opinions
	conditions *condition.Service
}

// New returns the service; Opinions and Conditions are its further faces.
func New(c Config) *Service {
	s := &Service{Config: c}
	s.opinions = &Opinions{s: s}
	s.conditions = condition.New(condition.Config{DB: c.DB, Engine: c.Engine,
		Subjects: map[workflows.Kind]condition.Subjects{workflows.Application.Kind: s.conditionSubject}})
	return s
}

// Opinions is the service of the department opinions on applications.
func (s *Service) Opinions() *Opinions { return s.opinions }

// Kind names the workflow.
func (s *Service) Kind() workflows.Kind { return workflows.Application.Kind }

func refOf(id string) casework.Ref { return casework.Ref{Kind: workflows.Application.Kind, ID: id} }
