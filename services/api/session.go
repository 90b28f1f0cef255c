package api

import (
	"net/http"
	"time"

	"clusterzone/services/identity"
	"clusterzone/workflows"
)

type loginInput struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	Body      struct {
		Login    string `json:"login" maxLength:"200"`
		Password string `json:"password" maxLength:"1000"`
		TOTP     string `json:"totp,omitempty" maxLength:"16" doc:"six digits, where the account has a second factor"`
	}
}

type sessionBody struct {
	Token     string    `json:"token" doc:"for the header Authorization: Bearer; told only here"`
	ExpiresAt time.Time `json:"expires_at"`
	Actor     actorBody `json:"actor"`
}

type actorBody struct {
	ID         string           `json:"id"`
	Login      string           `json:"login"`
	Name       string           `json:"name"`
	Unit       string           `json:"unit"`
	UnitName   string           `json:"unit_name"`
	UnitKind   string           `json:"unit_kind"`
	Roles      []workflows.Role `json:"roles"`
	Lang       string           `json:"lang"`
	MustChange bool             `json:"must_change_password" doc:"a one-time password is in use: change it before anything else"`
}

func actorOf(a identity.Actor) actorBody {
	return actorBody{ID: a.ID, Login: a.Login, Name: a.Name, Unit: a.Unit, UnitName: a.UnitName, UnitKind: a.UnitKind, Roles: orNone(a.Roles), Lang: a.Lang,
		MustChange: a.MustChange}
}

// orNone writes an empty list as [], never as null.
func orNone[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// each turns a list of things into a list of bodies.
func each[T, B any](items []T, f func(T) B) []B {
	out := make([]B, 0, len(items))
	for _, it := range items {
		out = append(out, f(it))
	}
	return out
}

func (a *API) login(c *call, in *loginInput) (*reply[sessionBody], error) {
	s, err := a.Identity.Login(c.ctx, identity.Credentials{Login: in.Body.Login, Password: in.Body.Password, TOTP: in.Body.TOTP,
		Kind: identity.Bearer, IP: c.actor.IP, Agent: agent(in.UserAgent)})
	if err != nil {
		return nil, err
	}
	who := actorOf(s.Actor)
	who.MustChange = s.MustChange
	return &reply[sessionBody]{Body: sessionBody{Token: s.Token, ExpiresAt: s.ExpiresAt.UTC(), Actor: who}}, nil
}

type nothing struct{}

// goodbye clears the cookie of a browser.
type goodbye struct {
	SetCookie string `header:"Set-Cookie"`
}

func (a *API) logout(c *call, _ *nothing) (*goodbye, error) {
	clear := http.Cookie{Name: a.CookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: a.Secure, SameSite: http.SameSiteLaxMode}
	return &goodbye{SetCookie: clear.String()}, a.Identity.Logout(c.ctx, c.actor)
}

func (a *API) me(c *call, _ *nothing) (*reply[actorBody], error) {
	return &reply[actorBody]{Body: actorOf(c.actor)}, nil
}

type passwordInput struct {
	Body struct {
		Current string `json:"current" maxLength:"1000"`
		New     string `json:"new" maxLength:"1000"`
	}
}

func (a *API) changePassword(c *call, in *passwordInput) (*none, error) {
	return &none{}, a.Identity.ChangePassword(c.ctx, c.actor, in.Body.Current, in.Body.New)
}

type langInput struct {
	Body struct {
		Lang string `json:"lang" enum:"zh-CN,en"`
	}
}

func (a *API) setLang(c *call, in *langInput) (*none, error) {
	return &none{}, a.Identity.SetLang(c.ctx, c.actor, in.Body.Lang)
}

type sessionLine struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" doc:"cookie or bearer"`
	IP        string    `json:"ip"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Current   bool      `json:"current"`
}

func (a *API) sessions(c *call, _ *nothing) (*reply[list[sessionLine]], error) {
	found, err := a.Identity.Sessions(c.ctx, c.actor)
	return page(each(found, func(s identity.SessionInfo) sessionLine {
		return sessionLine{ID: s.ID, Kind: string(s.Kind), IP: s.IP, Agent: s.Agent, CreatedAt: s.CreatedAt.UTC(), SeenAt: s.SeenAt.UTC(),
			ExpiresAt: s.ExpiresAt.UTC(), Current: s.Current}
	}), ""), err
}

// Case is embedded by the input of every operation on one thing.
type Case struct {
	ID string `path:"id" maxLength:"128"`
}

type oneInput struct{ Case }

func (a *API) revokeSession(c *call, in *oneInput) (*none, error) {
	return &none{}, a.Identity.RevokeSession(c.ctx, c.actor, in.ID)
}
