package objects

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// S3 takes at most so many parts of one object, and of all but the last at least so many bytes.
const (
	maxParts = 10_000
	// MinPart is the least size in bytes of every part but the last (5 MiB).
	MinPart int64 = 5 << 20
)

// ErrParts says that the parts that have arrived do not make up the object.
var ErrParts = errors.New("parts do not make up the object")

// PartUpload asks to send one part of an object that BeginParts has begun: exactly Size bytes
// with the SHA-256 in hex. No counts from 1.
type PartUpload struct {
	Key, Upload string
	No          int
	Size        int64
	SHA256      string
	ExpiresIn   time.Duration
}

// PartTicket lets its holder send one part: a request by Method to URL with every one of
// Headers and the part as its body.
type PartTicket struct {
	Method, URL string
	Headers     map[string]string
	ExpiresAt   time.Time
}

// Part is one that has arrived whole.
type Part struct {
	No     int
	Size   int64
	SHA256 string // hex

	tag string // what the store needs to put it into its place
}

// Parts is a Store that takes one object in several requests, in any order, each of which may
// be repeated. Nothing of an object can be seen before its parts are joined.
type Parts interface {
	// BeginParts begins an object and returns the id of its upload. Of u it keeps the key
	// and the type. ErrExists for a key that is taken, ErrUpload for what no ticket grants.
	BeginParts(ctx context.Context, u Upload) (string, error)
	// PartTicket signs the address for one part, which accepts no other content.
	PartTicket(ctx context.Context, p PartUpload) (PartTicket, error)
	// Parts lists what has arrived, by number. An upload that is not there, or no more, is
	// ErrNotFound.
	Parts(ctx context.Context, key, upload string) ([]Part, error)
	// JoinParts makes the object of its parts, and ends the upload. ErrParts when one is
	// missing or they are not size bytes together; the upload goes on then. ErrNotFound for
	// an upload that is not there; ErrExists for a key that is taken.
	JoinParts(ctx context.Context, key, upload string, size int64) (Info, error)
	// DropParts ends every upload of the key and removes its parts; none is no error.
	DropParts(ctx context.Context, key string) error
}

func (p PartUpload) check() error {
	if err := CheckKey(p.Key); err != nil {
		return err
	}
	sum, err := hex.DecodeString(p.SHA256)
	switch {
	case p.No < 1 || p.No > maxParts:
		return fmt.Errorf("%w: part %d, want 1 to %d", ErrUpload, p.No, maxParts)
	case p.Size < 1 || p.Size > MaxObject:
		return fmt.Errorf("%w: part of %d bytes", ErrUpload, p.Size)
	case err != nil || len(sum) != 32:
		return fmt.Errorf("%w: %q is no SHA-256", ErrUpload, p.SHA256)
	case p.ExpiresIn < time.Second || p.ExpiresIn > maxTicketLife:
		return fmt.Errorf("%w: valid for %s, want 1 s to %s", ErrUpload, p.ExpiresIn, maxTicketLife)
	}
	return nil
}

// whole returns ErrParts unless the parts are numbered without a gap and have size bytes.
func whole(parts []Part, size int64) error {
	var sum int64
	for i, p := range parts {
		if p.No != i+1 {
			return fmt.Errorf("%w: no part %d", ErrParts, i+1)
		}
		sum += p.Size
	}
	if sum != size || len(parts) == 0 {
		return fmt.Errorf("%w: %d bytes in %d parts, want %d", ErrParts, sum, len(parts), size)
	}
	return nil
}

func sortParts(parts []Part) {
	slices.SortFunc(parts, func(a, b Part) int { return a.No - b.No })
}

// The stores tell a sum in base64, everything else in hex.
func base64Sum(hexSum string) string {
	sum, _ := hex.DecodeString(hexSum) // checked before
	return base64.StdEncoding.EncodeToString(sum)
}

func hexSum(base64Sum string) string {
	sum, err := base64.StdEncoding.DecodeString(base64Sum)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(sum)
}
