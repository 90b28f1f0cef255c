package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Filter narrows a list of zones; zero fields do not.
type Filter struct {
	State  workflows.State
	Unit   string // code
	Sector string // code
	Area   string // code of a functional area
	Search string // part of the number, the name or the development body
	Cursor string // Page.Next of the page before
	Limit  int    // 1 to 200; 0 = 50
}

// Row is one line of a list of zones.
type Row struct {
	ID, Number, Name string
	Unit, UnitName   string
	Sectors          []string
	Area             string
	AreaM2           int64
	State            workflows.State
	ValidFrom        string
	ValidTo          string
	RenewalAsked     bool
	Demo             bool
}

// Page is one page of a list, newest zone first.
type Page struct {
	Rows []Row
	Next string // "" on the last page
}

// Zones lists the zones that the actor may see.
func (s *Service) Zones(ctx context.Context, a identity.Actor, f Filter) (page Page, err error) {
	cond, args := scope(a)
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		page, err = listZones(tx, f, cond, args)
		return err
	})
	return page, err
}

func listZones(tx *database.Tx, f Filter, cond string, args []any) (Page, error) {
	if !readable(string(f.State), f.Unit, f.Sector, f.Area, f.Search, f.Cursor) {
		return Page{}, nil
	}
	more, moreArgs := f.where()
	limit := min(max(f.Limit, 0), 200)
	if limit == 0 {
		limit = 50
	}
	var rows []struct {
		Zone     row `gorm:"embedded"`
		UnitName string
	}
	args = append(append(args, moreArgs...), limit+1)
	err := tx.Find(&rows, "SELECT "+columns+", u.name AS unit_name FROM zone z JOIN unit u ON u.code = z.unit_code WHERE "+cond+more+" ORDER BY z.id DESC LIMIT ?", args...)
	if err != nil {
		return Page{}, fmt.Errorf("list zones: %w", err)
	}
	var page Page
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].Zone.ID
	}
	for _, found := range rows {
		r := found.Zone
		page.Rows = append(page.Rows, Row{ID: r.ID, Number: r.Number, Name: r.Name, Unit: r.UnitCode, UnitName: found.UnitName, Sectors: r.sectors(), Area: r.Area,
			AreaM2: r.AreaM2, State: workflows.State(r.Status), ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, RenewalAsked: r.RenewalAsked, Demo: r.Demo})
	}
	return page, nil
}

func (f Filter) where() (string, []any) {
	var sql strings.Builder
	var args []any
	add := func(cond string, vals ...any) {
		sql.WriteString(" AND " + cond)
		args = append(args, vals...)
	}
	if f.State != "" {
		add("z.status = ?", string(f.State))
	}
	if f.Unit != "" {
		add("z.unit_code = ?", f.Unit)
	}
	if f.Sector != "" {
		add(`z.sectors LIKE ? ESCAPE '\'`, `%"`+escapeLike(f.Sector)+`"%`)
	}
	if f.Area != "" {
		add("z.area = ?", f.Area)
	}
	if strings.TrimSpace(f.Search) != "" {
		cond, found := search.In("z.id", string(workflows.Zone.Kind), "zone", f.Search)
		add(cond, found...)
	}
	if f.Cursor != "" {
		add("z.id < ?", f.Cursor)
	}
	return sql.String(), args
}

func escapeLike(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// PublicZone is a zone as everybody may see it.
type PublicZone struct {
	ID, Number, Name   string
	Unit               string // code
	UnitName, UnitEn   string
	BodyName           string
	Sectors            []string
	Area               string
	AreaM2             int64
	State              workflows.State // shown by its public label
	ValidFrom, ValidTo string
	DocumentNumber     string
	DecidedOn          string
	Texts              [4]string
	GeoJSON            json.RawMessage
	Measures           []Measure
	Grades             []Grade
	Demo               bool
}

// PublicZones lists zones for everybody: those in force, unless the filter names a state.
func (s *Service) PublicZones(ctx context.Context, f Filter) (page Page, err error) {
	cond, args := "z.status IN ?", []any{valid()}
	if f.State != "" {
		cond, args = "1 = 1", nil
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		page, err = listZones(tx, f, cond, args)
		return err
	})
	for i := range page.Rows {
		page.Rows[i].RenewalAsked = false
	}
	return page, err
}

// PublicZone reads one zone as everybody may see it, whatever its state.
func (s *Service) PublicZone(ctx context.Context, id string) (out PublicZone, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		out, err = s.publicZone(tx, id)
		return err
	})
	return out, err
}

func (s *Service) publicZone(tx *database.Tx, id string) (PublicZone, error) {
	var in struct {
		Zone             row `gorm:"embedded"`
		UnitName, UnitEn string
	}
	if !readable(id) {
		return PublicZone{}, fault.Missing()
	}
	err := tx.One(&in, "SELECT "+columns+", u.name AS unit_name, u.name_en AS unit_en FROM zone z JOIN unit u ON u.code = z.unit_code WHERE z.id = ?", id)
	if err != nil {
		return PublicZone{}, fmt.Errorf("public zone: %w", err)
	}
	z := in.Zone
	out := PublicZone{ID: z.ID, Number: z.Number, Name: z.Name, Unit: z.UnitCode, UnitName: in.UnitName, UnitEn: in.UnitEn, BodyName: z.BodyName,
		Sectors: z.sectors(), Area: z.Area, AreaM2: z.AreaM2, State: workflows.State(z.Status), ValidFrom: z.ValidFrom, ValidTo: z.ValidTo,
		DocumentNumber: z.DocumentNumber, DecidedOn: z.DecidedOn, Demo: z.Demo}
	ground, err := boundaries(tx, z.ID, 1)
	if err != nil {
		return out, err
	}
	if len(ground) == 1 {
		out.Texts, out.GeoJSON = ground[0].Texts, ground[0].GeoJSON
	}
	if out.Measures, err = s.measures(tx, z.ID); err != nil {
		return out, err
	}
	out.Grades, err = grades(tx, z.ID)
	return out, err
}
