package web

import (
	"context"
	"fmt"
	"log/slog"

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

// Config is what the pages work with. Services are required; Papers and Wake may be nil.
type Config struct {
	Log       *slog.Logger
	Version   string
	PublicURL string
	// CookieName is the cookie that carries the session, such as cz_session.
	CookieName string
	// Secure says that people reach us by HTTPS only.
	Secure bool
	// Demo says on every page that the figures are invented.
	Demo bool
	// UploadOrigin is the origin browsers send files to where that is not our own,
	// such as https://files.example. It is the only foreign one scripts may reach.
	UploadOrigin string

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

	// Foreign answers an address that no page and nobody else has, where it is another face's,
	// and reports whether it has. May be nil.
	Foreign func(g *gin.Context) bool

	Papers Papers
	// Wake tells the relay that there is something new in the outbox.
	Wake func()
}

// Papers prints documents. A case that the actor may not see, or a version that was never
// submitted, is NotFound.
type Papers interface {
	// Receipt prints the receipt of a submitted version as a PDF; version 0 is the newest.
	Receipt(ctx context.Context, a identity.Actor, applicationID string, version int) ([]byte, error)
	// Book prints the whole application as a PDF; version 0 is the newest.
	Book(ctx context.Context, a identity.Actor, applicationID string, version int) ([]byte, error)
	// QR draws a text as a PNG.
	QR(text string) ([]byte, error)
}

// site is the pages over the services.
type site struct {
	Config
	render *Renderer
	static *Static
}

// Register mounts every page. It panics where a route is declared twice or the embedded files
// are broken, which only a defective build can cause.
func Register(r *gin.Engine, c Config) {
	static, err := NewStatic()
	if err != nil {
		panic(fmt.Errorf("web: %w", err))
	}
	s := &site{Config: c, static: static, render: NewRenderer(c.Words, static, c)}
	r.Any(StaticPrefix+"*name", gin.WrapH(static))
	for _, rt := range routes() {
		r.Handle(rt.method, rt.path, s.wrap(rt))
		if rt.method == "GET" {
			r.HEAD(rt.path, s.wrap(rt))
		}
	}
	r.NoRoute(s.unlessForeign(s.wrap(route{who: public(), do: absent})))
	r.NoMethod(s.unlessForeign(s.wrap(route{who: public(), do: wrongMethod})))
}

// unlessForeign leaves an address that is not a page's to whoever answers for it.
func (s *site) unlessForeign(page gin.HandlerFunc) gin.HandlerFunc {
	return func(g *gin.Context) {
		if s.Foreign == nil || !s.Foreign(g) {
			page(g)
		}
	}
}

// wake tells the relay that a case has moved.
func (s *site) wake() {
	if s.Wake != nil {
		s.Wake()
	}
}
