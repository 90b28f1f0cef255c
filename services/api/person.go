package api

import (
	"time"

	"clusterzone/services/identity"
	"clusterzone/workflows"
)

type personBody struct {
	ID           string            `json:"id"`
	Login        string            `json:"login"`
	Name         string            `json:"name"`
	Unit         string            `json:"unit"`
	UnitName     string            `json:"unit_name"`
	UnitKind     identity.UnitKind `json:"unit_kind"`
	Email        string            `json:"email"`
	Phone        string            `json:"phone"`
	Lang         string            `json:"lang"`
	Roles        []workflows.Role  `json:"roles"`
	Fields       []string          `json:"fields" doc:"sectors an evaluator knows"`
	Employer     string            `json:"employer"`
	SuperiorID   string            `json:"superior_id"`
	Active       bool              `json:"active"`
	MustChange   bool              `json:"must_change_password"`
	CanLogin     bool              `json:"can_login"`
	SecondFactor bool              `json:"second_factor"`
	Demo         bool              `json:"demo"`
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`
	Version      int64             `json:"version"`
}

func personOf(p identity.Person) personBody {
	return personBody{ID: p.ID, Login: p.Login, Name: p.Name, Unit: p.Unit, UnitName: p.UnitName, UnitKind: p.UnitKind, Email: p.Email, Phone: p.Phone, Lang: p.Lang,
		Roles: orNone(p.Roles), Fields: orNone(p.Fields), Employer: p.Employer, SuperiorID: p.SuperiorID, Active: p.Active, MustChange: p.MustChange, CanLogin: p.CanLogin,
		SecondFactor: p.SecondFactor, Demo: p.Demo, CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(), Version: p.Version}
}

type personQuery struct {
	Search string `query:"q" maxLength:"100" doc:"part of the login or the name"`
	Unit   string `query:"unit" maxLength:"40"`
	Role   string `query:"role" maxLength:"40"`
	Active string `query:"active" enum:"true,false"`
	After  string `query:"after" maxLength:"128" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (a *API) persons(c *call, in *personQuery) (*reply[list[personBody]], error) {
	f := identity.PersonFilter{Search: in.Search, Unit: in.Unit, Role: workflows.Role(in.Role), After: in.After, Limit: in.Limit}
	if in.Active != "" {
		active := in.Active == "true"
		f.Active = &active
	}
	found, err := a.Identity.Persons(c.ctx, c.actor, f)
	return page(each(found.People, personOf), found.Next), err
}

func (a *API) person(c *call, in *oneInput) (*reply[personBody], error) {
	p, err := a.Identity.Person(c.ctx, c.actor, in.ID)
	return &reply[personBody]{ETag: etag(p.Version), Body: personOf(p)}, err
}

// Profile is what the system administrator keeps of a person; inputs embed it.
type Profile struct {
	Name       string   `json:"name" maxLength:"200"`
	Unit       string   `json:"unit" maxLength:"40"`
	Email      string   `json:"email,omitempty" maxLength:"300"`
	Phone      string   `json:"phone,omitempty" maxLength:"100"`
	Lang       string   `json:"lang,omitempty" enum:"zh-CN,en"`
	Fields     []string `json:"fields,omitempty" maxItems:"20"`
	Employer   string   `json:"employer,omitempty" maxLength:"300"`
	SuperiorID string   `json:"superior_id,omitempty" maxLength:"64"`
}

func (p Profile) profile() identity.Profile {
	return identity.Profile{Name: p.Name, Unit: p.Unit, Email: p.Email, Phone: p.Phone, Lang: p.Lang, Fields: p.Fields, Employer: p.Employer, SuperiorID: p.SuperiorID}
}

type newPersonInput struct {
	Keyed
	Body struct {
		Login string `json:"login" maxLength:"200"`
		Profile
	}
}

func (a *API) createPerson(c *call, in *newPersonInput) (*reply[personBody], error) {
	p, err := a.Identity.CreatePerson(c.ctx, c.actor, in.Body.Login, in.Body.profile())
	return &reply[personBody]{ETag: etag(p.Version), Location: Prefix + "/persons/" + p.ID, Body: personOf(p)}, err
}

type profileInput struct {
	Case
	Versioned
	Body struct {
		Profile
		Version int64 `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

func (a *API) updatePerson(c *call, in *profileInput) (*reply[personBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	p, err := a.Identity.UpdatePerson(c.ctx, c.actor, in.ID, version, in.Body.profile())
	return &reply[personBody]{ETag: etag(p.Version), Body: personOf(p)}, err
}

type rolesInput struct {
	Case
	Versioned
	Body struct {
		Roles   []workflows.Role `json:"roles" maxItems:"20"`
		Version int64            `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

func (a *API) setRoles(c *call, in *rolesInput) (*none, error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	return &none{}, a.Identity.SetRoles(c.ctx, c.actor, in.ID, version, in.Body.Roles)
}

type keyedOneInput struct {
	Case
	Keyed
}

type passwordBody struct {
	Password string `json:"password" doc:"a one-time password, told only here"`
}

func (a *API) resetPassword(c *call, in *keyedOneInput) (*reply[passwordBody], error) {
	p, err := a.Identity.ResetPassword(c.ctx, c.actor, in.ID)
	return &reply[passwordBody]{Body: passwordBody{Password: p}}, err
}

func (a *API) deactivate(c *call, in *keyedOneInput) (*none, error) {
	return &none{}, a.Identity.Deactivate(c.ctx, c.actor, in.ID)
}

func (a *API) activate(c *call, in *keyedOneInput) (*none, error) {
	return &none{}, a.Identity.Activate(c.ctx, c.actor, in.ID)
}
