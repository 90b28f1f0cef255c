package objects

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// Parts of uploads that are not joined yet, each in a file that is named for what it is:
//
//	parts/staging/0197/@JBSWY3DPEHPK3PXP/type             the content type
//	parts/staging/0197/@JBSWY3DPEHPK3PXP/00001-9f31…      part 1 with its SHA-256
const (
	partsFolder = "parts"
	typeFile    = "type"
)

// PartPath is where Disk.ServePart must be mounted, for PUT.
const PartPath = "/objects/part"

func partsPath(key, upload string) string { return path.Join(partsFolder, key, versionMark+upload) }

// BeginParts implements Parts.
func (d *Disk) BeginParts(ctx context.Context, u Upload) (string, error) {
	if err := u.check(); err != nil {
		return "", fmt.Errorf("objects: begin: %w", err)
	}
	if err := d.free(ctx, u.Key); err != nil {
		return "", fmt.Errorf("objects: begin %s: %w", u.Key, err)
	}
	upload := rand.Text()
	lock := d.lock(u.Key)
	lock.Lock()
	defer lock.Unlock()
	folder := partsPath(u.Key, upload)
	if err := d.makeFolder(folder); err != nil {
		return "", diskError("begin", u.Key, err)
	}
	_, err := d.writeFile(path.Join(folder, typeFile), strings.NewReader(u.ContentType))
	if err = errors.Join(err, d.syncFolder(folder)); err != nil {
		return "", diskError("begin", u.Key, err)
	}
	return upload, nil
}

func (d *Disk) free(ctx context.Context, key string) error {
	_, err := d.Stat(ctx, key, "")
	if err == nil {
		return ErrExists
	}
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// PartTicket implements Parts: an address that ServePart accepts, signed with HMAC-SHA-256
// over key, upload, number, size, sum and expiry.
func (d *Disk) PartTicket(_ context.Context, p PartUpload) (PartTicket, error) {
	if err := p.check(); err != nil {
		return PartTicket{}, fmt.Errorf("objects: part ticket: %w", err)
	}
	expires := d.now().UTC().Add(p.ExpiresIn + time.Second - 1).Truncate(time.Second)
	claim := partClaim{p, expires}
	return PartTicket{Method: http.MethodPut, URL: d.baseURL + PartPath + "?" + claim.query(d.secret).Encode(),
		Headers: map[string]string{}, ExpiresAt: expires}, nil
}

// partClaim is what the address of a part grants.
type partClaim struct {
	PartUpload
	expires time.Time
}

func (c partClaim) query(secret []byte) url.Values {
	return url.Values{
		"key": {c.Key}, "upload": {c.Upload}, "no": {strconv.Itoa(c.No)}, "size": {strconv.FormatInt(c.Size, 10)},
		"sha256": {c.SHA256}, "expires": {strconv.FormatInt(c.expires.Unix(), 10)}, "signature": {hex.EncodeToString(c.signature(secret))},
	}
}

func (c partClaim) signature(secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write(fmt.Appendf(nil, "clusterzone part 1\n%q\n%q\n%d\n%d\n%q\n%d\n", c.Key, c.Upload, c.No, c.Size, c.SHA256, c.expires.Unix()))
	return mac.Sum(nil)
}

// ServePart receives the part that a PartTicket of this store allows. It answers 200 when the
// part is stored; 403 when the address is forged or expired; 404 when the upload has ended;
// 411 or 413 when the length is not the one signed; 400 when the body ends early or is not
// the one signed; 503 when the disk takes no more. Nothing of a refused part stays.
func (d *Disk) ServePart(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	err := d.receivePart(w, r)
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	answer := uploadRefusal(err)
	if errors.Is(err, ErrNotFound) {
		answer = refusal{http.StatusNotFound, "this upload has ended; start it again · 上传已结束，请重新上传"}
	}
	if answer.status >= http.StatusInternalServerError { // the sender is not told the cause
		slog.ErrorContext(r.Context(), "a part could not be stored", "error", err)
	}
	http.Error(w, answer.reason, answer.status)
}

func (d *Disk) receivePart(w http.ResponseWriter, r *http.Request) error {
	claim, err := d.partClaimOf(r)
	if err != nil {
		return err
	}
	switch {
	case r.ContentLength < 0:
		return refusal{http.StatusLengthRequired, "say how long the part is · 缺少分片长度"}
	case r.ContentLength != claim.Size:
		return refusal{http.StatusRequestEntityTooLarge, "the part has another length than announced · 分片长度与申请的不一致"}
	}
	if _, err := d.root.Stat(path.Join(partsPath(claim.Key, claim.Upload), typeFile)); err != nil {
		return absent(err)
	}
	patience := time.Minute + time.Duration(claim.Size/slowestUpload)*time.Second
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience))
	tmp := path.Join(tmpFolder, rand.Text())
	hash := sha256.New()
	n, err := d.writeFile(tmp, io.TeeReader(contextReader{r.Context(), http.MaxBytesReader(w, r.Body, claim.Size)}, hash))
	switch {
	case err != nil:
		err = unreadable(err)
	case n != claim.Size || hex.EncodeToString(hash.Sum(nil)) != claim.SHA256:
		err = refusal{http.StatusBadRequest, "the part is not the one announced; send it again · 分片内容与申请的不一致，请重传"}
	default:
		err = d.keepPart(claim, tmp)
	}
	if err != nil {
		return errors.Join(err, d.removeIfThere(tmp))
	}
	return nil
}

