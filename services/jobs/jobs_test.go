package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/outbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a database, a queue and a relay with a clock that only moves when told.
type bench struct {
	*testing.T
	db    *database.DB
	queue *Queue
	relay *outbox.Relay
	at    *atomic.Int64
	log   *lines
}

type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestQueue runs every test below on both databases and on both kinds of Redis; each finds
// empty tables and a queue of its own.
func TestQueue(t *testing.T) {
	tests := []struct {
		name string
		body func(b *bench)
	}{
		{"EachRowActsOnce", testEachRowActsOnce},
		{"SimultaneousDeliveries", testSimultaneousDeliveries},
		{"FailuresThatPass", testFailuresThatPass},
		{"PermanentFailureIsShownAndRetried", testPermanentFailureIsShownAndRetried},
		{"FlushLosesNothing", testFlushLosesNothing},
		{"NeverEarlyNeverCancelled", testNeverEarlyNeverCancelled},
		{"Outside", testOutside},
		{"ReplacedAttemptStaysInside", testReplacedAttemptStaysInside},
		{"ShutdownWaits", testShutdownWaits},
		{"LastRetry", testLastRetry},
	}
	at := &atomic.Int64{}
	at.Store(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).UnixMicro())
	now := func() time.Time { return time.UnixMicro(at.Load()) }
	databasetest.Each(t, now, func(t *testing.T, db *database.DB) {
		for _, tt := range tests {
			t.Run(tt.name+" in process", func(t *testing.T) { tt.body(newBench(t, db, at, "")) })
			t.Run(tt.name+" on redis", func(t *testing.T) { tt.body(newBench(t, db, at, redisAddr(t))) })
		}
	})
}

func redisAddr(t *testing.T) string {
	t.Helper()
	addr := os.Getenv("CLUSTERZONE_TEST_REDIS_ADDR")
	if addr == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CLUSTERZONE_TEST_REDIS_ADDR is not set: start the parts with deploy/services.sh up")
		}
		t.Skip("no Redis: eval \"$(deploy/services.sh env)\" after deploy/services.sh up")
	}
	return addr
}

// newBench uses a queue name of its own, because other tests share the Redis.
func newBench(t *testing.T, db *database.DB, at *atomic.Int64, addr string) *bench {
	t.Helper()
	b := &bench{T: t, db: db, at: at, log: &lines{}}
	log := slog.New(slog.NewTextHandler(b.log, nil))
	var err error
	b.queue, err = New(Config{RedisAddr: addr, DB: db, Name: "test-" + uuid.NewString(), Poll: 5 * time.Millisecond, Backoff: 5 * time.Millisecond, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.flush(); _ = b.queue.Close() })
	b.update(func(tx *database.Tx) error {
		for _, table := range []string{"outbox", "inbox", "number_sequence"} {
			if _, err := tx.Exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return nil
	})
	b.relay = outbox.NewRelay(outbox.RelayConfig{DB: db, Enqueue: b.queue.Enqueue, Log: log})
	return b
}

// flush takes away all that Redis knows of the queue, as FLUSHALL does.
func (b *bench) flush() {
	ctx := context.Background()
	keys, err := b.queue.redis.Keys(ctx, "asynq:{"+b.queue.Name+"}:*").Result()
	if err == nil && len(keys) > 0 {
		err = b.queue.redis.Del(ctx, keys...).Err()
	}
	if err == nil {
		err = b.queue.redis.SRem(ctx, "asynq:queues", b.queue.Name).Err()
	}
	if err != nil {
		b.Errorf("flush: %v", err)
	}
}

// start runs a worker until the test ends or stop is called.
func (b *bench) start(h map[outbox.Topic]Handler) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.queue.Run(ctx, h) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			b.Errorf("Run: %v", err)
		}
	})
	b.Cleanup(stop)
	return stop
}

