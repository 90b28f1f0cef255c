package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/wording"
)

// The bounds of what is not a body.
const (
	maxQueryValue = 256
	maxHeader     = 128 // and values of paths
)

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// guard stands before every operation: request id, login, then the form of everything that was
// sent. What it lets through is a call.
func (a *API) guard(s spec) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		g := humagin.Unwrap(ctx)
		defer a.survive(g, s)
		c, err := a.admit(g, s)
		if err != nil {
			a.write(g, c.lang, err)
			return
		}
		next(huma.WithValue(ctx, callKey{}, c))
	}
}

// plainRoute is guard for what huma cannot serve: files with ranges.
func (a *API) plainRoute(s spec, fn func(g *gin.Context, c *call) error) gin.HandlerFunc {
	return func(g *gin.Context) {
		defer a.survive(g, s)
		c, err := a.admit(g, s)
		if err == nil {
			err = fn(g, c)
		}
		if err != nil {
			a.write(g, c.lang, err)
		}
	}
}

// NotServed answers what no operation serves, in the words in which a case is absent; a known
// path with another method is Unsupported. For gin's NoRoute and NoMethod below Prefix.
func (a *API) NotServed(g *gin.Context) {
	err := error(fault.Missing())
	if g.Writer.Status() == http.StatusMethodNotAllowed {
		err = fault.New(fault.Unsupported, "method")
	}
	prepare(g)
	p := a.problem(a.langFor(g, identity.Actor{}), err)
	if p.Code == "method" {
		p.Status = http.StatusMethodNotAllowed
	}
	a.render(g, p)
}

// survive turns a panic into an internal problem with a reference.
func (a *API) survive(g *gin.Context, s spec) {
	if v := recover(); v != nil {
		a.write(g, a.langFor(g, identity.Actor{}), fmt.Errorf("panic in %s: %v\n%s", s.id, v, debug.Stack()))
	}
}

// admit makes a call of a request; the call has its language even when it is refused.
func (a *API) admit(g *gin.Context, s spec) (*call, error) {
	id := prepare(g)
	actor, err := a.authenticate(g, s)
	actor.RequestID = id
	c := &call{ctx: g.Request.Context(), actor: actor, lang: a.langFor(g, actor)}
	if err == nil {
		c.digest, err = inspect(g)
	}
	return c, err
}

// prepare sets the headers that every answer has and returns the request's id: the one that a
// proxy gave, or a new one.
func prepare(g *gin.Context) string {
	id := g.GetHeader("X-Request-Id")
	if !requestIDForm.MatchString(id) {
		id = uuid.NewString()
	}
	g.Header("X-Request-Id", id)
	g.Header("Cache-Control", "no-store")
	g.Header("X-Content-Type-Options", "nosniff")
	g.Header("Vary", "Accept-Language, Authorization, Cookie")
	return id
}

// authenticate finds who calls: a bearer token goes before the cookie.
func (a *API) authenticate(g *gin.Context, s spec) (identity.Actor, error) {
	if s.open {
		return identity.PublicActor(g.ClientIP()), nil
	}
	token, kind := bearer(g), identity.Bearer
	if token == "" {
		token, kind = a.cookie(g), identity.Cookie
	}
	if token == "" {
		return identity.PublicActor(g.ClientIP()), fault.New(fault.Unauthenticated, "unauthenticated")
	}
	actor, err := a.Identity.Authenticate(g.Request.Context(), token, kind)
	actor.IP = g.ClientIP()
	if err == nil && actor.MustChange && !s.first {
		err = fault.New(fault.Forbidden, "must_change_password")
	}
	return actor, err
}

func bearer(g *gin.Context) string {
	scheme, token, ok := strings.Cut(g.GetHeader("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func (a *API) cookie(g *gin.Context) string {
	c, err := g.Request.Cookie(a.CookieName)
	if err != nil {
		return ""
	}
	return c.Value
}

// langFor is the language of an answer: the one the request asks for, else the person's own.
func (a *API) langFor(g *gin.Context, actor identity.Actor) wording.Lang {
	asked := g.GetHeader("Accept-Language")
	if asked != "" && len(asked) <= maxQueryValue {
		return a.Words.Match(asked)
	}
	if actor.Lang == string(wording.EN) {
		return wording.EN
	}
	return wording.ZH
}

func (a *API) langOf(ctx huma.Context) wording.Lang {
	return a.langFor(humagin.Unwrap(ctx), identity.Actor{})
}

// inspect checks the form of path, query, headers and body, and leaves the body to be read
// again. A path that cannot name anything names nothing: it is not found.
func inspect(g *gin.Context) (string, error) {
	for _, p := range g.Params {
		if !plain(p.Value) {
			return "", fault.Missing()
		}
	}
	fields, err := queryFields(g.Request.URL.RawQuery)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"If-Match", "Idempotency-Key"} {
		if v := g.GetHeader(name); !plain(v) {
			fields = append(fields, fault.Field{Path: "header." + name, Code: "too_long", Params: map[string]string{"Max": fmt.Sprint(maxHeader)}})
		}
	}
	if len(fields) > 0 {
		return "", fault.Bad(fields...)
	}
	body, err := readBody(g)
	if err != nil {
		return "", err
	}
	return digestOf(g.Request.Method, g.Request.URL.Path, body), nil
}

// queryFields says which query parameters cannot be read at all.
func queryFields(raw string) (fields []fault.Field, err error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, fault.BadField("query", "malformed")
	}
	for name, vs := range values {
		path := place("query." + name)
		if len(vs) > 1 {
			fields = append(fields, fault.Field{Path: path, Code: "given_twice"})
		}
		for _, v := range vs {
			switch {
			case !utf8.ValidString(v) || strings.ContainsRune(v, 0) || !utf8.ValidString(name):
				fields = append(fields, fault.Field{Path: path, Code: "not_text"})
			case len(v) > maxQueryValue:
				fields = append(fields, fault.Field{Path: path, Code: "too_long", Params: map[string]string{"Max": fmt.Sprint(maxQueryValue)}})
			}
		}
	}
	return fields, nil
}

// plain reports whether a short text, of a path or a header, is readable and can be stored.
func plain(s string) bool {
	return len(s) <= maxHeader && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func digestOf(method, path string, body []byte) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s %s\n", method, path)
	_, _ = h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// agent is the caller's programme, as it may be stored.
func agent(sent string) string {
	s := strings.ToValidUTF8(sent, "?")
	if n := []rune(s); len(n) > 200 {
		s = string(n[:200])
	}
	return s
}
