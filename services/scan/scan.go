// Package scan asks a clamd, the daemon of ClamAV, whether content carries malicious code. It
// speaks the INSTREAM protocol over TCP or a unix socket and knows nothing of files or cases.
package scan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// What a caller acts on. Any other error means that clamd could not be asked, and that the same
// call may succeed later.
var (
	// ErrInfected says that clamd found something.
	ErrInfected = errors.New("malicious code found")
	// ErrUnscannable says that clamd cannot judge this content: larger than its limit
	// (StreamMaxLength), encrypted, or broken.
	ErrUnscannable = errors.New("content cannot be scanned")
)

// chunk is how many bytes go to clamd at a time.
const chunk = 64 << 10

// Config names a clamd. Addr is host:port, or the path of a unix socket. MaxBytes is the size
// from which content is not sent at all, no limit when 0: clamd's StreamMaxLength. Timeout
// bounds the connection and each wait for clamd to take or say something, 30 s when 0; clamd
// itself looks at the whole before it answers, so the answer has Patience, 5 min when 0.
type Config struct {
	Addr              string
	MaxBytes          int64
	Timeout, Patience time.Duration
}

// Clamd is a client; it keeps no connection between two calls.
type Clamd struct{ Config }

// New returns a client for the clamd at c.Addr, which is not called yet.
func New(c Config) (*Clamd, error) {
	if c.Addr == "" {
		return nil, errors.New("scan: the address of clamd is not set")
	}
	if !strings.Contains(c.Addr, "/") {
		if _, _, err := net.SplitHostPort(c.Addr); err != nil {
			return nil, fmt.Errorf("scan: address of clamd %q is neither host:port nor a path: %w", c.Addr, err)
		}
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Patience == 0 {
		c.Patience = 5 * time.Minute
	}
	return &Clamd{c}, nil
}

// Ping says whether clamd answers.
func (c *Clamd) Ping(ctx context.Context) error {
	answer, err := c.ask(ctx, "zPING\x00", nil)
	if err == nil && answer != "PONG" {
		err = fmt.Errorf("clamd says %q", answer)
	}
	if err != nil {
		return fmt.Errorf("scan: ping: %w", err)
	}
	return nil
}

// Scan sends content of size bytes. It returns nil for clean content, and otherwise what clamd
// said with ErrInfected or ErrUnscannable, or why clamd could not be asked.
func (c *Clamd) Scan(ctx context.Context, content io.Reader, size int64) (string, error) {
	if c.MaxBytes > 0 && size > c.MaxBytes {
		return "size", fmt.Errorf("scan: %w: %d bytes, clamd takes %d", ErrUnscannable, size, c.MaxBytes)
	}
	answer, err := c.ask(ctx, "zINSTREAM\x00", content)
	if err != nil {
		return "", fmt.Errorf("scan: %w", err)
	}
	detail, err := verdictOf(answer)
	if err != nil {
		return detail, fmt.Errorf("scan: %w", err)
	}
	return "", nil
}

// verdictOf reads "stream: OK", "stream: Name FOUND" or "… ERROR".
func verdictOf(answer string) (string, error) {
	said := strings.TrimPrefix(answer, "stream: ")
	if said == "OK" {
		return "", nil
	}
	if name, ok := strings.CutSuffix(said, " FOUND"); ok {
		// These say that clamd did not see the whole.
		if strings.HasPrefix(name, "Heuristics.Encrypted") {
			return "encrypted", fmt.Errorf("%w: %s", ErrUnscannable, name)
		}
		if strings.HasPrefix(name, "Heuristics.Limits.Exceeded") {
			return "size", fmt.Errorf("%w: %s", ErrUnscannable, name)
		}
		return name, fmt.Errorf("%w: %s", ErrInfected, name)
	}
	if strings.Contains(said, "size limit exceeded") {
		return "size", fmt.Errorf("%w: %s", ErrUnscannable, said)
	}
	if said == "" {
		return "", errors.New("clamd closed the connection without an answer")
	}
	return "", fmt.Errorf("clamd says %q", said)
}

// ask sends a command and perhaps content, and returns the answer.
func (c *Clamd) ask(ctx context.Context, command string, content io.Reader) (string, error) {
	network := "tcp"
	if strings.Contains(c.Addr, "/") {
		network = "unix"
	}
	dialer := net.Dialer{Timeout: c.Timeout}
	conn, err := dialer.DialContext(ctx, network, c.Addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	sendErr := c.send(conn, command, content)
	if source, ok := errors.AsType[sourceError](sendErr); ok {
		return "", source.err
	}
	// A clamd that takes no more says why before it closes; that is worth more than the
	// error of writing to it.
	wait := c.Patience
	if sendErr != nil || content == nil {
		wait = c.Timeout
	}
	if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(io.LimitReader(conn, 4<<10)).ReadString(0)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	answer = strings.TrimSpace(strings.TrimRight(answer, "\x00"))
	if answer != "" {
		return answer, nil
	}
	return "", errors.Join(sendErr, err)
}

// sourceError is a failure to read what was to be scanned.
type sourceError struct{ err error }

func (e sourceError) Error() string { return e.err.Error() }

// send writes the command and the content in chunks, each with its length in four bytes; a
// length of zero ends it. After a failing source nothing ends it: half a file is no clean file.
func (c *Clamd) send(conn net.Conn, command string, content io.Reader) error {
	write := func(p []byte) error {
		if err := conn.SetWriteDeadline(time.Now().Add(c.Timeout)); err != nil {
			return err
		}
		_, err := conn.Write(p)
		return err
	}
	if err := write([]byte(command)); err != nil || content == nil {
		return err
	}
	buf := make([]byte, 4+chunk)
	for {
		n, err := io.ReadFull(content, buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n)) //nolint:gosec // at most chunk
			if err := write(buf[:4+n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return write([]byte{0, 0, 0, 0})
		case err != nil:
			_ = conn.Close()
			return sourceError{err}
		}
	}
}
