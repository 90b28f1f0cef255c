// Package reminder turns the notices that cases put into the outbox into messages in people's
// inboxes and into mail. It owns the tables message and mail: who is told, once each, and in
// which words. It knows no case beyond what a notice says, so it cannot tell anybody more
// than that: a message is the notice's code and parameters, nothing is looked up besides.
package reminder

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/mail"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

// TopicMail asks for one mail to be sent: the row of table mail that its payload names.
const TopicMail outbox.Topic = "mail"

// Config of a reminder. Without Calendars and Desks there is no digest; the rest is required.
type Config struct {
	DB        *database.DB
	Mail      mail.Sender
	PublicURL string                                               // where people reach the product: https://host[:port][/path]
	Text      func(lang, key string, params map[string]any) string // the message catalogue
	Link      func(kind workflows.Kind, id string) string          // the path of a case below PublicURL
	// Calendars tells working days; Desks are those of every kind of case. Both are for the digest.
	Calendars casework.Calendars
	Desks     func() []casework.Desk
	DigestAt  time.Duration // hour of the day in Shanghai; 0: 08:30
}

// Reminder delivers notices and keeps inboxes.
type Reminder struct {
	Config
	host string // right half of every Message-ID
}

// New checks the public URL, because every mail carries it.
func New(c Config) (*Reminder, error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("public URL %q: want https://host", c.PublicURL)
	}
	if c.DigestAt == 0 {
		c.DigestAt = 8*time.Hour + 30*time.Minute
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	return &Reminder{Config: c, host: strings.Trim(u.Hostname(), "[]")}, nil
}

// Deliver is the handler of casework.TopicNotice and casework.TopicRemind, inside the
// transaction that marks the row done. Each recipient gets one message for each event key,
// and one mail where an address is known. A reminder whose deadline has ended, stands still
// or has moved is dropped.
func (r *Reminder) Deliver(tx *database.Tx, row outbox.Row) error {
	var n casework.Notice
	if err := json.Unmarshal([]byte(row.Payload), &n); err != nil {
		return &fault.Error{Kind: fault.Invalid, Code: "invalid", Err: fmt.Errorf("notice %s: %w", row.EventKey, err)}
	}
	if row.Topic == casework.TopicRemind {
		if ok, err := current(tx, n); err != nil || !ok {
			return err
		}
	}
	people, err := audience(tx, n)
	if err != nil {
		return fmt.Errorf("notice %s: %w", row.EventKey, err)
	}
	n.Params = counted(n, tx.Now())
	n.Params[paramTopic] = string(topicOf(n))
	for _, p := range people {
		if err := r.tell(tx, row.EventKey, n, p); err != nil {
			return fmt.Errorf("notice %s: %w", row.EventKey, err)
		}
	}
	return nil
}

func (r *Reminder) tell(tx *database.Tx, event string, n casework.Notice, p identity.Recipient) error {
	params, err := json.Marshal(n.Params)
	if err != nil {
		return err
	}
	fresh, err := insertMessage(tx, event, n, string(params), p.ID)
	if err != nil || !fresh || p.Email == "" {
		return err
	}
	if mode, err := modeFor(tx, p.ID, topicOf(n)); err != nil || mode != MailNow {
		return err
	}
	title, body := r.words(p.Lang, n.Code, n.Params)
	letter := map[string]any{"Title": title, "Text": body, "Link": r.PublicURL + r.Link(n.Kind, n.CaseID)}
	id := tx.ID()
	err = insertMail(tx, outgoing{ID: id, EventKey: event, RecipientID: p.ID, Address: p.Email,
		Subject: shorten(r.Text(p.Lang, "notice.mail.subject", letter)), Body: r.Text(p.Lang, "notice.mail.body", letter), CreatedAt: tx.Now()})
	if err != nil {
		return err
	}
	return outbox.Put(tx, outbox.Item{Key: "mail/" + event + "/" + p.ID, Topic: TopicMail, Kind: n.Kind, CaseID: n.CaseID, Payload: mailRef{Mail: id}})
}

// counted adds the figures that only the moment of delivery knows: working days left of a
// reminder, calendar days late of one after the end.
func counted(n casework.Notice, now time.Time) map[string]string {
	out := map[string]string{}
	for k, v := range n.Params {
		out[k] = v
	}
	if n.Code == "remind" && out["Left"] == "" {
		out["Left"] = out["Days"]
	}
	due, err := workflows.ParseDate(out["Due"])
	if n.Code == "overdue" && err == nil {
		late := workflows.DateOf(now).Start().Sub(due.Start())
		out["Late"] = fmt.Sprint(max(0, int(late/(24*time.Hour))))
	}
	return out
}
