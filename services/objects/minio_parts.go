package objects

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/minio/minio-go/v7"
)

// The header that binds a part to its content, and the one that announces it for the whole
// upload (S3 checksums).
const (
	sumHeader  = "X-Amz-Checksum-Sha256"
	algoHeader = "X-Amz-Checksum-Algorithm"
)

// BeginParts implements Parts by a multipart upload whose parts must bring their SHA-256.
func (m *MinIO) BeginParts(ctx context.Context, u Upload) (string, error) {
	if err := u.check(); err != nil {
		return "", fmt.Errorf("objects: begin: %w", err)
	}
	if err := m.free(ctx, u.Key); err != nil {
		return "", fmt.Errorf("objects: begin %s: %w", u.Key, err)
	}
	call, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	upload, err := m.core().NewMultipartUpload(call, m.bucket, u.Key, minio.PutObjectOptions{
		ContentType: u.ContentType, UserMetadata: map[string]string{algoHeader: "SHA256"}})
	return upload, m.fail(ctx, "begin", u.Key, err)
}

// free returns ErrExists for a key that holds an object.
func (m *MinIO) free(ctx context.Context, key string) error {
	_, err := m.stat(ctx, key, "")
	if err == nil {
		return ErrExists
	}
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// PartTicket implements Parts: a presigned PUT. The signature covers the length and the
// SHA-256 of the body; by itself it would bound neither.
func (m *MinIO) PartTicket(ctx context.Context, p PartUpload) (PartTicket, error) {
	if err := p.check(); err != nil {
		return PartTicket{}, fmt.Errorf("objects: part ticket: %w", err)
	}
	expires := time.Now().UTC().Add(p.ExpiresIn)
	sum := base64Sum(p.SHA256)
	signed := http.Header{}
	signed.Set("Content-Length", strconv.FormatInt(p.Size, 10))
	signed.Set(sumHeader, sum)
	address, err := m.public.PresignHeader(ctx, http.MethodPut, m.bucket, p.Key, p.ExpiresIn,
		map[string][]string{"partNumber": {strconv.Itoa(p.No)}, "uploadId": {p.Upload}}, signed)
	if err != nil {
		return PartTicket{}, fmt.Errorf("objects: part ticket %s: %w", p.Key, err)
	}
	// Content-Length is set by whoever sends the body.
	return PartTicket{Method: http.MethodPut, URL: address.String(), Headers: map[string]string{sumHeader: sum}, ExpiresAt: expires}, nil
}

// Parts implements Parts.
func (m *MinIO) Parts(ctx context.Context, key, upload string) ([]Part, error) {
	if err := CheckKey(key); err != nil {
		return nil, fmt.Errorf("objects: parts: %w", err)
	}
	var out []Part
	for after := 0; ; {
		call, cancel := context.WithTimeout(ctx, m.timeout)
		page, err := m.core().ListObjectParts(call, m.bucket, key, upload, after, 1000)
		cancel()
		if err != nil {
			return nil, m.fail(ctx, "parts", key, err)
		}
		for _, p := range page.ObjectParts {
			out = append(out, Part{No: p.PartNumber, Size: p.Size, SHA256: hexSum(p.ChecksumSHA256), tag: p.ETag})
		}
		if !page.IsTruncated || page.NextPartNumberMarker <= after {
			sortParts(out)
			return out, nil
		}
		after = page.NextPartNumberMarker
	}
}

// JoinParts implements Parts.
func (m *MinIO) JoinParts(ctx context.Context, key, upload string, size int64) (Info, error) {
	parts, err := m.Parts(ctx, key, upload)
	if err != nil {
		return Info{}, err
	}
	if err := errors.Join(whole(parts, size), m.free(ctx, key)); err != nil {
		return Info{}, fmt.Errorf("objects: join %s: %w", key, err)
	}
	list := make([]minio.CompletePart, 0, len(parts))
	for _, p := range parts {
		list = append(list, minio.CompletePart{PartNumber: p.No, ETag: p.tag, ChecksumSHA256: base64Sum(p.SHA256)})
	}
	call, cancel := context.WithTimeout(ctx, m.transferTime(size))
	defer cancel()
	made, err := m.core().CompleteMultipartUpload(call, m.bucket, key, upload, list, minio.PutObjectOptions{})
	switch minio.ToErrorResponse(err).Code {
	case "EntityTooSmall", "InvalidPart", "InvalidPartOrder":
		return Info{}, fmt.Errorf("objects: join %s: %w: %w", key, ErrParts, err)
	}
	if err != nil {
		return Info{}, m.fail(ctx, "join", key, err)
	}
	return m.Stat(ctx, key, made.VersionID)
}

// DropParts implements Parts. It asks for the key itself: there are stores that find an upload
// by its whole key only.
func (m *MinIO) DropParts(ctx context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return fmt.Errorf("objects: drop parts: %w", err)
	}
	call, cancel := context.WithTimeout(ctx, 2*m.timeout)
	defer cancel()
	page, err := m.core().ListMultipartUploads(call, m.bucket, key, "", "", "", 1000)
	if err != nil {
		return m.fail(ctx, "drop parts", key, err)
	}
	for _, u := range page.Uploads {
		if u.Key != key {
			continue
		}
		err := m.fail(ctx, "drop parts", key, m.core().AbortMultipartUpload(call, m.bucket, key, u.UploadID))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

func (m *MinIO) core() minio.Core { return minio.Core{Client: m.client} }