func (b *bench) put(items ...outbox.Item) {
	b.Helper()
	b.update(func(tx *database.Tx) error {
		for _, it := range items {
			if err := outbox.Put(tx, it); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) update(fn func(tx *database.Tx) error) {
	b.Helper()
	if err := b.db.Update(context.Background(), fn); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) row(key string) (row outbox.Row) {
	b.Helper()
	err := b.db.View(context.Background(), func(tx *database.Tx) error {
		var id string
		if err := tx.One(&id, "SELECT id FROM outbox WHERE event_key = ?", key); err != nil {
			return err
		}
		var err error
		row, err = outbox.Load(tx, id)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return row
}

func (b *bench) handOut() {
	b.Helper()
	if _, err := b.relay.Once(context.Background()); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) advance(d time.Duration) { b.at.Add(d.Microseconds()) }

// eventually waits for what other goroutines bring about.
func (b *bench) eventually(what string, ok func() bool) {
	b.Helper()
	for begin := time.Now(); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			b.Fatalf("%s did not happen\n%s", what, b.log)
		}
	}
}

func (b *bench) done(key string) func() bool {
	return func() bool { return b.row(key).DoneAt != nil }
}

// effect counts in the database, so that a rolled-back effect does not count.
func effect(tx *database.Tx, row outbox.Row) error {
	_, err := tx.Next("effect/" + row.EventKey)
	return err
}

func (b *bench) effects(key string) (n int64) {
	b.Helper()
	err := b.db.View(context.Background(), func(tx *database.Tx) (err error) {
		n, err = tx.Count("SELECT COALESCE(sum(value), 0) FROM number_sequence WHERE name = ?", "effect/"+key)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// deliver calls the worker as asynq does when it delivers once more.
func (b *bench) deliver(h map[outbox.Topic]Handler, row outbox.Row) error {
	w := &worker{db: b.db, log: b.queue.Log, handlers: h}
	return w.handle(context.Background(), row.Topic, row.ID)
}

func testEachRowActsOnce(b *bench) {
	var calls atomic.Int64
	h := map[outbox.Topic]Handler{"t": {InTx: func(tx *database.Tx, row outbox.Row) error {
		calls.Add(1)
		return effect(tx, row)
	}}}
	const n = 20
	for i := range n {
		b.put(outbox.Item{Key: fmt.Sprint(i), Topic: "t"})
	}
	b.start(h)
	b.start(h) // a second replica
	b.handOut()
	for i := range n {
		row := b.row(fmt.Sprint(i))
		row.Attempt = 1 + i%2 // the relay's own number, and one more as after a lost lease
		if err := errors.Join(b.queue.Enqueue(context.Background(), row), b.queue.Enqueue(context.Background(), row)); err != nil {
			b.Fatal(err)
		}
	}
	for i := range n {
		b.eventually("row "+fmt.Sprint(i), b.done(fmt.Sprint(i)))
	}
	var late sync.WaitGroup
	for i := range n {
		late.Go(func() {
			if err := b.deliver(h, b.row(fmt.Sprint(i))); err != nil {
				b.Errorf("late delivery: %v", err)
			}
		})
	}
	late.Wait()
	for i := range n {
		if got := b.effects(fmt.Sprint(i)); got != 1 {
			b.Errorf("row %d acted %d times, want once", i, got)
		}
	}
	if calls.Load() != n {
		b.Errorf("%d calls, want %d", calls.Load(), n)
	}
}

// Deliveries of one row that run at the same instant have one effect together.
func testSimultaneousDeliveries(b *bench) {
	b.put(outbox.Item{Key: "a", Topic: "t"})
	row := b.row("a")
	h := map[outbox.Topic]Handler{"t": {InTx: func(tx *database.Tx, row outbox.Row) error {
		time.Sleep(20 * time.Millisecond)
		return effect(tx, row)
	}}}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if err := b.deliver(h, row); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	if got := b.effects("a"); got != 1 {
		b.Errorf("acted %d times, want once", got)
	}
}

func testFailuresThatPass(b *bench) {
	tests := map[string]func() error{
		"unknown":     func() error { return errors.New("disk hiccup") },
		"unavailable": func() error { return fault.New(fault.Unavailable, "unavailable") },
		"stale":       func() error { return fault.Stale(nil) },
		"panic":       func() error { panic("at the disco") },
	}
	calls := map[string]*atomic.Int64{}
	h := map[outbox.Topic]Handler{}
	for name, fail := range tests {
		n := &atomic.Int64{}
		calls[name] = n
		b.put(outbox.Item{Key: name, Topic: outbox.Topic(name)})
		h[outbox.Topic(name)] = Handler{InTx: func(tx *database.Tx, row outbox.Row) error {
			if err := effect(tx, row); err != nil || n.Add(1) > 3 {
				return err
			}
			return fail()
		}}
	}
	b.start(h)
	b.handOut()
	for name := range tests {
		b.eventually(name, b.done(name))
		if got := [2]int64{calls[name].Load(), b.effects(name)}; got != [2]int64{4, 1} {
			b.Errorf("%s: calls and effects %v, want 4 calls and 1 effect", name, got)
		}
		if row := b.row(name); row.FailedAt != nil || row.LastError == "" {
			b.Errorf("%s: row %+v, want it done with the last error kept", name, row)
		}
	}
	if !strings.Contains(b.log.String(), "at the disco") {
		b.Error("the panic is not in the log")
	}
}

// What no repetition mends is taken out at once, shown, and acts after an operator's retry.
func testPermanentFailureIsShownAndRetried(b *bench) {
	var calls, mended atomic.Int64
	b.put(outbox.Item{Key: "a", Topic: "t"})
	b.start(map[outbox.Topic]Handler{"t": {InTx: func(tx *database.Tx, row outbox.Row) error {
		calls.Add(1)
		if mended.Load() == 0 {
			return fmt.Errorf("act: %w", fault.BadField("address", "invalid"))
		}
		return effect(tx, row)
	}}})
	b.handOut()
	b.eventually("failure", func() bool { return b.row("a").FailedAt != nil })
	b.advance(time.Hour)
	b.handOut()
	row := b.row("a")
	if row.DoneAt != nil || !strings.Contains(row.LastError, "address") || calls.Load() != 1 {
		b.Errorf("after the failure: %d calls, row %+v", calls.Load(), row)
	}
	mended.Store(1)
	b.update(func(tx *database.Tx) error { return outbox.Retry(tx, row.ID) })
	b.handOut()
	b.eventually("retry", b.done("a"))
	if got := b.effects("a"); got != 1 {
		b.Errorf("acted %d times, want once", got)
	}
}

func testFlushLosesNothing(b *bench) {
	h := map[outbox.Topic]Handler{"t": {InTx: effect}}
	b.put(outbox.Item{Key: "a", Topic: "t"}, outbox.Item{Key: "b", Topic: "t"})
	b.handOut()
	b.flush()
	b.start(h)
	b.handOut()
	time.Sleep(30 * time.Millisecond)
	if b.row("a").DoneAt != nil {
		b.Fatal("the flush took nothing away")
	}
	b.advance(30 * time.Second)
	b.handOut()
	b.eventually("a", b.done("a"))
	b.eventually("b", b.done("b"))
	b.advance(time.Hour)
	b.handOut()
	if got := [2]int64{b.effects("a"), b.effects("b")}; got != [2]int64{1, 1} {
		b.Errorf("effects %v, want one each", got)
	}
}

// A row that is cancelled, or not due by our clock, does not act even when its task arrives.
func testNeverEarlyNeverCancelled(b *bench) {
	due := b.db.Now().Add(time.Hour)
	b.put(outbox.Item{Key: "cancelled", Topic: "t", Kind: "zone", CaseID: "7", Cancellable: true},
		outbox.Item{Key: "early", Topic: "t", DueAt: due},
		outbox.Item{Key: "early outside", Topic: "out", DueAt: due},
		outbox.Item{Key: "other", Topic: "t"})
	b.update(func(tx *database.Tx) error { return outbox.Cancel(tx, "zone", "7") })
	var acted atomic.Int64
	b.start(map[outbox.Topic]Handler{"t": {InTx: effect},
		"out": {Outside: func(context.Context, outbox.Row) (func(*database.Tx) error, error) {
			acted.Add(1)
			return nil, nil
		}}})
	for _, key := range []string{"cancelled", "early", "early outside", "other"} {
		row := b.row(key)
		row.Attempt = 9 // as the relay of a replica whose clock is fast
		b.update(func(tx *database.Tx) error {
			_, err := tx.Exec("UPDATE outbox SET attempt = 9 WHERE id = ?", row.ID)
			return err
		})
		if err := b.queue.Enqueue(context.Background(), row); err != nil {
			b.Fatal(err)
		}
	}
	b.eventually("other", b.done("other"))
	time.Sleep(30 * time.Millisecond)
	for _, key := range []string{"cancelled", "early"} {
		if b.row(key).DoneAt != nil || b.effects(key) != 0 {
			b.Errorf("%s acted", key)
		}
	}
	if acted.Load() != 0 {
		b.Error("early outside acted")
	}
	b.advance(time.Hour)
	b.handOut()
	b.eventually("early, in time", b.done("early"))
	b.eventually("early outside, in time", b.done("early outside"))
	if b.row("cancelled").DoneAt != nil || acted.Load() != 1 {
		b.Errorf("at the end: cancelled %+v, %d outside", b.row("cancelled"), acted.Load())
	}
}

func testOutside(b *bench) {
	var calls, running, most atomic.Int64
	h := map[outbox.Topic]Handler{
		"flaky": {Outside: func(_ context.Context, row outbox.Row) (func(*database.Tx) error, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			if calls.Add(1) < 3 {
				return nil, errors.New("connection reset")
			}
			return func(tx *database.Tx) error { return effect(tx, row) }, nil
		}},
		"refused": {Outside: func(context.Context, outbox.Row) (func(*database.Tx) error, error) {
			return nil, &fault.Error{Kind: fault.Invalid, Code: "refused"}
		}},
	}
	b.put(outbox.Item{Key: "flaky", Topic: "flaky"}, outbox.Item{Key: "refused", Topic: "refused"})
	b.start(h)
	b.handOut()
	b.eventually("flaky", b.done("flaky"))
	b.eventually("refused", func() bool { return b.row("refused").FailedAt != nil })
	row := b.row("flaky")
	for _, attempt := range []int{1, 2} { // once more under the old number, and a later one
		row.Attempt = attempt
		if err := b.queue.Enqueue(context.Background(), row); err != nil {
			b.Fatal(err)
		}
	}
	time.Sleep(30 * time.Millisecond)
	if diff := cmp.Diff([]int64{3, 1, 1}, []int64{calls.Load(), most.Load(), b.effects("flaky")}); diff != "" {
		b.Errorf("calls, at once, effects (-want +got):\n%s", diff)
	}
}

// An attempt that a later one has replaced does not call outside any more.
func testReplacedAttemptStaysInside(b *bench) {
	var calls atomic.Int64
	b.put(outbox.Item{Key: "a", Topic: "t"})
	b.handOut()
	b.advance(30 * time.Second)
	b.handOut() // both attempts wait in the queue
	b.start(map[outbox.Topic]Handler{"t": {Outside: func(context.Context, outbox.Row) (func(*database.Tx) error, error) {
		calls.Add(1)
		return nil, nil
	}}})
	b.eventually("a", b.done("a"))
	time.Sleep(30 * time.Millisecond)
	if calls.Load() != 1 {
		b.Errorf("%d calls, want 1", calls.Load())
	}
}

// Run waits for a handler that has begun.
func testShutdownWaits(b *bench) {
	begun := make(chan struct{})
	b.put(outbox.Item{Key: "a", Topic: "t"})
	stop := b.start(map[outbox.Topic]Handler{"t": {Outside: func(ctx context.Context, row outbox.Row) (func(*database.Tx) error, error) {
		close(begun)
		time.Sleep(100 * time.Millisecond)
		return func(tx *database.Tx) error { return effect(tx, row) }, ctx.Err()
	}}})
	b.handOut()
	<-begun
	stop()
	if b.row("a").DoneAt == nil || b.effects("a") != 1 {
		b.Errorf("row after shutdown: %+v", b.row("a"))
	}
}

// A conflict that repetition does not settle is shown in the end; another topic's handler
// that this version lacks is left for a newer replica.
func testLastRetry(b *bench) {
	var calls atomic.Int64
	b.put(outbox.Item{Key: "a", Topic: "t"}, outbox.Item{Key: "b", Topic: "t2"}, outbox.Item{Key: "new", Topic: "unknown"})
	b.start(map[outbox.Topic]Handler{
		"t":  {InTx: func(*database.Tx, outbox.Row) error { calls.Add(1); return fault.Stale(nil) }},
		"t2": {InTx: func(*database.Tx, outbox.Row) error { return fault.New(fault.Conflict, "no_transition") }},
	})
	b.handOut()
	b.eventually("a gives up", func() bool { return b.row("a").FailedAt != nil })
	b.eventually("b gives up", func() bool { return b.row("b").FailedAt != nil })
	if calls.Load() != maxRetry+1 {
		b.Errorf("%d calls, want %d", calls.Load(), maxRetry+1)
	}
	b.eventually("unknown topic noted", func() bool { return strings.Contains(b.row("new").LastError, "unknown") })
	if b.row("new").FailedAt != nil {
		b.Error("a row of an unknown topic was given up")
	}
}

func TestPing(t *testing.T) {
	db := databasetest.SQLite(t, nil)
	q, err := New(Config{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Ping(t.Context()); err != nil {
		t.Errorf("in process: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	down, err := New(Config{DB: db, RedisAddr: "redis://:secret@127.0.0.1:1/0"})
	if err != nil {
		t.Fatal(err)
	}
	defer down.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := down.Ping(ctx); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody listens: got %v", err)
	}
	if err := down.Enqueue(ctx, outbox.Row{ID: "x", Topic: "t"}); err == nil {
		t.Error("enqueue into nothing succeeded")
	}
}

func TestAddresses(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:6379":                        "*redis.Client",
		"redis://u:p@127.0.0.1:6379/3":          "*redis.Client",
		"rediss://127.0.0.1:6379":               "*redis.Client",
		"10.0.0.1:6379,10.0.0.2:6379":           "*redis.ClusterClient",
		"redis://10.0.0.1:6379?addr=10.0.0.2:1": "*redis.ClusterClient",
		"redis://127.0.0.1:1?master_name=main":  "*redis.Client",
		"http://127.0.0.1":                      "error",
		"redis://:geheim@[::1":                  "error",
	} {
		c, err := connect(addr)
		got := fmt.Sprintf("%T", c)
		if err != nil {
			got = "error"
			if strings.Contains(err.Error(), "geheim") {
				t.Errorf("the password is in %q", err)
			}
		} else {
			_ = c.Close()
		}
		if got != want {
			t.Errorf("%s: got %s (%v), want %s", addr, got, err, want)
		}
	}
}
