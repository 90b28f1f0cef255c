package objects

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// The data folder. A version is a folder of its own below its key, so that one rename
// makes it appear whole and one rename makes it vanish:
//
//	keys/staging/0197/@18a2…-9f31…/content      the bytes
//	keys/staging/0197/@18a2…-9f31…/about.json   what is known of them
//	tmp/                                        versions being written or removed
//
// Keys hold no "@", so a version never is taken for a part of a longer key.
const (
	keysFolder  = "keys"
	tmpFolder   = "tmp"
	contentFile = "content"
	aboutFile   = "about.json"
	versionMark = "@"
)

// abandonedAfter is when a folder in tmp is taken to be left over by a process that died.
const abandonedAfter = 24 * time.Hour

// DiskConfig says where a Disk keeps its objects. Secret, at least 16 bytes and the same
// in every replica, signs upload addresses; they begin with BaseURL, which may be "" for
// addresses relative to the host that issued them. Now is time.Now when nil.
type DiskConfig struct {
	Dir     string
	BaseURL string
	Secret  []byte
	Now     func() time.Time
}

// Disk keeps objects in a folder. Content reaches the disk before a call returns:
// written to a temporary folder, synced, renamed, the folder above synced. What is
// written is made read-only. One process at a time may write to the folder: several may
// read it, but only within one are upload addresses and final keys used once.
type Disk struct {
	root    *os.Root
	baseURL string
	secret  []byte
	now     func() time.Time
	locks   [64]sync.Mutex // by key: between looking for the newest version and adding one
}

// about is what a version keeps beside its content. Source is set on final objects only:
// the key and version they were promoted from.
type about struct {
	Size        int64     `json:"size"`
	ContentType string    `json:"content_type"`
	SHA256      string    `json:"sha256"`
	ModifiedAt  time.Time `json:"modified_at"`
	Source      string    `json:"source,omitempty"`
}

func (a about) info(key, version string) Info {
	return Info{
		Key: key, Version: version, Size: a.Size, ContentType: a.ContentType,
		ETag: a.SHA256, ModifiedAt: a.ModifiedAt,
	}
}

// NewDisk opens the folder, creating it when it is absent. Prepare must run before use.
func NewDisk(c DiskConfig) (*Disk, error) {
	if c.Dir == "" {
		return nil, errors.New("objects: the data folder is not set")
	}
	if len(c.Secret) < 16 {
		return nil, fmt.Errorf("objects: the secret for upload addresses has %d bytes, want at least 16", len(c.Secret))
	}
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("objects: create the data folder: %w", err)
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("objects: open the data folder: %w", err)
	}
	d := &Disk{root: root, baseURL: c.BaseURL, secret: slices.Clone(c.Secret), now: c.Now}
	if d.now == nil {
		d.now = time.Now
	}
	return d, nil
}

// Prepare creates the folders and clears what a process that died left half written.
func (d *Disk) Prepare(ctx context.Context) error {
	for _, folder := range []string{keysFolder, partsFolder, tmpFolder} {
		if err := d.makeFolder(folder); err != nil {
			return diskError("prepare", folder, err)
		}
	}
	left, err := fs.ReadDir(d.root.FS(), tmpFolder)
	if err != nil {
		return diskError("prepare", tmpFolder, err)
	}
	for _, entry := range left {
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < abandonedAfter {
			continue
		}
		if err := d.root.RemoveAll(path.Join(tmpFolder, entry.Name())); err != nil {
			return diskError("prepare", entry.Name(), err)
		}
	}
	return ctx.Err()
}

// Put implements Store.
func (d *Disk) Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) (Info, error) {
	if err := checkPut(key, size, contentType); err != nil {
		return Info{}, fmt.Errorf("objects: put: %w", err)
	}
	tmp, a, err := d.receive(ctx, newExactReader(r, size))
	if err != nil {
		return Info{}, diskError("put", key, err)
	}
	a.ContentType = contentType
	info, err := d.commit(key, tmp, a, func(newest about) error {
		if newest.Source != "" {
			return ErrExists
		}
		return nil
	})
	if err != nil {
		return Info{}, diskError("put", key, err)
	}
	return info, nil
}

