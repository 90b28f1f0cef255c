package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
)

// group runs what serves for as long as the process lives. The first part that ends, with or
// without an error, ends the others; Wait returns its error.
type group struct {
	ctx    context.Context
	told   context.Context // the parent: done when somebody stops the process
	cancel context.CancelCauseFunc
	log    *slog.Logger
	wg     sync.WaitGroup
}

func newGroup(ctx context.Context, log *slog.Logger) *group {
	inner, cancel := context.WithCancelCause(ctx)
	return &group{ctx: inner, told: ctx, cancel: cancel, log: log}
}

// start runs f until its context is done; a panic becomes an error.
func (g *group) start(name string, f func(context.Context) error) {
	g.wg.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				g.log.Error("panic", "part", name, "panic", r, "stack", string(debug.Stack()))
				g.cancel(fmt.Errorf("%s: panic: %v", name, r))
			}
		}()
		err := f(g.ctx)
		switch {
		case g.ctx.Err() != nil:
		case err != nil:
			g.cancel(fmt.Errorf("%s ended: %w", name, err))
		default:
			g.cancel(fmt.Errorf("%s ended by itself", name))
		}
	})
}

// wait blocks until every part has ended. Being told to stop is not an error.
func (g *group) wait() error {
	g.wg.Wait()
	if g.told.Err() != nil {
		return nil //nolint:nilerr // asked to stop, it stopped
	}
	return context.Cause(g.ctx)
}
