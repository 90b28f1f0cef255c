package evaluation

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// ItemResult is what the unit did about one item; "" is not done yet.
type ItemResult struct{ ID, Result string }

// ItemVerdict is what the re-check found: Verdict is pass, fail or "" (not looked at yet); a
// note is required with fail.
type ItemVerdict struct{ ID, Verdict, Note string }

// The bounds of what is written about an item, in characters.
const (
	minResult  = 10
	maxResult  = 4000
	minFinding = 5
)

// SaveItems stores what the unit did about the items named; the others stay. Errors: NotFound,
// Forbidden (not a filler), Conflict not_editable or stale, Invalid by field.
func (r *Rectifications) SaveItems(ctx context.Context, a identity.Actor, id string, version int64, in []ItemResult) (Saved, error) {
	return r.save(ctx, a, id, version, itemDesk{workflows.Filler, stateOpen, "rectification.save"}, func(items []Item) []fault.Field {
		return each(items, in, func(v ItemResult) string { return v.ID }, func(it *Item, v ItemResult) []fault.Field {
			it.Result = strings.TrimSpace(v.Result)
			return itemText("items["+v.ID+"].result", it.Result, minResult, true)
		})
	})
}

// SaveRecheck stores what the officer found about the items named; errors as of SaveItems.
func (r *Rectifications) SaveRecheck(ctx context.Context, a identity.Actor, id string, version int64, in []ItemVerdict) (Saved, error) {
	return r.save(ctx, a, id, version, itemDesk{workflows.Officer, stateRechecking, "rectification.recheck_save"}, func(items []Item) []fault.Field {
		return each(items, in, func(v ItemVerdict) string { return v.ID }, func(it *Item, v ItemVerdict) []fault.Field {
			if !slices.Contains([]string{"", "pass", "fail"}, v.Verdict) {
				return []fault.Field{{Path: "items[" + v.ID + "].verdict", Code: "evaluation.item_verdict"}}
			}
			it.Verdict, it.Note = v.Verdict, strings.TrimSpace(v.Note)
			return itemText("items["+v.ID+"].note", it.Note, minFinding, v.Verdict != "fail")
		})
	})
}

// itemDesk says who writes about items in which state, and how the audit names it.
type itemDesk struct {
	role   workflows.Role
	state  workflows.State
	action string
}

func (r *Rectifications) save(ctx context.Context, a identity.Actor, id string, version int64, d itemDesk, change func([]Item) []fault.Field) (out Saved, err error) {
	err = r.s.DB.Update(ctx, func(tx *database.Tx) error {
		m, err := r.editable(tx, a, id, d.role, d.state)
		if err != nil {
			return err
		}
		if err := casework.CheckVersion(tx, a, m.kase(), version); err != nil {
			return err
		}
		items, err := m.items()
		if err != nil {
			return err
		}
		if problems := change(items); len(problems) > 0 {
			return fault.Bad(problems...)
		}
		out, err = r.store(tx, a, m, items, d)
		return err
	})
	return out, err
}

func (r *Rectifications) store(tx *database.Tx, a identity.Actor, m remedy, items []Item, d itemDesk) (Saved, error) {
	text, err := itemsText(items)
	if err != nil {
		return Saved{}, err
	}
	if text != m.Items {
		if err := touch(tx, m.kase(), "items = ?", text); err != nil {
			return Saved{}, err
		}
		m.Items, m.Version = text, m.Version+1
		if err := casework.Record(tx, a, d.action, rectificationRef(m.ID), map[string]any{"items": items, "version": m.Version}); err != nil {
			return Saved{}, err
		}
	}
	if d.role != workflows.Filler {
		return Saved{Version: m.Version}, nil
	}
	problems, err := r.problems(tx, m)
	return Saved{Version: m.Version, Problems: problems}, err
}

// each changes the items that the input names; an unknown one is a problem of its field.
func each[T any](items []Item, in []T, idOf func(T) string, change func(*Item, T) []fault.Field) []fault.Field {
	var problems []fault.Field
	for _, v := range in {
		n := slices.IndexFunc(items, func(it Item) bool { return it.ID == idOf(v) })
		if n < 0 {
			problems = append(problems, fault.Field{Path: "items[" + idOf(v) + "]", Code: "evaluation.rectification_item_unknown"})
			continue
		}
		problems = append(problems, change(&items[n], v)...)
	}
	return problems
}

// itemText bounds what is written; an empty text passes where nothing is asked yet.
func itemText(path, text string, low int, optional bool) []fault.Field {
	n := utf8.RuneCountInString(text)
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return []fault.Field{{Path: path, Code: "text.invalid"}}
	case n == 0 && optional:
		return nil
	case n < low || n > maxResult:
		return []fault.Field{{Path: path, Code: "evaluation.item_length", Params: map[string]string{"Min": strconv.Itoa(low), "Max": strconv.Itoa(maxResult)}}}
	}
	return nil
}
