package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"clusterzone/workflows"
)

func (sh *shell) workflow() *cobra.Command {
	var mermaid bool
	cmd := &cobra.Command{Use: "workflow [KIND]", Short: "print the state and transition tables, or their diagrams", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, w := range workflows.All() {
				if len(args) == 1 && args[0] != string(w.Kind) {
					continue
				}
				text := w.Markdown()
				if mermaid {
					text = w.Mermaid()
				}
				if _, err := fmt.Fprintln(sh.out, text); err != nil {
					return err
				}
			}
			if len(args) == 1 && workflows.ByKind(workflows.Kind(args[0])) == nil {
				return fmt.Errorf("no workflow %q", args[0])
			}
			return nil
		}}
	cmd.Flags().BoolVar(&mermaid, "mermaid", false, "print Mermaid state diagrams")
	return cmd
}
