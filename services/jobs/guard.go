package jobs

import (
	"log/slog"
	"runtime/debug"
)

// guarded runs one round of a part that lives as long as the process. A panic is logged and
// ends the round, not the process; it reports whether the round came to its end.
func guarded(log *slog.Logger, part string, round func()) (ended bool) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic", "part", part, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	round()
	return true
}
