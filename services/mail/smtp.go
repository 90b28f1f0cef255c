package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// ioTimeout bounds the dialogue with the server, once for connecting and once for sending.
const ioTimeout = 10 * time.Second

// SMTP sends through one server, one connection a message.
type SMTP struct {
	host, from string
	implicit   bool        // TLS from the first byte
	tls        *tls.Config // nil: what the system trusts; only tests set it
	options    []gomail.Option
}

// NewSMTP reads smtp://user:password@host:port?starttls=… or smtps://…; the port defaults to
// 25 (587 with a user) and 465. starttls is required (the default with a user), auto (the
// default without) or off. from is the sender's address, with a name if wanted.
func NewSMTP(server, from string) (*SMTP, error) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("SMTP URL: want smtp://user:password@host:port or smtps://…") // without the URL: it has a password
	}
	if _, err := mail.ParseAddress(from); err != nil || !oneLine(from) {
		return nil, fmt.Errorf("mail sender %q is not an address", from)
	}
	s := &SMTP{host: u.Hostname(), from: from, implicit: u.Scheme == "smtps"}
	for _, read := range []func(*url.URL) ([]gomail.Option, error){portOf, securityOf, loginOf} {
		options, err := read(u)
		if err != nil {
			return nil, fmt.Errorf("SMTP URL: %w", err)
		}
		s.options = append(s.options, options...)
	}
	s.options = append(s.options, gomail.WithTimeout(ioTimeout))
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("SMTP URL: %w", err)
	}
	return s, nil
}

func portOf(u *url.URL) ([]gomail.Option, error) {
	port := 25
	switch {
	case u.Port() != "":
		n, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, fmt.Errorf("port %q is not a number", u.Port())
		}
		port = n
	case u.Scheme == "smtps":
		port = 465
	case u.User != nil:
		port = 587
	}
	return []gomail.Option{gomail.WithPort(port)}, nil
}

func securityOf(u *url.URL) ([]gomail.Option, error) {
	if u.Scheme == "smtps" {
		return []gomail.Option{gomail.WithTLSPolicy(gomail.NoTLS)}, nil // no second TLS inside the first
	}
	want := u.Query().Get("starttls")
	if want == "" && u.User != nil {
		want = "required"
	}
	switch want {
	case "required":
		return []gomail.Option{gomail.WithTLSPolicy(gomail.TLSMandatory)}, nil
	case "", "auto":
		return []gomail.Option{gomail.WithTLSPolicy(gomail.TLSOpportunistic)}, nil
	case "off":
		return []gomail.Option{gomail.WithTLSPolicy(gomail.NoTLS)}, nil
	}
	return nil, fmt.Errorf("starttls=%s: want required, auto or off", want)
}

// loginOf lets a password go over an open line only where starttls=off says so in words. With
// smtps the line is never open, which the library cannot see because we dial it ourselves.
func loginOf(u *url.URL) ([]gomail.Option, error) {
	if u.User == nil {
		return nil, nil
	}
	password, _ := u.User.Password()
	auth := gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover)
	switch {
	case u.Scheme == "smtps":
		auth = gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin)
	case u.Query().Get("starttls") == "off":
		auth = gomail.WithSMTPAuth(gomail.SMTPAuthPlainNoEnc)
	}
	return []gomail.Option{auth, gomail.WithUsername(u.User.Username()), gomail.WithPassword(password)}, nil
}

// Send delivers the message to the server. ErrPermanent: the server refuses the recipient or
// the message for good. Everything else, a refused login too, may be mended and tried again.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	if err := s.deliver(ctx, m); err != nil {
		return &failure{err: err, to: m.To}
	}
	return nil
}

// failure is an error whose text does not name the recipient: servers repeat the address they
// refuse, and the text ends up in the log and beside the message in the outbox.
type failure struct {
	err error
	to  string
}

func (f *failure) Error() string { return strings.ReplaceAll(f.err.Error(), f.to, masked(f.to)) }
func (f *failure) Unwrap() error { return f.err }

func (s *SMTP) deliver(ctx context.Context, m Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPermanent, err)
	}
	line := &line{ctx: ctx, implicit: s.implicit, tls: s.tls}
	defer line.close()
	options := append(slices.Clone(s.options), gomail.WithDialContextFunc(line.dial))
	if s.tls != nil {
		options = append(options, gomail.WithTLSConfig(s.tls))
	}
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return fmt.Errorf("mail %s: %w", m.ID, err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	switch {
	case err == nil || msg.IsDelivered(): // a farewell that fails does not take the mail back
		return nil
	case refused(err):
		return fmt.Errorf("%w: mail %s: %w", ErrPermanent, m.ID, err)
	}
	return fmt.Errorf("mail %s: %w", m.ID, err)
}

// line is the connection of one mail. The library heeds the context only while it dials, and
// forgets the connection when the login fails; the line is closed in both cases.
type line struct {
	ctx      context.Context
	implicit bool
	tls      *tls.Config
	conn     net.Conn
	stop     func() bool
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dial := new(net.Dialer).DialContext
	if l.implicit {
		dial = (&tls.Dialer{Config: l.tls}).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	l.stop = context.AfterFunc(l.ctx, func() { _ = conn.Close() })
	return conn, nil
}

func (l *line) close() {
	if l.conn == nil {
		return
	}
	l.stop()
	_ = l.conn.Close()
}

func (s *SMTP) compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingB64))
	if err := msg.From(s.from); err != nil {
		return nil, err
	}
	if err := msg.To(m.To); err != nil {
		return nil, err
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.ID)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}

// refused reports whether the server gave a 5xx answer to the recipient or to the content.
func refused(err error) bool {
	var e *gomail.SendError
	if !errors.As(err, &e) || e.ErrorCode() < 500 || e.ErrorCode() > 599 {
		return false
	}
	return e.Reason == gomail.ErrSMTPRcptTo || e.Reason == gomail.ErrSMTPData || e.Reason == gomail.ErrSMTPDataClose
}
