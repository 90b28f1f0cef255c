//go:build !testhooks

package main

import "time"

// hooks exist in test builds only: a release build has no other clock and no failpoints.
type hooks struct{}

func readHooks(func(string) string) hooks { return hooks{} }

func (hooks) clock() func() time.Time { return time.Now }
