package objects

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// UploadPath is where Disk.ServeUpload must be mounted, for POST.
const UploadPath = "/objects/upload"

// formOverhead is what the fields and boundaries of an upload form may take in bytes.
const formOverhead = 64 << 10

// slowestUpload is the pace in bytes per second below which an upload is broken off.
const slowestUpload = 16 << 10

// Ticket implements Store: an address that ServeUpload accepts, signed with HMAC-SHA-256
// over key, size, type and expiry.
func (d *Disk) Ticket(ctx context.Context, u Upload) (Ticket, error) {
	if err := u.check(); err != nil {
		return Ticket{}, fmt.Errorf("objects: ticket: %w", err)
	}
	if _, err := d.Stat(ctx, u.Key, ""); !errors.Is(err, ErrNotFound) {
		if err == nil {
			err = ErrExists
		}
		return Ticket{}, fmt.Errorf("objects: ticket %s: %w", u.Key, err)
	}
	// Rounded up to the whole second that the address carries.
	expires := d.now().UTC().Add(u.ExpiresIn + time.Second - 1).Truncate(time.Second)
	claim := uploadClaim{key: u.Key, contentType: u.ContentType, maxBytes: u.MaxBytes, expires: expires}
	return Ticket{
		Method:    http.MethodPost,
		URL:       d.baseURL + UploadPath + "?" + claim.query(d.secret).Encode(),
		Fields:    map[string]string{"key": u.Key, "Content-Type": u.ContentType},
		MaxBytes:  u.MaxBytes,
		ExpiresAt: expires,
	}, nil
}

// uploadClaim is what an upload address grants.
type uploadClaim struct {
	key, contentType string
	maxBytes         int64
	expires          time.Time
}

func (c uploadClaim) query(secret []byte) url.Values {
	return url.Values{
		"key":       {c.key},
		"type":      {c.contentType},
		"max":       {strconv.FormatInt(c.maxBytes, 10)},
		"expires":   {strconv.FormatInt(c.expires.Unix(), 10)},
		"signature": {hex.EncodeToString(c.signature(secret))},
	}
}

// signature covers every part; quoting keeps one part from reaching into the next.
func (c uploadClaim) signature(secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write(fmt.Appendf(nil, "clusterzone upload 1\n%q\n%q\n%d\n%d\n", c.key, c.contentType, c.maxBytes, c.expires.Unix()))
	return mac.Sum(nil)
}

// refusal is an upload turned down: the status, and a sentence for whoever reads it.
type refusal struct {
	status int
	reason string
}

func (r refusal) Error() string { return r.reason }

