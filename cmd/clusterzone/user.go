package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func (sh *shell) user() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "the first administrators, and a way back in"}
	cmd.AddCommand(sh.userInit(), sh.userReset())
	return cmd
}

func (sh *shell) userInit() *cobra.Command {
	var login string
	cmd := &cobra.Command{Use: "init", Short: "create the first system and security administrators; prints their one-time passwords", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(sh.getenv)
			if err != nil {
				return err
			}
			return sh.withApp(cmd.Context(), cfg, func(ctx context.Context, a *app) error {
				f, err := a.identity.Bootstrap(ctx, login, "")
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(sh.out, "system administrator    %s  %s\nsecurity administrator  %s  %s\n",
					f.System.Login, f.System.Password, f.Security.Login, f.Security.Password)
				return err
			})
		}}
	cmd.Flags().StringVar(&login, "login", "admin", "login of the system administrator")
	return cmd
}

func (sh *shell) userReset() *cobra.Command {
	return &cobra.Command{Use: "reset LOGIN", Short: "give an account a one-time password", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := readConfig(sh.getenv)
			if err != nil {
				return err
			}
			return sh.withApp(cmd.Context(), cfg, func(ctx context.Context, a *app) error {
				issued, err := a.identity.ResetByOperator(ctx, args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(sh.out, "%s  %s\n", issued.Login, issued.Password)
				return err
			})
		}}
}
