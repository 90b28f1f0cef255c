package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

// account is a demo login as the demo verb prints it.
type account struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Unit     string `json:"unit"`
}

func (sh *shell) demo() *cobra.Command {
	var listen, data string
	var asJSON bool
	cmd := &cobra.Command{Use: "demo", Short: "start the whole product on embedded parts with invented data", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(sh.getenv)
			if err != nil {
				return err
			}
			cfg.demo, cfg.Listen, cfg.DataDir = true, listen, data
			if err := sh.fillDemo(cmd.Context(), cfg); err != nil {
				return err
			}
			return sh.withApp(cmd.Context(), cfg, func(ctx context.Context, a *app) error {
				return a.serve(ctx, func(addr string) { sh.announce(addr, data, asJSON) })
			})
		}}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to serve on")
	cmd.Flags().StringVar(&data, "data", filepath.Join("data", "demo"), "folder that keeps the demo's data")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the address and the accounts as JSON")
	return cmd
}

func (sh *shell) seed() *cobra.Command {
	return &cobra.Command{Use: "seed", Short: "fill an empty installation with the invented demo data", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(sh.getenv)
			if err != nil {
				return err
			}
			cfg.demo = true
			return sh.fillDemo(cmd.Context(), cfg)
		}}
}

// fillDemo seeds once; the marker is written last, and a half-filled embedded folder is
// refused rather than mixed.
func (sh *shell) fillDemo(ctx context.Context, cfg config) error {
	marker := filepath.Join(cfg.DataDir, "demo.json")
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	s, err := newSeeder(ctx, cfg, sh.log)
	if err != nil {
		return err
	}
	defer func() { _ = s.app.close() }()
	accounts, err := s.fill(ctx)
	if err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	text, err := json.MarshalIndent(accounts, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(marker, text, 0o600)
}

// announce prints where the demo answers and who can log in.
func (sh *shell) announce(addr, data string, asJSON bool) {
	var accounts []account
	if text, err := os.ReadFile(filepath.Join(data, "demo.json")); err == nil {
		_ = json.Unmarshal(text, &accounts) // written by fillDemo
	}
	if asJSON {
		_ = json.NewEncoder(sh.out).Encode(map[string]any{"address": "http://" + addr, "accounts": accounts})
		return
	}
	_, _ = fmt.Fprintf(sh.out, "\n集聚示范区管理系统(演示数据,均为虚构)  http://%s\n\n", addr)
	for _, a := range accounts {
		_, _ = fmt.Fprintf(sh.out, "  %-22s %-18s %s · %s · %s\n", a.Login, a.Password, a.Role, a.Unit, a.Name)
	}
	_, _ = fmt.Fprintf(sh.out, "\nCtrl-C 停止 · data: %s · %s\n", data, time.Now().Format(time.DateTime))
}
