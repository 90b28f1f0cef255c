package reminder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/mail"
	"clusterzone/services/outbox"
)

type mailRef struct {
	Mail string `json:"mail"`
}

// SendMail is the handler of TopicMail, outside a transaction: it sends, and returns what
// records the instant. A mail that is sent already, or whose recipient has since been recused
// or shut out, is not sent. What can never be delivered is a fault that operators see;
// everything else may be tried again, under the same Message-ID.
func (r *Reminder) SendMail(ctx context.Context, row outbox.Row) (finish func(tx *database.Tx) error, err error) {
	var ref mailRef
	if err := json.Unmarshal([]byte(row.Payload), &ref); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "invalid", Err: fmt.Errorf("mail %s: %w", row.EventKey, err)}
	}
	var m outgoing
	var wanted bool
	err = r.DB.View(ctx, func(tx *database.Tx) (err error) {
		m, wanted, err = loadMail(tx, ref.Mail)
		return err
	})
	if err != nil || !wanted {
		return nil, err
	}
	err = r.Mail.Send(ctx, mail.Message{ID: m.ID + "@" + r.host, To: m.Address, Subject: m.Subject, Text: m.Body})
	switch {
	case errors.Is(err, mail.ErrPermanent):
		return nil, &fault.Error{Kind: fault.Invalid, Code: "mail_refused", Err: err}
	case err != nil:
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: err}
	}
	return func(tx *database.Tx) error { return markSent(tx, m.ID) }, nil
}
