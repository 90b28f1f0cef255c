package jobs

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// connect reads an address in one of the forms of Config.RedisAddr. Contexts bound every
// call, so that a Redis that hangs does not hang its callers.
func connect(addr string) (redis.UniversalClient, error) {
	if !strings.Contains(addr, "://") {
		return redis.NewUniversalClient(&redis.UniversalOptions{Addrs: strings.Split(addr, ","), ContextTimeoutEnabled: true}), nil
	}
	u, err := url.Parse(addr)
	if err != nil {
		return nil, fmt.Errorf("redis address: not a URL") // the cause would repeat the password
	}
	switch query := u.Query(); {
	case query.Has("master_name"):
		o, err := redis.ParseFailoverURL(addr)
		if err != nil {
			return nil, fmt.Errorf("redis address: %w", err)
		}
		o.ContextTimeoutEnabled = true
		return redis.NewFailoverClient(o), nil
	case query.Has("addr"):
		o, err := redis.ParseClusterURL(addr)
		if err != nil {
			return nil, fmt.Errorf("redis address: %w", err)
		}
		o.ContextTimeoutEnabled = true
		return redis.NewClusterClient(o), nil
	}
	o, err := redis.ParseURL(addr)
	if err != nil {
		return nil, fmt.Errorf("redis address: %w", err)
	}
	o.ContextTimeoutEnabled = true
	return redis.NewClient(o), nil
}

// inProcess starts a Redis of our own on a loopback port behind a random password. Its
// expiry times do not run by themselves, so a ticker moves them on; stop ends both.
func inProcess(log *slog.Logger) (client redis.UniversalClient, stop func(), err error) {
	server, password := miniredis.NewMiniRedis(), rand.Text()
	server.RequireAuth(password)
	if err := server.Start(); err != nil {
		return nil, nil, fmt.Errorf("in-process queue: %w", err)
	}
	quit := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				guarded(log, "queue clock", func() { server.FastForward(time.Second) })
			}
		}
	})
	stop = sync.OnceFunc(func() {
		close(quit)
		running.Wait()
		server.Close()
	})
	return redis.NewClient(&redis.Options{Addr: server.Addr(), Password: password, ContextTimeoutEnabled: true}), stop, nil
}
