package web

import (
	"errors"
	"net/http"
	"strings"

	"clusterzone/services/agenda"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/reminder"
	"clusterzone/services/web/views"
)

// noticesPage is how one hears of what happens: mail by kind of notice, and the calendar feed.
func (s *site) noticesPage(r *request) error { return s.showPreferences(r, refusal{}, "") }

type preferenceForm struct {
	Mail map[string]string `form:"mail.*"`
}

func (s *site) savePreferences(r *request) error {
	var in preferenceForm
	err := r.bind(&in)
	if err == nil {
		chosen := map[reminder.Topic]reminder.Mode{}
		for name, mode := range in.Mail {
			chosen[reminder.Topic(strings.TrimPrefix(name, "mail."))] = reminder.Mode(mode)
		}
		err = r.update(func(tx *database.Tx) error { return reminder.SetPreferences(tx, r.actor.ID, chosen) })
	}
	if err == nil {
		return r.done("/profile/notices", "prefer.saved")
	}
	told, err := r.refused(preferenceFields(err), preferenceLabels(r))
	if err != nil {
		return err
	}
	return s.showPreferences(r, told, "")
}

// preferenceFields names the fields of the form where the service names kinds.
func preferenceFields(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) == 0 {
		return err
	}
	out := *f
	out.Fields = nil
	for _, field := range f.Fields {
		if !strings.HasPrefix(field.Path, "mail.") {
			field.Path = "mail." + field.Path
		}
		out.Fields = append(out.Fields, field)
	}
	return &out
}

func preferenceLabels(r *request) map[string]string {
	out := map[string]string{}
	for _, t := range reminder.Topics() {
		out["mail."+string(t.Topic)] = r.T("prefer.topic." + string(t.Topic))
	}
	return out
}

// showPreferences shows the page; token is that of a feed just made, told this once.
func (s *site) showPreferences(r *request, told refusal, token string) error {
	var prefs []reminder.Preference
	err := r.view(func(tx *database.Tx) (err error) {
		prefs, err = reminder.Preferences(tx, r.actor.ID)
		return err
	})
	if err != nil {
		return err
	}
	feed, has, err := s.Feeds.Of(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	v := views.PreferencesView{Problems: told.Problems, HasFeed: has}
	for _, p := range prefs {
		v.Fields = append(v.Fields, r.preference(p, told))
	}
	if has {
		v.FeedMade = r.scope.DateTime(feed.CreatedAt)
		if feed.ReadAt != nil {
			v.FeedRead = r.scope.DateTime(*feed.ReadAt)
		}
	}
	if token != "" {
		v.Address = s.PublicURL + agenda.Path(token)
		r.Header("Cache-Control", "no-store")
	}
	return s.simple(r, told.status(), r.T("prefer.title"), views.PreferencesPage(v))
}

func (r *request) preference(p reminder.Preference, told refusal) views.Preference {
	name := "mail." + string(p.Topic)
	out := views.Preference{Bound: p.Bound(), Field: views.Field{Name: name, Label: r.T("prefer.topic." + string(p.Topic)), Help: r.T("prefer.topic." + string(p.Topic) + ".help"),
		Value: string(p.Mail), Error: told.Of(name)}}
	for _, m := range p.Choices {
		out.Field.Options = append(out.Field.Options, views.Option{Value: string(m), Label: r.T("prefer.mail." + string(m))})
	}
	return out
}

// renewFeed makes the feed or gives it a new address, which stands in this answer alone.
func (s *site) renewFeed(r *request) error {
	token, err := s.Feeds.Renew(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	return s.showPreferences(r, refusal{}, token)
}

func (s *site) revokeFeed(r *request) error {
	if err := s.Feeds.Revoke(r.ctx(), r.actor); err != nil {
		return err
	}
	return r.done("/profile/notices", "feed.revoked")
}

// feed is the calendar behind a private address. It asks for no session; an address that is
// wrong, revoked or renewed is the same page as any that does not exist.
func (s *site) feed(r *request) error {
	token, ok := strings.CutSuffix(r.Param("code"), ".ics")
	if !ok {
		return fault.Missing()
	}
	text, err := s.Feeds.Read(r.ctx(), token, r.ClientIP())
	if err != nil {
		return err
	}
	h := r.Writer.Header()
	s.render.Headers(h)
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="due-dates.ics"`)
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Robots-Tag", "noindex")
	r.Writer.WriteHeader(http.StatusOK)
	_, _ = r.Writer.Write(text) // the answer is on its way: who went away is no error of ours
	return nil
}
