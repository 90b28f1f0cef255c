// Package evaluation runs the annual evaluation of every zone (年度考评, part 五(一)): the unit's
// self-report, the check, the expert score, the grade with its calculation line by line, and
// what follows from an unqualified one: rectification, and a proposal to revoke.
//
// It must not know how experts are chosen or how a notice reads: it asks for their result and
// publishes what is to be announced. A zone it moves only through the three transitions that
// the registry offers for it.
package evaluation

import (
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/policy"
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
}

// Zones carries out what a grade or a rectification means for the zone.
type Zones interface {
	BeginRectification(tx *database.Tx, zoneID string, detail map[string]any) error
	EndRectification(tx *database.Tx, zoneID string, detail map[string]any) error
	ProposeRevocation(tx *database.Tx, zoneID, reason string) error
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

// Service moves evaluations. It implements casework.Service and attachment.Parent.
type Service struct {
	Config
	rectifications *Rectifications
}

// Rectifications moves rectifications; like Service a casework.Service and attachment.Parent.
type Rectifications struct{ s *Service }

var (
	_ casework.Service  = (*Service)(nil)
	_ casework.Service  = (*Rectifications)(nil)
	_ attachment.Parent = (*Service)(nil)
	_ attachment.Parent = (*Rectifications)(nil)
)

// New returns the service; Rectifications is its second face.
func New(c Config) *Service {
	s := &Service{Config: c}
	s.rectifications = &Rectifications{s: s}
	return s
}

// Rectifications is the service of what unqualified grades order.
func (s *Service) Rectifications() *Rectifications { return s.rectifications }

// Kind names the workflow.
func (s *Service) Kind() workflows.Kind { return workflows.Evaluation.Kind }

// Kind names the workflow.
func (r *Rectifications) Kind() workflows.Kind { return workflows.Rectification.Kind }

// The states of the table of evaluations that this package speaks of.
const (
	stateSelf    workflows.State = "self_report"
	stateSigning workflows.State = "signing"
	stateFiled   workflows.State = "filed"
	stateScoring workflows.State = "scoring"
	stateNotice  workflows.State = "notice"
	stateGraded  workflows.State = "graded"
)

func refOf(id string) casework.Ref { return casework.Ref{Kind: workflows.Evaluation.Kind, ID: id} }

func rectificationRef(id string) casework.Ref {
	return casework.Ref{Kind: workflows.Rectification.Kind, ID: id}
}