func (d *Disk) partClaimOf(r *http.Request) (partClaim, error) {
	if r.Method != http.MethodPut {
		return partClaim{}, refusal{http.StatusMethodNotAllowed, "send the part by PUT · 请用 PUT 提交"}
	}
	q := r.URL.Query()
	no, err1 := strconv.Atoi(q.Get("no"))
	size, err2 := strconv.ParseInt(q.Get("size"), 10, 64)
	expires, err3 := strconv.ParseInt(q.Get("expires"), 10, 64)
	given, err4 := hex.DecodeString(q.Get("signature"))
	claim := partClaim{PartUpload{Key: q.Get("key"), Upload: q.Get("upload"), No: no, Size: size, SHA256: q.Get("sha256")}, time.Unix(expires, 0)}
	bad := errors.Join(err1, err2, err3, err4, CheckKey(claim.Key), CheckKey(claim.Upload)) != nil
	if bad || !hmac.Equal(given, claim.signature(d.secret)) {
		return partClaim{}, refusal{http.StatusForbidden, "this upload address was not issued here · 上传地址无效"}
	}
	if !d.now().Before(claim.expires) {
		return partClaim{}, refusal{http.StatusForbidden, "this upload address has expired; ask for another · 上传地址已过期，请重新申请"}
	}
	return claim, nil
}

// keepPart moves a part that is whole to its place, where it takes that of an earlier one.
func (d *Disk) keepPart(c partClaim, tmp string) error {
	lock := d.lock(c.Key)
	lock.Lock()
	defer lock.Unlock()
	folder := partsPath(c.Key, c.Upload)
	parts, err := d.partsIn(folder)
	if err != nil {
		return err
	}
	name := partName(c.No, c.SHA256)
	if err := d.root.Rename(tmp, path.Join(folder, name)); err != nil {
		return absent(err)
	}
	for _, p := range parts {
		if old := partName(p.No, p.SHA256); p.No == c.No && old != name {
			if err := d.removeIfThere(path.Join(folder, old)); err != nil {
				return err
			}
		}
	}
	return d.syncFolder(folder)
}

func partName(no int, sum string) string { return fmt.Sprintf("%05d-%s", no, sum) }

