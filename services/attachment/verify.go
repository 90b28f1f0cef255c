package attachment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"

	"clusterzone/services/objects"
)

// refusal is content that is not accepted; its code is a message key.
type refusal struct{ code string }

func (r refusal) Error() string { return r.code }

func refuse(code string) error { return refusal{"attachment." + code} }

// verify reads an upload once into a temporary file and looks at it from every side. It
// returns a refusal, or a failure after which it may be called again.
func (s *Service) verify(ctx context.Context, r row, staged objects.Info) (verdict, error) {
	if staged.Size != r.Size {
		return verdict{}, refuse("size_differs")
	}
	select {
	case s.verifies <- struct{}{}:
		defer func() { <-s.verifies }()
	case <-ctx.Done():
		return verdict{}, ctx.Err()
	}
	tmp, err := os.CreateTemp(s.tempDir, "clusterzone-upload-*")
	if err != nil {
		return verdict{}, fmt.Errorf("verify: %w", err)
	}
	defer func() { _, _ = tmp.Close(), os.Remove(tmp.Name()) }()
	if err := s.spool(ctx, r, staged, tmp); err != nil {
		return verdict{}, err
	}
	if err := newInspector(ctx, s.tempDir, r.Size).inspect(tmp, r.Size, formatOf(r.Name), 0); err != nil {
		return verdict{}, err
	}
	return s.scanned(ctx, r, tmp)
}

// spool copies exactly the version that was looked up, so that a second upload with the same
// ticket changes nothing.
func (s *Service) spool(ctx context.Context, r row, staged objects.Info, tmp *os.File) error {
	content, _, err := s.store.Open(ctx, staged.Key, staged.Version)
	if err != nil {
		return storeFault(err)
	}
	defer func() { _ = content.Close() }()
	sum, test := sha256.New(), &textFinder{text: []byte(testVirus)}
	n, err := io.Copy(io.MultiWriter(tmp, sum, test), io.LimitReader(content, r.Size+1))
	switch {
	case err != nil:
		return storeFault(err)
	case n != r.Size:
		return refuse("size_differs")
	case hex.EncodeToString(sum.Sum(nil)) != r.SHA256:
		return refuse("hash_differs")
	case test.found:
		return refuse("infected")
	}
	return nil
}

// testVirus is the part of the harmless EICAR test file that no other file has. It is enough
// of it to be found, and too little for scanners to take this program for the file.
const testVirus = "EICAR-STANDARD-ANTIVIRUS-TEST-" + "FILE!"

// textFinder notices a text in what is written to it, also across two writes.
type textFinder struct {
	text  []byte
	tail  []byte
	found bool
}

func (f *textFinder) Write(p []byte) (int, error) {
	if f.found || len(p) == 0 {
		return len(p), nil
	}
	seam := slices.Concat(f.tail, p[:min(len(p), len(f.text)-1)])
	f.found = bytes.Contains(seam, f.text) || bytes.Contains(p, f.text)
	keep := len(f.text) - 1
	if len(p) >= keep {
		f.tail = append(f.tail[:0], p[len(p)-keep:]...)
	} else {
		f.tail = append(f.tail[:0], seam[max(0, len(seam)-keep):]...)
	}
	return len(p), nil
}
