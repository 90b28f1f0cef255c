package attachment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
)

// ScanState is what is known of a file from the virus scanner: staged → scanning → clean,
// infected or unscannable. Empty means that no scanner has looked, and nothing is claimed.
type ScanState string

// The scan states.
const (
	ScanNone        ScanState = ""
	ScanStaged      ScanState = "staged"
	ScanRunning     ScanState = "scanning"
	ScanClean       ScanState = "clean"
	ScanInfected    ScanState = "infected"
	ScanUnscannable ScanState = "unscannable"
)

// Scan looks for malicious code in content of size bytes. It returns what it found when the
// error wraps ErrInfected or ErrUnscannable; any other error means that the scanner could not
// be asked, and that the same call may succeed later.
type Scan func(ctx context.Context, content io.Reader, size int64) (detail string, err error)

// What a Scan returns.
var (
	ErrInfected    = errors.New("content is infected")
	ErrUnscannable = errors.New("content cannot be scanned")
)

// TopicScan asks for a scan of a file that was attached while the scanner could not be asked;
// its handler is Rescan.
const TopicScan outbox.Topic = "scan"

// detailDown is the detail of a file whose scan is still to come.
const detailDown = "unavailable"

// rescanAfter is how long the first repetition waits; the queue spaces the later ones.
const rescanAfter = time.Minute

// verdict is what a scanner said.
type verdict struct {
	State  ScanState
	Detail string
	at     *time.Time
}

// scanned has an upload scanned. Infected content is a refusal. Content that cannot be judged
// is one too where the setting wants a verdict.
func (s *Service) scanned(ctx context.Context, r row, content io.ReaderAt) (verdict, error) {
	if s.scan == nil {
		return verdict{}, nil
	}
	err := s.db.Update(ctx, func(tx *database.Tx) error { return markScan(tx, r.ID, Staging, verdict{State: ScanRunning}) })
	if err != nil {
		return verdict{}, err
	}
	v, err := s.judge(ctx, io.NewSectionReader(content, 0, r.Size), r.Size)
	switch {
	case ctx.Err() != nil:
		return verdict{}, ctx.Err()
	case v.State == ScanInfected:
		return v, refuse("infected")
	case err != nil && s.mustScan:
		return v, &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: fmt.Errorf("virus scan: %w", err)}
	case v.State == ScanUnscannable && s.mustScan:
		return v, refuse("unscannable")
	}
	return v, nil
}

// judge asks the scanner. The error is that of a scanner that could not be asked; the verdict
// holds in any case.
func (s *Service) judge(ctx context.Context, content io.Reader, size int64) (verdict, error) {
	detail, err := s.scan(ctx, content, size)
	at := s.db.Now()
	switch {
	case err == nil:
		return verdict{ScanClean, "", &at}, nil
	case errors.Is(err, ErrInfected):
		return verdict{ScanInfected, detail, &at}, nil
	case errors.Is(err, ErrUnscannable):
		return verdict{ScanUnscannable, detail, &at}, nil
	}
	return verdict{ScanUnscannable, detailDown, nil}, err
}

// scanLater asks for the scan of a file that is attached without one.
func (s *Service) scanLater(tx *database.Tx, r row) error {
	if s.scan == nil || r.Scan != ScanUnscannable || r.ScanDetail != detailDown {
		return nil
	}
	return outbox.Put(tx, outbox.Item{Key: "scan/" + r.ID, Topic: TopicScan, Kind: r.parent().Kind, CaseID: r.ParentID,
		Payload: map[string]string{"attachment": r.ID}, DueAt: tx.Now().Add(rescanAfter)})
}

// Rescan handles TopicScan: it reads the file and records the verdict. While the scanner cannot
// be asked it returns Unavailable and is called again. A second delivery finds the verdict and
// does nothing. A file found infected can no longer be opened.
func (s *Service) Rescan(ctx context.Context, job outbox.Row) (func(tx *database.Tx) error, error) {
	var in struct{ Attachment string }
	if err := json.Unmarshal([]byte(job.Payload), &in); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	var r row
	err := s.db.View(ctx, func(tx *database.Tx) (err error) {
		r, err = find(tx, in.Attachment)
		return err
	})
	if err != nil || s.scan == nil || r.AttachedAt == nil || r.ScanDetail != detailDown {
		return nil, err
	}
	content, _, err := s.store.Open(ctx, r.ObjectKey, r.ObjectVersion)
	if err != nil {
		return nil, fmt.Errorf("scan attachment %s: %w", r.ID, storeFault(err))
	}
	v, err := s.judge(ctx, content, r.Size)
	if err = errors.Join(err, content.Close()); err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: fmt.Errorf("scan attachment %s: %w", r.ID, err)}
	}
	return func(tx *database.Tx) error { return s.recordScan(tx, r, v) }, nil
}

// recordScan notes the verdict on every file that shares the content, and in the audit.
func (s *Service) recordScan(tx *database.Tx, r row, v verdict) error {
	if err := markContent(tx, r, v); err != nil {
		return err
	}
	return s.audit(tx, identity.SystemActor(), "attachment.scan", r, map[string]any{"scan": string(v.State), "scan_detail": v.Detail})
}

// readable refuses what was found infected, whoever asks.
func (r row) readable() error {
	if r.Scan == ScanInfected {
		return fault.New(fault.Blocked, "attachment.infected_kept")
	}
	return nil
}
