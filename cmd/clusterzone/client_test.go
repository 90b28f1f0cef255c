package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// person is one logged-in user of the public API.
type person struct {
	in       *installation
	login    string
	password string
	token    string
	id       string
}

// answer is what the API said.
type answer struct {
	status int
	body   []byte
	etag   string
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("read %s: %v", a.body, err)
	}
}

// call sends a request and returns the answer whatever its status. A server that is being
// killed or started again is asked again, with the same idempotency key.
func (p *person) call(method, path string, body any) answer {
	p.in.t.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			p.in.t.Fatal(err)
		}
	}
	key := uuid.NewString()
	var last error
	for range 40 {
		a, err := p.send(method, path, raw, key)
		if err == nil && a.status != http.StatusServiceUnavailable {
			return a
		}
		last = errors.Join(err, fmt.Errorf("status %d: %s", a.status, a.body))
		time.Sleep(250 * time.Millisecond)
	}
	p.in.t.Fatalf("%s %s as %s: %v", method, path, p.login, last)
	return answer{}
}

func (p *person) send(method, path string, raw []byte, key string) (answer, error) {
	req, err := http.NewRequest(method, "http://"+p.in.addr+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return answer{}, err
	}
	if raw != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return answer{status: res.StatusCode, body: text, etag: res.Header.Get("ETag")}, err
}

// ok sends a request that must succeed.
func (p *person) ok(method, path string, body any) answer {
	p.in.t.Helper()
	a := p.call(method, path, body)
	if a.status == http.StatusUnauthorized && p.password != "" && path != "/session" {
		p.logIn() // weeks may have passed since
		a = p.call(method, path, body)
	}
	if a.status/100 != 2 {
		p.in.t.Fatalf("%s %s as %s: %d %s", method, path, p.login, a.status, a.body)
	}
	return a
}

// refused sends a request that must be refused with a status.
func (p *person) refused(status int, method, path string, body any) answer {
	p.in.t.Helper()
	a := p.call(method, path, body)
	if a.status == http.StatusUnauthorized && status != http.StatusUnauthorized {
		p.logIn()
		a = p.call(method, path, body)
	}
	if a.status != status {
		p.in.t.Fatalf("%s %s as %s: got %d %s, want %d", method, path, p.login, a.status, a.body, status)
	}
	return a
}

func (p *person) logIn() {
	p.in.t.Helper()
	p.token = ""
	var s struct {
		Token string `json:"token"`
		Actor struct {
			ID string `json:"id"`
		} `json:"actor"`
	}
	p.ok(http.MethodPost, "/session", map[string]any{"login": p.login, "password": p.password}).into(p.in.t, &s)
	p.token, p.id = s.Token, s.Actor.ID
}

// renew replaces a one-time password by one's own.
func (p *person) renew(own string) {
	p.in.t.Helper()
	p.logIn()
	p.ok(http.MethodPut, "/me/password", map[string]any{"current": p.password, "new": own})
	p.password = own
	p.logIn()
}

// actions is what a person can do with a case.
type actions struct {
	Number string `json:"number"`
	State  struct {
		Code string `json:"code"`
	} `json:"state"`
	Version int64 `json:"version"`
	Choices []struct {
		Action  string `json:"action"`
		Blocked []struct {
			Fact    string `json:"fact"`
			Message string `json:"message"`
		} `json:"blocked"`
	} `json:"choices"`
}

func (p *person) actions(path string) (a actions) {
	p.in.t.Helper()
	p.ok(http.MethodGet, path+"/actions", nil).into(p.in.t, &a)
	return a
}

// blocked lists the facts that block an action; ok is false when it is not offered at all.
func (a actions) blocked(action string) (facts []string, ok bool) {
	for _, c := range a.Choices {
		if c.Action == action {
			for _, b := range c.Blocked {
				facts = append(facts, b.Fact)
			}
			return facts, true
		}
	}
	return nil, false
}

// act takes an action on the version that is there and returns the state it led to.
func (p *person) act(path, action, reason string, data any) string {
	p.in.t.Helper()
	now := p.actions(path)
	body := map[string]any{"action": action, "version": now.Version}
	if reason != "" {
		body["reason"] = reason
	}
	if data != nil {
		body["data"] = data
	}
	var out struct {
		State struct {
			Code string `json:"code"`
		} `json:"state"`
	}
	p.ok(http.MethodPost, path+"/actions", body).into(p.in.t, &out)
	p.in.disturbed(action)
	return out.State.Code
}

// upload puts a file into a slot of a case: ticket, straight to the store, complete.
func (p *person) upload(kind, id, slot, name, contentType string, content []byte) string {
	p.in.t.Helper()
	sum := sha256.Sum256(content)
	var ticket struct {
		ID     string `json:"id"`
		Upload struct {
			URL    string            `json:"url"`
			Fields map[string]string `json:"fields"`
		} `json:"upload"`
	}
	p.ok(http.MethodPost, "/attachments", map[string]any{"parent_kind": kind, "parent_id": id, "slot": slot, "name": name, "size": len(content),
		"sha256": hex.EncodeToString(sum[:]), "content_type": contentType}).into(p.in.t, &ticket)
	p.in.post(ticket.Upload.URL, ticket.Upload.Fields, name, contentType, content)
	p.ok(http.MethodPost, "/attachments/"+ticket.ID+"/complete", nil)
	p.in.disturbed("attach")
	return ticket.ID
}

// post sends a file as a browser does: the fields, then the file.
func (in *installation) post(url string, fields map[string]string, name, contentType string, content []byte) {
	in.t.Helper()
	if strings.HasPrefix(url, "/") {
		url = "http://" + in.addr + url
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			in.t.Fatal(err)
		}
	}
	h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=\"file\"; filename=%q", name)}, "Content-Type": {contentType}}
	part, err := w.CreatePart(h)
	if err != nil {
		in.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		in.t.Fatal(err)
	}
	_ = w.Close()
	res, err := http.Post(url, w.FormDataContentType(), &b)
	if err != nil {
		in.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode/100 != 2 {
		text, _ := io.ReadAll(res.Body)
		in.t.Fatalf("upload %s: %d %s", name, res.StatusCode, text)
	}
}

// until waits for something that happens by itself.
func (in *installation) until(what string, ok func() bool) {
	in.t.Helper()
	// A process killed in the middle of a call to the outside leaves its row held for 45 s.
	for end := time.Now().Add(100 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ok() {
			return
		}
	}
	in.t.Fatalf("did not happen within 100 s: %s", what)
}
