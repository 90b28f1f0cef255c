// Package objects keeps the bytes of attachments: on a disk (Disk) or in MinIO and
// other S3 stores (MinIO), behind the one interface Store.
//
// Every write makes a new version of its key, and no write or deletion touches another
// version: what a reader was given as (key, version) stays byte for byte the same until
// that very version is deleted. The package owns keys, versions, upload tickets and the
// deadlines of its calls. It must not know what an object means: owners, slots, checks of
// content and the right to read belong to its callers.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"time"
)

// MaxObject is the greatest size of one object in bytes (5 GiB): the S3 limit of a single
// upload by form and of a single copy.
const MaxObject int64 = 5 << 30

// maxTicketLife is the longest an upload ticket may stay valid; S3 allows no more.
const maxTicketLife = 7 * 24 * time.Hour

// maxKeyBytes leaves room below the 1,024 bytes of S3 for what a key may be joined to.
const maxKeyBytes = 512

// What a caller acts on. Errors returned wrap exactly one of these, or are unexpected.
var (
	// ErrNotFound says that no such key, or no such version of it, is stored.
	ErrNotFound = errors.New("object not found")
	// ErrExists says that the key holds an object that must not be written over.
	ErrExists = errors.New("object already exists")
	// ErrLocked says that a final object was to be deleted without naming its version.
	ErrLocked = errors.New("object is final")
	// ErrUnavailable says that the store does not answer, answers too late or is full;
	// the same call may succeed later.
	ErrUnavailable = errors.New("object store unavailable")
	// ErrKey says that a key is refused: see CheckKey.
	ErrKey = errors.New("object key refused")
	// ErrSize says that content is not of the size that was declared for it.
	ErrSize = errors.New("content is not of the declared size")
	// ErrUpload says that an Upload asks for what no ticket can be issued for.
	ErrUpload = errors.New("upload refused")
	// ErrDamaged says that stored content no longer is what was written.
	ErrDamaged = errors.New("object damaged")
)

// Info describes one version of an object. In the results of List, ContentType may be "".
type Info struct {
	Key, Version string
	Size         int64 // bytes
	ContentType  string
	ETag         string // opaque; equal content need not have equal tags
	ModifiedAt   time.Time
}

// Upload is what a browser asks to send straight to the store. MaxBytes is the size it
// declared, at most MaxObject: the upper bound of what is accepted. ExpiresIn is at most
// seven days.
type Upload struct {
	Key         string
	MaxBytes    int64
	ContentType string
	ExpiresIn   time.Duration
}

// Ticket lets its holder upload one object: a multipart/form-data request by Method to
// URL with every one of Fields first, and then the content as the part named "file".
type Ticket struct {
	Method, URL string
	Fields      map[string]string
	MaxBytes    int64
	ExpiresAt   time.Time
}

// Store is implemented by Disk and MinIO, and both pass objectstest.Run. Methods may be
// called at the same time from many goroutines.
type Store interface {
	Parts
	// Prepare creates the folders or the bucket; it may be called again at any time.
	Prepare(ctx context.Context) error
	// Ticket returns ErrExists for a key that is taken and ErrUpload for a size, type or
	// time that cannot be granted. Who may upload is the caller's decision.
	Ticket(ctx context.Context, u Upload) (Ticket, error)
	// Put writes a new version of exactly size bytes, ErrSize otherwise. A key that
	// Promote has written is final: ErrExists.
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) (Info, error)
	// Stat describes a version; version "" is the newest.
	Stat(ctx context.Context, key, version string) (Info, error)
	// Open reads a version; version "" is the newest at the time of the call. The
	// reader must be closed, and reads only as long as ctx is not done.
	Open(ctx context.Context, key, version string) (io.ReadSeekCloser, Info, error)
	// Promote copies a version from its staging key to a final one that nothing writes
	// over again. Repeating it returns the same object; a final key made from anything
	// else, or written before, is ErrExists. The staging object stays for the sweeper.
	Promote(ctx context.Context, fromKey, version, toKey string) (Info, error)
	// Delete removes one version for good; version "" is the newest. What is absent is
	// no error. A final object goes only by its version, ErrLocked otherwise.
	Delete(ctx context.Context, key, version string) error
	// List calls each with every version of every key that begins with prefix, the
	// newest version of a key first, keys in no promised order. An error of each ends
	// the listing and is returned.
	List(ctx context.Context, prefix string, each func(Info) error) error
	// Ping says whether the store answers and takes writes, within a few seconds.
	Ping(ctx context.Context) error
}

