package objects_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"clusterzone/services/objects"
	"clusterzone/services/objects/objectstest"
)

func TestMinIO(t *testing.T) {
	objectstest.Run(t, func(t *testing.T) objects.Store { return objectstest.NewMinIO(t) })
}

// The store must have locked a promoted version, not merely this package.
func TestMinIOLocksPromotedVersions(t *testing.T) {
	var config objects.MinIOConfig
	store := objectstest.NewMinIO(t, func(c *objects.MinIOConfig) {
		c.Retention = time.Hour
		config = *c
	})
	staged := put(t, store, "staging/1", "content")
	final, err := store.Promote(t.Context(), "staging/1", staged.Version, "final/1")
	if err != nil {
		t.Fatal(err)
	}
	client, err := minio.New(config.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(config.AccessKey, config.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	remove := func(o objects.Info) error {
		return client.RemoveObject(t.Context(), config.Bucket, o.Key, minio.RemoveObjectOptions{VersionID: o.Version})
	}
	if err := remove(final); err == nil {
		t.Error("a promoted version was deleted without bypassing its lock")
	}
	if err := remove(staged); err != nil {
		t.Errorf("a staging version is locked: %v", err)
	}
	if err := store.Delete(t.Context(), "final/1", final.Version); err != nil {
		t.Error(err)
	}
}

func TestMinIOTicketsNameThePublicEndpoint(t *testing.T) {
	var bucket string
	store := objectstest.NewMinIO(t, func(c *objects.MinIOConfig) {
		c.PublicEndpoint = "https://files.example.invalid"
		bucket = c.Bucket
	})
	ticket, err := store.Ticket(t.Context(), objects.Upload{Key: "staging/1", MaxBytes: 1, ContentType: pdf, ExpiresIn: time.Minute})
	if want := "https://files.example.invalid/" + bucket + "/"; err != nil || ticket.URL != want {
		t.Errorf("got %s, %v, want %s", ticket.URL, err, want)
	}
}

func TestNewMinIORefuses(t *testing.T) {
	for _, config := range []objects.MinIOConfig{
		{},
		{Endpoint: "store:9000"},
		{Bucket: "filings"},
		{Endpoint: "store:9000/path", Bucket: "filings"},
		{Endpoint: "store:9000", PublicEndpoint: "ftp://files", Bucket: "filings"},
	} {
		if _, err := objects.NewMinIO(config); err == nil {
			t.Errorf("taken: %+v", config)
		}
	}
}

// Every call to a store that is down, silent or ailing must end, and say so.
func TestMinIOUnavailable(t *testing.T) {
	for name, endpoint := range map[string]string{"down": closedPort(t), "silent": silentServer(t), "ailing": ailingServer(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := objects.NewMinIO(objects.MinIOConfig{
				Endpoint: endpoint, AccessKey: "a", SecretKey: "b", Bucket: "filings", PathStyle: true, Timeout: 300 * time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			for what, err := range callAll(t, store) {
				if !errors.Is(err, objects.ErrUnavailable) {
					t.Errorf("%s: got %v, want ErrUnavailable", what, err)
				}
			}
			if took := time.Since(start); took > 8*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func callAll(t *testing.T, s objects.Store) map[string]error {
	ctx := t.Context()
	errs := map[string]error{"prepare": s.Prepare(ctx), "ping": s.Ping(ctx), "delete": s.Delete(ctx, "staging/1", "")}
	_, errs["stat"] = s.Stat(ctx, "staging/1", "")
	_, _, errs["open"] = s.Open(ctx, "staging/1", "")
	_, errs["put"] = s.Put(ctx, "staging/1", strings.NewReader("x"), 1, pdf)
	_, errs["promote"] = s.Promote(ctx, "staging/1", "", "final/1")
	_, errs["ticket"] = s.Ticket(ctx, objects.Upload{Key: "staging/1", MaxBytes: 1, ContentType: pdf, ExpiresIn: time.Minute})
	errs["list"] = s.List(ctx, "", func(objects.Info) error { return nil })
	return errs
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// silentServer takes connections and never answers.
func silentServer(t *testing.T) string {
	return serve(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
}

func ailingServer(t *testing.T) string {
	return serve(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
}

// serve answers each connection with handle until the test ends.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); handle(conn) }()
		}
	}()
	return l.Addr().String()
}

// A store that stops in the middle of the content must not hang its reader.
func TestMinIOReadFallsSilent(t *testing.T) {
	endpoint := serve(t, func(conn net.Conn) {
		for {
			request := make([]byte, 8192)
			n, err := conn.Read(request)
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\nx-amz-version-id: v\r\n"+
				"Last-Modified: "+time.Now().UTC().Format(http.TimeFormat)+"\r\n\r\n")
			if strings.HasPrefix(string(request[:n]), "GET") {
				_, _ = io.WriteString(conn, "123")
			}
		}
	})
	store, err := objects.NewMinIO(objects.MinIOConfig{
		Endpoint: endpoint, AccessKey: "a", SecretKey: "b", Bucket: "filings", PathStyle: true, Timeout: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	r, info, err := store.Open(t.Context(), "staging/1", "")
	if err != nil || info.Size != 10 || info.Version != "v" {
		t.Fatalf("open: got %+v, %v", info, err)
	}
	defer r.Close()
	start := time.Now()
	got, err := io.ReadAll(r)
	if string(got) != "123" || !errors.Is(err, objects.ErrUnavailable) || time.Since(start) > 3*time.Second {
		t.Errorf("got %q, %v after %s", got, err, time.Since(start))
	}
}
