package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/outbox"
)

// Handler gives the rows of one topic their effect; exactly one of its fields is set.
type Handler struct {
	// InTx has its whole effect in the transaction that marks the row done: exactly once.
	InTx func(tx *database.Tx, row outbox.Row) error
	// Outside acts over the network first, bounded by ctx, and returns what to record in the
	// transaction that marks the row done; finish may be nil. A crash between the two makes it
	// run again, so what it sends must carry a stable identity.
	Outside func(ctx context.Context, row outbox.Row) (finish func(tx *database.Tx) error, err error)
}

// Run handles tasks until ctx is done, lets running handlers end within Config.Shutdown,
// cancels the others and returns nil. An error means that it could not start.
//
// A fault that no repetition mends (Invalid, NotFound, Blocked and their like) takes the row
// out and shows it to operators; anything else, a panic too, is tried again: by the queue
// with growing pauses, and by the relay as long as the row is not done.
func (q *Queue) Run(ctx context.Context, handlers map[outbox.Topic]Handler) error {
	for topic, h := range handlers {
		if (h.InTx == nil) == (h.Outside == nil) {
			return fmt.Errorf("jobs: topic %s: exactly one of InTx and Outside must be set", topic)
		}
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	w := &worker{db: q.DB, log: q.Log, handlers: maps.Clone(handlers)}
	server := asynq.NewServerFromRedisClient(q.redis, q.serverConfig(base))
	if err := server.Start(asynq.HandlerFunc(w.task)); err != nil {
		return fmt.Errorf("jobs: start: %w", err)
	}
	<-ctx.Done()
	server.Shutdown()
	cancel()
	w.running.Wait()
	return nil
}

func (q *Queue) serverConfig(base context.Context) asynq.Config {
	return asynq.Config{
		Concurrency:              q.Concurrency,
		Queues:                   map[string]int{q.Name: 1},
		BaseContext:              func() context.Context { return base },
		TaskCheckInterval:        q.Poll,
		DelayedTaskCheckInterval: 2 * q.Poll,
		ShutdownTimeout:          q.Shutdown,
		RetryDelayFunc:           q.retryDelay,
		Logger:                   &asynqLog{log: q.Log, said: map[string]time.Time{}},
		ErrorHandler: asynq.ErrorHandlerFunc(func(ctx context.Context, t *asynq.Task, err error) {
			level := slog.LevelWarn
			if errors.Is(err, asynq.SkipRetry) {
				level = slog.LevelError
			}
			id, _ := asynq.GetTaskID(ctx)
			q.Log.Log(ctx, level, "job", "topic", t.Type(), "task", id, "error", err)
		}),
	}
}

func (q *Queue) retryDelay(n int, _ error, _ *asynq.Task) time.Duration {
	return min(q.Backoff<<min(n, 10), maxBackoff)
}

type worker struct {
	db       *database.DB
	log      *slog.Logger
	handlers map[outbox.Topic]Handler
	running  sync.WaitGroup
}

// task is what asynq calls; it may call it twice for one row, at once or one after another.
func (w *worker) task(ctx context.Context, t *asynq.Task) error {
	w.running.Add(1)
	defer w.running.Done()
	id, topic := string(t.Payload()), outbox.Topic(t.Type())
	err := w.handle(ctx, topic, id)
	if err == nil || ctx.Err() != nil {
		return err
	}
	retried, _ := asynq.GetRetryCount(ctx)
	return w.settle(ctx, id, err, retried >= maxRetry)
}

func (w *worker) handle(ctx context.Context, topic outbox.Topic, id string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			w.log.ErrorContext(ctx, "job panic", "topic", topic, "row", id, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	switch h := w.handlers[topic]; {
	case h.InTx != nil:
		return w.inTx(ctx, h, id)
	case h.Outside != nil:
		return w.outside(ctx, h, id)
	}
	return fmt.Errorf("no handler for topic %q in this version", topic) // another replica may be newer
}

// inTx marks the row done and has the effect in one transaction. A row that is done,
// cancelled, failed or not yet due is left alone.
func (w *worker) inTx(ctx context.Context, h Handler, id string) error {
	return w.db.Update(ctx, func(tx *database.Tx) error {
		row, ok, err := outbox.Take(tx, id)
		if err != nil || !ok {
			return err
		}
		first, err := enter(tx, id)
		if err != nil || !first {
			return err
		}
		return h.InTx(tx, row)
	})
}

// outside reserves the row, acts, and records. The record is tried three times, because
// trying the whole again would act again.
func (w *worker) outside(ctx context.Context, h Handler, id string) error {
	ctx, cancel := context.WithTimeout(ctx, outsideTimeout)
	defer cancel()
	var row outbox.Row
	var mine bool
	err := w.db.Update(ctx, func(tx *database.Tx) (err error) {
		row, mine, err = outbox.Hold(tx, id, attemptOf(ctx), outsideHold)
		return err
	})
	if err != nil || !mine {
		return err
	}
	finish, err := h.Outside(ctx, row)
	if err != nil {
		return err
	}
	for try := range 3 {
		if err = w.finish(ctx, id, finish); err == nil {
			return nil
		}
		time.Sleep(time.Duration(100*(try+1)) * time.Millisecond)
	}
	return err
}

func (w *worker) finish(ctx context.Context, id string, finish func(tx *database.Tx) error) error {
	return w.db.Update(context.WithoutCancel(ctx), func(tx *database.Tx) error {
		first, err := enter(tx, id)
		if err != nil || !first {
			return err
		}
		if finish != nil {
			if err := finish(tx); err != nil {
				return err
			}
		}
		return outbox.Done(tx, id)
	})
}

// enter writes the row's line of the inbox; not first means that its effect is there already.
func enter(tx *database.Tx, id string) (first bool, err error) {
	n, err := tx.Exec("INSERT INTO inbox (outbox_id, handled_at) VALUES (?, ?) ON CONFLICT DO NOTHING", id, tx.Now())
	if err != nil {
		return false, fmt.Errorf("inbox %s: %w", id, err)
	}
	return n == 1, nil
}

// settle keeps the cause with the row, and takes the row out when no repetition mends it.
func (w *worker) settle(ctx context.Context, id string, cause error, last bool) error {
	give := permanent(cause, last)
	err := w.db.Update(context.WithoutCancel(ctx), func(tx *database.Tx) error {
		if give {
			return outbox.Fail(tx, id, cause)
		}
		return outbox.Note(tx, id, cause)
	})
	if err != nil {
		return errors.Join(cause, err)
	}
	if give {
		return fmt.Errorf("%w (%w)", cause, asynq.SkipRetry)
	}
	return cause
}

// permanent reports whether repeating cannot help. Two people on one version, or two rows
// with one key, are settled by repeating; when that has not helped to the last, it will not.
func permanent(err error, last bool) bool {
	var f *fault.Error
	if !errors.As(err, &f) {
		return false
	}
	switch f.Kind {
	case fault.Internal, fault.Unavailable, fault.RateLimited:
		return false
	case fault.Conflict:
		return last || (f.Code != "stale" && f.Code != "duplicate")
	}
	return true
}

func taskID(id string, attempt int) string { return id + ":" + strconv.Itoa(attempt) }

// attemptOf reads the attempt back from the number of the running task.
func attemptOf(ctx context.Context) int {
	id, _ := asynq.GetTaskID(ctx)
	n, err := strconv.Atoi(id[strings.LastIndexByte(id, ':')+1:])
	if err != nil {
		return -1 // no attempt has this number, so the row is left to the relay
	}
	return n
}
