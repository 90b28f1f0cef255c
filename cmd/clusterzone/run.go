package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

// version is set by the linker in a release build.
var version = "dev"

// shell is what a verb works with: the settings, where to print, and where to log.
type shell struct {
	getenv func(string) string
	out    io.Writer
	log    *slog.Logger
}

// run executes one command line and returns the exit code: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, getenv func(string) string, out, errs io.Writer) int {
	sh := &shell{getenv: getenv, out: out, log: slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: levelOf(getenv)}))}
	root := &cobra.Command{Use: "clusterzone", Short: "战略性新兴服务业集聚示范区申报、认定与考评系统", SilenceUsage: true, SilenceErrors: true}
	root.SetOut(out)
	root.SetErr(errs)
	root.SetArgs(args)
	root.AddCommand(sh.demo(), sh.serve(), sh.worker(), sh.migrate(), sh.seed(), sh.user(), sh.doctor(), sh.workflow(), sh.audit(), sh.version())
	if err := root.ExecuteContext(ctx); err != nil {
		_, _ = fmt.Fprintln(errs, "clusterzone:", err)
		return 1
	}
	return 0
}

func levelOf(getenv func(string) string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(getenv("LOG_LEVEL"))) != nil {
		return slog.LevelInfo
	}
	return l
}

func (sh *shell) version() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "print the version", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) { _, _ = fmt.Fprintln(sh.out, "clusterzone", version) }}
}