// Stat implements Store.
func (d *Disk) Stat(_ context.Context, key, version string) (Info, error) {
	version, a, err := d.find(key, version)
	if err != nil {
		return Info{}, diskError("stat", key, err)
	}
	return a.info(key, version), nil
}

// Open implements Store. A file that is not as long as what was written is ErrDamaged.
func (d *Disk) Open(ctx context.Context, key, version string) (io.ReadSeekCloser, Info, error) {
	version, a, err := d.find(key, version)
	if err != nil {
		return nil, Info{}, diskError("open", key, err)
	}
	f, err := d.openContent(key, version, a.Size)
	if err != nil {
		return nil, Info{}, diskError("open", key, err)
	}
	return diskReader{contextReader{ctx, f}, f}, a.info(key, version), nil
}

// Promote implements Store. Both keys share one file, so it costs no space.
func (d *Disk) Promote(ctx context.Context, fromKey, version, toKey string) (Info, error) {
	if err := errors.Join(CheckKey(fromKey), CheckKey(toKey)); err != nil || fromKey == toKey {
		return Info{}, fmt.Errorf("objects: promote %q to %q: %w", fromKey, toKey, ErrKey)
	}
	version, a, err := d.find(fromKey, version)
	if err != nil {
		return Info{}, diskError("promote", fromKey, err)
	}
	a.Source = fromKey + versionMark + version
	if info, err := d.promoted(toKey, a.Source); !errors.Is(err, ErrNotFound) {
		return info, err
	}
	tmp, err := d.share(ctx, fromKey, version, a)
	if err != nil {
		return Info{}, diskError("promote", fromKey, err)
	}
	info, err := d.commit(toKey, tmp, a, func(about) error { return ErrExists })
	if errors.Is(err, ErrExists) { // another call was faster
		return d.promoted(toKey, a.Source)
	}
	if err != nil {
		return Info{}, diskError("promote", toKey, err)
	}
	return info, nil
}

// Delete implements Store.
func (d *Disk) Delete(_ context.Context, key, version string) error {
	named := version != ""
	version, a, err := d.find(key, version)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return diskError("delete", key, err)
	}
	if a.Source != "" && !named {
		return fmt.Errorf("objects: delete %s: %w", key, ErrLocked)
	}
	if err := d.remove(key, version); err != nil {
		return diskError("delete", key, err)
	}
	return nil
}

// Ping writes and removes an empty file.
func (d *Disk) Ping(context.Context) error {
	name := path.Join(tmpFolder, "ping-"+rand.Text())
	f, err := d.root.Create(name)
	if err != nil {
		return diskError("ping", tmpFolder, errors.Join(ErrUnavailable, err))
	}
	if err := errors.Join(f.Close(), d.root.Remove(name)); err != nil {
		return diskError("ping", tmpFolder, errors.Join(ErrUnavailable, err))
	}
	return nil
}

