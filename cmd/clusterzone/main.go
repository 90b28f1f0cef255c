// Command clusterzone is the service through which district governments file for
// strategic-emerging-service cluster zones, the commission accredits them and evaluators
// score every zone each year. It wires the packages together; the rules live in them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