// Parts implements Parts.
func (d *Disk) Parts(_ context.Context, key, upload string) ([]Part, error) {
	if err := CheckKey(key); err != nil {
		return nil, fmt.Errorf("objects: parts: %w", err)
	}
	if CheckKey(upload) != nil || strings.Contains(upload, "/") {
		return nil, fmt.Errorf("objects: parts of %s: %w", key, ErrNotFound)
	}
	parts, err := d.partsIn(partsPath(key, upload))
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("objects: parts of %s: %w", key, err)
	}
	if err != nil {
		return nil, diskError("parts", key, err)
	}
	return parts, nil
}

func (d *Disk) partsIn(folder string) ([]Part, error) {
	entries, err := fs.ReadDir(d.root.FS(), folder)
	if err != nil {
		return nil, absent(err)
	}
	out := []Part{}
	for _, entry := range entries {
		number, sum, ok := strings.Cut(entry.Name(), "-")
		no, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) { // replaced at this moment
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Part{No: no, Size: info.Size(), SHA256: sum, tag: entry.Name()})
	}
	sortParts(out)
	return out, nil
}

// JoinParts implements Parts. The parts stay until the object stands.
func (d *Disk) JoinParts(ctx context.Context, key, upload string, size int64) (Info, error) {
	parts, err := d.Parts(ctx, key, upload)
	if err != nil {
		return Info{}, err
	}
	if err := errors.Join(whole(parts, size), d.free(ctx, key)); err != nil {
		return Info{}, fmt.Errorf("objects: join %s: %w", key, err)
	}
	folder := partsPath(key, upload)
	kind, err := d.root.ReadFile(path.Join(folder, typeFile))
	if err != nil {
		return Info{}, diskError("join", key, absent(err))
	}
	chain := &partChain{disk: d, folder: folder, parts: parts}
	tmp, a, err := d.receive(ctx, newExactReader(chain, size))
	if err = errors.Join(err, chain.close()); err != nil {
		return Info{}, diskError("join", key, err)
	}
	a.ContentType = string(kind)
	info, err := d.commit(key, tmp, a, func(about) error { return ErrExists })
	if err != nil {
		return Info{}, diskError("join", key, err)
	}
	return info, d.dropUpload(key, upload)
}

// partChain reads the parts one after the other.
type partChain struct {
	disk   *Disk
	folder string
	parts  []Part
	now    fs.File
}

func (c *partChain) Read(p []byte) (int, error) {
	for {
		if c.now == nil && len(c.parts) == 0 {
			return 0, io.EOF
		}
		if c.now == nil {
			f, err := c.disk.root.Open(path.Join(c.folder, c.parts[0].tag))
			if err != nil {
				return 0, absent(err)
			}
			c.now, c.parts = f, c.parts[1:]
		}
		n, err := c.now.Read(p)
		if errors.Is(err, io.EOF) {
			err = c.close()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *partChain) close() error {
	if c.now == nil {
		return nil
	}
	err := c.now.Close()
	c.now = nil
	return err
}

// DropParts implements Parts.
func (d *Disk) DropParts(_ context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return fmt.Errorf("objects: drop parts: %w", err)
	}
	entries, err := fs.ReadDir(d.root.FS(), path.Join(partsFolder, key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diskError("drop parts", key, err)
	}
	for _, entry := range entries {
		if upload, ok := strings.CutPrefix(entry.Name(), versionMark); ok {
			if err := d.dropUpload(key, upload); err != nil {
				return diskError("drop parts", key, err)
			}
		}
	}
	return nil
}

// dropUpload takes an upload away by one rename, and the folder of its key if that is empty.
func (d *Disk) dropUpload(key, upload string) error {
	lock := d.lock(key)
	lock.Lock()
	defer lock.Unlock()
	trash := path.Join(tmpFolder, rand.Text())
	err := d.root.Rename(partsPath(key, upload), trash)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err = errors.Join(err, d.root.RemoveAll(trash)); err != nil {
		return err
	}
	_ = d.root.Remove(path.Join(partsFolder, key)) // stays while another upload of the key is there
	return nil
}

func (d *Disk) removeIfThere(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
