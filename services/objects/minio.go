package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// sourceMeta marks a final object with the key and version it was promoted from.
const sourceMeta = "Clusterzone-Source"

// slowestTransfer is the pace in bytes per second that a transfer to the store must keep.
const slowestTransfer = 256 << 10

// pingTimeout is how long Ping waits; readiness is asked for every few seconds.
const pingTimeout = 3 * time.Second

// MinIOConfig names a bucket in MinIO or another S3 store. Endpoints are host:port, with
// an optional http:// or https:// that overrules Secure. PublicEndpoint is the host that
// browsers send uploads to, Endpoint when "". Region is us-east-1 when "", which MinIO
// answers to; PathStyle puts the bucket in the path and not in the host name.
// Timeout bounds each call without content and each wait for content, 15 s when 0.
// Retention is how long promoted objects stay locked against deletion, 30 years when 0.
type MinIOConfig struct {
	Endpoint, PublicEndpoint     string
	AccessKey, SecretKey, Bucket string
	Secure, PathStyle            bool
	Region                       string
	Timeout                      time.Duration
	Retention                    time.Duration
}

// MinIO keeps objects in a versioned bucket. Where the bucket has object lock, promoted
// objects are under governance retention: only Delete with their version, by keys that
// may bypass governance, removes one.
type MinIO struct {
	client, public    *minio.Client
	bucket, region    string
	timeout, retained time.Duration

	lockMu    sync.Mutex
	lockKnown bool
	locks     bool
}

