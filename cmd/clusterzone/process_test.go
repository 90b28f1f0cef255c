package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"clusterzone/services/database/databasetest"
)

// binary is the product as a process, with the movable clock of a test build.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "clusterzone-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "clusterzone")
	out, err := exec.Command("go", "build", "-tags", "testhooks", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// installation is the product running in processes of its own: serve, and on the real parts
// a worker apart.
type installation struct {
	t      *testing.T
	env    []string
	addr   string
	clock  string // file that moves the clock
	offset time.Duration
	mail   *mailbox
	redis  string
	procs  []*exec.Cmd
	logs   *syncBuffer

	disturb func(in *installation, n int) // after the n-th acknowledged change
	changes int
}

// disturbed counts an acknowledged change and lets the test's trouble happen.
func (in *installation) disturbed(string) {
	in.changes++
	if in.disturb != nil {
		in.disturb(in, in.changes)
	}
}

// newInstallation prepares an installation; nothing runs yet.
func newInstallation(t *testing.T, real bool) *installation {
	t.Helper()
	dir := t.TempDir()
	in := &installation{t: t, addr: freeAddr(t), clock: filepath.Join(dir, "clock"), mail: newMailbox(t), logs: &syncBuffer{}}
	in.set("LISTEN", in.addr)
	in.set("DATA_DIR", dir)
	in.set("PUBLIC_URL", "http://"+in.addr)
	in.set("SECRET_KEY", "a secret of this test alone, long enough")
	in.set("SMTP_URL", "smtp://"+in.mail.addr)
	in.set("CLUSTERZONE_CLOCK_FILE", in.clock)
	in.set("HOME", dir)
	if real {
		in.useRealParts()
	}
	in.pass(0)
	t.Cleanup(in.stop)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("last lines of the processes:\n%s", in.logs.tail(6000))
		}
	})
	return in
}

func (in *installation) set(name, value string) { in.env = append(in.env, name+"="+value) }

func (in *installation) useRealParts() {
	in.t.Helper()
	in.redis = need(in.t, "CLUSTERZONE_TEST_REDIS_ADDR")
	suffix := make([]byte, 6)
	_, _ = rand.Read(suffix)
	name := hex.EncodeToString(suffix)
	in.set("DATABASE_URL", databasetest.PostgresURL(in.t))
	in.set("REDIS_ADDR", in.redis)
	in.set("QUEUE_NAME", "cz-"+name)
	in.set("MINIO_ENDPOINT", need(in.t, "CLUSTERZONE_TEST_MINIO_ENDPOINT"))
	in.set("MINIO_ACCESS_KEY", need(in.t, "CLUSTERZONE_TEST_MINIO_ACCESS_KEY"))
	in.set("MINIO_SECRET_KEY", need(in.t, "CLUSTERZONE_TEST_MINIO_SECRET_KEY"))
	in.set("MINIO_BUCKET", "cz-"+name)
}

// need returns a setting of the test machine; without it the test is skipped, and fails
// where CI=true.
func need(t *testing.T, name string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not set: start the parts with deploy/services.sh up", name)
	}
	if v == "" {
		t.Skipf("%s is not set", name)
	}
	return v
}

// start runs serve (and worker) and waits until it is ready.
func (in *installation) start() {
	in.t.Helper()
	in.spawn("serve")
	if in.redis != "" {
		in.spawn("worker")
	}
	in.waitReady()
}

func (in *installation) spawn(args ...string) {
	in.t.Helper()
	cmd := in.command(context.Background(), args...)
	cmd.Stdout, cmd.Stderr = in.logs, in.logs
	if err := cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	in.procs = append(in.procs, cmd)
}

func (in *installation) command(ctx context.Context, args ...string) *exec.Cmd {
	in.t.Helper()
	path, err := binary()
	if err != nil {
		in.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, in.env...)
	return cmd
}

// verb runs one verb to its end and returns what it printed; it must succeed.
func (in *installation) verb(args ...string) string {
	in.t.Helper()
	out, err := in.try(args...)
	if err != nil {
		in.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

func (in *installation) try(args ...string) (string, error) {
	in.t.Helper()
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := in.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String() + errs.String(), err
	}
	return out.String(), nil
}

func (in *installation) waitReady() {
	in.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		res, err := http.Get("http://" + in.addr + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if strings.Contains(in.logs.tail(20_000), "panic: ") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	in.t.Fatalf("not ready:\n%s", in.logs.tail(4000))
}

// kill ends every process at once, without a word.
func (in *installation) kill() {
	for _, p := range in.procs {
		_ = p.Process.Signal(syscall.SIGKILL)
		_ = p.Wait()
	}
	in.procs = nil
}

func (in *installation) stop() {
	for _, p := range in.procs {
		_ = p.Process.Signal(syscall.SIGTERM)
	}
	for _, p := range in.procs {
		done := make(chan struct{})
		go func() { _ = p.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			in.t.Errorf("%v did not end on SIGTERM", p.Args)
			_ = p.Process.Kill()
		}
	}
	in.procs = nil
}

// pass lets time pass in every process of the installation.
func (in *installation) pass(d time.Duration) {
	in.t.Helper()
	in.offset += d
	tmp := in.clock + ".new"
	if err := os.WriteFile(tmp, []byte(in.offset.String()), 0o600); err != nil {
		in.t.Fatal(err)
	}
	if err := os.Rename(tmp, in.clock); err != nil {
		in.t.Fatal(err)
	}
}

func (in *installation) today() time.Time { return time.Now().Add(in.offset) }

// flush wipes Redis.
func (in *installation) flush() {
	in.t.Helper()
	conn, err := net.DialTimeout("tcp", in.redis, 5*time.Second)
	if err != nil {
		in.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "FLUSHALL\r\n"); err != nil {
		in.t.Fatal(err)
	}
	answer := make([]byte, 5)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer[:3]) != "+OK" {
		in.t.Fatalf("FLUSHALL: %q %v", answer, err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) tail(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.b.String()
	return text[max(0, len(text)-n):]
}

// mailbox is a real SMTP server that keeps what it is sent.
type mailbox struct {
	addr string
	mu   sync.Mutex
	got  []letter
}

type letter struct{ to, text string }

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{addr: l.Addr().String()}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: m}, nil }))
	srv.Domain = "localhost"
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return m
}

// to lists what one address was sent.
func (m *mailbox) to(address string) (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.got {
		if strings.EqualFold(l.to, address) {
			out = append(out, l.text)
		}
	}
	return out
}

type mailSession struct {
	box *mailbox
	to  []string
}

func (s *mailSession) Reset()                               { s.to = nil }
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	for _, to := range s.to {
		s.box.got = append(s.box.got, letter{to: to, text: string(text)})
	}
	return nil
}
