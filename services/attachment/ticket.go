package attachment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/workflows"
)

const (
	maxSize    = 1 << 30       // bytes of a file whose slot names no limit
	maxStaging = 100           // uploads that one person may have begun and not finished
	uploadTime = 2 * time.Hour // how long an upload ticket holds
)

// Request asks to put a file into a slot of a case. Size and SHA256 (hex) are what the
// browser read and are checked later; ContentType is a hint that decides nothing.
type Request struct {
	Parent      casework.Ref
	Slot        string
	Name        string
	Size        int64
	SHA256      string
	ContentType string
	ValidUntil  string // last day of a document that has one, 2026-12-31
}

// WholeTicket lets the browser send a file in one request.
type WholeTicket = objects.Ticket

// Ticket lets the browser upload the file in one request or in parts, and names the attachment to complete then.
type Ticket struct {
	AttachmentID string
	Upload       WholeTicket // of a file that goes in one request
	Session      *Session    // of a larger one, nil otherwise
}

// Ticket checks what is known before the upload and issues an upload ticket. Errors: NotFound
// for a case the actor may not see; what Parent.Writing refuses; Invalid with fields name,
// size, sha256, slot; RateLimited for too many unfinished uploads; Unavailable. For a large file that the same
// person has begun before it is the session that is open.
func (s *Service) Ticket(ctx context.Context, a identity.Actor, req Request) (Ticket, error) {
	var r row
	err := s.db.Update(ctx, func(tx *database.Tx) (err error) {
		r, err = s.stage(tx, a, req)
		return err
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("ticket for %s %s: %w", req.Parent.Kind, req.Parent.ID, err)
	}
	if r.PartSize > 0 {
		t, err := s.begin(ctx, r)
		if err != nil {
			return Ticket{}, fmt.Errorf("ticket for attachment %s: %w", r.ID, err)
		}
		return t, nil
	}
	upload, err := s.store.Ticket(ctx, objects.Upload{Key: r.ObjectKey, MaxBytes: r.Size, ContentType: r.ContentType,
		ExpiresIn: min(uploadTime, s.ttl)})
	if err != nil { // the row goes with the sweeper
		return Ticket{}, fmt.Errorf("ticket for attachment %s: %w", r.ID, storeFault(err))
	}
	return Ticket{AttachmentID: r.ID, Upload: upload}, nil
}

func (s *Service) stage(tx *database.Tx, a identity.Actor, req Request) (row, error) {
	parent, ok := s.parents[req.Parent.Kind]
	if !ok {
		return row{}, fault.Missing()
	}
	slot, err := parent.Writing(tx, a, req.Parent.ID, req.Slot)
	if err != nil {
		return row{}, err
	}
	name, problems := cleanName(req.Name)
	if len(problems) == 0 {
		problems = slot.admits(name)
	}
	sum := strings.ToLower(req.SHA256)
	problems = append(problems, slot.fits(req.Size)...)
	problems = append(problems, slot.validity(req.ValidUntil, tx.Now())...)
	if !isSum(sum) {
		problems = append(problems, fault.Field{Path: "sha256", Code: "attachment.hash_form"})
	}
	if len(problems) > 0 {
		return row{}, fault.Bad(problems...)
	}
	if err := hasRoom(tx, req.Parent, slot, req.Slot); err != nil {
		return row{}, err
	}
	id := tx.ID()
	r := row{ID: id, ParentKind: string(req.Parent.Kind), ParentID: req.Parent.ID, Slot: req.Slot, Name: name, Size: req.Size,
		SHA256: sum, ContentType: contentTypeOf(formatOf(name)), ObjectKey: stagingKey(id), State: Staging, UploadedBy: a.ID,
		CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(s.ttl), Unit: a.Unit, PartSize: s.partSizeFor(slot, req.Size), ValidUntil: req.ValidUntil}
	if s.scan != nil {
		r.Scan = ScanStaged
	}
	if r.PartSize > 0 {
		if old, err := resumable(tx, r); err != nil || old.ID != "" {
			return old, err
		}
	}
	return r, insert(tx, r)
}

func isSum(sum string) bool { return len(sum) == 64 && strings.Trim(sum, "0123456789abcdef") == "" }

// validity checks the last day of a document: a day that is not over, in a slot that asks for
// one. Whether it must be given is not asked here: without it the document has no end.
func (s Slot) validity(day string, now time.Time) []fault.Field {
	if day == "" {
		return nil
	}
	end, err := workflows.ParseDate(day)
	switch {
	case err != nil || !s.Dated:
		return []fault.Field{{Path: "valid_until", Code: "attachment.valid_until"}}
	case !now.Before(end.End()):
		return []fault.Field{{Path: "valid_until", Code: "attachment.valid_over", Params: map[string]string{"Day": day}}}
	}
	return nil
}

// admits checks the ending of a name against the formats of the slot.
func (s Slot) admits(name string) []fault.Field {
	format := formatOf(name)
	if slices.Contains(s.Formats, format) && contentTypeOf(format) != "" {
		return nil
	}
	return []fault.Field{{Path: "name", Code: "attachment.format", Params: map[string]string{
		"Name": name, "Formats": strings.Join(s.Formats, ", ")}}}
}

func (s Slot) fits(size int64) []fault.Field {
	limit := s.MaxBytes
	if limit <= 0 {
		limit = maxSize
	}
	switch {
	case size <= 0:
		return []fault.Field{{Path: "size", Code: "attachment.empty"}}
	case size > limit:
		return []fault.Field{{Path: "size", Code: "attachment.too_large", Params: map[string]string{
			"Size": megabytes(size), "Limit": megabytes(limit)}}}
	}
	return nil
}

// megabytes rounds up to a tenth, so that a size over the limit never reads as the limit.
func megabytes(n int64) string {
	tenths := n / (1 << 20) * 10
	tenths += (n%(1<<20)*10 + 1<<20 - 1) >> 20
	return strings.TrimSuffix(strconv.FormatInt(tenths/10, 10)+"."+strconv.FormatInt(tenths%10, 10), ".0")
}

// hasRoom refuses a further file in a slot that is full. A slot for one file never is: the
// new one supersedes.
func hasRoom(tx *database.Tx, ref casework.Ref, slot Slot, code string) error {
	if slot.MaxFiles <= 1 {
		return nil
	}
	n, err := countAttached(tx, ref, code)
	if err != nil || n < int64(slot.MaxFiles) {
		return err
	}
	return fault.BadField("slot", "attachment.too_many", "Limit", strconv.Itoa(slot.MaxFiles))
}

func insert(tx *database.Tx, r row) error {
	n, err := tx.Count("SELECT count(*) FROM attachment WHERE uploaded_by = ? AND state = ? AND expires_at > ?", r.UploadedBy, Staging, tx.Now())
	if err != nil {
		return err
	}
	if n >= maxStaging {
		return fault.New(fault.RateLimited, "rate_limited")
	}
	return tx.Insert("attachment", &r)
}

// Keys hold no name that a person chose. Each try to complete an upload has a final key of
// its own, so that undoing one never touches what another attached.
func stagingKey(id string) string        { return "staging/" + id }
func finalKey(id, attempt string) string { return "final/" + id + "/" + attempt }

func idOfFinal(key string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(key, "final/"), "/")
	return id
}

// storeFault tells a caller that waiting helps; whatever else a store says is internal.
func storeFault(err error) error {
	if errors.Is(err, objects.ErrUnavailable) {
		return &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: err}
	}
	return err
}
