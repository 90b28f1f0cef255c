package steering

import (
	"context"
	"net/url"
	"slices"
	"unicode/utf8"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// View is a list that somebody keeps under a name: which cases and which columns, never the
// cases themselves, so that each reader of a shared view sees what they may see.
type View struct {
	ID, Name, Query string
	Shared          string // "", "unit" or "role"
	Role            workflows.Role
	Own, Default    bool
}

// NewView is what a person keeps. Shared with a role, the role must be one's own.
type NewView struct {
	Name, Query, Shared string
	Role                workflows.Role
}

const maxViews = 50

// Views lists one's own views and those shared with one's unit or a role, by name.
func (s *Service) Views(ctx context.Context, a identity.Actor) (out []View, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		var rows []viewRow
		cond, args := readable(a)
		err := tx.Find(&rows, "SELECT "+viewColumns+" FROM saved_view v WHERE v.kind = 'application' AND "+cond+" ORDER BY v.name, v.id LIMIT 200", args...)
		if err != nil {
			return err
		}
		chosen, err := defaultOf(tx, a)
		for _, r := range rows {
			out = append(out, View{ID: r.ID, Name: r.Name, Query: r.Query, Shared: r.Shared, Role: workflows.Role(r.Role), Own: r.OwnerID == a.ID, Default: r.ID == chosen})
		}
		return err
	})
	return out, err
}

// readable is who may use a view, on alias v.
func readable(a identity.Actor) (string, []any) {
	roles := []string{""}
	for _, r := range a.Roles {
		roles = append(roles, string(r))
	}
	return "(v.owner_id = ? OR v.shared = 'unit' AND v.unit_code = ? OR v.shared = 'role' AND v.role IN ?)", []any{a.ID, a.Unit, roles}
}

func defaultOf(tx *database.Tx, a identity.Actor) (string, error) {
	var ids []string
	err := tx.Find(&ids, "SELECT view_id FROM view_default WHERE person_id = ? AND kind = 'application'", a.ID)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// KeepView keeps a view; one's own view of the same name is replaced. Errors: Invalid by field.
func (s *Service) KeepView(ctx context.Context, a identity.Actor, v NewView) (id string, err error) {
	name := clean(v.Name)
	q, parsed := url.ParseQuery(v.Query)
	switch n := utf8.RuneCountInString(name); {
	case n < 1 || n > 40:
		return "", fault.BadField("name", "view.name", "Max", "40")
	case parsed != nil:
		return "", fault.BadField("query", "malformed")
	case !slices.Contains([]string{"", "unit", "role"}, v.Shared):
		return "", fault.BadField("shared", "view.shared")
	case v.Shared == "role" && !a.Has(v.Role):
		return "", fault.BadField("role", "view.shared")
	}
	r := viewRow{OwnerID: a.ID, Kind: string(workflows.Application.Kind), Name: name, Query: Canonical(q), Shared: v.Shared}
	if v.Shared == "unit" {
		r.UnitCode = a.Unit
	}
	if v.Shared == "role" {
		r.Role = string(v.Role)
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		n, err := tx.Count("SELECT count(*) FROM saved_view WHERE owner_id = ?", a.ID)
		if err != nil {
			return err
		}
		if n >= maxViews {
			return fault.BadField("name", "view.many")
		}
		_, err = tx.Exec(`INSERT INTO saved_view (id, owner_id, kind, name, query, shared, unit_code, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (owner_id, kind, name) DO UPDATE SET query = excluded.query, shared = excluded.shared, unit_code = excluded.unit_code, role = excluded.role,
			updated_at = excluded.updated_at`, tx.ID(), r.OwnerID, r.Kind, r.Name, r.Query, r.Shared, r.UnitCode, r.Role, tx.Now(), tx.Now())
		if err != nil {
			return err
		}
		return tx.One(&id, "SELECT id FROM saved_view WHERE owner_id = ? AND kind = ? AND name = ?", a.ID, r.Kind, name)
	})
	return id, err
}

// DropView forgets one's own view; another's is NotFound.
func (s *Service) DropView(ctx context.Context, a identity.Actor, id string) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		var own string
		if err := tx.One(&own, "SELECT id FROM saved_view WHERE id = ? AND owner_id = ?", id, a.ID); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM view_default WHERE view_id = ?", id); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM saved_view WHERE id = ?", id)
		return err
	})
}

// SetDefault makes a view that one may use the one the list opens with; "" is none. A view
// that is not for the actor is NotFound.
func (s *Service) SetDefault(ctx context.Context, a identity.Actor, id string) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		if _, err := tx.Exec("DELETE FROM view_default WHERE person_id = ? AND kind = 'application'", a.ID); err != nil || id == "" {
			return err
		}
		var found string
		cond, args := readable(a)
		if err := tx.One(&found, "SELECT v.id FROM saved_view v WHERE v.id = ? AND "+cond, append([]any{id}, args...)...); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO view_default (person_id, kind, view_id) VALUES (?, 'application', ?)", a.ID, id)
		return err
	})
}