// receive writes r into a new folder below tmp, and returns it and what was written.
func (d *Disk) receive(ctx context.Context, r io.Reader) (string, about, error) {
	tmp := path.Join(tmpFolder, rand.Text())
	if err := d.root.Mkdir(tmp, 0o750); err != nil {
		return "", about{}, err
	}
	hash := sha256.New()
	size, err := d.writeFile(path.Join(tmp, contentFile), io.TeeReader(contextReader{ctx, r}, hash))
	if err != nil {
		return "", about{}, errors.Join(err, d.root.RemoveAll(tmp))
	}
	return tmp, about{Size: size, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// share makes a folder below tmp that holds the content of a stored version: by a link
// where the file system has them, by a checked copy where it has not.
func (d *Disk) share(ctx context.Context, key, version string, a about) (string, error) {
	f, err := d.openContent(key, version, a.Size)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read from
	tmp := path.Join(tmpFolder, rand.Text())
	if err := d.root.Mkdir(tmp, 0o750); err != nil {
		return "", err
	}
	err = d.root.Link(path.Join(versionPath(key, version), contentFile), path.Join(tmp, contentFile))
	if err == nil {
		return tmp, nil
	}
	if err := d.root.Remove(tmp); err != nil {
		return "", err
	}
	tmp, copied, err := d.receive(ctx, newExactReader(f, a.Size))
	if err == nil && copied.SHA256 != a.SHA256 {
		err = errors.Join(ErrDamaged, d.root.RemoveAll(tmp))
	}
	return tmp, err
}

// commit makes the folder tmp a version of key, unless mayFollow refuses what is the
// newest there now. tmp is gone afterwards in any case.
func (d *Disk) commit(key, tmp string, a about, mayFollow func(newest about) error) (Info, error) {
	lock := d.lock(key)
	lock.Lock()
	defer lock.Unlock()
	info, err := d.place(key, tmp, a, mayFollow)
	if err != nil {
		return Info{}, errors.Join(err, d.root.RemoveAll(tmp))
	}
	return info, nil
}

func (d *Disk) place(key, tmp string, a about, mayFollow func(newest about) error) (Info, error) {
	last, newest, err := d.find(key, "")
	if err == nil {
		err = mayFollow(newest)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Info{}, err
	}
	a.ModifiedAt = d.now().UTC().Truncate(time.Microsecond)
	if err := d.describe(tmp, a); err != nil {
		return Info{}, err
	}
	version := nextVersion(last, d.now())
	if err := d.moveIn(key, tmp, version); err != nil {
		return Info{}, err
	}
	return a.info(key, version), nil
}

// describe writes about.json into a folder below tmp.
func (d *Disk) describe(tmp string, a about) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if _, err := d.writeFile(path.Join(tmp, aboutFile), strings.NewReader(string(text))); err != nil {
		return err
	}
	return d.syncFolder(tmp)
}

// moveIn renames tmp to its place. The folders above may vanish in between when the last
// version of a neighbour is deleted; they are made again then.
func (d *Disk) moveIn(key, tmp, version string) error {
	folder := keyPath(key)
	var err error
	for range 10 {
		if err = d.makeFolder(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		err = d.root.Rename(tmp, versionPath(key, version))
		if err == nil {
			err = d.syncFolder(folder)
			if errors.Is(err, fs.ErrNotExist) { // moved in, and deleted again by another call
				return nil
			}
			return err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// remove takes a version away by one rename, and then the folders it leaves empty.
func (d *Disk) remove(key, version string) error {
	trash := path.Join(tmpFolder, rand.Text())
	err := d.root.Rename(versionPath(key, version), trash)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := errors.Join(d.syncFolder(keyPath(key)), d.root.RemoveAll(trash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for folder := keyPath(key); folder != keysFolder; folder = path.Dir(folder) {
		if d.root.Remove(folder) != nil { // not empty: something else lives there
			return nil //nolint:nilerr // a folder in use stays: that is no failure
		}
	}
	return nil
}

// find reads what is known of a version; version "" is the newest.
func (d *Disk) find(key, version string) (string, about, error) {
	if err := CheckKey(key); err != nil {
		return "", about{}, err
	}
	if version == "" {
		versions, err := d.versions(keyPath(key))
		if err != nil {
			return "", about{}, absent(err)
		}
		if len(versions) == 0 {
			return "", about{}, ErrNotFound
		}
		version = versions[0]
	}
	if !isVersion(version) {
		return "", about{}, ErrNotFound
	}
	text, err := d.root.ReadFile(path.Join(versionPath(key, version), aboutFile))
	if err != nil {
		return "", about{}, absent(err)
	}
	var a about
	if err := json.Unmarshal(text, &a); err != nil {
		return "", about{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return version, a, nil
}

// promoted returns the object at toKey if it came from source, ErrExists if from elsewhere.
func (d *Disk) promoted(toKey, source string) (Info, error) {
	version, a, err := d.find(toKey, "")
	if err != nil {
		return Info{}, diskError("promote", toKey, err)
	}
	if a.Source != source {
		return Info{}, fmt.Errorf("objects: promote to %s: %w", toKey, ErrExists)
	}
	return a.info(toKey, version), nil
}
