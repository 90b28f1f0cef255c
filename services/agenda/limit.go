package agenda

import (
	"sync"
	"time"
)

// limiter allows so many requests a minute from one address. It forgets all addresses with
// the minute, so it never holds more than one minute's.
type limiter struct {
	mu     sync.Mutex
	most   int
	minute int64
	counts map[string]int
}

func newLimiter(most int) *limiter { return &limiter{most: most, counts: map[string]int{}} }

func (l *limiter) allow(address string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := now.Unix() / 60; m != l.minute {
		l.minute = m
		clear(l.counts)
	}
	l.counts[address]++
	return l.counts[address] <= l.most
}
