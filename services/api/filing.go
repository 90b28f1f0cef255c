package api

import (
	"net/http"
	"time"

	"clusterzone/services/application"
	"clusterzone/workflows"
)

// filingRoutes are what a unit carries forward from one filing to the next.
func (a *API) filingRoutes(filler []workflows.Role) {
	unit := []workflows.Role{workflows.Filler, workflows.Leader}
	add(a, spec{method: http.MethodGet, path: "/unit-profile", id: "read-unit-profile", summary: "What the caller's unit keeps about itself", roles: unit}, a.unitProfile)
	add(a, spec{method: http.MethodPut, path: "/unit-profile", id: "save-unit-profile", summary: "Replace the bodies that the caller's unit keeps", roles: filler}, a.saveUnitProfile)
	add(a, spec{method: http.MethodGet, path: "/application-sources", id: "list-application-sources", summary: "Earlier applications that a new one can start from", roles: filler}, a.sources)
	add(a, spec{method: http.MethodPut, path: "/applications/{id}/profile-body", id: "keep-body", summary: "Keep the draft's development body in the unit's profile", roles: filler}, a.keepBody)
	add(a, spec{method: http.MethodPut, path: "/applications/{id}/carried/{part}", id: "confirm-carried", summary: "Confirm that the values of a part that were carried over are still right", roles: filler}, a.confirmCarried)
}

type carriedBody struct {
	Kind      string   `json:"kind" doc:"application or profile"`
	SourceID  string   `json:"source_id"`
	Number    string   `json:"number,omitempty"`
	Year      int      `json:"year"`
	Unchanged []string `json:"unchanged" doc:"fields that still have the value they came with"`
	Confirmed []string `json:"confirmed"`
}

func carriedOf(c *application.Carried) *carriedBody {
	if c == nil {
		return nil
	}
	return &carriedBody{Kind: c.Kind, SourceID: c.SourceID, Number: c.Number, Year: c.Year, Unchanged: orNone(c.Unchanged), Confirmed: orNone(c.Confirmed)}
}

type sentBackBody struct {
	Reason string    `json:"reason"`
	Parts  []string  `json:"parts"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

func sentBackOf(b *application.SentBack) *sentBackBody {
	if b == nil {
		return nil
	}
	return &sentBackBody{Reason: b.Reason, Parts: orNone(b.Parts), By: b.By, At: b.At.UTC()}
}

type unitProfileBody struct {
	Unit      string                    `json:"unit"`
	Version   int64                     `json:"version"`
	Bodies    []application.ProfileBody `json:"bodies"`
	UpdatedAt *time.Time                `json:"updated_at,omitempty"`
}

func profileOf(p application.Profile, err error) (*reply[unitProfileBody], error) {
	if err != nil {
		return nil, err
	}
	return &reply[unitProfileBody]{ETag: etag(p.Version), Body: unitProfileBody{Unit: p.Unit, Version: p.Version, Bodies: orNone(p.Bodies), UpdatedAt: utc(p.UpdatedAt)}}, nil
}

func (a *API) unitProfile(c *call, _ *nothing) (*reply[unitProfileBody], error) {
	return profileOf(a.Applications.Profile(c.ctx, c.actor))
}

type profileContact struct {
	Name  string `json:"name,omitempty" maxLength:"240"`
	Phone string `json:"phone,omitempty" maxLength:"240"`
	Email string `json:"email,omitempty" maxLength:"254"`
}

type profileBodyInput struct {
	ID                  string         `json:"id,omitempty" maxLength:"64" doc:"empty for a new one"`
	Name                string         `json:"name" maxLength:"400"`
	Kind                string         `json:"kind,omitempty" maxLength:"60"`
	CreditCode          string         `json:"credit_code,omitempty" maxLength:"60"`
	LegalRepresentative string         `json:"legal_representative,omitempty" maxLength:"240"`
	Managers            int64          `json:"managers,omitempty" minimum:"0" maximum:"100000"`
	Contact             profileContact `json:"contact,omitempty"`
}

type unitProfileInput struct {
	Versioned
	Body struct {
		Bodies  []profileBodyInput `json:"bodies" maxItems:"30"`
		Version int64              `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

func (a *API) saveUnitProfile(c *call, in *unitProfileInput) (*reply[unitProfileBody], error) {
	seen, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	bodies := make([]application.ProfileBody, 0, len(in.Body.Bodies))
	for _, b := range in.Body.Bodies {
		bodies = append(bodies, application.ProfileBody{ID: b.ID, Body: application.Body{Name: b.Name, Kind: application.BodyKind(b.Kind), CreditCode: b.CreditCode,
			LegalRepresentative: b.LegalRepresentative, Managers: b.Managers, Contact: application.Contact(b.Contact)}})
	}
	return profileOf(a.Applications.SaveProfile(c.ctx, c.actor, seen, bodies))
}

type sourceBody struct {
	ID        string    `json:"id"`
	Number    string    `json:"number"`
	Name      string    `json:"name"`
	State     stateBody `json:"state"`
	Submitted bool      `json:"submitted" doc:"its last submitted version is taken, otherwise its draft"`
}

func (a *API) sources(c *call, _ *nothing) (*reply[list[sourceBody]], error) {
	found, err := a.Applications.Sources(c.ctx, c.actor)
	return page(each(found, func(s application.Source) sourceBody {
		return sourceBody{ID: s.ID, Number: s.Number, Name: s.Name, State: stateOf(workflows.Application.Kind, s.State), Submitted: s.Submitted}
	}), ""), err
}

func (a *API) keepBody(c *call, in *oneInput) (*reply[unitProfileBody], error) {
	return profileOf(a.Applications.KeepBody(c.ctx, c.actor, in.ID))
}

type confirmInput struct {
	Case
	Part string `path:"part" maxLength:"40" doc:"one of the seven parts, or materials"`
}

func (a *API) confirmCarried(c *call, in *confirmInput) (*none, error) {
	return &none{}, a.Applications.ConfirmCarried(c.ctx, c.actor, in.ID, in.Part)
}
