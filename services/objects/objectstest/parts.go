package objectstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"clusterzone/services/objects"
)

// SendPart does with the ticket of a part what a browser does, and returns the status and
// what was said.
func SendPart(ctx context.Context, client *http.Client, ticket objects.PartTicket, content io.Reader, size int64) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, ticket.Method, ticket.URL, content)
	if err != nil {
		return 0, "", err
	}
	request.ContentLength = size
	for name, value := range ticket.Headers {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), errors.Join(err, response.Body.Close())
}

func sendPart(t *testing.T, ticket objects.PartTicket, content string) (int, string) {
	t.Helper()
	status, answer, err := SendPart(t.Context(), http.DefaultClient, ticket, strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

// begin begins an upload by parts under a key of its own.
func begin(t *testing.T, s objects.Store, name string) (key, upload string) {
	t.Helper()
	key = newKey(name)
	upload, err := s.BeginParts(t.Context(), objects.Upload{Key: key, MaxBytes: 100 << 20, ContentType: "application/pdf", ExpiresIn: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return key, upload
}

func partOf(key, upload string, no int, content string) objects.PartUpload {
	sum := sha256.Sum256([]byte(content))
	return objects.PartUpload{Key: key, Upload: upload, No: no, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), ExpiresIn: time.Minute}
}

func askPart(t *testing.T, s objects.Store, p objects.PartUpload) objects.PartTicket {
	t.Helper()
	ticket, err := s.PartTicket(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// deliver sends one part that must be taken.
func deliver(t *testing.T, s objects.Store, key, upload string, no int, content string) {
	t.Helper()
	ticket := askPart(t, s, partOf(key, upload, no, content))
	if status, answer := sendPart(t, ticket, content); status != http.StatusOK {
		t.Fatalf("part %d: got %d %s", no, status, answer)
	}
}

func arrived(t *testing.T, s objects.Store, key, upload string) string {
	t.Helper()
	parts, err := s.Parts(t.Context(), key, upload)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range parts {
		out = append(out, fmt.Sprint(p.No, ":", p.Size, ":", p.SHA256[:min(8, len(p.SHA256))]))
	}
	return strings.Join(out, " ")
}

func short(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:4])
}

// testParts sends parts out of order and one of them again with other content.
func testParts(t *testing.T, s objects.Store) {
	key, upload := begin(t, s, "parts")
	first, last := strings.Repeat("集聚区!", 1+int(objects.MinPart)/10), "the end"
	wrong := strings.Repeat("x", len(first))
	if got := arrived(t, s, key, upload); got != "" {
		t.Errorf("before anything was sent: %q", got)
	}
	deliver(t, s, key, upload, 2, last)
	deliver(t, s, key, upload, 1, wrong)
	deliver(t, s, key, upload, 1, first)
	want := fmt.Sprint("1:", len(first), ":", short(first), " 2:7:", short(last))
	if got := arrived(t, s, key, upload); got != want {
		t.Errorf("arrived: got %q, want %q", got, want)
	}
	if found := list(t, s, key); len(found) != 0 {
		t.Errorf("parts show before they are joined: %q", found)
	}
	info, err := s.JoinParts(t.Context(), key, upload, int64(len(first)+len(last)))
	if err != nil {
		t.Fatal(err)
	}
	if info.Key != key || info.Size != int64(len(first)+len(last)) || info.ContentType != "application/pdf" || info.Version == "" {
		t.Errorf("joined: got %+v", info)
	}
	if got := read(t, s, key, info.Version); got != first+last {
		t.Errorf("the %d bytes read differ from those sent", len(got))
	}
	_, err = s.Parts(t.Context(), key, upload)
	wantError(t, "parts of an upload that was joined", err, objects.ErrNotFound)
	_, err = s.JoinParts(t.Context(), key, upload, info.Size)
	wantError(t, "join twice", err, objects.ErrNotFound)
	_, err = s.BeginParts(t.Context(), objects.Upload{Key: key, MaxBytes: 1, ContentType: "application/pdf", ExpiresIn: time.Hour})
	wantError(t, "begin under a key that is taken", err, objects.ErrExists)
	ticket := askPart(t, s, partOf(key, upload, 3, last))
	if status, answer := sendPart(t, ticket, last); status != http.StatusNotFound {
		t.Errorf("a part of an upload that was joined: got %d %s", status, answer)
	}
	if _, err := s.Promote(t.Context(), key, info.Version, newKey("final")); err != nil {
		t.Errorf("promote what was joined: %v", err)
	}
}

// testPartsRefused bends one thing about a part that would be taken.
func testPartsRefused(t *testing.T, s objects.Store) {
	for name, bend := range map[string]func(ticket *objects.PartTicket, content *string){
		"one byte too many": func(_ *objects.PartTicket, c *string) { *c += "x" },
		"one byte short":    func(_ *objects.PartTicket, c *string) { *c = (*c)[1:] },
		"other content":     func(_ *objects.PartTicket, c *string) { *c = strings.ToUpper(*c) },
		"another part": func(k *objects.PartTicket, _ *string) {
			k.URL = strings.NewReplacer("no=1", "no=2", "partNumber=1", "partNumber=2").Replace(k.URL)
		},
		"another sum": func(k *objects.PartTicket, c *string) {
			*c = strings.ToUpper(*c)
			k.URL = strings.Replace(k.URL, "sha256="+fullSum("exactly this"), "sha256="+fullSum(*c), 1)
			for header := range k.Headers {
				k.Headers[header] = base64Sum(*c)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			key, upload := begin(t, s, "bent")
			content := "exactly this"
			ticket := askPart(t, s, partOf(key, upload, 1, content))
			bend(&ticket, &content)
			if status, answer := sendPart(t, ticket, content); status < 400 || status > 499 {
				t.Errorf("got %d %s", status, answer)
			}
			if got := arrived(t, s, key, upload); got != "" {
				t.Errorf("refused, and stored as %q", got)
			}
			deliver(t, s, key, upload, 1, "exactly this")
			if err := s.DropParts(t.Context(), key); err != nil {
				t.Error(err)
			}
		})
	}
	good := partOf(newKey("p"), "x", 1, "content")
	for name, change := range map[string]func(*objects.PartUpload){
		"no number":  func(p *objects.PartUpload) { p.No = 0 },
		"no size":    func(p *objects.PartUpload) { p.Size = 0 },
		"no sum":     func(p *objects.PartUpload) { p.SHA256 = "" },
		"no time":    func(p *objects.PartUpload) { p.ExpiresIn = 0 },
		"eight days": func(p *objects.PartUpload) { p.ExpiresIn = 8 * 24 * time.Hour },
	} {
		p := good
		change(&p)
		_, err := s.PartTicket(t.Context(), p)
		wantError(t, name, err, objects.ErrUpload)
	}
}

func base64Sum(content string) string {
	sum := sha256.Sum256([]byte(content))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func fullSum(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func testPartExpired(t *testing.T, s objects.Store) {
	key, upload := begin(t, s, "late")
	p := partOf(key, upload, 1, "late")
	p.ExpiresIn = time.Second
	ticket := askPart(t, s, p)
	time.Sleep(time.Until(ticket.ExpiresAt) + 1100*time.Millisecond)
	if status, answer := sendPart(t, ticket, "late"); status != http.StatusForbidden {
		t.Errorf("got %d %s, want 403", status, answer)
	}
	if err := s.DropParts(t.Context(), key); err != nil {
		t.Error(err)
	}
}

// testPartsMissing: what has a hole or another length is never joined, and can be mended.
func testPartsMissing(t *testing.T, s objects.Store) {
	key, upload := begin(t, s, "hole")
	large := string(bytes.Repeat([]byte{'l'}, int(objects.MinPart)))
	_, err := s.JoinParts(t.Context(), key, upload, 0)
	wantError(t, "join of nothing", err, objects.ErrParts)
	deliver(t, s, key, upload, 2, "tail")
	_, err = s.JoinParts(t.Context(), key, upload, 4)
	wantError(t, "join without the first part", err, objects.ErrParts)
	deliver(t, s, key, upload, 1, large)
	_, err = s.JoinParts(t.Context(), key, upload, int64(len(large))+5)
	wantError(t, "join of another size", err, objects.ErrParts)
	if _, err := s.JoinParts(t.Context(), key, upload, int64(len(large))+4); err != nil {
		t.Errorf("join after it was mended: %v", err)
	}
}

func testPartsDropped(t *testing.T, s objects.Store) {
	key, upload := begin(t, s, "dropped")
	second, err := s.BeginParts(t.Context(), objects.Upload{Key: key, MaxBytes: 1, ContentType: "application/pdf", ExpiresIn: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, s, key, upload, 1, "part")
	deliver(t, s, key, second, 1, "part")
	neighbour, other := begin(t, s, "neighbour")
	for range 2 {
		if err := s.DropParts(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range []string{upload, second, "never-begun"} {
		_, err := s.Parts(t.Context(), key, u)
		wantError(t, "parts after the drop", err, objects.ErrNotFound)
	}
	if got := arrived(t, s, neighbour, other); got != "" {
		t.Errorf("of a neighbour: %q", got)
	}
	if err := s.DropParts(t.Context(), neighbour); err != nil {
		t.Error(err)
	}
}
