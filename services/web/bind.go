package web

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"clusterzone/services/fault"
)

// maxForm bounds what a form may send, in bytes; maxValue one value of it, in characters,
// where the field sets no bound of its own.
const (
	maxForm  = 1 << 20
	maxValue = 20000
)

// bind reads a form into a struct whose fields are named by tags:
//
//	Login  string            `form:"login,64"`   at most 64 characters, trimmed; 20,000 without
//	Secret string            `form:"password,512,raw"`  kept as typed
//	Roles  []string          `form:"roles"`      any number of values
//	Seen   int64             `form:"version"`
//	Agreed bool              `form:"agreed"`     any value but "", "false" and "0"
//	Data   map[string]string `form:"data.*"`     every value whose name begins with data.
//
// Errors: Unsupported for another media type, TooLarge, Invalid by field for what is unknown,
// sent twice, too long, no number, or no text (bad UTF-8, control characters). The struct
// holds whatever could be read, so that a form comes back with everything typed.
func (r *request) bind(into any) error {
	values, err := r.form()
	if err != nil {
		return err
	}
	return bindValues(values, into)
}

func (r *request) form() (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.GetHeader("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return nil, fault.New(fault.Unsupported, "unsupported")
	}
	r.Request.Body = http.MaxBytesReader(r.Writer, r.Request.Body, maxForm)
	if kind == "multipart/form-data" {
		err = r.Request.ParseMultipartForm(maxForm)
	} else {
		err = r.Request.ParseForm()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &fault.Error{Kind: fault.TooLarge, Code: "too_large", Err: err}
	case err != nil:
		return nil, &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	return r.Request.PostForm, nil
}

// slot is one field of a bound struct.
type slot struct {
	name  string
	most  int
	raw   bool
	value reflect.Value
}

func slotsOf(into any) []slot {
	v := reflect.ValueOf(into).Elem()
	var out []slot
	for i := range v.NumField() {
		parts := strings.Split(v.Type().Field(i).Tag.Get("form"), ",")
		if parts[0] == "" {
			continue
		}
		s := slot{name: parts[0], most: maxValue, raw: slices.Contains(parts, "raw"), value: v.Field(i)}
		if len(parts) > 1 {
			if n, err := strconv.Atoi(parts[1]); err == nil {
				s.most = n
			}
		}
		out = append(out, s)
	}
	return out
}

func (s slot) takes(name string) bool {
	prefix, family := strings.CutSuffix(s.name, "*")
	return name == s.name || family && strings.HasPrefix(name, prefix) && name != prefix
}

func bindValues(values url.Values, into any) error {
	slots := slotsOf(into)
	var problems []fault.Field
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		i := slices.IndexFunc(slots, func(s slot) bool { return s.takes(name) })
		if i < 0 {
			problems = append(problems, fault.Field{Path: fieldName(name), Code: "unknown_field"})
			continue
		}
		problems = append(problems, slots[i].set(name, values[name])...)
	}
	if len(problems) > 0 {
		return fault.Bad(problems...)
	}
	return nil
}

// fieldName makes a name sent by a stranger fit to be shown.
func fieldName(name string) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(name, "?"))
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40])
	}
	return name
}

// set stores the values of one name and says what is wrong with them.
func (s slot) set(name string, sent []string) []fault.Field {
	var problems []fault.Field
	texts := make([]string, len(sent))
	for i, text := range sent {
		if problem := s.problem(name, text); problem != nil {
			problems = append(problems, *problem)
		}
		texts[i] = s.tidy(text)
	}
	if list, ok := s.value.Addr().Interface().(*[]string); ok {
		*list = texts
		return problems
	}
	if len(texts) > 1 {
		problems = append(problems, fault.Field{Path: name, Code: "malformed"})
	}
	switch into := s.value.Addr().Interface().(type) {
	case *string:
		*into = texts[0]
	case *bool:
		*into = texts[0] != "" && texts[0] != "false" && texts[0] != "0"
	case *map[string]string:
		if *into == nil {
			*into = map[string]string{}
		}
		(*into)[strings.TrimPrefix(name, strings.TrimSuffix(s.name, "*"))] = texts[0]
	case *int64:
		n, err := strconv.ParseInt(texts[0], 10, 64)
		if err != nil && texts[0] != "" {
			problems = append(problems, fault.Field{Path: name, Code: "not_a_number"})
		}
		*into = n
	default:
		panic("bind: no rule for " + s.value.Type().String())
	}
	return problems
}

func (s slot) problem(name, text string) *fault.Field {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unreadable):
		return &fault.Field{Path: name, Code: "not_text"}
	case utf8.RuneCountInString(strings.ReplaceAll(text, "\r\n", "\n")) > s.most:
		return &fault.Field{Path: name, Code: "too_long", Params: map[string]string{"Max": strconv.Itoa(s.most)}}
	}
	return nil
}

// tidy makes lines end as everywhere but in forms.
func (s slot) tidy(text string) string {
	if s.raw {
		return text
	}
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n"))
}

func unreadable(c rune) bool {
	return c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f
}
