// Package mail sends one plain-text message to one recipient: over SMTP, or into the log
// where no server is configured. It knows no case and no person; who calls it decides what a
// failure means, helped by ErrPermanent.
package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Message is one mail. The same ID sent twice is the same mail to every mailbox that looks.
type Message struct {
	ID      string // stable Message-ID without angle brackets: left@host
	To      string // one bare address
	Subject string // one line
	Text    string
}

// Sender sends a message; nil means that the next server has taken it.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// ErrPermanent is in the chain of errors that sending the same message again cannot mend: the
// recipient is refused for good (5xx), or the message is not one.
var ErrPermanent = errors.New("mail cannot be delivered")

var messageID = regexp.MustCompile(`^[A-Za-z0-9._+=-]{1,200}@[A-Za-z0-9.-]{1,200}$`)

// check refuses what could smuggle header lines or is no address at all.
func (m Message) check() error {
	switch a, err := mail.ParseAddress(m.To); {
	case !messageID.MatchString(m.ID):
		return fmt.Errorf("%w: id %q is not left@host", ErrPermanent, m.ID)
	case err != nil || a.Address != m.To || !oneLine(m.To):
		return fmt.Errorf("%w: recipient %q is not a bare address", ErrPermanent, masked(m.To))
	case m.Subject == "" || !oneLine(m.Subject):
		return fmt.Errorf("%w: subject %q is not one line of text", ErrPermanent, m.Subject)
	case !utf8.ValidString(m.Text) || strings.ContainsRune(m.Text, 0):
		return fmt.Errorf("%w: text is not UTF-8", ErrPermanent)
	}
	return nil
}

// masked keeps of an address what tells an operator which mailbox it is without giving it away:
// the address of someone who objects to a notice is in the hands of the one clerk who answers.
func masked(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	first, size := utf8.DecodeRuneInString(local)
	if !ok || size == 0 || size == len(local) {
		return "***"
	}
	return string(first) + "***@" + domain
}

func oneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Log writes into a log what SMTP would have sent, with the address masked and without the text:
// that stands in the recipient's inbox inside the product, where only the recipient reads it.
type Log struct{ log *slog.Logger }

// NewLog returns a sender that only logs.
func NewLog(l *slog.Logger) *Log { return &Log{log: l} }

// Send logs the message; it refuses the same messages as SMTP.
func (l *Log) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	l.log.InfoContext(ctx, "mail (no SMTP server is set)", "id", m.ID, "to", masked(m.To), "subject", m.Subject)
	return nil
}
