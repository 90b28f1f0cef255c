package tables

import (
	"context"
	"encoding/json"
	"slices"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/identity"

	"clusterzone/services/database"
)

// Slice is some rows of the list of firms that are edited by themselves: a long list is never sent as a whole.
type Slice struct {
	From, Count int
	// Base is what RowsBase said of the rows when they were read.
	Base  string
	Firms []application.Firm // what stands in their place
}

// RowsBase identifies the rows of a list from one place on.
func RowsBase(firms []application.Firm, from, count int) string {
	from = min(max(from, 0), len(firms))
	text, err := json.Marshal(firms[from:min(from+max(count, 0), len(firms))])
	if err != nil { // strings always marshal
		return ""
	}
	return application.Digest(text)[:32]
}

// SaveRows puts rows in the place of others, whatever else of the application has changed meanwhile, unless these very
// rows have. Errors: Conflict "tables.rows_stale"; those of application.Save, with paths of the whole list.
func (s *Service) SaveRows(ctx context.Context, a identity.Actor, id string, in Slice) (out application.Saved, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out, err = s.Applications.Revise(tx, a, id, func(d application.Draft) (application.Content, error) {
			firms := d.Content.Business.Firms
			if in.From < 0 || in.Count < 0 || in.From > len(firms) || in.From+in.Count > len(firms) || RowsBase(firms, in.From, in.Count) != in.Base {
				return d.Content, fault.New(fault.Conflict, "tables.rows_stale")
			}
			d.Content.Business.Firms = slices.Concat(firms[:in.From], in.Firms, firms[in.From+in.Count:])
			return d.Content, nil
		})
		return err
	})
	return out, err
}
