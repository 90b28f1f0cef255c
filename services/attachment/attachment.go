// Package attachment keeps the files of a case. A file comes in three steps: a ticket that
// lets the browser upload straight to the object store, a verification of what arrived, and
// a transaction that attaches it to its case. The package owns the table attachment, the
// names of files, the staging and final keys and what makes a file acceptable. It does not
// know what a case is: the Parent of its kind decides who may read and write, and when.
package attachment

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/objects"
	"clusterzone/workflows"
)

// The states of an attachment: staging → attached → removed, or staging → rejected.
const (
	Staging  = "staging"  // a ticket was issued; nobody but its holder knows of it
	Attached = "attached" // verified and part of the case
	Rejected = "rejected" // refused; Problem says why, the object is gone
	Removed  = "removed"  // taken out or superseded; its object stays for submitted versions
)

// Attachment is one file of a case. Its parent and slot never change.
type Attachment struct {
	ID            string
	Parent        casework.Ref
	Slot          string
	No            int // version number within the slot, from 1; 0 while not attached
	Name          string
	Size          int64 // bytes
	SHA256        string
	ContentType   string
	ObjectKey     string
	ObjectVersion string
	State         string
	Problem       string // code of the refusal
	UploadedBy    string
	CreatedAt     time.Time
	AttachedAt    *time.Time
}

// ErrInfected is what a Scan returns for content that carries malicious code; any other
// error of a Scan means that it could not look.
var ErrInfected = errors.New("content is infected")

// Store is what the package needs of an object store; objects.Store has it.
type Store interface {
	Ticket(ctx context.Context, u objects.Upload) (objects.Ticket, error)
	Stat(ctx context.Context, key, version string) (objects.Info, error)
	Open(ctx context.Context, key, version string) (io.ReadSeekCloser, objects.Info, error)
	Promote(ctx context.Context, fromKey, version, toKey string) (objects.Info, error)
	Delete(ctx context.Context, key, version string) error
	List(ctx context.Context, prefix string, each func(objects.Info) error) error
}

// Config says what a Service works with. StagingTTL is how long an upload may wait for its
// completion, 24 h when 0. Scan is an optional virus scanner. TempDir holds files while they
// are verified, os.TempDir when ""; Parallel is how many at a time, 4 when 0.
type Config struct {
	DB         *database.DB
	Store      Store
	Parents    map[workflows.Kind]Parent
	StagingTTL time.Duration
	Scan       func(ctx context.Context, content io.Reader) error
	TempDir    string
	Parallel   int
}

// Service takes, verifies, attaches, removes and opens files.
type Service struct {
	db       *database.DB
	store    Store
	parents  map[workflows.Kind]Parent
	ttl      time.Duration
	scan     func(ctx context.Context, content io.Reader) error
	tempDir  string
	verifies chan struct{}
}

// New returns a Service; DB, Store and Parents must be set.
func New(c Config) *Service {
	if c.StagingTTL == 0 {
		c.StagingTTL = 24 * time.Hour
	}
	if c.TempDir == "" {
		c.TempDir = os.TempDir()
	}
	if c.Parallel == 0 {
		c.Parallel = 4
	}
	return &Service{db: c.DB, store: c.Store, parents: c.Parents, ttl: c.StagingTTL, scan: c.Scan,
		tempDir: c.TempDir, verifies: make(chan struct{}, c.Parallel)}
}
