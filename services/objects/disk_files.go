package objects

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func (d *Disk) openContent(key, version string, size int64) (*os.File, error) {
	f, err := d.root.Open(path.Join(versionPath(key, version), contentFile))
	if err != nil {
		return nil, absent(err)
	}
	stat, err := f.Stat()
	if err == nil && stat.Size() != size {
		err = fmt.Errorf("%w: %d bytes on disk, %d written", ErrDamaged, stat.Size(), size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// writeFile writes and syncs a new file that nobody may write to afterwards.
func (d *Disk) writeFile(name string, r io.Reader) (int64, error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o440)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return n, errors.Join(err, f.Close())
}

// makeFolder creates a folder and those above it, each made durable in the one above.
func (d *Disk) makeFolder(folder string) error {
	if folder == "." {
		return nil
	}
	if _, err := d.root.Stat(folder); err == nil {
		return nil
	}
	if err := d.makeFolder(path.Dir(folder)); err != nil {
		return err
	}
	if err := d.root.Mkdir(folder, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.syncFolder(path.Dir(folder))
}

func (d *Disk) syncFolder(folder string) error {
	f, err := d.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d *Disk) lock(key string) *sync.Mutex {
	hash := fnv.New32a()
	hash.Write([]byte(key))
	return &d.locks[hash.Sum32()%uint32(len(d.locks))]
}

func keyPath(key string) string { return path.Join(keysFolder, key) }

func versionPath(key, version string) string { return path.Join(keysFolder, key, versionMark+version) }

// nextVersion returns an id that sorts after last: nanoseconds, which a clock set back
// does not lower, and 64 random bits.
func nextVersion(last string, now time.Time) string {
	nanos := now.UnixNano()
	if before, _, ok := strings.Cut(last, "-"); ok {
		if n, err := strconv.ParseInt(before, 16, 64); err == nil && n >= nanos {
			nanos = n + 1
		}
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the process instead
	return fmt.Sprintf("%016x-%x", nanos, random)
}

func isVersion(id string) bool {
	nanos, random, ok := strings.Cut(id, "-")
	return ok && isHex16(nanos) && isHex16(random)
}

func isHex16(s string) bool {
	return len(s) == 16 && strings.Trim(s, "0123456789abcdef") == ""
}

// absent says ErrNotFound where the file system says that a file does not exist.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return err
}

// diskError names the operation, and says ErrUnavailable where the folder is full, broken,
// not writable or not there.
func diskError(op, key string, err error) error {
	for _, cause := range []error{
		syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EMFILE, fs.ErrPermission, fs.ErrNotExist,
	} {
		if errors.Is(err, cause) {
			return fmt.Errorf("objects: %s %s: %w: %w", op, key, ErrUnavailable, err)
		}
	}
	return fmt.Errorf("objects: %s %s: %w", op, key, err)
}

// contextReader stops between reads when its context is done.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// diskReader reads a file for as long as its context is not done.
type diskReader struct {
	contextReader
	file *os.File
}

func (r diskReader) Seek(offset int64, whence int) (int64, error) { return r.file.Seek(offset, whence) }

func (r diskReader) Close() error { return r.file.Close() }
