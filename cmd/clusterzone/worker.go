package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/document"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/jobs"
	"clusterzone/services/notice"
	"clusterzone/services/outbox"
	"clusterzone/services/registry"
	"clusterzone/services/reminder"
	"clusterzone/services/review"
	"clusterzone/services/steering"
)

// handlers maps each topic to its handler. Caller, frequency and what a duplicate does:
//
//	notice       every change of state; the message and mail rows are unique by event and recipient
//	remind       every rung of a reminder ladder; the same, and a moved deadline drops it
//	mail         one per recipient with an address; the Message-ID is stable
//	objector     the end of an objection whose objector gave a mail address; the Message-ID is stable
//	digest       every working day; a day has one row, and a row of its own for each reader
//	digest_mail  one per reader and day; the Message-ID is stable, and a sent one is on record
//	deadline     every clock's end; the table itself refuses when the case has moved on
//	scan         a file attached while the scanner was down; one that has its verdict is left alone
//	recusal      the end of a lifted recusal; a lift that has ended is left alone
//	bulk         one for every 25 cases of a run; a case that is done is passed over
//	export       once per ordered file; a built one is left alone
//	certificate  once per certificate; the object is stored under the hash of its content
//	document     once per official paper; the same
func (a *app) handlers() map[outbox.Topic]jobs.Handler {
	return map[outbox.Topic]jobs.Handler{
		casework.TopicNotice:      {InTx: a.inbox.Deliver},
		casework.TopicRemind:      {InTx: a.inbox.Deliver},
		reminder.TopicMail:        {Outside: a.inbox.SendMail},
		notice.TopicObjector:      {Outside: a.notices.TellObjector},
		reminder.TopicDigest:      {InTx: a.inbox.SpreadDigest},
		reminder.TopicDigestMail:  {Outside: a.inbox.SendDigest},
		casework.TopicDeadline:    {InTx: a.deadline},
		attachment.TopicScan:      {Outside: a.attachments.Rescan},
		review.TopicRecusal:       {InTx: a.reviews.EndLift},
		registry.TopicCertificate: {Outside: a.zones.RenderCertificate},
		document.TopicDocument:    {Outside: a.documents.Render},
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

// sweep removes what nobody finished or needs any more: staging uploads, old sessions, old
// idempotency keys, who has left a draft without a word; signs the audit chain once an hour;
// and plans the digest of the days ahead.
func (a *app) sweep(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	a.planDigest(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			a.sweepOnce(ctx)
			a.planDigest(ctx)
		}
	}
}

func (a *app) sweepOnce(ctx context.Context) {
	if n, err := a.attachments.Sweep(ctx); err != nil {
		a.log.Warn("sweep attachments", "err", err)
	} else if n > 0 {
		a.log.Info("swept staging uploads", "n", n)
	}
	if _, err := a.tables.Sweep(ctx); err != nil {
		a.log.Warn("sweep table imports", "err", err)
	}
	if _, err := a.notices.Sweep(ctx); err != nil {
		a.log.Warn("sweep drafts of objections", "err", err)
	}
	if _, err := a.applications.SweepPresence(ctx); err != nil {
		a.log.Warn("sweep presence", "err", err)
	}
	if _, err := a.steering.Sweep(ctx); err != nil {
		a.log.Warn("sweep exports", "err", err)
	}
	if _, err := a.identity.Sweep(ctx, 90*24*time.Hour); err != nil {
		a.log.Warn("sweep sessions", "err", err)
	}
	if err := a.db.Update(ctx, func(tx *database.Tx) error { _, err := casework.SweepKeys(tx); return err }); err != nil {
		a.log.Warn("sweep idempotency keys", "err", err)
	}
	if _, err := a.checkpoint(ctx); err != nil {
		a.log.Warn("audit checkpoint", "err", err)
	}
}

func (a *app) planDigest(ctx context.Context) {
	if err := a.db.Update(ctx, a.inbox.PlanDigest); err != nil && ctx.Err() == nil {
		a.log.Warn("plan digest", "err", err)
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
