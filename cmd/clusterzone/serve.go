package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"

	"clusterzone/services/api"
	"clusterzone/services/objects"
	"clusterzone/services/web"
)

const cookieName = "cz_session"

func (sh *shell) serve() *cobra.Command {
	return &cobra.Command{Use: "serve", Short: "serve the pages and the API; with the worker when REDIS_ADDR is not set", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(sh.getenv)
			if err != nil {
				return err
			}
			return sh.withApp(cmd.Context(), cfg, func(ctx context.Context, a *app) error { return a.serve(ctx, func(string) {}) })
		}}
}

// serve listens, tells ready the address, and serves until ctx is done; then it drains.
func (a *app) serve(ctx context.Context, ready func(addr string)) error {
	handler, err := a.router()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", a.cfg.Listen, err)
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	g := newGroup(ctx, a.log)
	g.start("http", func(context.Context) error {
		if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.start("drain", func(ctx context.Context) error {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return srv.Shutdown(end)
	})
	if a.cfg.worker {
		a.work(g)
	} else {
		g.start("relay", a.relay.Run)
	}
	ready(listener.Addr().String())
	return g.wait()
}

// router mounts both faces. Only the proxies that the setting names are believed; pages of
// other sites cannot make a logged-in browser change anything.
func (a *app) router() (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	if err := r.SetTrustedProxies(a.cfg.TrustedProxies); err != nil {
		return nil, fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	secure := strings.HasPrefix(a.cfg.publicURL(), "https://")
	face := api.Register(r, api.Config{Log: a.log, Version: version, PublicURL: a.cfg.publicURL(), CookieName: cookieName, Secure: secure, DB: a.db,
		Identity: a.identity, Book: a.book, Words: a.words, Teller: a.teller, Applications: a.applications, Reviews: a.reviews, Notices: a.notices,
		Zones: a.zones, Documents: a.documents, Evaluations: a.evaluations, Rectifications: a.rectifications, Attachments: a.attachments, Tables: a.tables, Inbox: a.inbox, Feeds: a.feeds, Cases: a.cases, Steering: a.steering,
		Ready: a.health, Wake: a.relay.Wake})
	web.Register(r, web.Config{Log: a.log, Version: version, PublicURL: a.cfg.publicURL(), CookieName: cookieName, Secure: secure, Demo: a.cfg.demo,
		UploadOrigin: a.uploadOrigin(), DB: a.db, Identity: a.identity, Book: a.book, Words: a.words, Teller: a.teller, Applications: a.applications,
		Reviews: a.reviews, Notices: a.notices, Zones: a.zones, Documents: a.documents, Evaluations: a.evaluations, Rectifications: a.rectifications,
		Attachments: a.attachments, Tables: a.tables, Inbox: a.inbox, Feeds: a.feeds, Cases: a.cases, Steering: a.steering, Papers: a.papers(), Wake: a.relay.Wake,
		Foreign: func(g *gin.Context) bool {
			ours := strings.HasPrefix(g.Request.URL.Path, api.Prefix+"/")
			if ours {
				face.NotServed(g)
			}
			return ours
		}})
	if a.disk != nil {
		r.POST(objects.UploadPath, gin.WrapF(a.disk.ServeUpload))
		r.PUT(objects.PartPath, gin.WrapF(a.disk.ServePart))
	}
	guard := http.NewCrossOriginProtection()
	return guard.Handler(r), nil
}

// uploadOrigin is where browsers send files when that is not this server.
func (a *app) uploadOrigin() string {
	if a.cfg.MinIOEndpoint == "" {
		return ""
	}
	host := a.cfg.MinIOPublic
	if host == "" {
		host = a.cfg.MinIOEndpoint
	}
	if strings.Contains(host, "://") {
		return strings.TrimSuffix(host, "/")
	}
	if a.cfg.MinIOSecure {
		return "https://" + host
	}
	return "http://" + host
}

// health is what /readyz answers: the database decides; queue and object store degrade.
func (a *app) health(ctx context.Context) api.Health {
	h := api.Health{Ready: true}
	current, newest, err := a.db.SchemaVersion(ctx)
	h.Check("database", err)
	if err != nil || current != newest {
		h.Ready = false
	}
	h.Check("queue", a.queue.Ping(ctx))
	h.Check("objects", a.store.Ping(ctx))
	if a.clamd != nil {
		h.Check("scanner", a.clamd.Ping(ctx))
	}
	return h
}
