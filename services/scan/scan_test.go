package scan_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"clusterzone/services/scan"
	"clusterzone/services/scan/scantest"
)

func client(t *testing.T, addr string, change ...func(*scan.Config)) *scan.Clamd {
	t.Helper()
	config := scan.Config{Addr: addr, Timeout: 2 * time.Second, Patience: 5 * time.Second}
	for _, f := range change {
		f(&config)
	}
	c, err := scan.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerdicts(t *testing.T) {
	large := bytes.Repeat([]byte("clean "), 50_000)
	for _, test := range []struct {
		name, answer, detail string
		content              []byte
		want                 error
	}{
		{name: "clean", content: []byte("an application")},
		{name: "clean, of several chunks", content: large},
		{name: "empty"},
		{name: "infected", content: scantest.EICAR(), detail: "Eicar-Signature", want: scan.ErrInfected},
		{name: "infected at its end", content: append(bytes.Clone(large), scantest.EICAR()...), detail: "Eicar-Signature", want: scan.ErrInfected},
		{name: "over the limit of clamd", content: bytes.Repeat([]byte("x"), 600_000), detail: "size", want: scan.ErrUnscannable},
		{name: "encrypted", answer: "stream: Heuristics.Encrypted.PDF FOUND", detail: "encrypted", want: scan.ErrUnscannable},
		{name: "deeper than clamd looks", answer: "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", detail: "size", want: scan.ErrUnscannable},
	} {
		t.Run(test.name, func(t *testing.T) {
			clamd := scantest.New(t, 500_000)
			clamd.Answer(test.answer)
			detail, err := client(t, clamd.Addr).Scan(t.Context(), bytes.NewReader(test.content), int64(len(test.content)))
			if detail != test.detail || !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("got %q, %v, want %q, %v", detail, err, test.detail, test.want)
			}
		})
	}
}

// What is no verdict is never taken for one.
func TestNoVerdict(t *testing.T) {
	clamd := scantest.New(t, 1<<20)
	final := func(err error) bool {
		return err == nil || errors.Is(err, scan.ErrInfected) || errors.Is(err, scan.ErrUnscannable)
	}
	for _, answer := range []string{"stream: Can't allocate memory ERROR", "UNKNOWN COMMAND", "stream: OKAY"} {
		clamd.Answer(answer)
		if _, err := client(t, clamd.Addr).Scan(t.Context(), strings.NewReader("x"), 1); final(err) {
			t.Errorf("clamd says %q: got %v", answer, err)
		}
	}
	clamd.Answer("")
	broken := errors.New("the disk is broken")
	if _, err := client(t, clamd.Addr).Scan(t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)), 8); !errors.Is(err, broken) {
		t.Errorf("a source that fails: got %v", err)
	}
	if n := clamd.Scans(); n != 3 {
		t.Errorf("half a file was judged: %d scans", n)
	}
	clamd.Down(true)
	if _, err := client(t, clamd.Addr).Scan(t.Context(), strings.NewReader("x"), 1); final(err) {
		t.Errorf("clamd hangs up: got %v", err)
	}
	if err := client(t, clamd.Addr).Ping(t.Context()); err == nil {
		t.Error("clamd hangs up, and the ping succeeds")
	}
	clamd.Down(false)
	if err := client(t, clamd.Addr).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// A clamd that falls silent holds nobody for longer than agreed.
func TestSilence(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	c := client(t, listener.Addr().String(), func(c *scan.Config) { c.Timeout, c.Patience = 100*time.Millisecond, 200*time.Millisecond })
	start := time.Now()
	if _, err := c.Scan(t.Context(), strings.NewReader("x"), 1); err == nil || time.Since(start) > 3*time.Second {
		t.Errorf("got %v after %s", err, time.Since(start))
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	patient := client(t, listener.Addr().String())
	if _, err := patient.Scan(ctx, strings.NewReader("x"), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up: got %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for addr, good := range map[string]bool{"127.0.0.1:3310": true, "clamav:3310": true, "/run/clamav/clamd.ctl": true, "": false, "clamav": false} {
		if _, err := scan.New(scan.Config{Addr: addr}); (err == nil) != good {
			t.Errorf("%q: got %v", addr, err)
		}
	}
	c := client(t, "127.0.0.1:1", func(c *scan.Config) { c.MaxBytes = 10 })
	if _, err := c.Scan(t.Context(), strings.NewReader("x"), 11); !errors.Is(err, scan.ErrUnscannable) {
		t.Errorf("over our own limit: got %v", err)
	}
}

// TestRealClamd runs where the environment names a clamd whose database knows EICAR.
func TestRealClamd(t *testing.T) {
	addr := os.Getenv("CLUSTERZONE_TEST_CLAMD_ADDR")
	if addr == "" {
		t.Skip("no clamd to test with")
	}
	c := client(t, addr, func(c *scan.Config) { c.Timeout, c.Patience = 10*time.Second, time.Minute })
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Scan(t.Context(), bytes.NewReader(scantest.EICAR()), int64(len(scantest.EICAR()))); !errors.Is(err, scan.ErrInfected) {
		t.Errorf("EICAR: got %v", err)
	}
	if detail, err := c.Scan(t.Context(), strings.NewReader("an application"), 14); err != nil {
		t.Errorf("clean: got %q, %v", detail, err)
	}
}
