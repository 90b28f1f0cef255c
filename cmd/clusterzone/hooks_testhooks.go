//go:build testhooks

package main

import (
	"os"
	"strings"
	"time"
)

// hooks of a test build: the clock is moved by the duration that a file holds, so that a
// test can let weeks pass in a running process.
type hooks struct{ clockFile string }

func readHooks(getenv func(string) string) hooks {
	return hooks{clockFile: getenv("CLUSTERZONE_CLOCK_FILE")}
}

func (h hooks) clock() func() time.Time {
	return func() time.Time {
		if h.clockFile == "" {
			return time.Now()
		}
		text, err := os.ReadFile(h.clockFile)
		if err != nil {
			return time.Now()
		}
		d, err := time.ParseDuration(strings.TrimSpace(string(text)))
		if err != nil {
			return time.Now()
		}
		return time.Now().Add(d)
	}
}
