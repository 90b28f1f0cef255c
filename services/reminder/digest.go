package reminder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// The topics of the daily digest.
const (
	TopicDigest     outbox.Topic = "digest"      // the digest of a day: a row for each person who takes it
	TopicDigestMail outbox.Topic = "digest_mail" // the digest of one person
)

// The digest of a day that could not go out in time is sent until this hour of the same day;
// after that the next working day tells all.
const digestUntil = 18 * time.Hour

// Bounds of what one digest names; the rest is counted.
const (
	digestSoon  = 5 // working days ahead
	digestLines = 15
)

type digestRef struct {
	Day    string `json:"day"`
	Person string `json:"person,omitempty"`
}

// PlanDigest puts the digests of today, if it is still to come or to be caught up, and of the
// next working day into the outbox. Every replica calls it as often as it likes: a day has
// one row.
func (r *Reminder) PlanDigest(tx *database.Tx) error {
	cal, err := r.Calendars.Calendar(tx)
	if err != nil {
		return err
	}
	today := workflows.DateOf(tx.Now())
	days := []workflows.Date{cal.Next(today.AddDays(1))}
	if cal.Working(today) && tx.Now().Before(today.Start().Add(digestUntil)) {
		days = append(days, today)
	}
	for _, day := range days {
		err := outbox.Put(tx, outbox.Item{Key: "digest/" + day.String(), Topic: TopicDigest, Payload: digestRef{Day: day.String()}, DueAt: day.Start().Add(r.DigestAt)})
		if err != nil {
			return err
		}
	}
	return nil
}

// SpreadDigest is the handler of TopicDigest: a row for everybody with an address who takes
// the digest. On a day that is over, or that has become a rest day since, nobody gets one.
func (r *Reminder) SpreadDigest(tx *database.Tx, row outbox.Row) error {
	ref, err := digestOf(row)
	if err != nil {
		return err
	}
	if ok, err := r.digestDay(tx, ref.Day); err != nil || !ok {
		return err
	}
	people, err := digestReaders(tx)
	if err != nil {
		return err
	}
	for _, id := range people {
		err := outbox.Put(tx, outbox.Item{Key: "digest/" + ref.Day + "/" + id, Topic: TopicDigestMail, Payload: digestRef{Day: ref.Day, Person: id}})
		if err != nil {
			return err
		}
	}
	return nil
}

func digestOf(row outbox.Row) (ref digestRef, err error) {
	if err := json.Unmarshal([]byte(row.Payload), &ref); err != nil {
		return ref, &fault.Error{Kind: fault.Invalid, Code: "invalid", Err: fmt.Errorf("digest %s: %w", row.EventKey, err)}
	}
	return ref, nil
}

// digestDay reports whether the digest of a day may go out now.
func (r *Reminder) digestDay(tx *database.Tx, day string) (bool, error) {
	cal, err := r.Calendars.Calendar(tx)
	if err != nil {
		return false, err
	}
	today := workflows.DateOf(tx.Now())
	return today.String() == day && cal.Working(today) && tx.Now().Before(today.Start().Add(digestUntil)), nil
}

