// Package problem says a fault to people and programs: one table from kind to HTTP status,
// one text per code in the reader's language. Both faces use it, so that a refusal reads the
// same on a page and in the API. What is not a fault becomes an internal problem with a
// reference; its own text stays in the log.
package problem

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"clusterzone/services/fault"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// Problem is what a reader gets, as RFC 9457 lays it out.
type Problem struct {
	Status    int
	Code      string
	Title     string   // one sentence: what is wrong and what to do
	Fields    []Field  // by place of the input
	Blocked   []string // why an action is blocked, one sentence each
	Detail    any      // on a conflict: both values, or what has happened since
	Reference string   // of an internal problem, for operators
}

// Field is one problem at one place.
type Field struct {
	Path    string
	Code    string
	Message string
}

// Teller renders faults.
type Teller struct {
	words *wording.Catalogue
	log   *slog.Logger
}

// New returns a teller that logs what it hides.
func New(words *wording.Catalogue, log *slog.Logger) *Teller { return &Teller{words: words, log: log} }

// Status is the one table from kind to HTTP status.
func Status(k fault.Kind) int {
	switch k {
	case fault.Invalid, fault.Blocked:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Unsupported:
		return http.StatusUnsupportedMediaType
	}
	return http.StatusInternalServerError
}

// Of renders an error in a language. The answer for NotFound never varies.
func (t *Teller) Of(lang wording.Lang, err error) Problem {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return t.internal(lang, err)
	}
	if f.Kind == fault.NotFound {
		return Problem{Status: http.StatusNotFound, Code: "not_found", Title: t.words.Text(lang, "fault.not_found", nil)}
	}
	if f.Kind == fault.Unavailable {
		t.log.Warn("unavailable", "err", err)
	}
	p := Problem{Status: Status(f.Kind), Code: f.Code, Title: t.Text(lang, f.Code, f.Params), Detail: f.Detail}
	for _, x := range f.Fields {
		p.Fields = append(p.Fields, Field{Path: x.Path, Code: x.Code, Message: t.Text(lang, x.Code, x.Params)})
	}
	for _, fact := range f.Facts {
		p.Blocked = append(p.Blocked, FactText(string(lang), f.Case, fact))
	}
	return p
}

func (t *Teller) internal(lang wording.Lang, err error) Problem {
	ref := uuid.NewString()[:8]
	t.log.Error("internal", "reference", ref, "err", err)
	return Problem{Status: http.StatusInternalServerError, Code: "internal", Title: t.words.Text(lang, "fault.internal", nil), Reference: ref}
}

// Text finds the sentence of a code: below "check." for what a document's checks say, below
// "fault." otherwise. A parameter that is itself a key is put into words first; XEn stands in
// for X in English.
func (t *Teller) Text(lang wording.Lang, code string, params map[string]string) string {
	all := make(map[string]any, len(params))
	for k, v := range params {
		if strings.Contains(v, ".") && t.words.Has(v) {
			v = t.words.Text(lang, v, nil)
		}
		if en, ok := params[k+"En"]; ok && lang == wording.EN {
			v = en
		}
		all[k] = v
	}
	for _, key := range []string{"check." + code, "fault." + code} {
		if t.words.Has(key) {
			return t.words.Text(lang, key, all)
		}
	}
	return t.words.Text(lang, "fault."+code, all)
}

// FactText is the sentence for a missing fact, from the workflow's own table.
func FactText(lang string, kind workflows.Kind, f workflows.Fact) string {
	if w := workflows.ByKind(kind); w != nil {
		if l, ok := w.Facts[f]; ok {
			return l.In(lang)
		}
	}
	return string(f)
}
