package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink is a real SMTP server on loopback that keeps what it is given.
type sink struct {
	mu       sync.Mutex
	received []string
	to       []string
	user     string
	refuse   map[string]int // recipient → code
	content  int            // code for every content, 0: taken
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{sink: s}, nil }

type session struct {
	*sink
	rcpt string
}

func (*session) Reset()                               {}
func (*session) Logout() error                        { return nil }
func (*session) Mail(string, *smtp.MailOptions) error { return nil }
func (*session) AuthMechanisms() []string             { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "p@ss" {
			return smtp.ErrAuthFailed
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.user = user
		return nil
	}), nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if code := s.refuse[to]; code != 0 {
		return &smtp.SMTPError{Code: code, Message: "<" + to + "> not here"}
	}
	s.rcpt = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.content != 0 {
		return &smtp.SMTPError{Code: s.content, Message: "content refused"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received, s.to = append(s.received, string(text)), append(s.to, s.rcpt)
	return nil
}

// serve starts the sink and returns host:port. Exactly one of plain, STARTTLS and TLS.
func serve(t *testing.T, s *sink, starttls, implicit *tls.Config) string {
	t.Helper()
	server := smtp.NewServer(s)
	server.Domain, server.AllowInsecureAuth, server.TLSConfig = "localhost", true, starttls
	server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if implicit != nil {
		listener = tls.NewListener(listener, implicit)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { // Close misses a listener that Serve has not taken up yet
		_ = server.Close()
		_ = listener.Close()
		<-done
	})
	return listener.Addr().String()
}

// certificates makes a certificate for 127.0.0.1 and the client side that trusts it.
func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
}

func newSMTP(t *testing.T, url string) *SMTP {
	t.Helper()
	s, err := NewSMTP(url, "集聚示范区 <noreply@example.test>")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var message = Message{ID: "0190-a@zones.example.test", To: "filler@example.test",
	Subject: "渝集聚申〔2026〕3号：待受理，请于十一月三十日前办理完毕并及时反馈情况", Text: "《观音桥综合服务集聚示范区》已办理“审签”。\n\n第二段：100 % & <ok>\n.\n末行"}

func TestChineseArrivesIntact(t *testing.T) {
	s := &sink{}
	sender := newSMTP(t, "smtp://"+serve(t, s, nil, nil))
	for range 2 {
		if err := sender.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{message.To, message.To}, s.to); diff != "" {
		t.Errorf("recipients (-want +got):\n%s", diff)
	}
	for _, raw := range s.received {
		got, err := netmail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
		if err != nil || subject != message.Subject {
			t.Errorf("subject: got %q, %v, want %q", subject, err, message.Subject)
		}
		if id := got.Header.Get("Message-Id"); id != "<"+message.ID+">" {
			t.Errorf("message id: got %q, want <%s>", id, message.ID)
		}
		body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, got.Body))
		if text := strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n"); err != nil || text != message.Text {
			t.Errorf("text: got %q, %v, want %q", text, err, message.Text)
		}
		if h := got.Header.Get("Content-Type"); !strings.Contains(strings.ToLower(h), "utf-8") {
			t.Errorf("content type %q names no UTF-8", h)
		}
	}
}

func TestSecureTransports(t *testing.T) {
	server, client := certificates(t)
	tests := []struct {
		name, scheme, query string
		starttls, implicit  *tls.Config
		trust               bool
		ok                  bool
	}{
		{"smtps", "smtps", "", nil, server, true, true},
		{"smtps, unknown certificate", "smtps", "", nil, server, false, false},
		{"starttls required and offered", "smtp", "", server, nil, true, true},
		{"starttls required and not offered", "smtp", "", nil, nil, true, false},
		{"off, password in the clear by express wish", "smtp", "?starttls=off", nil, nil, false, true},
		{"auto never sends a password in the clear", "smtp", "?starttls=auto", nil, nil, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &sink{}
			sender := newSMTP(t, tt.scheme+"://robot:p%40ss@"+serve(t, s, tt.starttls, tt.implicit)+tt.query)
			if tt.trust {
				sender.tls = client
			}
			err := sender.Send(t.Context(), message)
			if (err == nil) != tt.ok || errors.Is(err, ErrPermanent) {
				t.Fatalf("got %v, want ok=%v and nothing permanent", err, tt.ok)
			}
			if tt.ok != (s.user == "robot") || tt.ok != (len(s.received) == 1) {
				t.Errorf("user %q, %d mails", s.user, len(s.received))
			}
		})
	}
}

