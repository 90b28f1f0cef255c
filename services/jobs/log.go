package jobs

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// quiet is how long asynq may not repeat itself: while Redis is down it says so several
// times a second.
const quiet = 30 * time.Second

// asynqLog writes asynq's lines into ours; what it calls fatal does not end the process.
type asynqLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	said map[string]time.Time
}

func (l *asynqLog) Debug(...any)      {}
func (l *asynqLog) Info(args ...any)  { l.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (l *asynqLog) Warn(args ...any)  { l.say(l.log.Warn, args) }
func (l *asynqLog) Error(args ...any) { l.say(l.log.Error, args) }
func (l *asynqLog) Fatal(args ...any) { l.say(l.log.Error, args) }

func (l *asynqLog) say(line func(string, ...any), args []any) {
	text := fmt.Sprint(args...)
	if l.fresh(text) {
		line("asynq: " + text)
	}
}

// fresh forgets everything from time to time rather than keep every line for ever.
func (l *asynqLog) fresh(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Sub(l.said[text]) < quiet {
		return false
	}
	if len(l.said) >= 100 {
		clear(l.said)
	}
	l.said[text] = now
	return true
}
