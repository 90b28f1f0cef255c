// Package fault carries the errors that a caller acts on: what kind, which message, which
// fields. Everything else is an ordinary wrapped error and answers as an internal one. It
// knows no HTTP, no language and no database.
package fault

import (
	"errors"
	"fmt"

	"clusterzone/workflows"
)

// Kind says what a caller can do about an error.
type Kind uint8

// The kinds; a face maps each to one status.
const (
	Internal        Kind = iota // nothing the caller can do
	Invalid                     // mend the named fields
	Unauthenticated             // log in
	Forbidden                   // the person may see the case but not do this
	NotFound                    // absent, or not for this person: the two are the same
	Conflict                    // somebody or something was faster: read again
	Blocked                     // the table refuses now; Params says why
	TooLarge                    // send less
	RateLimited                 // wait
	Unavailable                 // a dependency is down; try again
	Unsupported                 // the media type or method is not served
)

// Field is one problem at one place of the input.
type Field struct {
	Path   string            // e.g. body.credit_code, business.firms[3].code; "" is the whole input
	Code   string            // message key below "check." or "fault."
	Params map[string]string // what the message names
}

// Error is an error that a caller acts on.
type Error struct {
	Kind   Kind
	Code   string            // message key below "fault."
	Params map[string]string // what the message names
	Fields []Field
	Facts  []workflows.Fact // why an action is blocked
	Case   workflows.Kind   // whose facts these are
	// Detail is what a caller may be shown besides: on a conflict, what changed since.
	Detail any
	Err    error
}

// Error is the code, the fields and the cause, for logs; users are shown the message of Code.
func (e *Error) Error() string {
	s := e.Code
	if len(e.Fields) > 0 {
		s = fmt.Sprintf("%s %v", s, e.Fields)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of a kind with a message code and no more.
func New(kind Kind, code string) *Error { return &Error{Kind: kind, Code: code} }

// Missing is the one answer for what is absent and for what is not for this person.
func Missing() *Error { return &Error{Kind: NotFound, Code: "not_found"} }

// Bad returns an Invalid error for the given fields.
func Bad(fields ...Field) *Error { return &Error{Kind: Invalid, Code: "invalid", Fields: fields} }

// BadField returns an Invalid error for one field; params alternate name and value.
func BadField(path, code string, params ...string) *Error {
	return Bad(Field{Path: path, Code: code, Params: pairs(params)})
}

// Stale is the conflict of two people on one version; detail is what changed.
func Stale(detail any) *Error { return &Error{Kind: Conflict, Code: "stale", Detail: detail} }

// With returns a copy that names one more parameter.
func (e *Error) With(name, value string) *Error {
	c := *e
	c.Params = map[string]string{name: value}
	for k, v := range e.Params {
		c.Params[k] = v
	}
	return &c
}

func pairs(kv []string) map[string]string {
	if len(kv) == 0 {
		return nil
	}
	m := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

// KindOf returns the kind of the first fault in the chain, Internal where there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether the chain holds a fault of the kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// FromWorkflow turns what Fire says into a fault; other errors pass unchanged.
func FromWorkflow(kind workflows.Kind, err error) error {
	var blocked *workflows.BlockedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &blocked):
		return &Error{Kind: Blocked, Code: "blocked", Facts: blocked.Missing, Case: kind, Err: err}
	case errors.Is(err, workflows.ErrReason):
		return &Error{Kind: Invalid, Code: "invalid", Fields: []Field{{Path: "reason", Code: "reason_required"}}, Err: err}
	case errors.Is(err, workflows.ErrRole):
		return &Error{Kind: Forbidden, Code: "forbidden", Err: err}
	case errors.Is(err, workflows.ErrNoTransition):
		return &Error{Kind: Conflict, Code: "no_transition", Err: err}
	}
	return err
}