func TestFailures(t *testing.T) {
	wrongLogin := &sink{}
	refusing := &sink{refuse: map[string]int{"gone@example.test": 550, "later@example.test": 451}}
	content := &sink{content: 554}
	tests := []struct {
		name, url, to string
		permanent     bool
	}{
		{"unknown recipient", "smtp://" + serve(t, refusing, nil, nil), "gone@example.test", true},
		{"greylisted recipient", "smtp://" + serve(t, refusing, nil, nil), "later@example.test", false},
		{"refused content", "smtp://" + serve(t, content, nil, nil), "a@example.test", true},
		{"wrong password is for the operator to mend", "smtp://u:wrong@" + serve(t, wrongLogin, nil, nil) + "?starttls=off", "a@example.test", false},
		{"nobody listens", "smtp://127.0.0.1:1", "a@example.test", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := message
			m.To = tt.to
			err := newSMTP(t, tt.url).Send(t.Context(), m)
			if err == nil || errors.Is(err, ErrPermanent) != tt.permanent {
				t.Errorf("got %v, want an error with permanent=%v", err, tt.permanent)
			}
			if strings.Contains(err.Error(), tt.to) {
				t.Errorf("the error names the recipient: %v", err)
			}
		})
	}
}

// A server that takes the connection and says nothing does not hold the caller beyond ctx.
func TestSilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	err = newSMTP(t, "smtp://"+listener.Addr().String()).Send(ctx, message)
	if err == nil || time.Since(begin) > 3*time.Second {
		t.Errorf("got %v after %v", err, time.Since(begin))
	}
}

func TestInjectionIsRefused(t *testing.T) {
	s := &sink{}
	senders := map[string]Sender{"smtp": newSMTP(t, "smtp://"+serve(t, s, nil, nil)), "log": NewLog(slog.New(slog.DiscardHandler))}
	tests := map[string]func(*Message){
		"subject":         func(m *Message) { m.Subject = "a\r\nBcc: thief@example.test" },
		"subject, bare":   func(m *Message) { m.Subject = "a\nb" },
		"recipient":       func(m *Message) { m.To = "a@example.test\r\nBcc: thief@example.test" },
		"two recipients":  func(m *Message) { m.To = "a@example.test, thief@example.test" },
		"recipient named": func(m *Message) { m.To = "Chief <a@example.test>" },
		"id":              func(m *Message) { m.ID = "a@b>\r\nBcc: thief@example.test" },
		"empty subject":   func(m *Message) { m.Subject = "" },
		"text":            func(m *Message) { m.Text = "\xff" },
	}
	for sender, to := range senders {
		for name, spoil := range tests {
			m := message
			spoil(&m)
			if err := to.Send(t.Context(), m); !errors.Is(err, ErrPermanent) {
				t.Errorf("%s, %s: got %v, want it refused", sender, name, err)
			}
		}
	}
	if len(s.received) != 0 {
		t.Errorf("the server received %q", s.received)
	}
}

// An address identifies a person, an objector too: the log shows no more than its first letter
// and its domain.
func TestLogTellsWhichMailButNotWhat(t *testing.T) {
	var out bytes.Buffer
	if err := NewLog(slog.New(slog.NewTextHandler(&out, nil))).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, message.To) || !strings.Contains(got, masked(message.To)) || !strings.Contains(got, message.ID) || strings.Contains(got, "第二段") {
		t.Errorf("log line: %s", got)
	}
}

func TestMasked(t *testing.T) {
	for address, want := range map[string]string{
		"zhang.san@example.test": "z***@example.test",
		"张三@example.test":        "张***@example.test",
		"a@example.test":         "***",
		"@example.test":          "***",
		"13800000000":            "***",
		"":                       "***",
	} {
		if got := masked(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for _, url := range []string{"", "smtp://", "http://host", "smtp://host:x", "smtp://host:70000", "smtp://host?starttls=maybe", "smtp://u:geheim@ho st"} {
		if _, err := NewSMTP(url, "a@example.test"); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: got %v", url, err)
		}
	}
	for _, from := range []string{"", "nobody", "a@example.test\r\nBcc: b@example.test"} {
		if _, err := NewSMTP("smtp://host", from); err == nil {
			t.Errorf("sender %q was taken", from)
		}
	}
}
