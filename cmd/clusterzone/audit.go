package main

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"clusterzone/services/audit"
	"clusterzone/services/database"
)

func (sh *shell) audit() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "the hash-chained record"}
	verify := &cobra.Command{Use: "verify", Short: "check the whole chain and its signed checkpoints", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return sh.auditRun(cmd.Context(), sh.verifyChain) }}
	sign := &cobra.Command{Use: "checkpoint", Short: "sign the head of the chain; keep the printed line outside the database", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return sh.auditRun(cmd.Context(), func(ctx context.Context, a *app) error {
				line, err := a.checkpoint(ctx)
				if err == nil {
					_, err = fmt.Fprintln(sh.out, line)
				}
				return err
			})
		}}
	cmd.AddCommand(verify, sign)
	return cmd
}

func (sh *shell) auditRun(ctx context.Context, f func(context.Context, *app) error) error {
	cfg, err := readConfig(sh.getenv)
	if err != nil {
		return err
	}
	return sh.withApp(ctx, cfg, f)
}

func (sh *shell) verifyChain(ctx context.Context, a *app) error {
	var rep audit.Report
	err := a.db.View(ctx, func(tx *database.Tx) (err error) {
		rep, err = audit.Verify(tx, a.signingKey().Public().(ed25519.PublicKey))
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range rep.Problems {
		_, _ = fmt.Fprintln(sh.out, p)
	}
	_, _ = fmt.Fprintf(sh.out, "%d entries, head %s, %d problems\n", rep.Entries, rep.Head, len(rep.Problems))
	if len(rep.Problems) > 0 {
		return errors.New("the audit chain is broken")
	}
	return nil
}

// signingKey is made of the installation's secret, so that every replica signs alike.
func (a *app) signingKey() ed25519.PrivateKey {
	seed := sha256.Sum256(append([]byte("clusterzone audit checkpoint\x00"), a.secret...))
	return ed25519.NewKeyFromSeed(seed[:])
}

func (a *app) checkpoint(ctx context.Context) (line string, err error) {
	err = a.db.Update(ctx, func(tx *database.Tx) error {
		line, err = audit.Checkpoint(tx, a.signingKey())
		return err
	})
	return line, err
}