// SendDigest is the handler of TopicDigestMail, outside a transaction. What it says is read
// when it is sent, so that a case from which the person has been recused is not in it. It is
// recorded as a mail; a second delivery after a crash carries the same Message-ID.
func (r *Reminder) SendDigest(ctx context.Context, row outbox.Row) (finish func(tx *database.Tx) error, err error) {
	ref, err := digestOf(row)
	if err != nil {
		return nil, err
	}
	var m outgoing
	err = r.DB.View(ctx, func(tx *database.Tx) (err error) {
		m, err = r.writeDigest(tx, ref)
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && m.Body == "" {
		return nil, nil //nolint:nilnil // nobody to tell, or nothing to say: the row is done
	}
	if err != nil {
		return nil, err
	}
	err = r.Mail.Send(ctx, mail.Message{ID: "digest-" + ref.Day + "-" + ref.Person + "@" + r.host, To: m.Address, Subject: m.Subject, Text: m.Body})
	switch {
	case errors.Is(err, mail.ErrPermanent):
		return nil, &fault.Error{Kind: fault.Invalid, Code: "mail_refused", Err: err}
	case err != nil:
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: err}
	}
	return func(tx *database.Tx) error { return keepDigest(tx, m) }, nil
}

// writeDigest is the mail of one person; without a body there is nothing to say.
func (r *Reminder) writeDigest(tx *database.Tx, ref digestRef) (m outgoing, err error) {
	if ok, err := r.digestDay(tx, ref.Day); err != nil || !ok {
		return m, err
	}
	sent, err := digestSent(tx, ref)
	if err != nil || sent {
		return m, err
	}
	a, err := identity.ActorOf(tx, ref.Person)
	if err != nil {
		return m, err
	}
	if mode, err := modeFor(tx, a.ID, Daily); err != nil || mode != MailNow {
		return m, err
	}
	parts, err := r.digestParts(tx, a)
	if err != nil || len(parts) == 0 {
		return m, err
	}
	p, err := identity.PersonBrief(tx, a.ID)
	if err != nil || p.Email == "" {
		return m, err
	}
	letter := map[string]any{"Day": day(a.Lang, ref.Day), "Text": strings.Join(parts, "\n\n"), "Link": r.PublicURL + "/", "Title": r.Text(a.Lang, "digest.title", map[string]any{"Day": day(a.Lang, ref.Day)})}
	return outgoing{ID: "", EventKey: "digest/" + ref.Day, RecipientID: a.ID, Address: p.Email, Subject: shorten(r.Text(a.Lang, "notice.mail.subject", letter)),
		Body: r.Text(a.Lang, "notice.mail.body", letter), CreatedAt: tx.Now()}, nil
}

// digestParts are the paragraphs of a digest: what is overdue, what is due soon, what is new.
func (r *Reminder) digestParts(tx *database.Tx, a identity.Actor) ([]string, error) {
	cal, err := r.Calendars.Calendar(tx)
	if err != nil {
		return nil, err
	}
	today := workflows.DateOf(tx.Now())
	until, _ := cal.Add(today, digestSoon)
	page, err := casework.Work(tx, r.Desks(), a, casework.WorkQuery{Tab: casework.TabTodo, Limit: 500})
	if err != nil {
		return nil, err
	}
	var late, soon []string
	for _, w := range page.Items {
		switch {
		case w.Overdue:
			late = append(late, r.digestLine(a.Lang, w))
		case w.DueOn != "" && w.DueOn <= until.String():
			soon = append(soon, r.digestLine(a.Lang, w))
		}
	}
	fresh, err := r.digestNews(tx, a)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, p := range []struct {
		key   string
		lines []string
	}{{"digest.late", late}, {"digest.soon", soon}, {"digest.new", fresh}} {
		if len(p.lines) > 0 {
			parts = append(parts, r.digestPart(a.Lang, p.key, p.lines))
		}
	}
	return parts, nil
}

func (r *Reminder) digestPart(lang, key string, lines []string) string {
	out := []string{r.Text(lang, key, map[string]any{"Count": len(lines)})}
	out = append(out, lines[:min(len(lines), digestLines)]...)
	if more := len(lines) - digestLines; more > 0 {
		out = append(out, r.Text(lang, "digest.more", map[string]any{"Count": more}))
	}
	return strings.Join(out, "\n")
}

func (r *Reminder) digestLine(lang string, w casework.WorkItem) string {
	state, _ := workflows.ByKind(w.Kind).State(w.State)
	p := map[string]any{"Number": oneLine(w.Number), "Title": oneLine(w.Title), "State": state.Label.In(lang), "Due": day(lang, w.DueOn)}
	if w.DueOn == "" {
		return r.Text(lang, "digest.line.open", p)
	}
	return r.Text(lang, "digest.line", p)
}

// digestNews are the unread messages since the last digest whose kind the person has asked to
// have in it.
func (r *Reminder) digestNews(tx *database.Tx, a identity.Actor) ([]string, error) {
	prefs, err := Preferences(tx, a.ID)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, p := range prefs {
		wanted[string(p.Topic)] = p.Mail == MailDigest
	}
	rows, err := newsSince(tx, a.ID)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, row := range rows {
		var params map[string]string
		if err := json.Unmarshal([]byte(row.Params), &params); err != nil {
			return nil, err
		}
		if wanted[params[paramTopic]] {
			title, _ := r.words(a.Lang, row.Code, params)
			out = append(out, r.Text(a.Lang, "digest.line.new", map[string]any{"Title": title}))
		}
	}
	return out, nil
}
