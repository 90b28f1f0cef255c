package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
)

func (sh *shell) migrate() *cobra.Command {
	return &cobra.Command{Use: "migrate", Short: "bring the schema, the stores and the policy data to this version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(sh.getenv)
			if err != nil {
				return err
			}
			return sh.withApp(cmd.Context(), cfg, func(ctx context.Context, a *app) error {
				current, _, err := a.db.SchemaVersion(ctx)
				if err == nil {
					_, err = fmt.Fprintf(sh.out, "schema %d (%s)\n", current, a.db.Dialect())
				}
				return err
			})
		}}
}

// seedPolicy stores the units, the policy documents, the default rule set and the calendar;
// what is there stays.
func (a *app) seedPolicy(tx *database.Tx) error {
	n, err := tx.Count("SELECT count(*) FROM rule_set WHERE version = ?", a.book.Rules.Version)
	if err != nil || n > 0 {
		return err
	}
	for _, u := range a.book.Units {
		if err := identity.PutUnit(tx, unitOf(u)); err != nil {
			return fmt.Errorf("seed unit %s: %w", u.Code, err)
		}
	}
	return a.book.Seed(tx, a.book.Rules)
}

func unitOf(u policy.UnitSeed) identity.Unit {
	out := identity.Unit{Code: u.Code, Kind: identity.UnitKind(u.Kind), Name: u.Name.ZH, NameShort: u.Short.ZH, NameEn: u.Name.EN,
		Pinyin: u.Pinyin + " " + u.Initials, ValidFrom: u.ValidFrom, Areas: u.Areas, InternalCode: !u.GB}
	if u.ValidTo != "" {
		out.ValidTo = &u.ValidTo
	}
	if len(u.Successors) > 0 {
		out.Successor = &u.Successors[0]
	}
	if u.Extent != nil {
		out.Extent = &[4]float64{u.Extent.West, u.Extent.South, u.Extent.East, u.Extent.North}
	}
	return out
}
