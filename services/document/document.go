// Package document issues the official papers of a case: 受理通知书, 补正通知书, 评审意见,
// 公示, 认定 and 不予认定. A paper is made from a published version of its template and the
// facts of the case, gets a number and a check code, is printed once and never changes; it
// can only be declared void with a reason. The package owns the templates and the issued
// papers. It does not know how a case came to its facts: a Source gives them.
package document

import (
	"context"
	"io"
	"slices"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/services/paper"
	"clusterzone/workflows"
)

// TopicDocument asks for a paper to be printed; Render is its handler.
const TopicDocument outbox.Topic = "document"

// Kind is a kind of paper.
type Kind string

// The kinds, in the order of a case's life.
const (
	Acceptance    Kind = "acceptance"     // 受理通知书
	Correction    Kind = "correction"     // 补正通知书
	ReviewOpinion Kind = "review_opinion" // 评审意见, within the commission
	Notice        Kind = "notice"         // 公示
	Accreditation Kind = "accreditation"  // 认定决定
	Refusal       Kind = "refusal"        // 不予认定决定书
)

// rule is what holds for every paper of a kind.
type rule struct {
	kind     Kind
	roles    []workflows.Role     // who may issue it
	internal bool                 // read by the commission and supervision only
	public   bool                 // anybody may ask after its number; others are found by their code alone
	told     []workflows.Audience // who is told that it has been issued
}

func rules() []rule {
	desk := []workflows.Role{workflows.Clerk, workflows.Officer}
	unit := []workflows.Audience{workflows.ToFillers, workflows.ToLeaders}
	return []rule{
		{kind: Acceptance, roles: desk, told: unit},
		{kind: Correction, roles: desk, told: unit},
		{kind: ReviewOpinion, roles: []workflows.Role{workflows.Officer}, internal: true, told: []workflows.Audience{workflows.ToDirectors}},
		{kind: Notice, roles: desk, public: true, told: unit},
		{kind: Accreditation, roles: []workflows.Role{workflows.Director}, public: true, told: unit},
		{kind: Refusal, roles: []workflows.Role{workflows.Director}, told: unit},
	}
}

// Kinds lists the kinds in order.
func Kinds() []Kind {
	out := make([]Kind, 0, len(rules()))
	for _, r := range rules() {
		out = append(out, r.kind)
	}
	return out
}

func ruleOf(k Kind) (rule, bool) {
	i := slices.IndexFunc(rules(), func(r rule) bool { return r.kind == k })
	if i < 0 {
		return rule{}, false
	}
	return rules()[i], true
}

// readable reports whether the actor, who may read the case, may read its papers of the kind.
func (r rule) readable(a identity.Actor) bool {
	return a.ReadsAll() || !r.internal && a.Any(workflows.Filler, workflows.Leader) || r.public
}

// Subject is what a paper is made of. Fields are named as in the templates; a field that is
// absent is not known yet. Items are the rows of the paper's table: where, and what.
type Subject struct {
	Case     casework.Case
	UnitName string
	Demo     bool
	Fields   map[string]string
	Items    map[Kind][][2]string
	Ready    map[Kind]bool // the case has come so far that the paper may be issued
	Cycle    map[Kind]int  // which correction, which notice; 0 counts as 1
}

// Source loads a case for its papers. Reading returns NotFound where the actor may not see it.
type Source interface {
	DocumentSubject(tx *database.Tx, id string) (Subject, error)
	Reading(tx *database.Tx, a identity.Actor, id string) error
}

// Objects stores the printed papers.
type Objects interface {
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) (objects.Info, error)
	Open(ctx context.Context, key, version string) (io.ReadSeekCloser, objects.Info, error)
}

// Press prints them: the same data gives the same bytes.
type Press interface {
	Letter(l paper.LetterData) ([]byte, error)
}

// Config is what the service works with.
type Config struct {
	DB        *database.DB
	Objects   Objects
	Press     Press
	Sources   map[workflows.Kind]Source
	PublicURL string // where outsiders reach the product, without a slash at the end
}

// Service issues papers.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// Paper is an issued paper as a list shows it.
type Paper struct {
	ID, Number, Title string
	Kind              Kind
	Case              casework.Ref
	TemplateNo        int
	CheckCode         string
	SHA256            string // of the PDF, hex; empty until it is printed
	Size              int64
	IssuedBy          string // person id
	IssuedAt          time.Time
	Printed           bool
	Demo              bool
	Void              bool
	VoidReason        string
	VoidedAt          *time.Time
	MayVoid           bool
}

// Offer is a kind of paper that the actor may issue, now or once the case has come so far.
type Offer struct {
	Kind       Kind
	TemplateNo int
	Ready      bool
	Issued     bool // a valid one exists
}