// ServeUpload receives the form that a Ticket of this store allows. It answers 204 when
// the object is stored; 403 when the address is forged or expired or the form is not the
// one it was signed for; 409 when the address was used before; 413 when the content is
// longer than signed; 400 when the form cannot be read or has no content; 503 when the
// disk takes no more. Nothing of a refused upload stays.
func (d *Disk) ServeUpload(w http.ResponseWriter, r *http.Request) {
	info, err := d.upload(w, r)
	if err == nil {
		w.Header().Set("ETag", strconv.Quote(info.ETag))
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer := uploadRefusal(err)
	if answer.status >= http.StatusInternalServerError { // the sender is not told the cause
		slog.ErrorContext(r.Context(), "an upload could not be stored", "error", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.Error(w, answer.reason, answer.status)
}

func (d *Disk) upload(w http.ResponseWriter, r *http.Request) (Info, error) {
	if r.Method != http.MethodPost {
		return Info{}, refusal{http.StatusMethodNotAllowed, "send the form by POST · 请用 POST 提交"}
	}
	claim, err := d.claimOf(r.URL.Query())
	if err != nil {
		return Info{}, err
	}
	if r.ContentLength > claim.maxBytes+formOverhead {
		return Info{}, errTooLong(claim.maxBytes)
	}
	if _, err := d.Stat(r.Context(), claim.key, ""); err == nil { // before the body is sent for nothing
		return Info{}, ErrExists
	}
	// The deadline of the server is meant for short requests. A writer that cannot
	// change it keeps that deadline, which is the stricter one.
	patience := time.Minute + time.Duration(claim.maxBytes/slowestUpload)*time.Second
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience))
	r.Body = http.MaxBytesReader(w, r.Body, claim.maxBytes+formOverhead)
	file, err := claim.fileIn(r)
	if err != nil {
		return Info{}, err
	}
	return d.keepUpload(r.Context(), claim, file)
}

// claimOf returns what an address grants, if this store signed it and it still holds.
func (d *Disk) claimOf(q url.Values) (uploadClaim, error) {
	forged := refusal{http.StatusForbidden, "this upload address was not issued here · 上传地址无效"}
	maxBytes, err1 := strconv.ParseInt(q.Get("max"), 10, 64)
	expires, err2 := strconv.ParseInt(q.Get("expires"), 10, 64)
	given, err3 := hex.DecodeString(q.Get("signature"))
	if err := errors.Join(err1, err2, err3); err != nil {
		return uploadClaim{}, forged
	}
	claim := uploadClaim{key: q.Get("key"), contentType: q.Get("type"), maxBytes: maxBytes, expires: time.Unix(expires, 0)}
	if !hmac.Equal(given, claim.signature(d.secret)) || CheckKey(claim.key) != nil {
		return uploadClaim{}, forged
	}
	if !d.now().Before(claim.expires) {
		return uploadClaim{}, refusal{http.StatusForbidden, "this upload address has expired; start the upload again · 上传地址已过期，请重新上传"}
	}
	return claim, nil
}

// fileIn reads the fields in front of the part "file", requires those that the claim was
// signed for, and returns that part.
func (c uploadClaim) fileIn(r *http.Request) (*multipart.Part, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, unreadable(err)
	}
	fields := map[string]string{}
	for range 20 {
		part, err := form.NextRawPart()
		if err != nil {
			return nil, unreadable(err)
		}
		if part.FormName() == "file" {
			return part, c.matches(fields)
		}
		value, err := io.ReadAll(io.LimitReader(part, 4<<10))
		if err != nil {
			return nil, unreadable(err)
		}
		fields[part.FormName()] = string(value)
	}
	return nil, refusal{http.StatusBadRequest, "the form has too many fields · 表单字段过多"}
}

func (c uploadClaim) matches(fields map[string]string) error {
	if fields["key"] != c.key || fields["Content-Type"] != c.contentType {
		return refusal{http.StatusForbidden, "key or content type is not what this address was issued for · 文件类型与申请的不一致"}
	}
	return nil
}

// keepUpload stores the content of an upload whose address was checked.
func (d *Disk) keepUpload(ctx context.Context, claim uploadClaim, file io.Reader) (Info, error) {
	tmp, a, err := d.receive(ctx, io.LimitReader(file, claim.maxBytes+1))
	if err != nil {
		return Info{}, unreadable(err)
	}
	switch {
	case a.Size > claim.maxBytes:
		err = errTooLong(claim.maxBytes)
	case a.Size == 0:
		err = refusal{http.StatusBadRequest, "the file is empty · 文件为空"}
	}
	if err != nil {
		return Info{}, errors.Join(err, d.root.RemoveAll(tmp))
	}
	a.ContentType = claim.contentType
	return d.commit(claim.key, tmp, a, func(about) error { return ErrExists })
}

func errTooLong(maxBytes int64) error {
	return refusal{http.StatusRequestEntityTooLarge,
		fmt.Sprintf("the file is longer than the %d bytes announced · 文件超过申报的大小", maxBytes)}
}

// unreadable says that the body ended early, is no form, or is longer than allowed; what
// the disk said stays as it is.
func unreadable(err error) error {
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return errTooLong(tooLong.Limit - formOverhead)
	}
	if errors.Is(diskError("upload", "", err), ErrUnavailable) {
		return diskError("upload", "", err)
	}
	return errors.Join(refusal{http.StatusBadRequest, "the upload could not be read to its end; send it again · 上传中断，请重试"}, err)
}

// uploadRefusal chooses the answer; causes inside the service are not told outside.
func uploadRefusal(err error) refusal {
	var answer refusal
	switch {
	case errors.As(err, &answer):
		return answer
	case errors.Is(err, ErrExists):
		return refusal{http.StatusConflict, "this address was used already; start the upload again · 该上传地址已使用，请重新上传"}
	default:
		return refusal{http.StatusServiceUnavailable, "the file could not be stored; try again later · 文件暂时无法保存，请稍后重试"}
	}
}
