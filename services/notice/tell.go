package notice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/mail"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

// TopicObjector tells an objector by mail how the objection ended; its handler is TellObjector.
const TopicObjector outbox.Topic = "objector"

type toldOf struct {
	Objection string `json:"objection"`
}

// tellObjector puts the mail to whoever gave an address, once the objection has ended. The row
// names the objection alone: the contact stays where the commission reads it.
func (s *Service) tellObjector(tx *database.Tx, l loaded, out casework.Outcome) error {
	state, _ := workflows.Objection.State(out.State)
	if !state.Final || !strings.Contains(l.Contact, "@") {
		return nil
	}
	return outbox.Put(tx, outbox.Item{Key: fmt.Sprintf("objector/%s/%d", l.ID, out.Version), Topic: TopicObjector, Kind: s.Kind(), CaseID: l.ID,
		Payload: toldOf{Objection: l.ID}})
}

// TellObjector handles TopicObjector, outside a transaction. A second delivery sends the same
// mail under the same Message-ID. What can never be delivered is a fault that operators see.
func (s *Service) TellObjector(ctx context.Context, job outbox.Row) (finish func(tx *database.Tx) error, err error) {
	var in toldOf
	if err := json.Unmarshal([]byte(job.Payload), &in); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	m, err := s.letterTo(ctx, in.Objection)
	if err != nil || s.Mail == nil {
		return nil, err
	}
	err = s.Mail.Send(ctx, m)
	switch {
	case errors.Is(err, mail.ErrPermanent):
		return nil, &fault.Error{Kind: fault.Invalid, Code: "mail_refused", Err: err}
	case err != nil:
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: err}
	}
	return nil, nil
}

// letterTo writes in both languages: nobody has asked the objector for one.
func (s *Service) letterTo(ctx context.Context, id string) (m mail.Message, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		var o objection
		if err := tx.One(&o, "SELECT "+objectionColumns+" FROM objection o WHERE o.id = ?", id); err != nil {
			return err
		}
		n, err := noticeOf(tx, o)
		if err != nil {
			return err
		}
		state, _ := workflows.Objection.State(workflows.State(o.Status))
		var texts, subjects []string
		for _, lang := range []string{"zh-CN", "en"} {
			subjects = append(subjects, s.Text(lang, "objector.mail.subject", map[string]any{"Number": o.Number}))
			texts = append(texts, s.Text(lang, "objector.mail.body", map[string]any{"Title": n.Title, "Notice": n.Number, "Number": o.Number,
				"State": state.Public.In(lang), "Link": strings.TrimRight(s.PublicURL, "/") + "/objections/track"}))
		}
		m = mail.Message{ID: "objection-" + o.ID + "@" + s.host(), To: o.Contact, Subject: strings.Join(subjects, " / "),
			Text: strings.Join(texts, "\n\n")}
		return nil
	})
	return m, err
}

// host is the right half of a Message-ID.
func (s *Service) host() string {
	if u, err := url.Parse(s.PublicURL); err == nil && u.Hostname() != "" {
		return strings.Trim(u.Hostname(), "[]")
	}
	return "localhost"
}
