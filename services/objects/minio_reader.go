package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/minio/minio-go/v7"
)

// minioReader reads one version by range requests: one from the current position to the
// end, opened when something is read and dropped when the position jumps. No goroutine
// and no connection outlives Close, and a store that falls silent fails the Read.
type minioReader struct {
	ctx    context.Context
	store  *MinIO
	info   Info
	offset int64
	body   io.ReadCloser
	cancel context.CancelFunc
	closed bool
}

func (r *minioReader) Read(p []byte) (int, error) {
	if r.closed {
		return 0, errors.New("objects: read after Close")
	}
	if r.offset >= r.info.Size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.fetch(); err != nil {
		return 0, err
	}
	silence := time.AfterFunc(r.store.timeout, r.cancel)
	n, err := r.body.Read(p)
	silence.Stop()
	r.offset += int64(n)
	if err == io.EOF && r.offset < r.info.Size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	r.drop()
	return n, r.store.fail(r.ctx, "read", r.info.Key, err)
}

// fetch asks for the content from the current position on, unless it is on its way.
func (r *minioReader) fetch() error {
	if r.body != nil {
		return nil
	}
	opts := minio.GetObjectOptions{VersionID: r.info.Version}
	if r.offset > 0 {
		if err := opts.SetRange(r.offset, 0); err != nil {
			return fmt.Errorf("objects: read %s: %w", r.info.Key, err)
		}
	}
	ctx, cancel := context.WithCancel(r.ctx)
	silence := time.AfterFunc(r.store.timeout, cancel)
	core := minio.Core{Client: r.store.client}
	body, _, _, err := core.GetObject(ctx, r.store.bucket, r.info.Key, opts)
	silence.Stop()
	if err != nil {
		cancel()
		return r.store.fail(r.ctx, "read", r.info.Key, err)
	}
	r.body, r.cancel = body, cancel
	return nil
}

// Seek moves the position without a call to the store.
func (r *minioReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.info.Size
	}
	if offset < 0 {
		return 0, errors.New("objects: seek before the start")
	}
	if offset != r.offset {
		r.drop()
		r.offset = offset
	}
	return offset, nil
}

func (r *minioReader) drop() {
	if r.body == nil {
		return
	}
	r.cancel() // first: Close would read on to reuse the connection
	_ = r.body.Close()
	r.body = nil
}

// Close ends the reading; it may be called twice.
func (r *minioReader) Close() error {
	r.drop()
	r.closed = true
	return nil
}
