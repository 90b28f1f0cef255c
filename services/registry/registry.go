// Package registry keeps the accredited cluster zones: their life from establishment to
// revocation or expiry, the versions of their boundaries, the measures that accreditation
// unlocks and the certificates with their public check.
//
// It must not know how an application came to its decision or how a year is evaluated: it
// receives a Grant, and the results of evaluations through three transitions. That grounds
// are on file it sees for itself in the grades and rectifications that are stored.
package registry

import (
	"context"
	"io"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// TopicCertificate asks for a certificate to be printed; RenderCertificate is its handler.
const TopicCertificate outbox.Topic = "certificate"

// Objects stores the printed certificates.
type Objects interface {
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) (objects.Info, error)
	Open(ctx context.Context, key, version string) (io.ReadSeekCloser, objects.Info, error)
}

// Paper prints them: the same data gives the same bytes.
type Paper interface {
	Certificate(c paper.CertificateData) ([]byte, error)
}

// Config is what the service works with.
type Config struct {
	DB        *database.DB
	Engine    *casework.Engine
	Book      *policy.Book
	Objects   Objects
	Paper     Paper
	PublicURL string // where outsiders reach the product, without a slash at the end
}

// Service moves zones. It implements casework.Service.
type Service struct{ Config }

var _ casework.Service = (*Service)(nil)

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// Kind names the workflow.
func (s *Service) Kind() workflows.Kind { return workflows.Zone.Kind }

// The states of the table that this package speaks of.
const (
	stateInForce    workflows.State = "in_force"
	stateRectifying workflows.State = "rectifying"
	stateProposed   workflows.State = "revocation_proposed"
)

// The actions of the table that this package gives effects to.
const (
	actionEstablish workflows.Action = "establish"
	actionBegin     workflows.Action = "begin_rectification"
	actionEnd       workflows.Action = "end_rectification"
	actionPropose   workflows.Action = "propose_revocation"
	actionState     workflows.Action = "state"
	actionRevoke    workflows.Action = "revoke"
	actionAsk       workflows.Action = "request_renewal"
	actionRenew     workflows.Action = "renew"
	actionExpire    workflows.Action = "expire"
)

// valid are the states in which the accreditation counts.
func valid() []string {
	return []string{string(stateInForce), string(stateRectifying), string(stateProposed)}
}

func refOf(id string) casework.Ref { return casework.Ref{Kind: workflows.Zone.Kind, ID: id} }
