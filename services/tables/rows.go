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
	// Was are the rows as they were read, where that is known: then a save merges with what others have changed
	// meanwhile instead of being refused. Of is which of them each of Firms was, -1 a new one; nil: by their codes.
	Was []application.Firm
	Of  []int
}

// RowsSaved is the answer to saving rows. Merged says that others' changes are in them too.
type RowsSaved struct {
	application.Saved
	Merged bool
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

// SaveRows puts rows in the place of others, whatever else of the application has changed meanwhile. Where these very
// rows have changed both changes are merged, if the slice says what it was made from. Errors: Conflict
// "tables.rows_stale", with RowsStale as Detail where both values can be told; those of application.Save, with paths of
// the whole list.
func (s *Service) SaveRows(ctx context.Context, a identity.Actor, id string, in Slice) (out RowsSaved, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out.Saved, err = s.Applications.Revise(tx, a, id, func(d application.Draft) (application.Content, error) {
			after, merged, err := in.put(d.Content.Business.Firms)
			if err != nil {
				return d.Content, err
			}
			d.Content.Business.Firms, out.Merged = after, merged
			return d.Content, nil
		})
		return err
	})
	return out, err
}

// put makes the whole list of the rows that stand in it now.
func (in Slice) put(firms []application.Firm) (after []application.Firm, merged bool, err error) {
	if in.From < 0 || in.Count < 0 {
		return nil, false, fault.New(fault.Conflict, "tables.rows_stale")
	}
	if in.From+in.Count <= len(firms) && RowsBase(firms, in.From, in.Count) == in.Base {
		return slices.Concat(firms[:in.From], in.Firms, firms[in.From+in.Count:]), false, nil
	}
	if in.Was == nil {
		return nil, false, fault.New(fault.Conflict, "tables.rows_stale")
	}
	from, to := in.window(firms)
	rows, clashes := MergeRows(in.Was, in.Firms, in.origins(), firms[from:to])
	if len(clashes) > 0 {
		f := fault.New(fault.Conflict, "tables.rows_stale")
		f.Detail = RowsStale{From: from, Seen: slices.Clone(firms[from:to]), Merged: rows, Clashes: clashes}
		return nil, false, f
	}
	return slices.Concat(firms[:from], rows, firms[to:]), true, nil
}

// origins are the rows of Was that Firms were.
func (in Slice) origins() []int {
	if len(in.Of) != len(in.Firms) {
		return matchRows(in.Firms, in.Was)
	}
	return in.Of
}

// window is where the rows stand now: around those that are still there, and around their old place. Rows of others in
// between do no harm: what nobody here has touched stays as it is.
func (in Slice) window(firms []application.Firm) (from, to int) {
	from, to = min(in.From, len(firms)), min(in.From+in.Count, len(firms))
	wanted := make(map[string]bool, len(in.Was))
	for _, f := range in.Was {
		wanted[key(f)] = true
	}
	for i, f := range firms {
		if wanted[key(f)] {
			from, to = min(from, i), max(to, i+1)
		}
	}
	return from, to
}
