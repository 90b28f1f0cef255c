package attachment

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
)

// partTime is how long the address of one part holds.
const partTime = time.Hour

// maxSessions is how many unfinished uploads of a case are told of.
const maxSessions = 50

// Session is an upload in parts: every part has PartSize bytes but the last, which has the
// rest. Parts tells which have arrived. It can be gone on with until ExpiresAt by who began it.
type Session struct {
	AttachmentID string
	Parent       casework.Ref
	Slot, Name   string
	Size         int64 // bytes
	SHA256       string
	PartSize     int64
	Count        int // of parts
	Parts        []objects.Part
	ExpiresAt    time.Time
}

// Done is how many bytes have arrived.
func (s Session) Done() (n int64) {
	for _, p := range s.Parts {
		n += p.Size
	}
	return n
}

func (r row) session() *Session {
	return &Session{AttachmentID: r.ID, Parent: r.parent(), Slot: r.Slot, Name: r.Name, Size: r.Size, SHA256: r.SHA256,
		PartSize: r.PartSize, Count: int((r.Size + r.PartSize - 1) / r.PartSize), ExpiresAt: r.ExpiresAt}
}

// size is how many bytes part no has, 0 for one that the upload does not have.
func (s Session) size(no int) int64 {
	switch {
	case no < 1 || no > s.Count:
		return 0
	case no < s.Count:
		return s.PartSize
	}
	return s.Size - int64(s.Count-1)*s.PartSize
}

// partSizeFor is the size of the parts of a file, 0 for one that goes in a single request. A
// file of more parts than stores take gets larger ones.
func (s *Service) partSizeFor(slot Slot, size int64) int64 {
	if slot.Whole || size <= s.partSize {
		return 0
	}
	const most = 5000
	part := s.partSize
	for size > part*most {
		part *= 2
	}
	return part
}

// begin opens the upload of a large file at the store, or finds it open.
func (s *Service) begin(ctx context.Context, r row) (Ticket, error) {
	if r.Upload == "" {
		upload, err := s.store.BeginParts(ctx, objects.Upload{Key: r.ObjectKey, MaxBytes: r.Size, ContentType: r.ContentType, ExpiresIn: s.ttl})
		if err != nil { // the row goes with the sweeper
			return Ticket{}, storeFault(err)
		}
		err = s.db.Update(ctx, func(tx *database.Tx) (err error) {
			// Another request for the same file may have been faster: its upload counts.
			if r, err = setUpload(tx, r.ID, upload); err == nil && r.Upload == "" {
				err = fault.Missing()
			}
			return err
		})
		if err != nil {
			return Ticket{}, err
		}
	}
	x := r.session()
	parts, err := s.store.Parts(ctx, r.ObjectKey, r.Upload)
	if err != nil && !errors.Is(err, objects.ErrNotFound) {
		return Ticket{}, storeFault(err)
	}
	x.Parts = parts
	return Ticket{AttachmentID: r.ID, Session: x}, nil
}

// Session returns an unfinished upload in parts, for going on with it. Only who began it may
// ask; everything else is NotFound. Invalid with field "file" when its time is over or the
// case has moved on; Unavailable.
func (s *Service) Session(ctx context.Context, a identity.Actor, id string) (Session, error) {
	r, err := s.inParts(ctx, a, id)
	if err != nil {
		return Session{}, fmt.Errorf("session %s: %w", id, err)
	}
	x := r.session()
	x.Parts, err = s.store.Parts(ctx, r.ObjectKey, r.Upload)
	if errors.Is(err, objects.ErrNotFound) { // joined already: only the completion is missing
		x.Parts, err = s.joined(ctx, r)
	}
	if err != nil {
		return Session{}, fmt.Errorf("session %s: %w", id, storeFault(err))
	}
	return *x, nil
}

// joined tells all parts of an upload whose object stands already.
func (s *Service) joined(ctx context.Context, r row) ([]objects.Part, error) {
	if _, err := s.store.Stat(ctx, r.ObjectKey, ""); errors.Is(err, objects.ErrNotFound) {
		return nil, r.bad("attachment.expired") // the store has cleared it away
	} else if err != nil {
		return nil, err
	}
	x := r.session()
	parts := make([]objects.Part, 0, x.Count)
	for no := 1; no <= x.Count; no++ {
		parts = append(parts, objects.Part{No: no, Size: x.size(no)})
	}
	return parts, nil
}

