package web

import (
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/web/views"
)

type passwordForm struct {
	Current string `form:"current,512,raw"`
	New     string `form:"new,512,raw"`
	Again   string `form:"again,512,raw"`
}

// passwordPage asks for a new password: of one's own accord, or because the present one was
// issued for one login.
func (s *site) passwordPage(r *request) error { return s.showPassword(r, refusal{}) }

func (s *site) changePassword(r *request) error {
	var in passwordForm
	err := r.bind(&in)
	if err == nil && in.New != in.Again {
		err = fault.BadField("again", "password_differs")
	}
	if err == nil {
		err = s.Identity.ChangePassword(r.ctx(), r.actor, in.Current, in.New)
	}
	if err == nil {
		return r.done("/", "page.password.done")
	}
	told, err := r.refused(err, passwordLabels(r))
	if err != nil {
		return err
	}
	return s.showPassword(r, told)
}

func passwordLabels(r *request) map[string]string {
	return map[string]string{"current": r.T("page.password.current"), "new": r.T("page.password.new"), "again": r.T("page.password.again")}
}

func (s *site) showPassword(r *request, told refusal) error {
	labels := passwordLabels(r)
	field := func(name, complete string) views.Field {
		return views.Field{Name: name, Label: labels[name], Required: true, Kind: "password", Autocomplete: complete, Error: told.Of(name)}
	}
	v := views.PasswordView{Problems: told.Problems, Forced: r.actor.MustChange, Current: field("current", "current-password"),
		New: field("new", "new-password"), Again: field("again", "new-password")}
	v.New.Help = r.T("page.password.help")
	return s.simple(r, told.status(), r.T("page.password.title"), views.PasswordPage(v))
}

type languageForm struct {
	Lang string `form:"lang,10"`
}

func (s *site) changeLanguage(r *request) error {
	var in languageForm
	if err := r.bind(&in); err != nil {
		return err
	}
	if err := s.Identity.SetLang(r.ctx(), r.actor, in.Lang); err != nil {
		return err
	}
	return r.redirect("/profile?lang=" + in.Lang)
}

// profile shows one's own account: who one is, language, password, second factor, sessions.
func (s *site) profile(r *request) error { return s.showProfile(r, refusal{}, nil) }

// showProfile shows the account; enrolment is a second factor just prepared, its secret shown
// this once.
func (s *site) showProfile(r *request, told refusal, enrolment *identity.Enrolment) error {
	me, err := s.Identity.Person(r.ctx(), r.actor, r.actor.ID)
	if err != nil {
		return err
	}
	sessions, err := s.Identity.Sessions(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	v := views.ProfileView{Facts: r.personFacts(me), Lang: string(r.lang), Sessions: r.sessionTable(sessions, "/profile/sessions/"), Factor: me.SecondFactor,
		Problems: told.Problems, Langs: []views.Option{{Value: "zh-CN", Label: r.T("web.lang.zh")}, {Value: "en", Label: r.T("web.lang.en")}}}
	if enrolment != nil {
		v.Secret = enrolment.Secret
		v.QR = s.qrImage(enrolment.URL)
	}
	return s.simple(r, told.status(), r.T("web.profile"), views.ProfilePage(v))
}

// endSession ends one of one's own sessions; the present one is a logout.
func (s *site) endSession(r *request) error {
	if r.Param("id") == r.actor.SessionID {
		return s.logout(r)
	}
	if err := s.Identity.RevokeSession(r.ctx(), r.actor, r.Param("id")); err != nil {
		return err
	}
	return r.done("/profile", "page.session.ended")
}

type factorForm struct {
	Code     string `form:"code,20"`
	Password string `form:"password,512,raw"`
	Secret   string `form:"secret,100"` // shown again where the code was wrong
}

// enrolFactor prepares a second factor. Its secret is shown in the answer and nowhere else.
func (s *site) enrolFactor(r *request) error {
	e, err := s.Identity.EnrolTOTP(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	return s.showProfile(r, refusal{}, &e)
}

func (s *site) confirmFactor(r *request) error {
	var in factorForm
	if err := r.bind(&in); err != nil {
		return err
	}
	wrong := s.Identity.ConfirmTOTP(r.ctx(), r.actor, in.Code)
	if wrong == nil {
		return r.done("/profile", "page.factor.on")
	}
	told, err := r.refused(wrong, map[string]string{"code": r.T("page.login.code")})
	if err != nil || in.Secret == "" {
		return wrong
	}
	return s.showProfile(r, told, &identity.Enrolment{Secret: in.Secret})
}

func (s *site) dropFactor(r *request) error {
	var in factorForm
	if err := r.bind(&in); err != nil {
		return err
	}
	err := s.Identity.DisableTOTP(r.ctx(), r.actor, in.Password)
	if err == nil {
		return r.done("/profile", "page.factor.off")
	}
	told, err := r.refused(err, map[string]string{"password": r.T("page.login.password")})
	if err != nil {
		return err
	}
	return s.showProfile(r, told, nil)
}
