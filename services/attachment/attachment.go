// Package attachment keeps the files of a case. A file comes in three steps: a ticket that
// lets the browser upload straight to the object store, a verification of what arrived, and
// a transaction that attaches it to its case. The package owns the table attachment, the
// names of files, the staging and final keys and what makes a file acceptable. It does not
// know what a case is: the Parent of its kind decides who may read and write, and when.
package attachment

import (
	"context"
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
	Scan          ScanState
	ScanDetail    string // what was found, or why nothing could be looked at
	ValidUntil    string // last day of a document with a validity, 2026-12-31; empty: none
	Unit          string // of who uploaded it
	SourceID      string // the file on the unit's shelf that it was taken from
	UploadedBy    string
	CreatedAt     time.Time
	AttachedAt    *time.Time
}

// Store is what the package needs of an object store; objects.Store has it.
type Store interface {
	Ticket(ctx context.Context, u objects.Upload) (objects.Ticket, error)
	Stat(ctx context.Context, key, version string) (objects.Info, error)
	Open(ctx context.Context, key, version string) (io.ReadSeekCloser, objects.Info, error)
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) (objects.Info, error)
	Promote(ctx context.Context, fromKey, version, toKey string) (objects.Info, error)
	Delete(ctx context.Context, key, version string) error
	List(ctx context.Context, prefix string, each func(objects.Info) error) error
	objects.Parts
}

// Config says what a Service works with. StagingTTL is how long an upload may wait for its
// completion, 24 h when 0. PartSize is the size in bytes of the parts of a larger file, 16 MB
// when 0; S3 takes none below objects.MinPart. Scan is an optional virus scanner; without its
// verdict a file is attached and marked, or refused when MustScan is set. TempDir holds files
// while they are verified, os.TempDir when ""; Parallel is how many at a time, 4 when 0.
type Config struct {
	DB         *database.DB
	Store      Store
	Parents    map[workflows.Kind]Parent
	StagingTTL time.Duration
	PartSize   int64
	Scan       Scan
	MustScan   bool
	TempDir    string
	Parallel   int
}

// Service takes, verifies, attaches, removes and opens files.
type Service struct {
	db       *database.DB
	store    Store
	parents  map[workflows.Kind]Parent
	ttl      time.Duration
	partSize int64
	scan     Scan
	mustScan bool
	tempDir  string
	verifies chan struct{}
}

// New returns a Service; DB, Store and Parents must be set.
func New(c Config) *Service {
	if c.StagingTTL == 0 {
		c.StagingTTL = 24 * time.Hour
	}
	if c.PartSize == 0 {
		c.PartSize = 16 << 20
	}
	if c.TempDir == "" {
		c.TempDir = os.TempDir()
	}
	if c.Parallel == 0 {
		c.Parallel = 4
	}
	return &Service{db: c.DB, store: c.Store, parents: c.Parents, ttl: c.StagingTTL, partSize: c.PartSize, scan: c.Scan,
		mustScan: c.MustScan, tempDir: c.TempDir, verifies: make(chan struct{}, c.Parallel)}
}
