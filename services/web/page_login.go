package web

import (
	"clusterzone/services/identity"
	"clusterzone/services/web/views"
)

type loginForm struct {
	Login    string `form:"login,64"`
	Password string `form:"password,512,raw"`
	Code     string `form:"code,20"`
	Next     string `form:"next,2000"`
}

// loginPage shows the login; who is logged in goes on.
func (s *site) loginPage(r *request) error {
	if r.loggedIn() {
		return r.redirect(back(r.Query("next")))
	}
	return s.showLogin(r, loginForm{Next: r.Query("next")}, refusal{})
}

// login opens a session under a new token and leads to where the person wanted to go.
func (s *site) login(r *request) error {
	var in loginForm
	err := r.bind(&in)
	var session identity.Session
	if err == nil {
		session, err = s.Identity.Login(r.ctx(), identity.Credentials{Login: in.Login, Password: in.Password, TOTP: in.Code,
			Kind: identity.Cookie, IP: r.ClientIP(), Agent: r.Request.UserAgent()})
	}
	if err == nil {
		s.setSession(r.Writer, session.Token)
		if session.MustChange {
			return r.redirect("/profile/password")
		}
		return r.redirect(back(in.Next))
	}
	told, err := r.refused(err, map[string]string{"login": r.T("page.login.name"), "password": r.T("page.login.password"), "code": r.T("page.login.code")})
	if err != nil {
		return err
	}
	return s.showLogin(r, in, told)
}

func (s *site) showLogin(r *request, in loginForm, told refusal) error {
	v := views.LoginView{Next: back(in.Next), Problems: told.Problems,
		Login:    views.Field{Name: "login", Label: r.T("page.login.name"), Value: in.Login, Required: true, Autocomplete: "username", Max: 64},
		Password: views.Field{Name: "password", Label: r.T("page.login.password"), Required: true, Kind: "password", Autocomplete: "current-password"}}
	if told.Told.Code == "second_factor_required" || in.Code != "" {
		v.Code = &views.Field{Name: "code", Label: r.T("page.login.code"), Help: r.T("page.login.code.help"), Required: true, Autocomplete: "one-time-code", Max: 10}
	}
	return s.simple(r, told.status(), r.T("page.login.title"), views.LoginPage(v))
}

// logout ends the session here and on the server.
func (s *site) logout(r *request) error {
	if err := s.Identity.Logout(r.ctx(), r.actor); err != nil {
		return err
	}
	s.setSession(r.Writer, "")
	return r.done("/login", "page.logout.done")
}
