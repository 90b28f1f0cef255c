// Package jobs carries due outbox rows to their handlers: asynq over Redis, or over an
// in-process server when no Redis is configured. It owns the queue, the retries and the one
// transaction in which a row has its effect; it knows no topic. Redis holds nothing but ids,
// so that losing it loses nothing: the relay sends every row again that is not done.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"clusterzone/services/database"
	"clusterzone/services/outbox"
)

// Config of a queue; DB is required, the zero value of the rest works.
type Config struct {
	// RedisAddr is host:port; host:port,host:port,… of a cluster; or a URL: redis:// and
	// rediss:// with user, password and database, ?master_name=…&addr=… for sentinels,
	// ?addr=… for a cluster. Empty: a server inside this process.
	RedisAddr   string
	DB          *database.DB
	Concurrency int           // handlers at once; 0 = 8
	Name        string        // of the queue; installations that share one Redis need different ones; "" = clusterzone
	Poll        time.Duration // how often an idle worker looks; 0 = 100 ms
	Backoff     time.Duration // before the first retry, doubled each time up to a minute; 0 = 1 s
	Shutdown    time.Duration // how long Run waits for running handlers at its end; 0 = 8 s
	Log         *slog.Logger  // nil: slog.Default
}

const (
	maxRetry   = 6
	maxBackoff = time.Minute
	// taskTimeout bounds a handler inside its transaction, which has a shorter bound of its own.
	taskTimeout = time.Minute
	// outsideTimeout bounds a call over the network; outsideHold is longer, so that the relay
	// does not send the row again while the call runs.
	outsideTimeout = 25 * time.Second
	outsideHold    = 45 * time.Second
)

// Queue enqueues rows and runs the worker. Close it when both are done.
type Queue struct {
	Config
	redis  redis.UniversalClient
	client *asynq.Client
	stop   func()
}

// New connects lazily: a Redis that is down shows in Ping and Enqueue, not here.
func New(c Config) (*Queue, error) {
	c = c.withDefaults()
	if c.DB == nil {
		return nil, errors.New("jobs: no database")
	}
	q := &Queue{Config: c, stop: func() {}}
	var err error
	if c.RedisAddr == "" {
		q.redis, q.stop, err = inProcess(c.Log)
	} else {
		q.redis, err = connect(c.RedisAddr)
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	q.client = asynq.NewClientFromRedisClient(q.redis)
	return q, nil
}

func (c Config) withDefaults() Config {
	if c.Concurrency <= 0 {
		c.Concurrency = 8
	}
	if c.Name == "" {
		c.Name = "clusterzone"
	}
	if c.Poll <= 0 {
		c.Poll = 100 * time.Millisecond
	}
	if c.Backoff <= 0 {
		c.Backoff = time.Second
	}
	if c.Shutdown <= 0 {
		c.Shutdown = 8 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// Enqueue hands a row to the workers; it is what a relay calls. Handing out the same attempt
// again does nothing. The task is kept after its end for more than twice the resend time, so
// that an attempt cannot run a second time under the same number.
func (q *Queue) Enqueue(ctx context.Context, row outbox.Row) error {
	if row.Resend <= 0 {
		row.Resend = outbox.MaxResend
	}
	_, err := q.client.EnqueueContext(ctx, asynq.NewTask(string(row.Topic), []byte(row.ID)),
		asynq.Queue(q.Name),
		asynq.TaskID(taskID(row.ID, row.Attempt)),
		asynq.MaxRetry(maxRetry),
		asynq.Timeout(taskTimeout),
		asynq.Retention(2*row.Resend+time.Minute))
	if errors.Is(err, asynq.ErrTaskIDConflict) || errors.Is(err, asynq.ErrDuplicateTask) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", row.ID, err)
	}
	return nil
}

// Ping checks Redis within the bound of ctx.
func (q *Queue) Ping(ctx context.Context) error {
	if err := q.redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

// Close frees the connections and ends the in-process server; call it after Run has returned.
func (q *Queue) Close() error {
	err := q.redis.Close()
	q.stop()
	return err
}