// NewMinIO checks the configuration; it does not call the store.
func NewMinIO(c MinIOConfig) (*MinIO, error) {
	if c.Bucket == "" || c.Endpoint == "" {
		return nil, errors.New("objects: endpoint and bucket of the object store must be set")
	}
	if c.PublicEndpoint == "" {
		c.PublicEndpoint = c.Endpoint
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	m := &MinIO{bucket: c.Bucket, region: c.Region, timeout: c.Timeout, retained: c.Retention}
	if m.timeout == 0 {
		m.timeout = 15 * time.Second
	}
	if m.retained == 0 {
		m.retained = 30 * 365 * 24 * time.Hour
	}
	var err error
	if m.client, err = c.connect(c.Endpoint, m.timeout); err != nil {
		return nil, fmt.Errorf("objects: endpoint %q: %w", c.Endpoint, err)
	}
	if m.public, err = c.connect(c.PublicEndpoint, m.timeout); err != nil {
		return nil, fmt.Errorf("objects: public endpoint %q: %w", c.PublicEndpoint, err)
	}
	return m, nil
}

func (c MinIOConfig) connect(endpoint string, timeout time.Duration) (*minio.Client, error) {
	secure := c.Secure
	if host, ok := strings.CutPrefix(endpoint, "https://"); ok {
		endpoint, secure = host, true
	} else if host, ok := strings.CutPrefix(endpoint, "http://"); ok {
		endpoint, secure = host, false
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	transport.MaxConnsPerHost = 128
	transport.ResponseHeaderTimeout = timeout
	lookup := minio.BucketLookupAuto
	if c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	return minio.New(strings.TrimSuffix(endpoint, "/"), &minio.Options{
		Creds:        credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:       secure,
		Region:       c.Region,
		Transport:    transport,
		BucketLookup: lookup,
		MaxRetries:   3,
	})
}

// Prepare creates the bucket, with object lock where the store has it, and turns
// versions on; a store without versions is an error.
func (m *MinIO) Prepare(ctx context.Context) error {
	call, cancel := context.WithTimeout(ctx, 4*m.timeout)
	defer cancel()
	if err := m.makeBucket(call); err != nil {
		return m.fail(ctx, "prepare bucket", m.bucket, err)
	}
	versioning, err := m.client.GetBucketVersioning(call, m.bucket)
	if err == nil && !versioning.Enabled() {
		err = m.client.EnableVersioning(call, m.bucket)
	}
	if err != nil {
		return m.fail(ctx, "turn on versions of bucket", m.bucket, err)
	}
	if _, err := m.hasLock(call); err != nil {
		return m.fail(ctx, "ask for object lock of bucket", m.bucket, err)
	}
	return nil
}

func (m *MinIO) makeBucket(ctx context.Context) error {
	exists, err := m.client.BucketExists(ctx, m.bucket)
	if err != nil || exists {
		return err
	}
	err = m.client.MakeBucket(ctx, m.bucket, minio.MakeBucketOptions{Region: m.region, ObjectLocking: true})
	if code := minio.ToErrorResponse(err).Code; code == "NotImplemented" || code == "InvalidArgument" {
		err = m.client.MakeBucket(ctx, m.bucket, minio.MakeBucketOptions{Region: m.region})
	}
	if minio.ToErrorResponse(err).Code == "BucketAlreadyOwnedByYou" { // another replica was faster
		return nil
	}
	return err
}

// hasLock says whether the bucket was made with object lock, and remembers the answer,
// which cannot change from yes to no.
func (m *MinIO) hasLock(ctx context.Context) (bool, error) {
	m.lockMu.Lock()
	defer m.lockMu.Unlock()
	if m.lockKnown {
		return m.locks, nil
	}
	state, _, _, _, err := m.client.GetObjectLockConfig(ctx, m.bucket)
	if code := minio.ToErrorResponse(err).Code; code == "ObjectLockConfigurationNotFoundError" || code == "NotImplemented" {
		state, err = "", nil
	}
	if err != nil {
		return false, err
	}
	m.locks, m.lockKnown = state == "Enabled", true
	return m.locks, nil
}

// Ticket implements Store: a signed POST policy with the exact key and type, 1 to
// MaxBytes bytes, and the expiry. A signed PUT would bound none of them.
func (m *MinIO) Ticket(ctx context.Context, u Upload) (Ticket, error) {
	if err := u.check(); err != nil {
		return Ticket{}, fmt.Errorf("objects: ticket: %w", err)
	}
	if _, err := m.Stat(ctx, u.Key, ""); !errors.Is(err, ErrNotFound) {
		if err == nil {
			err = ErrExists
		}
		return Ticket{}, fmt.Errorf("objects: ticket %s: %w", u.Key, err)
	}
	expires := time.Now().UTC().Add(u.ExpiresIn)
	policy := minio.NewPostPolicy()
	err := errors.Join(policy.SetBucket(m.bucket), policy.SetKey(u.Key), policy.SetContentType(u.ContentType),
		policy.SetContentLengthRange(1, u.MaxBytes), policy.SetExpires(expires))
	if err != nil {
		return Ticket{}, fmt.Errorf("objects: ticket %s: %w", u.Key, err)
	}
	// Signed here without a call: the region is set.
	address, fields, err := m.public.PresignedPostPolicy(ctx, policy)
	if err != nil {
		return Ticket{}, fmt.Errorf("objects: ticket %s: %w", u.Key, err)
	}
	return Ticket{Method: http.MethodPost, URL: address.String(), Fields: fields, MaxBytes: u.MaxBytes, ExpiresAt: expires}, nil
}

// Put implements Store.
func (m *MinIO) Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) (Info, error) {
	if err := checkPut(key, size, contentType); err != nil {
		return Info{}, fmt.Errorf("objects: put: %w", err)
	}
	newest, err := m.stat(ctx, key, "")
	if err == nil && newest.UserMetadata[sourceMeta] != "" {
		return Info{}, fmt.Errorf("objects: put %s: %w", key, ErrExists)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Info{}, err
	}
	call, cancel := context.WithTimeout(ctx, m.transferTime(size))
	defer cancel()
	content := newExactReader(r, size)
	if size == 0 {
		_, _ = content.Read(nil) // the client does not look into what is announced as empty
	}
	if content.err != nil {
		return Info{}, fmt.Errorf("objects: put %s: %w", key, content.err)
	}
	put, err := m.client.PutObject(call, m.bucket, key, content, size, minio.PutObjectOptions{ContentType: contentType})
	if content.err != nil { // the source failed, not the store
		return Info{}, fmt.Errorf("objects: put %s: %w", key, content.err)
	}
	if err != nil {
		return Info{}, m.fail(ctx, "put", key, err)
	}
	return m.Stat(ctx, key, put.VersionID)
}

// Stat implements Store.
func (m *MinIO) Stat(ctx context.Context, key, version string) (Info, error) {
	o, err := m.stat(ctx, key, version)
	if err != nil {
		return Info{}, err
	}
	return infoOf(o), nil
}

// Open implements Store. Content is fetched at the first Read after Open or Seek.
func (m *MinIO) Open(ctx context.Context, key, version string) (io.ReadSeekCloser, Info, error) {
	info, err := m.Stat(ctx, key, version)
	if err != nil {
		return nil, Info{}, err
	}
	return &minioReader{ctx: ctx, store: m, info: info}, info, nil
}

// Promote implements Store. The copy is made inside the store. Two calls at the same
// moment may each make a version; each caller holds the one it was given, and both are
// locked.
func (m *MinIO) Promote(ctx context.Context, fromKey, version, toKey string) (Info, error) {
	if err := errors.Join(CheckKey(fromKey), CheckKey(toKey)); err != nil || fromKey == toKey {
		return Info{}, fmt.Errorf("objects: promote %q to %q: %w", fromKey, toKey, ErrKey)
	}
	from, err := m.stat(ctx, fromKey, version)
	if err != nil {
		return Info{}, err
	}
	source := fromKey + "@" + from.VersionID
	there, err := m.stat(ctx, toKey, "")
	if err == nil && there.UserMetadata[sourceMeta] == source {
		return infoOf(there), nil
	}
	if err == nil {
		return Info{}, fmt.Errorf("objects: promote to %s: %w", toKey, ErrExists)
	}
	if !errors.Is(err, ErrNotFound) {
		return Info{}, err
	}
	return m.copyFinal(ctx, from, source, toKey)
}

func (m *MinIO) copyFinal(ctx context.Context, from minio.ObjectInfo, source, toKey string) (Info, error) {
	call, cancel := context.WithTimeout(ctx, m.transferTime(from.Size))
	defer cancel()
	to := minio.CopyDestOptions{
		Bucket: m.bucket, Object: toKey, ContentType: from.ContentType,
		UserMetadata: map[string]string{sourceMeta: source}, ReplaceMetadata: true,
	}
	locked, err := m.hasLock(call)
	if err != nil {
		return Info{}, m.fail(ctx, "promote", toKey, err)
	}
	if locked {
		to.Mode, to.RetainUntilDate = minio.Governance, time.Now().UTC().Add(m.retained).Truncate(time.Second)
	}
	copied, err := m.client.CopyObject(call, to,
		minio.CopySrcOptions{Bucket: m.bucket, Object: from.Key, VersionID: from.VersionID})
	if err != nil {
		return Info{}, m.fail(ctx, "promote", toKey, err)
	}
	info, err := m.Stat(ctx, toKey, copied.VersionID)
	if err == nil && info.Size != from.Size {
		err = fmt.Errorf("objects: promote %s: %w: %d bytes of %d copied", toKey, ErrDamaged, info.Size, from.Size)
	}
	return info, err
}

// Delete implements Store.
func (m *MinIO) Delete(ctx context.Context, key, version string) error {
	o, err := m.stat(ctx, key, version)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if version == "" && o.UserMetadata[sourceMeta] != "" {
		return fmt.Errorf("objects: delete %s: %w", key, ErrLocked)
	}
	call, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	err = m.client.RemoveObject(call, m.bucket, key, minio.RemoveObjectOptions{VersionID: o.VersionID, GovernanceBypass: true})
	if err = m.fail(ctx, "delete", key, err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// List implements Store. Each page has its own deadline, so that time spent in each does
// not count.
func (m *MinIO) List(ctx context.Context, prefix string, each func(Info) error) error {
	if err := checkPrefix(prefix); err != nil {
		return fmt.Errorf("objects: list: %w", err)
	}
	call, cancel := context.WithCancel(ctx)
	defer cancel()
	deadline := time.AfterFunc(m.timeout, cancel)
	defer deadline.Stop()
	for o := range m.client.ListObjectsIter(call, m.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true, WithVersions: true}) {
		deadline.Stop()
		if o.Err != nil {
			return m.fail(ctx, "list", prefix, o.Err)
		}
		if o.IsDeleteMarker {
			continue
		}
		if err := each(infoOf(o)); err != nil {
			return err
		}
		deadline.Reset(m.timeout)
	}
	// The iterator ends without a word when its context is done between two pages.
	return m.fail(ctx, "list", prefix, call.Err())
}

// Ping implements Store.
func (m *MinIO) Ping(ctx context.Context) error {
	call, cancel := context.WithTimeout(ctx, min(pingTimeout, m.timeout))
	defer cancel()
	exists, err := m.client.BucketExists(call, m.bucket)
	if err == nil && !exists {
		err = fmt.Errorf("%w: no bucket %q", ErrUnavailable, m.bucket)
	}
	return m.fail(ctx, "ping", m.bucket, err)
}

func (m *MinIO) stat(ctx context.Context, key, version string) (minio.ObjectInfo, error) {
	if err := CheckKey(key); err != nil {
		return minio.ObjectInfo{}, fmt.Errorf("objects: stat: %w", err)
	}
	call, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	o, err := m.client.StatObject(call, m.bucket, key, minio.StatObjectOptions{VersionID: version})
	if version != "" && minio.ToErrorResponse(err).StatusCode == http.StatusBadRequest {
		err = fmt.Errorf("%w: %q is no version", ErrNotFound, version)
		return minio.ObjectInfo{}, fmt.Errorf("objects: stat %s: %w", key, err)
	}
	if err != nil {
		return minio.ObjectInfo{}, m.fail(ctx, "stat", key, err)
	}
	return o, nil
}

// transferTime is the deadline of a call that moves size bytes.
func (m *MinIO) transferTime(size int64) time.Duration {
	return 2*m.timeout + time.Duration(size/slowestTransfer)*time.Second
}

// fail names the operation, and turns what the store says into what a caller acts on.
// ctx is the caller's: when it is done, that is the cause and not the store.
func (m *MinIO) fail(ctx context.Context, op, key string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("objects: %s %s: %w", op, key, ctx.Err())
	}
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return fmt.Errorf("objects: %s %s: %w: %w", op, key, ErrUnavailable, err)
	}
	switch {
	case isAbsent(answer):
		return fmt.Errorf("objects: %s %s: %w", op, key, ErrNotFound)
	case answer.StatusCode >= 500, answer.StatusCode == http.StatusTooManyRequests, answer.StatusCode == http.StatusRequestTimeout:
		return fmt.Errorf("objects: %s %s: %w: %w", op, key, ErrUnavailable, err)
	}
	return fmt.Errorf("objects: %s %s: %w", op, key, err)
}

// isAbsent knows the ways to say so: no key, no version, and the mark that a deletion from
// outside leaves, which answers 405.
func isAbsent(r minio.ErrorResponse) bool {
	switch r.Code {
	case "NoSuchKey", "NoSuchVersion", "MethodNotAllowed":
		return true
	}
	return r.StatusCode == http.StatusNotFound && r.Code != "NoSuchBucket"
}

func infoOf(o minio.ObjectInfo) Info {
	return Info{
		Key: o.Key, Version: o.VersionID, Size: o.Size, ContentType: o.ContentType,
		ETag: strings.Trim(o.ETag, `"`), ModifiedAt: o.LastModified.UTC(),
	}
}
