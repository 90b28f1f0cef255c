// Package api is the JSON face of the product under /api/v1: it reads a request, makes one
// service call and writes the answer. It owns the operations with their request and response
// structs, the reading of bodies, versions (ETag, If-Match), idempotency keys and the form of
// problems (RFC 9457). It decides nothing about a case: who may do what is the services'
// business, and what a refusal says is package problem's.
package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"clusterzone/services/agenda"
	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/document"
	"clusterzone/services/evaluation"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/policy"
	"clusterzone/services/problem"
	"clusterzone/services/registry"
	"clusterzone/services/reminder"
	"clusterzone/services/review"
	"clusterzone/services/steering"
	"clusterzone/services/tables"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// Prefix is the path below which every operation stands.
const Prefix = "/api/v1"

// Config is what the face works with.
type Config struct {
	Log        *slog.Logger
	Version    string
	PublicURL  string // where people reach the product, for absolute links
	CookieName string // of the cookie that pages log in with
	Secure     bool   // cookies only travel over TLS

	DB       *database.DB
	Identity *identity.Service
	Book     *policy.Book
	Words    *wording.Catalogue
	Teller   *problem.Teller

	Applications   *application.Service
	Reviews        *review.Service
	Notices        *notice.Service
	Zones          *registry.Service
	Documents      *document.Service
	Evaluations    *evaluation.Service
	Rectifications *evaluation.Rectifications
	Attachments    *attachment.Service
	Tables         *tables.Service
	Inbox          *reminder.Reminder
	Feeds          *agenda.Feeds
	Cases          map[workflows.Kind]casework.Service
	Steering       *steering.Service

	Ready func(ctx context.Context) Health // what /readyz answers
	Wake  func()                           // something has been committed: the outbox may have work
}

// API is the mounted face.
type API struct {
	Config
	huma       huma.API
	operations []Operation
}

// Operation is one line of the list of operations, for tests and documents.
type Operation struct {
	Method, Path, ID string
	Open             bool             // needs no login
	Roles            []workflows.Role // whom it serves; empty: every role. A hint: services decide
}

// Register mounts the operations, the description and the health checks on r.
func Register(r *gin.Engine, c Config) *API {
	a := &API{Config: c}
	if a.Wake == nil {
		a.Wake = func() {}
	}
	a.huma = humagin.NewWithGroup(r, r.Group(Prefix), a.describe())
	a.routes()
	a.mountFiles(r)
	a.mountPapers(r)
	a.mountTables(r)
	a.mountExports(r)
	a.mountHealth(r)
	text := a.OpenAPI()
	for _, path := range []string{"/openapi.json", Prefix + "/openapi.json"} {
		r.GET(path, func(g *gin.Context) { g.Data(http.StatusOK, "application/openapi+json", text) })
	}
	return a
}

// OpenAPI is the description of the operations as OpenAPI 3.1.
func (a *API) OpenAPI() []byte {
	text, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		panic("openapi: " + err.Error()) // the description is made of our own structs
	}
	return text
}

// Operations lists every operation below Prefix.
func (a *API) Operations() []Operation { return a.operations }

func (a *API) describe() huma.Config {
	names := huma.NewMapRegistry("#/components/schemas/", schemaName)
	names.RegisterTypeAlias(reflect.TypeFor[policy.Decimal](), reflect.TypeFor[float64]())
	names.RegisterTypeAlias(reflect.TypeFor[policy.Points](), reflect.TypeFor[float64]())
	json := huma.DefaultJSONFormat
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Clusterzone", Version: a.Version, Description: "Filing, accreditation and yearly evaluation of cluster zones of strategic emerging services " +
				"in Chongqing (渝府办发〔2016〕228号). Instants are RFC 3339 in UTC, days are local dates, money is in fen, scores are decimal strings. " +
				"What is not for the caller answers as if it did not exist."},
			Servers: []*huma.Server{{URL: strings.TrimSuffix(a.PublicURL, "/") + Prefix}},
			Components: &huma.Components{Schemas: names, SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "the token of POST /session"},
				"cookie": {Type: "apiKey", In: "cookie", Name: a.CookieName, Description: "the session of a browser"},
			}},
		},
		Formats:                      map[string]huma.Format{"application/json": json, "json": json},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.translate},
	}
}

// schemaName keeps structs of other packages apart from those of this one.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if own, path := reflect.TypeFor[API]().PkgPath(), t.PkgPath(); path != "" && path != own {
		return path[strings.LastIndexByte(path, '/')+1:] + "." + name
	}
	return name
}

// Health is what /readyz says.
type Health struct {
	Ready  bool
	Checks []HealthCheck
}

// HealthCheck is one part that the service leans on.
type HealthCheck struct {
	Name string
	Err  error
}

// Check adds a part; one that is down degrades the service and does not stop it.
func (h *Health) Check(name string, err error) {
	h.Checks = append(h.Checks, HealthCheck{Name: name, Err: err})
}

// mountHealth: livez is only the process; readyz asks the parts, for at most three seconds.
func (a *API) mountHealth(r *gin.Engine) {
	r.GET("/livez", func(g *gin.Context) { g.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	r.GET("/readyz", func(g *gin.Context) {
		ctx, cancel := context.WithTimeout(g.Request.Context(), 3*time.Second)
		defer cancel()
		h := a.Ready(ctx)
		status, word, checks := http.StatusOK, "ok", gin.H{}
		for _, c := range h.Checks {
			checks[c.Name] = "ok"
			if c.Err != nil {
				checks[c.Name], word = "down", "degraded"
				a.Log.WarnContext(ctx, "not healthy", "part", c.Name, "err", c.Err)
			}
		}
		if !h.Ready {
			status, word = http.StatusServiceUnavailable, "not ready"
		}
		g.JSON(status, gin.H{"status": word, "checks": checks, "version": a.Version})
	})
}
