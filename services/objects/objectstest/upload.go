package objectstest

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterzone/services/objects"
)

func testTicketsRefused(t *testing.T, s objects.Store) {
	good := objects.Upload{Key: newKey("ticket"), MaxBytes: 10, ContentType: "application/pdf", ExpiresIn: time.Minute}
	for name, change := range map[string]func(*objects.Upload){
		"no size":         func(u *objects.Upload) { u.MaxBytes = 0 },
		"too large":       func(u *objects.Upload) { u.MaxBytes = objects.MaxObject + 1 },
		"no type":         func(u *objects.Upload) { u.ContentType = "" },
		"no time":         func(u *objects.Upload) { u.ExpiresIn = 0 },
		"a type too many": func(u *objects.Upload) { u.ContentType = "text/plain\r\nX: y" },
		"eight days":      func(u *objects.Upload) { u.ExpiresIn = 8 * 24 * time.Hour },
	} {
		u := good
		change(&u)
		_, err := s.Ticket(t.Context(), u)
		wantError(t, name, err, objects.ErrUpload)
	}
	u := good
	u.Key = "../" + good.Key
	_, err := s.Ticket(t.Context(), u)
	wantError(t, "a path out of the store", err, objects.ErrKey)
	put(t, s, good.Key, "taken")
	_, err = s.Ticket(t.Context(), good)
	wantError(t, "a key that is taken", err, objects.ErrExists)
}

func testUpload(t *testing.T, s objects.Store) {
	content := strings.Repeat("ä", 300_000)
	for _, size := range []int{1, 17, len(content)} {
		u := objects.Upload{Key: newKey("upload"), MaxBytes: int64(size), ContentType: "application/pdf", ExpiresIn: time.Minute}
		ticket := ask(t, s, u)
		if ticket.Method != http.MethodPost || ticket.MaxBytes != u.MaxBytes || time.Until(ticket.ExpiresAt) > 2*time.Minute {
			t.Errorf("ticket: got %+v", ticket)
		}
		if status, answer := send(t, ticket, content[:size]); status != http.StatusNoContent {
			t.Fatalf("upload of %d bytes: got %d %s", size, status, answer)
		}
		info, err := s.Stat(t.Context(), u.Key, "")
		if err != nil || info.Size != u.MaxBytes || info.ContentType != u.ContentType {
			t.Errorf("stat: got %+v, %v", info, err)
		}
		if got := read(t, s, u.Key, info.Version); got != content[:size] {
			t.Errorf("the %d bytes read differ from those sent", size)
		}
	}
}

// testUploadsRefused bends one thing about an upload that would be accepted.
func testUploadsRefused(t *testing.T, s objects.Store) {
	for name, bend := range map[string]func(ticket *objects.Ticket, content *string){
		"one byte too many": func(_ *objects.Ticket, c *string) { *c += "x" },
		"far too many":      func(_ *objects.Ticket, c *string) { *c = strings.Repeat("x", 200_000) },
		"empty":             func(_ *objects.Ticket, c *string) { *c = "" },
		"another type":      func(k *objects.Ticket, _ *string) { k.Fields["Content-Type"] = "text/html" },
		"no type":           func(k *objects.Ticket, _ *string) { delete(k.Fields, "Content-Type") },
		"another key":       func(k *objects.Ticket, _ *string) { k.Fields["key"] += "x" },
		"a path as key":     func(k *objects.Ticket, _ *string) { k.Fields["key"] = "../../" + k.Fields["key"] },
		"no key":            func(k *objects.Ticket, _ *string) { delete(k.Fields, "key") },
		"forged signature":  func(k *objects.Ticket, _ *string) { forge(k, flip) },
		"no signature":      func(k *objects.Ticket, _ *string) { forge(k, func(string) string { return "" }) },
	} {
		t.Run(name, func(t *testing.T) {
			content := "exactly this"
			u := objects.Upload{Key: newKey("bent"), MaxBytes: int64(len(content)), ContentType: "application/pdf", ExpiresIn: time.Minute}
			ticket := ask(t, s, u)
			straight := ticket
			straight.Fields = maps.Clone(ticket.Fields)
			bend(&ticket, &content)
			if status, answer := send(t, ticket, content); status < 400 || status > 499 {
				t.Errorf("got %d %s", status, answer)
			}
			if found := list(t, s, u.Key); len(found) != 0 {
				t.Errorf("refused, and stored as %q", found)
			}
			if status, answer := send(t, straight, "exactly this"); status != http.StatusNoContent {
				t.Errorf("as issued: got %d %s", status, answer)
			}
		})
	}
}

func testUploadExpired(t *testing.T, s objects.Store) {
	u := objects.Upload{Key: newKey("late"), MaxBytes: 4, ContentType: "application/pdf", ExpiresIn: time.Second}
	ticket := ask(t, s, u)
	time.Sleep(time.Until(ticket.ExpiresAt) + 1100*time.Millisecond)
	if status, answer := send(t, ticket, "late"); status != http.StatusForbidden {
		t.Errorf("got %d %s, want 403", status, answer)
	}
	_, err := s.Stat(t.Context(), u.Key, "")
	wantError(t, "stat", err, objects.ErrNotFound)
}

func ask(t *testing.T, s objects.Store, u objects.Upload) objects.Ticket {
	t.Helper()
	ticket, err := s.Ticket(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// send does with a ticket what a browser does, and returns the status and what was said.
func send(t *testing.T, ticket objects.Ticket, content string) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(ticket.Fields)) {
		if err := form.WriteField(name, ticket.Fields[name]); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("file", "申报材料.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(file, content); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), ticket.Method, ticket.URL, &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // only read from
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// forge changes the signature, wherever the store keeps it: in a field or in the address.
func forge(ticket *objects.Ticket, change func(string) string) {
	for name, value := range ticket.Fields {
		if strings.HasSuffix(name, "signature") {
			ticket.Fields[name] = change(value)
			return
		}
	}
	before, signature, _ := strings.Cut(ticket.URL, "signature=")
	signature, after, _ := strings.Cut(signature, "&")
	ticket.URL = before + "signature=" + change(signature) + "&" + after
}

// flip changes the last hexadecimal digit.
func flip(signature string) string {
	last := signature[len(signature)-1]
	if last == '0' {
		return signature[:len(signature)-1] + "1"
	}
	return signature[:len(signature)-1] + "0"
}