// CheckKey returns ErrKey unless key is 1 to 512 bytes of segments joined by "/", each of
// ASCII letters, digits and ". _ - =" and none of them empty, "." or "..". File names that
// people chose never become keys. Callers must not use a key as the folder of another ("a"
// and "a/b"): both can be read, but MinIO does not list the longer one.
func CheckKey(key string) error {
	if key == "" || len(key) > maxKeyBytes {
		return fmt.Errorf("%w: %d bytes, want 1 to %d", ErrKey, len(key), maxKeyBytes)
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." || len(segment) > 200 {
			return fmt.Errorf("%w: %q has a part that is empty, a dot or too long", ErrKey, key)
		}
		if strings.ContainsFunc(segment, notInKey) {
			return fmt.Errorf("%w: %q has a character that keys do not hold", ErrKey, key)
		}
	}
	return nil
}

func notInKey(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("._-=", r)
}

// checkPrefix allows what a key can begin with, and "" for everything.
func checkPrefix(prefix string) error {
	whole := strings.TrimSuffix(prefix, "/")
	if prefix == "" {
		return nil
	}
	return CheckKey(whole)
}

// check returns ErrKey or ErrUpload for an upload that no store grants.
func (u Upload) check() error {
	if err := CheckKey(u.Key); err != nil {
		return err
	}
	if u.MaxBytes < 1 || u.MaxBytes > MaxObject {
		return fmt.Errorf("%w: size %d, want 1 to %d bytes", ErrUpload, u.MaxBytes, MaxObject)
	}
	if u.ExpiresIn <= 0 || u.ExpiresIn > maxTicketLife {
		return fmt.Errorf("%w: valid for %s, want more than 0 and at most %s", ErrUpload, u.ExpiresIn, maxTicketLife)
	}
	return checkContentType(u.ContentType)
}

func checkContentType(contentType string) error {
	if _, _, err := mime.ParseMediaType(contentType); err != nil {
		return fmt.Errorf("%w: content type %q: %w", ErrUpload, contentType, err)
	}
	return nil
}

// checkPut holds what Put asks of its arguments on every store.
func checkPut(key string, size int64, contentType string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if size < 0 || size > MaxObject {
		return fmt.Errorf("%w: %d, want 0 to %d bytes", ErrSize, size, MaxObject)
	}
	return checkContentType(contentType)
}

// exactReader passes on exactly want bytes. It looks for surplus content before it hands
// out the last byte, so that a receiver that stops at the declared size never completes
// an object whose sender had more.
type exactReader struct {
	r    io.Reader
	left int64
	done bool
	err  error // the first error other than io.EOF, kept because callers in between hide it
}

func newExactReader(r io.Reader, size int64) *exactReader {
	return &exactReader{r: r, left: size}
}

func (e *exactReader) Read(p []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	if e.done {
		return 0, io.EOF
	}
	if int64(len(p)) > e.left {
		p = p[:e.left]
	}
	n, err := io.ReadAtLeast(e.r, p, min(1, len(p)))
	e.left -= int64(n)
	if err == nil && e.left == 0 {
		err = e.surplus()
		e.done = err == nil
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // the end is io.EOF itself; around another error it is a failing source
		err = fmt.Errorf("%w: it ends %d bytes early", ErrSize, e.left)
	}
	if e.err = err; err != nil {
		return 0, err
	}
	if n == 0 && e.done {
		return 0, io.EOF
	}
	return n, nil
}

// surplus returns ErrSize when the source still has something to say.
func (e *exactReader) surplus() error {
	var one [1]byte
	n, err := io.ReadFull(e.r, one[:])
	if n > 0 {
		return fmt.Errorf("%w: it is longer", ErrSize)
	}
	if err != io.EOF {
		return err
	}
	return nil
}
