package objects

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// Keeper is what Keep needs of a store.
type Keeper interface {
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) (Info, error)
	Open(ctx context.Context, key, version string) (io.ReadSeekCloser, Info, error)
}

// Keep stores the bytes under a key made from their digest, unless they are there already, so
// that doing it again changes nothing.
func Keep(ctx context.Context, store Keeper, key string, body []byte, contentType string) (Info, error) {
	r, info, err := store.Open(ctx, key, "")
	if errors.Is(err, ErrNotFound) {
		return store.Put(ctx, key, bytes.NewReader(body), int64(len(body)), contentType)
	}
	if err != nil {
		return info, err
	}
	return info, r.Close()
}
