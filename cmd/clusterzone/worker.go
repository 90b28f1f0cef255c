package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/jobs"
	"clusterzone/services/outbox"
	"clusterzone/services/registry"
	"clusterzone/services/reminder"
	"clusterzone/services/steering"
)

// handlers maps each topic to its handler. Caller, frequency and what a duplicate does:
//
//	notice       every change of state; the message and mail rows are unique by event and recipient
//	remind       every rung of a reminder ladder; the same, and a moved deadline drops it
//	mail         one per recipient with an address; the Message-ID is stable
//	deadline     every clock's end; the table itself refuses when the case has moved on
//	bulk         one for every 25 cases of a run; a case that is done is passed over
//	export       once per ordered file; a built one is left alone
//	certificate  once per certificate; the object is stored under the hash of its content
func (a *app) handlers() map[outbox.Topic]jobs.Handler {
	return map[outbox.Topic]jobs.Handler{
		casework.TopicNotice:      {InTx: a.inbox.Deliver},
		casework.TopicRemind:      {InTx: a.inbox.Deliver},
		reminder.TopicMail:        {Outside: a.inbox.SendMail},
		casework.TopicDeadline:    {InTx: a.deadline},
		registry.TopicCertificate: {Outside: a.zones.RenderCertificate},
		steering.TopicBulk:        {Outside: a.steering.Perform},
		steering.TopicExport:      {Outside: a.steering.Build},
	}
}

// deadline lets a clock act by itself: the case's own service takes the action as System. A
// clock that has been ended, paused or moved meanwhile does nothing.
func (a *app) deadline(tx *database.Tx, row outbox.Row) error {
	var due casework.DeadlineDue
	if err := json.Unmarshal([]byte(row.Payload), &due); err != nil {
		return &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	current, err := casework.Due(tx, due.Deadline)
	if err != nil || !current || due.Action == "" {
		return err
	}
	service, ok := a.cases[due.Kind]
	if !ok {
		return fmt.Errorf("deadline of %s: no service", due.Kind)
	}
	_, err = service.DoTx(tx, identity.SystemActor(), casework.Command{ID: due.CaseID, Action: due.Action})
	return err
}

// work runs the relay, the handlers and the sweepers until ctx is done.
func (a *app) work(g *group) {
	g.start("worker", func(ctx context.Context) error { return a.queue.Run(ctx, a.handlers()) })
	g.start("relay", a.relay.Run)
	g.start("sweeper", a.sweep)
}

// sweep removes what nobody finished: staging uploads, old sessions; and signs the audit
// chain once an hour.
func (a *app) sweep(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			a.sweepOnce(ctx)
		}
	}
}

func (a *app) sweepOnce(ctx context.Context) {
	if n, err := a.attachments.Sweep(ctx); err != nil {
		a.log.Warn("sweep attachments", "err", err)
	} else if n > 0 {
		a.log.Info("swept staging uploads", "n", n)
	}
	if _, err := a.steering.Sweep(ctx); err != nil {
		a.log.Warn("sweep exports", "err", err)
	}
	if _, err := a.identity.Sweep(ctx, 90*24*time.Hour); err != nil {
		a.log.Warn("sweep sessions", "err", err)
	}
	if _, err := a.checkpoint(ctx); err != nil {
		a.log.Warn("audit checkpoint", "err", err)
	}
}

func (sh *shell) worker() *cobra.Command {
	return &cobra.Command{Use: "worker", Short: "run the background jobs apart from the pages (needs REDIS_ADDR)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(sh.getenv)
			if err != nil {
				return err
			}
			if cfg.RedisAddr == "" {
				return fmt.Errorf("REDIS_ADDR is not set: without Redis, serve runs the worker itself")
			}
			return sh.withApp(cmd.Context(), cfg, func(ctx context.Context, a *app) error {
				g := newGroup(ctx, sh.log)
				a.work(g)
				return g.wait()
			})
		}}
}

// withApp opens the product, checks that its schema is current, runs f and closes it.
func (sh *shell) withApp(ctx context.Context, cfg config, f func(context.Context, *app) error) error {
	a, err := newApp(ctx, cfg, sh.log)
	if err != nil {
		return err
	}
	defer func() { _ = a.close() }()
	if err := a.prepare(ctx); err != nil {
		return err
	}
	return f(ctx, a)
}
