package api

import (
	"time"

	"clusterzone/services/agenda"
	"clusterzone/services/database"
	"clusterzone/services/reminder"
)

type preferenceLine struct {
	Kind    reminder.Topic  `json:"kind"`
	Mail    reminder.Mode   `json:"mail"`
	Choices []reminder.Mode `json:"choices" doc:"a single one: sent by rule"`
}

func (a *API) preferences(c *call, _ *nothing) (*reply[list[preferenceLine]], error) {
	var prefs []reminder.Preference
	err := a.DB.View(c.ctx, func(tx *database.Tx) (err error) {
		prefs, err = reminder.Preferences(tx, c.actor.ID)
		return err
	})
	return page(each(prefs, func(p reminder.Preference) preferenceLine {
		return preferenceLine{Kind: p.Topic, Mail: p.Mail, Choices: p.Choices}
	}), ""), err
}

type preferenceChoice struct {
	Kind string `json:"kind" maxLength:"40"`
	Mode string `json:"mode" maxLength:"10"`
}

type preferencesInput struct {
	Body struct {
		Mail []preferenceChoice `json:"mail" maxItems:"20" doc:"kinds that are not named stay as they are"`
	}
}

func (a *API) setPreferences(c *call, in *preferencesInput) (*none, error) {
	chosen := map[reminder.Topic]reminder.Mode{}
	for _, m := range in.Body.Mail {
		chosen[reminder.Topic(m.Kind)] = reminder.Mode(m.Mode)
	}
	return &none{}, a.DB.Update(c.ctx, func(tx *database.Tx) error { return reminder.SetPreferences(tx, c.actor.ID, chosen) })
}

type feedBody struct {
	Exists    bool       `json:"exists"`
	CreatedAt *time.Time `json:"created_at,omitempty"`
	ReadAt    *time.Time `json:"read_at,omitempty" doc:"last fetched, to the hour"`
	URL       string     `json:"url,omitempty" doc:"only in the answer that made it"`
}

func (a *API) feed(c *call, _ *nothing) (*reply[feedBody], error) {
	f, ok, err := a.Feeds.Of(c.ctx, c.actor)
	if err != nil || !ok {
		return &reply[feedBody]{}, err
	}
	return &reply[feedBody]{Body: feedBody{Exists: true, CreatedAt: utc(&f.CreatedAt), ReadAt: utc(f.ReadAt)}}, nil
}

func (a *API) renewFeed(c *call, _ *keyedInput) (*reply[feedBody], error) {
	token, err := a.Feeds.Renew(c.ctx, c.actor)
	if err != nil {
		return nil, err
	}
	return &reply[feedBody]{Body: feedBody{Exists: true, URL: a.PublicURL + agenda.Path(token)}}, nil
}

func (a *API) revokeFeed(c *call, _ *nothing) (*none, error) {
	return &none{}, a.Feeds.Revoke(c.ctx, c.actor)
}
