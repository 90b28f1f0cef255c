package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// TestGroupSaysWhichPartEnded: whoever reads the last line of the log learns what ended the process.
func TestGroupSaysWhichPartEnded(t *testing.T) {
	cases := map[string]struct {
		part func(context.Context) error
		want string
	}{
		"without an error": {func(context.Context) error { return nil }, "listener ended by itself"},
		"with an error":    {func(context.Context) error { return errors.New("port taken") }, "listener ended: port taken"},
		"in a panic":       {func(context.Context) error { panic("lost") }, "listener: panic: lost"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t.Context(), slog.New(slog.DiscardHandler))
			ended := false
			g.start("other", func(ctx context.Context) error { <-ctx.Done(); ended = true; return nil })
			g.start("listener", tc.part)
			err := g.wait()
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if !ended {
				t.Error("wait did not wait for the other part")
			}
		})
	}
}

func TestGroupToldToStopIsNoError(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	g := newGroup(ctx, slog.New(slog.DiscardHandler))
	g.start("listener", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	stop()
	if err := g.wait(); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}
