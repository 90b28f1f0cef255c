package api

import (
	"net/http"
	"strconv"
	"strings"

	"clusterzone/services/fault"
)

// Keyed is embedded by the input of every POST.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"128" doc:"any text of your own making: the same request with the same key is carried out once, and answered the same again"`
}

func (k *Keyed) idempotencyKey() string { return k.Key }

// Versioned is embedded by the input of what changes a versioned resource.
type Versioned struct {
	IfMatch string `header:"If-Match" maxLength:"128" doc:"the ETag that was read: the change is made only if nothing is newer"`
}

// etag writes a version as a strong entity tag.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// seen is the version that the caller has read: from If-Match, or from the body where the
// operation has it there (0: not given). One of the two is required; both must agree.
func (v Versioned) seen(inBody int64) (int64, error) {
	if v.IfMatch == "" {
		if inBody <= 0 {
			return 0, fault.BadField("version", "version_required")
		}
		return inBody, nil
	}
	n, err := strconv.ParseInt(strings.Trim(v.IfMatch, `"`), 10, 64)
	if err != nil || n <= 0 || etag(n) != v.IfMatch {
		return 0, fault.BadField("header.If-Match", "etag_form")
	}
	if inBody > 0 && inBody != n {
		return 0, fault.BadField("version", "version_differs")
	}
	return n, nil
}

// once carries out a POST under its idempotency key. Where the service keeps the key in its
// own transaction, that is all. Elsewhere the key is reserved before, and the answer kept
// after the work: a crash between the two leaves a key whose outcome is unknown, which is
// told as such; nothing is ever carried out twice.
func once[I, O any](a *API, c *call, s spec, in *I, fn func(*call, *I) (*O, error)) (*O, error) {
	holder, ok := any(in).(interface{ idempotencyKey() string })
	if s.method != http.MethodPost || s.atomic || s.keyless || !ok || holder.idempotencyKey() == "" {
		return fn(c, in)
	}
	k := usedKey{actor: c.actor.ID, key: holder.idempotencyKey(), digest: c.digest}
	kept, err := a.reserve(c.ctx, k)
	if err != nil {
		return nil, err
	}
	if kept != "" {
		return recall[O](kept)
	}
	out, err := fn(c, in)
	a.settle(c.ctx, k, s, out, err)
	return out, err
}