// inParts loads an unfinished upload in parts that a and nobody else may go on with.
func (s *Service) inParts(ctx context.Context, a identity.Actor, id string) (row, error) {
	r, err := s.uploaded(ctx, a, id)
	if err == nil && (r.State != Staging || r.Upload == "") {
		err = fault.Missing()
	}
	return r, err
}

// PartTicket lets the browser send one part with the SHA-256 (hex) it has. Errors: those of
// Session; Invalid with fields no and sha256.
func (s *Service) PartTicket(ctx context.Context, a identity.Actor, id string, no int, sha256 string) (objects.PartTicket, error) {
	r, err := s.inParts(ctx, a, id)
	if err != nil {
		return objects.PartTicket{}, fmt.Errorf("part %d of %s: %w", no, id, err)
	}
	size := r.session().size(no)
	switch {
	case size == 0:
		return objects.PartTicket{}, fault.BadField("no", "attachment.part_unknown", "Count", strconv.Itoa(r.session().Count))
	case !isSum(sha256):
		return objects.PartTicket{}, fault.BadField("sha256", "attachment.hash_form")
	}
	left := max(time.Second, r.ExpiresAt.Sub(s.db.Now()))
	t, err := s.store.PartTicket(ctx, objects.PartUpload{Key: r.ObjectKey, Upload: r.Upload, No: no, Size: size, SHA256: sha256, ExpiresIn: min(partTime, left)})
	if err != nil {
		return objects.PartTicket{}, fmt.Errorf("part %d of %s: %w", no, id, storeFault(err))
	}
	return t, nil
}

// Sessions lists the uploads in parts that the actor has begun for a case and not finished,
// the newest first.
func (s *Service) Sessions(ctx context.Context, a identity.Actor, ref casework.Ref) ([]Session, error) {
	var rows []row
	err := s.db.View(ctx, func(tx *database.Tx) (err error) {
		if err := s.reading(tx, a, ref); err != nil {
			return err
		}
		rows, err = unfinished(tx, a.ID, ref)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("unfinished uploads of %s %s: %w", ref.Kind, ref.ID, err)
	}
	out := make([]Session, 0, len(rows))
	for _, r := range rows {
		x := r.session()
		x.Parts, err = s.store.Parts(ctx, r.ObjectKey, r.Upload)
		if errors.Is(err, objects.ErrNotFound) {
			x.Parts, err = s.joined(ctx, r)
		}
		switch {
		case isDecision(err): // nothing is left of it
			continue
		case err != nil:
			return nil, fmt.Errorf("unfinished uploads of %s %s: %w", ref.Kind, ref.ID, storeFault(err))
		}
		out = append(out, *x)
	}
	return out, nil
}

// join makes the object of an upload in parts, unless an earlier attempt has.
func (s *Service) join(ctx context.Context, r row) error {
	_, err := s.store.JoinParts(ctx, r.ObjectKey, r.Upload, r.Size)
	switch {
	case errors.Is(err, objects.ErrParts):
		return r.bad("attachment.parts_missing")
	case errors.Is(err, objects.ErrNotFound), errors.Is(err, objects.ErrExists):
		return nil // what is there is looked at next
	case err != nil:
		return storeFault(err)
	}
	return nil
}

// dropParts ends the upload in parts of an attachment, if it has one, and notes that it has.
func (s *Service) dropParts(ctx context.Context, id string) error {
	if err := s.store.DropParts(ctx, stagingKey(id)); err != nil {
		return fmt.Errorf("drop the parts of %s: %w", id, err)
	}
	return s.db.Update(ctx, func(tx *database.Tx) error { return endUpload(tx, id) })
}

// sweepParts ends uploads in parts that are past their time, or whose attachment needs them no
// more. Their row goes only after their parts: stores cannot all list parts without a key.
func (s *Service) sweepParts(ctx context.Context) (n int, err error) {
	for {
		var ids []string
		err := s.db.View(ctx, func(tx *database.Tx) (err error) {
			ids, err = overParts(tx)
			return err
		})
		if err != nil {
			return n, err
		}
		for _, id := range ids {
			if err := s.dropParts(ctx, id); err != nil {
				return n, err
			}
			n++
		}
		if len(ids) < sweepBatch {
			return n, nil
		}
	}
}
