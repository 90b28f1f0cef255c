package objects_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clusterzone/services/objects"
	"clusterzone/services/objects/objectstest"
)

func TestDisk(t *testing.T) {
	objectstest.Run(t, func(t *testing.T) objects.Store { return objectstest.NewDisk(t) })
}

const pdf = "application/pdf"

// clock is a settable time.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newDisk(t *testing.T) (*objects.Disk, string, *clock) {
	t.Helper()
	dir, c := t.TempDir(), &clock{time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	disk, err := objects.NewDisk(objects.DiskConfig{Dir: dir, Secret: []byte("0123456789abcdef"), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return disk, dir, c
}

func put(t *testing.T, s objects.Store, key, content string) objects.Info {
	t.Helper()
	info, err := s.Put(t.Context(), key, strings.NewReader(content), int64(len(content)), pdf)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestNewDiskRefuses(t *testing.T) {
	if _, err := objects.NewDisk(objects.DiskConfig{Secret: []byte("0123456789abcdef")}); err == nil {
		t.Error("no folder is taken")
	}
	if _, err := objects.NewDisk(objects.DiskConfig{Dir: t.TempDir(), Secret: []byte("short")}); err == nil {
		t.Error("a short secret is taken")
	}
}

// A clock set back must not make an older version the newest.
func TestNewestVersionWithAClockSetBack(t *testing.T) {
	disk, _, c := newDisk(t)
	put(t, disk, "staging/1", "first")
	c.at = c.at.Add(-time.Hour)
	second := put(t, disk, "staging/1", "second")
	if got, err := disk.Stat(t.Context(), "staging/1", ""); err != nil || got.Version != second.Version {
		t.Errorf("newest: got %+v, %v, want %s", got, err, second.Version)
	}
}

func TestDiskFiles(t *testing.T) {
	disk, dir, _ := newDisk(t)
	first := put(t, disk, "staging/1", "content")
	if _, err := disk.Promote(t.Context(), "staging/1", first.Version, "final/1"); err != nil {
		t.Fatal(err)
	}
	files := filesIn(t, dir)
	if len(files) != 4 {
		t.Fatalf("got files %q, want content and description of two objects", files)
	}
	for _, name := range files {
		if stat, err := os.Stat(name); err != nil || stat.Mode().Perm()&0o222 != 0 {
			t.Errorf("%s may be written to: %v, %v", name, stat.Mode(), err)
		}
	}
	if err := disk.Delete(t.Context(), "staging/1", first.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "keys", "staging")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder of a deleted key stays: %v", err)
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestDamageIsSeen(t *testing.T) {
	disk, dir, _ := newDisk(t)
	for name, damage := range map[string]func(content, about string) error{
		"cut":            func(content, _ string) error { return os.Truncate(content, 3) },
		"no description": func(_, about string) error { return os.Truncate(about, 0) },
	} {
		info := put(t, disk, "final/1", "whole content")
		folder := filepath.Join(dir, "keys", "final", "1", "@"+info.Version)
		if err := damage(filepath.Join(folder, "content"), filepath.Join(folder, "about.json")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := disk.Open(t.Context(), info.Key, info.Version); !errors.Is(err, objects.ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", name, err)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
}

// What a killed process left in tmp is no object, and Prepare clears it once it is old.
func TestLeftoversOfAKilledProcess(t *testing.T) {
	disk, dir, _ := newDisk(t)
	for name, age := range map[string]time.Duration{"old": 25 * time.Hour, "running": time.Minute} {
		folder := filepath.Join(dir, "tmp", name)
		then := time.Now().Add(-age)
		err := errors.Join(os.Mkdir(folder, 0o750), os.WriteFile(filepath.Join(folder, "content"), []byte("half"), 0o440), os.Chtimes(folder, then, then))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := disk.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := disk.List(t.Context(), "", func(o objects.Info) error { t.Errorf("listed: %+v", o); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if left := filesIn(t, dir); len(left) != 1 || !strings.Contains(left[0], "running") {
		t.Errorf("left in tmp: %q", left)
	}
}

func TestFolderGone(t *testing.T) {
	disk, dir, _ := newDisk(t)
	if err := os.RemoveAll(filepath.Join(dir, "tmp")); err != nil {
		t.Fatal(err)
	}
	_, err := disk.Put(t.Context(), "staging/1", strings.NewReader("x"), 1, pdf)
	for what, err := range map[string]error{"put": err, "ping": disk.Ping(t.Context())} {
		if !errors.Is(err, objects.ErrUnavailable) {
			t.Errorf("%s: got %v, want ErrUnavailable", what, err)
		}
	}
}

// A link that somebody put into the data folder leads nowhere.
func TestLinksOutOfTheFolder(t *testing.T) {
	disk, dir, _ := newDisk(t)
	info := put(t, disk, "staging/1", "inside")
	outside := filepath.Join(t.TempDir(), "outside")
	content := filepath.Join(dir, "keys", "staging", "1", "@"+info.Version, "content")
	if err := errors.Join(os.WriteFile(outside, []byte("secret"), 0o600), os.Remove(content), os.Symlink(outside, content)); err != nil {
		t.Fatal(err)
	}
	if r, _, err := disk.Open(t.Context(), "staging/1", ""); err == nil {
		text, _ := io.ReadAll(r)
		t.Errorf("read %q through a link", text)
	}
}

func upload(disk *objects.Disk, method, target string, fields [][2]string, content string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range fields {
		_ = form.WriteField(field[0], field[1])
	}
	file, _ := form.CreateFormFile("file", "a.pdf")
	_, _ = io.WriteString(file, content)
	_ = form.Close()
	request := httptest.NewRequest(method, target, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	answer := httptest.NewRecorder()
	disk.ServeUpload(answer, request)
	return answer
}

func TestServeUploadStatus(t *testing.T) {
	disk, dir, c := newDisk(t)
	ticket, err := disk.Ticket(t.Context(), objects.Upload{Key: "staging/1", MaxBytes: 5, ContentType: pdf, ExpiresIn: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(ticket.URL, "/objects/upload?") {
		t.Errorf("address without a base: got %s", ticket.URL)
	}
	fields := [][2]string{{"key", "staging/1"}, {"Content-Type", pdf}}
	many := strings.Repeat("x", 90<<10)
	send := func(method, target, content string) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder { return upload(disk, method, target, fields, content) }
	}
	for _, step := range []struct {
		name string
		send func() *httptest.ResponseRecorder
		want int
	}{
		{"GET", send("GET", ticket.URL, "12345"), http.StatusMethodNotAllowed},
		{"larger size in the address", send("POST", changed(ticket.URL, "max", "500"), "12345"), http.StatusForbidden},
		{"another key in the address", send("POST", changed(ticket.URL, "key", "final/1"), "12345"), http.StatusForbidden},
		{"another type in the address", send("POST", changed(ticket.URL, "type", "text/html"), "12345"), http.StatusForbidden},
		{"later end in the address", send("POST", changed(ticket.URL, "expires", "9999999999"), "12345"), http.StatusForbidden},
		{"nothing in the address", send("POST", "/objects/upload", "12345"), http.StatusForbidden},
		{"one byte too many", send("POST", ticket.URL, "123456"), http.StatusRequestEntityTooLarge},
		{"announced too long", send("POST", ticket.URL, many), http.StatusRequestEntityTooLarge},
		{"empty", send("POST", ticket.URL, ""), http.StatusBadRequest},
		{"too many fields", func() *httptest.ResponseRecorder {
			return upload(disk, "POST", ticket.URL, make([][2]string, 25), "12345")
		}, http.StatusBadRequest},
		{"no form", func() *httptest.ResponseRecorder { return raw(disk, ticket.URL, "12345", "application/pdf", 5) }, http.StatusBadRequest},
		{"body of unknown length, too long", func() *httptest.ResponseRecorder {
			return raw(disk, ticket.URL, head+many+many, `multipart/form-data; boundary=b`, -1)
		}, http.StatusRequestEntityTooLarge},
		{"body that ends early", func() *httptest.ResponseRecorder {
			return raw(disk, ticket.URL, head+"123", `multipart/form-data; boundary=b`, -1)
		}, http.StatusBadRequest},
		{"as issued", send("POST", ticket.URL, "12345"), http.StatusNoContent},
		{"a second time", send("POST", ticket.URL, "12345"), http.StatusConflict},
		{"after its time", func() *httptest.ResponseRecorder {
			c.at = c.at.Add(time.Minute)
			return upload(disk, "POST", ticket.URL, fields, "12345")
		}, http.StatusForbidden},
	} {
		before := len(filesIn(t, dir))
		answer := step.send()
		if answer.Code != step.want {
			t.Errorf("%s: got %d %s, want %d", step.name, answer.Code, answer.Body, step.want)
		}
		if after := len(filesIn(t, dir)); answer.Code != http.StatusNoContent && after != before {
			t.Errorf("%s: refused, and left %d files", step.name, after-before)
		}
	}
}

// head is a form up to the content of its file.
const head = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nstaging/1\r\n" +
	"--b\r\nContent-Disposition: form-data; name=\"Content-Type\"\r\n\r\napplication/pdf\r\n" +
	"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n"

func raw(disk *objects.Disk, target, body, contentType string, length int64) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	request.ContentLength = length
	request.Header.Set("Content-Type", contentType)
	answer := httptest.NewRecorder()
	disk.ServeUpload(answer, request)
	return answer
}

func changed(target, name, value string) string {
	address, _ := url.Parse(target)
	query := address.Query()
	query.Set(name, value)
	address.RawQuery = query.Encode()
	return address.String()
}

// Another store's addresses are worth nothing, even for the same key.
func TestUploadAddressOfAnotherSecret(t *testing.T) {
	disk, _, _ := newDisk(t)
	other, err := objects.NewDisk(objects.DiskConfig{Dir: t.TempDir(), Secret: []byte("fedcba9876543210")})
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := other.Ticket(t.Context(), objects.Upload{Key: "staging/1", MaxBytes: 5, ContentType: pdf, ExpiresIn: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	answer := upload(disk, "POST", ticket.URL, [][2]string{{"key", "staging/1"}, {"Content-Type", pdf}}, "12345")
	if answer.Code != http.StatusForbidden {
		t.Errorf("got %d %s", answer.Code, answer.Body)
	}
}

// A slow sender must outlive the read timeout of the server that ServeUpload is mounted on.
func TestUploadOutlivesTheServersReadTimeout(t *testing.T) {
	disk, _, _ := newDisk(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(disk.ServeUpload))
	server.Config.ReadTimeout = 200 * time.Millisecond
	server.Start()
	defer server.Close()
	ticket, err := disk.Ticket(t.Context(), objects.Upload{Key: "staging/slow", MaxBytes: 5, ContentType: pdf, ExpiresIn: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	body, sender := io.Pipe()
	go func() {
		for _, piece := range []string{strings.Replace(head, "staging/1", "staging/slow", 1), "12", "345", "\r\n--b--\r\n"} {
			_, _ = io.WriteString(sender, piece)
			time.Sleep(150 * time.Millisecond)
		}
		sender.Close()
	}()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+ticket.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		text, _ := io.ReadAll(answer.Body)
		t.Errorf("got %d %s", answer.StatusCode, text)
	}
}

// Deleting the last object of a folder takes the folder away; that must not fail a write
// next to it.
func TestFoldersThatComeAndGo(t *testing.T) {
	disk, _, _ := newDisk(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			key := fmt.Sprint("staging/a/b/c/", i)
			for range 60 {
				info, err := disk.Put(t.Context(), key, strings.NewReader("x"), 1, pdf)
				if err := errors.Join(err, disk.Delete(t.Context(), key, info.Version)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestOneOfManySimultaneousWritersWins(t *testing.T) {
	disk, _, _ := newDisk(t)
	for round := range 20 {
		key := fmt.Sprint("staging/", round)
		ticket, err := disk.Ticket(t.Context(), objects.Upload{Key: key, MaxBytes: 5, ContentType: pdf, ExpiresIn: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		var stored, promoted atomic.Int32
		var group sync.WaitGroup
		for i := range 6 {
			from := put(t, disk, fmt.Sprint("source/", round, "/", i), "12345")
			group.Go(func() {
				if upload(disk, "POST", ticket.URL, [][2]string{{"key", key}, {"Content-Type", pdf}}, "12345").Code == http.StatusNoContent {
					stored.Add(1)
				}
				if _, err := disk.Promote(t.Context(), from.Key, from.Version, fmt.Sprint("final/", round)); err == nil {
					promoted.Add(1)
				}
			})
		}
		group.Wait()
		if stored.Load() != 1 || promoted.Load() != 1 {
			t.Errorf("round %d: one address took %d uploads, one final key %d objects", round, stored.Load(), promoted.Load())
		}
	}
}

func TestDiskStopsWithItsContext(t *testing.T) {
	disk, dir, _ := newDisk(t)
	ctx, cancel := context.WithCancel(t.Context())
	source := io.MultiReader(strings.NewReader("12"), readerFunc(func(p []byte) (int, error) { cancel(); return copy(p, "3"), nil }))
	if _, err := disk.Put(ctx, "staging/1", source, 5, pdf); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := filesIn(t, dir); len(left) != 0 {
		t.Errorf("left %q", left)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
