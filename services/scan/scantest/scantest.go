// Package scantest is a clamd for tests: it speaks the real protocol over TCP, finds the
// harmless EICAR file, and can be told to go away and come back.
package scantest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// EICAR is what virus scanners agree to find, in two halves so that no scanner takes this
// program for it.
func EICAR() []byte {
	return []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)
}

// Clamd listens on Addr until the test ends. Limit is its StreamMaxLength in bytes.
type Clamd struct {
	Addr  string
	limit int64

	mu     sync.Mutex
	down   bool
	answer string
	scans  int
}

// New starts one.
func New(t testing.TB, limit int64) *Clamd {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	c := &Clamd{Addr: listener.Addr().String(), limit: limit}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return c
}

// Down makes it close every connection without a word, or take them again.
func (c *Clamd) Down(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// Answer makes it say that of whatever it is sent, or judge again when empty.
func (c *Clamd) Answer(words string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = words
}

// Scans is how many contents it has judged.
func (c *Clamd) Scans() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.scans
}

func (c *Clamd) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down {
		return
	}
	r := bufio.NewReader(conn)
	command, err := r.ReadString(0)
	if err != nil {
		return
	}
	switch command {
	case "zPING\x00":
		_, _ = fmt.Fprint(conn, "PONG\x00")
	case "zINSTREAM\x00":
		if answer := c.judge(r); answer != "" {
			_, _ = fmt.Fprint(conn, answer+"\x00")
		}
	default:
		_, _ = fmt.Fprint(conn, "UNKNOWN COMMAND\x00")
	}
}

// judge reads the chunks; a stream that is cut off gets no verdict.
func (c *Clamd) judge(r io.Reader) string {
	var content bytes.Buffer
	for {
		var size uint32
		if err := binary.Read(r, binary.BigEndian, &size); err != nil {
			return ""
		}
		if size == 0 {
			break
		}
		if int64(content.Len())+int64(size) > c.limit {
			return "INSTREAM size limit exceeded. ERROR"
		}
		if _, err := io.CopyN(&content, r, int64(size)); err != nil {
			return ""
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scans++
	switch {
	case c.answer != "":
		return c.answer
	case bytes.Contains(content.Bytes(), EICAR()):
		return "stream: Eicar-Signature FOUND"
	}
	return "stream: OK"
}
