package api

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/problem"
	"clusterzone/services/wording"
)

const problemType = "application/problem+json"

// Problem is a refusal as RFC 9457 lays it out, with our extensions.
type Problem struct {
	Type      string         `json:"type" format:"uri-reference" doc:"what kind of problem, by code"`
	Title     string         `json:"title" doc:"one sentence in the reader's language: what is wrong and what to do"`
	Status    int            `json:"status"`
	Code      string         `json:"code" doc:"the same in every language"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"by place of the input; the value itself is never repeated"`
	Blocked   []string       `json:"blocked,omitempty" doc:"why the action cannot be taken yet, one sentence each"`
	Changes   any            `json:"changes,omitempty" doc:"of a conflict: what changed since the version that was read"`
	Reference string         `json:"reference,omitempty" doc:"of status 500: name it to the administrator"`
}

// ProblemField is what is wrong at one place of the input.
type ProblemField struct {
	Path    string `json:"path" doc:"such as credit_code or firms[3].name; query.limit and header.If-Match name other places"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error makes a problem an error that huma writes as it is.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of problems.
func (p *Problem) ContentType(string) string { return problemType }

// problem says an error in a language.
func (a *API) problem(lang wording.Lang, err error) *Problem {
	return a.body(a.Teller.Of(lang, err))
}

func (a *API) body(p problem.Problem) *Problem {
	out := &Problem{Type: strings.TrimSuffix(a.PublicURL, "/") + "/problems/" + p.Code, Title: p.Title, Status: p.Status, Code: p.Code,
		Blocked: p.Blocked, Changes: changes(p.Detail), Reference: p.Reference}
	for _, f := range p.Fields {
		out.Errors = append(out.Errors, ProblemField{Path: f.Path, Code: f.Code, Message: f.Message})
	}
	return out
}

// changes gives what a conflict shows the form that the same thing has elsewhere.
func changes(detail any) any {
	if p, ok := detail.(identity.Person); ok {
		return personOf(p)
	}
	return detail
}

// translate turns what huma finds wrong into a problem of ours: huma speaks English only, and
// repeats the value that was sent.
func (a *API) translate(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	lang := a.langOf(ctx)
	if c, ok := ctx.Context().Value(callKey{}).(*call); ok {
		lang = c.lang
	}
	fields := make([]fault.Field, 0, len(e.Errors))
	for _, d := range e.Errors {
		fields = append(fields, fieldOf(d))
	}
	if len(fields) == 0 { // the only thing that huma finds without a place
		fields = append(fields, fault.Field{Code: "body_required"})
	}
	p := a.problem(lang, fault.Bad(fields[:min(len(fields), maxFields)]...))
	p.Status = e.Status
	return p, nil
}

// maxFields is how many places one problem names.
const maxFields = 100

// fieldOf translates one finding of huma: its sentence tells the code, never the text.
func fieldOf(d *huma.ErrorDetail) fault.Field {
	f := fault.Field{Path: place(d.Location), Code: "malformed"}
	for _, s := range sentences() {
		m := s.pattern.FindStringSubmatch(d.Message)
		if m == nil {
			continue
		}
		f.Code = s.code
		for i, name := range s.params {
			f.Params = put(f.Params, name, m[i+1])
		}
		if name := f.Params["Name"]; name != "" {
			f.Path = strings.TrimPrefix(f.Path+"."+name, ".")
		}
		break
	}
	return f
}

func put(m map[string]string, k, v string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}

// place writes a location as services do: without the word body, bounded and readable.
func place(location string) string {
	location = strings.TrimPrefix(strings.TrimPrefix(location, "body"), ".")
	location = strings.ToValidUTF8(location[:min(len(location), 1000)], "?")
	location = strings.Map(func(r rune) rune {
		if r < ' ' {
			return '?'
		}
		return r
	}, location)
	if utf8.RuneCountInString(location) > 120 {
		location = string([]rune(location)[:120]) + "…"
	}
	return location
}

type sentence struct {
	pattern *regexp.Regexp
	code    string
	params  []string
}

var humaSentences = []sentence{
	{regexp.MustCompile(`^expected required property (.+) to be present$`), "required", []string{"Name"}},
	{regexp.MustCompile(`^required .* parameter is missing$`), "required", nil},
	{regexp.MustCompile(`^unexpected property$|^unknown query parameter$`), "unknown_field", nil},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "too_short", []string{"Min"}},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "too_long", []string{"Max"}},
	{regexp.MustCompile(`^expected array length >= (\d+)$`), "too_few", []string{"Min"}},
	{regexp.MustCompile(`^expected array length <= (\d+)$`), "too_many", []string{"Max"}},
	{regexp.MustCompile(`^expected number >= (\S+)$`), "number_small", []string{"Min"}},
	{regexp.MustCompile(`^expected number <= (\S+)$`), "number_large", []string{"Max"}},
	{regexp.MustCompile(`^expected integer$|^invalid integer$`), "not_an_integer", nil},
	{regexp.MustCompile(`^expected number$|^invalid (float|number)$`), "not_a_number", nil},
	{regexp.MustCompile(`^expected boolean$|^invalid boolean$`), "not_a_boolean", nil},
	{regexp.MustCompile(`^expected string$`), "not_a_string", nil},
	{regexp.MustCompile(`^expected array$`), "not_an_array", nil},
	{regexp.MustCompile(`^expected object$`), "not_an_object", nil},
	{regexp.MustCompile(`^expected value to be one of `), "unknown", nil},
	{regexp.MustCompile(`RFC 3339 date$`), "not_a_date", nil},
	{regexp.MustCompile(`date-time|^invalid date/time`), "not_a_time", nil},
	{regexp.MustCompile(`^expected string to match pattern|^expected string to be `), "form", nil},
}

// sentences are what huma's validation says.
func sentences() []sentence { return humaSentences }

// write answers a problem outside huma's own writing.
func (a *API) write(g *gin.Context, lang wording.Lang, err error) {
	a.render(g, a.problem(lang, err))
}

func (a *API) render(g *gin.Context, p *Problem) {
	if p.Status == http.StatusUnauthorized {
		g.Header("WWW-Authenticate", `Bearer realm="clusterzone"`)
	}
	g.Header("Content-Type", problemType)
	g.Status(p.Status)
	enc := json.NewEncoder(g.Writer)
	enc.SetEscapeHTML(false) // as huma writes, so that equal problems are equal bytes
	_ = enc.Encode(p)        // an error means that the reader has gone
}
