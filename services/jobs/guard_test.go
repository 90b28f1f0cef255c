package jobs

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// A part that panics is heard of, and the next round of it runs.
func TestGuardedOutlivesAPanic(t *testing.T) {
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	if guarded(log, "queue clock", func() { panic("示例") }) {
		t.Error("a round that panicked counts as ended")
	}
	for _, want := range []string{"level=ERROR", `part="queue clock"`, "panic=示例", "guard_test.go"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the log lacks %s: %s", want, said.String())
		}
	}
	if !guarded(log, "queue clock", func() {}) {
		t.Error("the next round did not end")
	}
}
