package registry

import (
	"encoding/json"
	"fmt"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Establish makes a zone of an accreditation decision, in its transaction: boundary version 1,
// the measures of part 四 and 五(一) that open to accredited zones, and a certificate to be
// printed. The validity ends after the years of the rule set, counted as every period is.
func (s *Service) Establish(tx *database.Tx, a identity.Actor, g Grant) (zoneID string, err error) {
	rules, err := s.Book.RuleSet(tx, g.RuleSetID)
	if err != nil {
		return "", fmt.Errorf("establish %s: %w", g.Name, err)
	}
	validTo, err := s.validTo(tx, g.ValidFrom, rules)
	if err != nil {
		return "", fmt.Errorf("establish %s: %w", g.Name, err)
	}
	r, err := newRow(tx, g, validTo)
	if err != nil {
		return "", fmt.Errorf("establish %s: %w", g.Name, err)
	}
	z := loaded{row: r, rules: rules}
	steps := []func(*database.Tx) error{
		func(tx *database.Tx) error { return s.open(tx, a, z) },
		func(tx *database.Tx) error { return putBoundary(tx, r.ID, g) },
		func(tx *database.Tx) error { return s.unlock(tx, r.ID) },
		func(tx *database.Tx) error { return s.issue(tx, z) },
		func(tx *database.Tx) error { return tellAccredited(tx, z) },
	}
	for _, step := range steps {
		if err := step(tx); err != nil {
			return "", fmt.Errorf("establish %s: %w", g.Name, err)
		}
	}
	return r.ID, nil
}

// validTo is the last day of a validity that starts, or goes on, at from.
func (s *Service) validTo(tx *database.Tx, from workflows.Date, rules policy.RuleSet) (workflows.Date, error) {
	cal, err := s.Book.Calendar(tx)
	if err != nil {
		return workflows.Date{}, err
	}
	due, _ := cal.AddYears(from, rules.Validity.Years.Value)
	return due, nil
}

func newRow(tx *database.Tx, g Grant, validTo workflows.Date) (row, error) {
	year := g.DecidedOn.Year
	n, err := tx.Next(fmt.Sprintf("zone/%d", year))
	if err != nil {
		return row{}, err
	}
	sectors, err := json.Marshal(slices.Concat([]string{}, g.Sectors)) // never null
	if err != nil {
		return row{}, err
	}
	r := row{ID: tx.ID(), Number: fmt.Sprintf("CQ-SFQ-%d-%03d", year, n), Name: g.Name, UnitCode: g.Unit, RuleSetID: g.RuleSetID,
		WorkflowVersion: workflows.Zone.Version, Version: 1, BodyName: g.BodyName, CreditCode: g.CreditCode, Sectors: string(sectors),
		Area: g.Area, AreaM2: g.AreaM2, BoundaryNo: 1, ValidFrom: g.ValidFrom.String(), ValidTo: validTo.String(),
		DocumentNumber: g.DocumentNumber, DecidedOn: g.DecidedOn.String(), Demo: g.Demo, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
	if g.ApplicationID != "" {
		r.ApplicationID = &g.ApplicationID
	}
	return r, nil
}

// open creates the zone through the table; only a dated decision with its number supports it.
func (s *Service) open(tx *database.Tx, a identity.Actor, z loaded) error {
	kase := z.kase()
	kase.State, kase.Version = "", 0
	due, err := z.due()
	if err != nil {
		return err
	}
	_, err = s.Engine.Apply(tx, casework.Step{Case: kase, Action: actionEstablish, Actor: a, Due: due,
		Facts:  map[workflows.Fact]bool{workflows.ByDecision: z.DocumentNumber != "" && z.DecidedOn != ""},
		Detail: map[string]any{"document_number": z.DocumentNumber, "decided_on": z.DecidedOn, "valid_from": z.ValidFrom, "valid_to": z.ValidTo},
		Insert: func(tx *database.Tx, st workflows.State) error {
			z.Status = string(st)
			if err := tx.Insert("zone", &z.row); err != nil {
				return err
			}
			return search.Put(tx, string(workflows.Zone.Kind), z.ID, z.Number, z.Name, z.BodyName)
		}})
	return err
}

func putBoundary(tx *database.Tx, id string, g Grant) error {
	texts, err := json.Marshal(g.Texts)
	if err != nil {
		return err
	}
	source := "decision:" + g.DocumentNumber
	if g.ApplicationID != "" {
		source = "application:" + g.ApplicationID
	}
	ground := string(g.GeoJSON)
	if ground == "" {
		ground = "null"
	}
	_, err = tx.Exec(`INSERT INTO zone_boundary (zone_id, no, geojson, texts, area_m2, valid_from, source) VALUES (?, 1, ?, ?, ?, ?, ?)`,
		id, ground, string(texts), g.AreaM2, g.ValidFrom.String(), source)
	return err
}

// unlock opens the measures that part 四 items 20 and 21 and part 五(一) tie to accreditation.
func (s *Service) unlock(tx *database.Tx, id string) error {
	for _, m := range s.Book.UnlockedMeasures() {
		departments, err := json.Marshal(slices.Concat([]string{}, m.Responsible))
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO zone_measure (zone_id, measure, departments, unlocked_at) VALUES (?, ?, ?, ?)",
			id, m.Code, string(departments), tx.Now())
		if err != nil {
			return err
		}
	}
	return nil
}

// tellAccredited tells the unit what it has been granted, besides the notice of the move.
func tellAccredited(tx *database.Tx, z loaded) error {
	return casework.Tell(tx, "accredited/"+z.ID, casework.Notice{Code: "accredited",
		Params:    map[string]string{"Number": z.Number, "Title": z.Name, "Due": z.ValidTo},
		Audiences: []workflows.Audience{workflows.ToFillers, workflows.ToLeaders}, Kind: workflows.Zone.Kind, CaseID: z.ID, Unit: z.UnitCode,
		Subject: refOf(z.ID)}, tx.Now())
}

// Neighbours lists the ground of every zone that still counts, except the one that an
// application has become, for the overlap check of others.
func (s *Service) Neighbours(tx *database.Tx, exceptApplication string) ([]Boundary, error) {
	var rows []struct{ ID, Name, Geojson string }
	err := tx.Find(&rows, `SELECT z.id, z.name, b.geojson FROM zone z JOIN zone_boundary b ON b.zone_id = z.id AND b.no = z.boundary_no
		WHERE z.status IN ? AND (z.application_id IS NULL OR z.application_id <> ?) AND b.geojson <> 'null' ORDER BY z.id LIMIT 2000`,
		valid(), exceptApplication)
	if err != nil {
		return nil, fmt.Errorf("neighbouring zones: %w", err)
	}
	out := make([]Boundary, 0, len(rows))
	for _, r := range rows {
		out = append(out, Boundary{ID: r.ID, Name: r.Name, GeoJSON: json.RawMessage(r.Geojson)})
	}
	return out, nil
}

// Validity is the period for which the zone of an application was accredited, renewals of the
// zone included; NotFound where the application made none.
func (s *Service) Validity(tx *database.Tx, applicationID string) (from, to workflows.Date, err error) {
	var r struct{ ValidFrom, ValidTo string }
	if err = tx.One(&r, "SELECT valid_from, valid_to FROM zone WHERE application_id = ? ORDER BY id LIMIT 1", applicationID); err != nil {
		return from, to, fmt.Errorf("validity: %w", err)
	}
	if from, err = workflows.ParseDate(r.ValidFrom); err != nil {
		return from, to, err
	}
	to, err = workflows.ParseDate(r.ValidTo)
	return from, to, err
}
