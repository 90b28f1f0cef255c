package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"clusterzone/services/identity"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// spec is the line of an operation in the list of routes.
type spec struct {
	method, path, id, summary string
	roles                     []workflows.Role // whom it serves, for the description
	open                      bool             // needs no login
	first                     bool             // served while the one-time password is not changed yet
	created                   bool             // answers 201
	atomic                    bool             // the service keeps the idempotency key in its own transaction
	secret                    bool             // the answer holds a secret and is never told twice
	keyless                   bool             // an idempotency key means nothing here
}

// call is one authenticated request.
type call struct {
	ctx    context.Context
	actor  identity.Actor
	lang   wording.Lang
	digest string // of method, path and body: what an idempotency key stands for
}

type callKey struct{}

// reply is an answer with a body; ETag is the version of a versioned resource.
type reply[B any] struct {
	ETag     string `header:"ETag" json:"etag,omitempty"`
	Location string `header:"Location" json:"location,omitempty"`
	Body     B      `json:"body"`
}

// none is an answer without a body.
type none struct{}

// list is a page of things; next is empty on the last page.
type list[B any] struct {
	Items []B    `json:"items"`
	Next  string `json:"next,omitempty" doc:"give it as before (or after) for the next page"`
}

func page[B any](items []B, next string) *reply[list[B]] {
	if items == nil {
		items = []B{}
	}
	return &reply[list[B]]{Body: list[B]{Items: items, Next: next}}
}

// add mounts an operation: fn gets the call and the checked input, its error becomes a problem.
func add[I, O any](a *API, s spec, fn func(*call, *I) (*O, error)) {
	a.operations = append(a.operations, Operation{Method: s.method, Path: s.path, ID: s.id, Open: s.open, Roles: s.roles})
	op := s.operation()
	op.Middlewares = huma.Middlewares{a.guard(s)}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		c, ok := ctx.Value(callKey{}).(*call)
		if !ok {
			panic("an operation without its guard")
		}
		out, err := once(a, c, s, in, fn)
		if err != nil {
			return nil, a.problem(c.lang, err)
		}
		if s.method != http.MethodGet {
			a.Wake()
		}
		return out, nil
	})
}

func (s spec) operation() huma.Operation {
	op := huma.Operation{Method: s.method, Path: s.path, OperationID: s.id, Summary: s.summary, Tags: []string{s.tag()}, MaxBodyBytes: maxBody + 1,
		Responses: map[string]*huma.Response{}, Security: []map[string][]string{{"bearer": {}}, {"cookie": {}}}}
	if s.open {
		op.Security = []map[string][]string{{}}
	}
	if s.created {
		op.DefaultStatus = http.StatusCreated
	}
	if len(s.roles) > 0 {
		names := make([]string, 0, len(s.roles))
		for _, r := range s.roles {
			names = append(names, string(r))
		}
		op.Description = "Serves: " + strings.Join(names, ", ") + "."
	}
	for _, status := range s.refusals() {
		op.Responses[status] = problemResponse(status)
	}
	return op
}

// tag is the first word of the path.
func (s spec) tag() string {
	word, _, _ := strings.Cut(strings.TrimPrefix(s.path, "/"), "/")
	return word
}

// refusals lists the statuses an operation may answer besides its own.
func (s spec) refusals() []string {
	out := []string{"422", "429", "500", "503"}
	if !s.open {
		out = append(out, "401", "403")
	}
	if strings.Contains(s.path, "{") {
		out = append(out, "404")
	}
	if s.method != http.MethodGet {
		out = append(out, "409", "413", "415")
	}
	return out
}

func problemResponse(status string) *huma.Response {
	return &huma.Response{Description: refusalNames()[status], Content: map[string]*huma.MediaType{
		problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
}

func refusalNames() map[string]string {
	return map[string]string{"401": "Not logged in, or the session has ended", "403": "The role does not allow this", "404": "Absent, or not for the caller",
		"409": "Something was faster, or the state does not allow this", "413": "Too large", "415": "Only application/json is read",
		"422": "Fields to be mended, or facts still missing", "429": "Too often", "500": "Our mistake, with a reference", "503": "A part is down; try again"}
}
