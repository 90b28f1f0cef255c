package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"clusterzone/services/database"
	"clusterzone/services/notice"
)

// objector is somebody without an account at the page of a running notice.
type objector struct {
	*visitor
	f    *filing
	here string
}

func newObjector(t *testing.T) (*filing, *objector) {
	t.Helper()
	f := newFiling(t)
	f.c.Applications.Files = f.files // of the application itself nothing is uploaded here
	id := f.noticeOf(f.noticed(1))
	o := &objector{visitor: f.as(""), f: f, here: "/notices/" + id}
	o.open(t)
	return f, o
}

// open reads the page and keeps its cookie.
func (o *objector) open(t *testing.T) page {
	t.Helper()
	got := o.get(o.here).want(t, http.StatusOK)
	o.keep(t, got)
	return got
}

func (o *objector) keep(t *testing.T, got page) {
	t.Helper()
	for _, c := range got.cookies {
		if strings.HasSuffix(c.Name, "_objection") {
			if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != o.here {
				t.Errorf("cookie of the draft: %+v", c)
			}
			o.jar = []*http.Cookie{c}
		}
	}
}

// ask sends JSON as upload.js does.
func (o *objector) ask(t *testing.T, path string, body any) page {
	t.Helper()
	return o.send(http.MethodPost, path, bytes.NewReader(must(json.Marshal(body))(t)), "application/json")
}

// drop uploads a file as upload.js does, and returns the answer of the check.
func (o *objector) drop(t *testing.T, slot, name string, content []byte) page {
	t.Helper()
	sum := sha256.Sum256(content)
	o.header.Set("Accept", "application/json")
	defer o.header.Del("Accept")
	var ticket struct {
		ID, URL string
		Fields  map[string]string
	}
	got := o.ask(t, o.here+"/evidence", map[string]any{"name": name, "size": len(content), "type": "", "sha256": hex.EncodeToString(sum[:]), "slot": slot})
	if got.status != http.StatusOK {
		return got
	}
	must(0, json.Unmarshal([]byte(got.body), &ticket))(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range ticket.Fields {
		must(0, form.WriteField(name, value))(t)
	}
	must(must(form.CreateFormFile("file", name))(t).Write(content))(t)
	must(0, form.Close())(t)
	o.send(http.MethodPost, ticket.URL, &body, form.FormDataContentType()).want(t, http.StatusNoContent)
	return o.ask(t, o.here+"/evidence/"+ticket.ID+"/complete", map[string]any{"id": ticket.ID, "slot": slot})
}

type sent struct {
	slot, name string
	content    []byte
}

// object sends the form as a browser without script does, with its files.
func (o *objector) object(t *testing.T, path string, values url.Values, files ...sent) page {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, v := range values {
		must(0, form.WriteField(name, v[0]))(t)
	}
	for _, x := range files {
		must(must(form.CreateFormFile(x.slot, x.name))(t).Write(x.content))(t)
	}
	must(0, form.Close())(t)
	got := o.send(http.MethodPost, path, &body, form.FormDataContentType())
	o.keep(t, got)
	return got
}

func grounds(kind, name string) url.Values {
	return url.Values{"objector_kind": {kind}, "name": {name}, "contact": {"li@example.org"}, "body": {"公示所列范围与相邻地块重叠,附有测绘说明,请予核查。"}}
}

// filed is the id of the one objection.
func (f *filing) filed(t *testing.T) (id string) {
	t.Helper()
	f.update(func(tx *database.Tx) error { return tx.One(&id, "SELECT id FROM objection") })
	return id
}

// With script: files first, then the form. The objection holds them, the commission alone reads
// them, and the browser's draft is used up.
func TestObjectWithEvidence(t *testing.T) {
	f, o := newObjector(t)
	o.drop(t, notice.SlotLetter, "异议书.pdf", f.pdf(t, "1")).want(t, http.StatusOK)
	o.drop(t, notice.SlotEvidence, "测绘说明.pdf", f.pdf(t, "2")).want(t, http.StatusOK)
	o.drop(t, notice.SlotEvidence, "假.pdf", []byte("MZ not a document")).want(t, http.StatusUnprocessableEntity)
	shown := o.get(o.here+"/evidence").want(t, http.StatusOK)
	for _, want := range []string{"异议书.pdf", "测绘说明.pdf"} {
		if !strings.Contains(shown.body, want) {
			t.Errorf("the draft does not show %s: %.300s", want, shown.body)
		}
	}
	if other := f.as("").get(o.here+"/evidence").want(t, http.StatusOK); strings.Contains(other.body, ".pdf</") || strings.Contains(other.body, "测绘") {
		t.Error("another browser reads the draft")
	}
	got := o.object(t, o.here+"/objections", grounds("unit", "示例公司")).want(t, http.StatusSeeOther)
	if len(o.jar) != 1 || o.jar[0].MaxAge >= 0 {
		t.Errorf("the token is not taken back: %+v", got.cookies)
	}
	id := f.filed(t)
	for login := range f.actor {
		b := f.as(login)
		got := b.get("/objections/" + id)
		reads := login == "clerk" || login == "officer" || login == "director"
		if reads != strings.Contains(got.body, "测绘说明.pdf") || reads != strings.Contains(got.body, "li@example.org") {
			t.Errorf("%s: %d, reads %v", login, got.status, !reads)
		}
		if login == "supervision" && !strings.Contains(got.want(t, http.StatusOK).body, "随附材料 2 份") {
			t.Error("supervision does not learn how many files there are")
		}
	}
	page := f.as("clerk").get("/objections/"+id).want(t, http.StatusOK)
	file := regexp.MustCompile(`/attachments/[0-9a-f-]{36}`).FindString(page.body)
	for login := range f.actor {
		got, absent := f.as(login).get(file), f.as(login).get("/attachments/01a20b13-0000-7000-8000-000000000000")
		switch reads := login == "clerk" || login == "officer" || login == "director"; {
		case reads && (got.status != http.StatusOK || !strings.HasPrefix(got.body, "%PDF")):
			t.Errorf("%s cannot download: %d", login, got.status)
		case !reads && (got.status != http.StatusNotFound || plain(got.body) != plain(absent.body)):
			t.Errorf("%s: %d, differs from an unknown file: %v", login, got.status, plain(got.body) != plain(absent.body))
		}
	}
	f.as("").get(file).want(t, http.StatusSeeOther) // to the login
	if !strings.Contains(page.body, "还剩") && !strings.Contains(page.body, "工作日") {
		t.Error("the page of an objection shows no clock")
	}
}

// plain leaves out what every answer has anew.
func plain(body string) string {
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).ReplaceAllString(body, "-")
}

// Without script: all in one form; what is wrong is said at its place, what is typed stays, and
// files that were good need not be chosen again.
func TestObjectWithoutScript(t *testing.T) {
	f, o := newObjector(t)
	got := o.object(t, o.here+"/objections", grounds("unit", "示例公司"), sent{notice.SlotEvidence, "证据.pdf", f.pdf(t, "3")},
		sent{notice.SlotLetter, "异议书.exe", []byte("MZ")}).want(t, http.StatusUnprocessableEntity)
	for _, want := range []string{`id="f-letter"`, "#f-letter", "证据.pdf", "示例公司", "相邻地块"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the form that comes back lacks %s", want)
		}
	}
	got = o.object(t, o.here+"/objections", grounds("unit", "示例公司")).want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(got.body, "加盖公章") || !strings.Contains(got.body, "证据.pdf") {
		t.Errorf("without letter: %.300s", got.body)
	}
	remove := regexp.MustCompile(`formaction="(/notices/[^"]+/remove)"`).FindStringSubmatch(got.body)
	if remove == nil {
		t.Fatal("no button takes a file out")
	}
	back := o.object(t, remove[1], grounds("unit", "示例公司")).want(t, http.StatusOK)
	if strings.Contains(back.body, "证据.pdf") || !strings.Contains(back.body, "相邻地块") {
		t.Error("taking a file out loses what was typed, or not the file")
	}
	o.object(t, remove[1], grounds("unit", "示例公司")).want(t, http.StatusNotFound)
	o.object(t, o.here+"/objections", grounds("unit", "示例公司"), sent{notice.SlotLetter, "异议书.pdf", f.pdf(t, "4")}).want(t, http.StatusSeeOther)
	if page := f.as("clerk").get("/objections/"+f.filed(t)).want(t, http.StatusOK); !strings.Contains(page.body, "异议书.pdf") || strings.Contains(page.body, "证据.pdf") {
		t.Error("the objection does not hold the letter alone")
	}
}

// A browser without cookie can send everything at once, and a file sent too often, too large a
// form, an unknown token and a notice that is none are refused.
func TestBadObjections(t *testing.T) {
	f, o := newObjector(t)
	o.jar = nil
	o.object(t, o.here+"/objections", grounds("individual", "李示例"), sent{notice.SlotEvidence, "证据.pdf", f.pdf(t, "5")}).want(t, http.StatusSeeOther)
	o.jar = nil
	o.header.Set("Accept", "application/json")
	ask := map[string]any{"name": "a.pdf", "size": 10, "sha256": strings.Repeat("0", 64), "slot": "letter"}
	if got := o.ask(t, o.here+"/evidence", ask).want(t, http.StatusUnprocessableEntity); !strings.Contains(got.body, "Cookie") {
		t.Errorf("without cookie: %s", got.body)
	}
	o.jar = []*http.Cookie{{Name: f.c.CookieName + "_objection", Value: notice.NewToken()}}
	for _, bad := range []map[string]any{{"name": "a.docm", "size": 10, "sha256": strings.Repeat("0", 64), "slot": "evidence"},
		{"name": "a.pdf", "size": 11 << 20, "sha256": strings.Repeat("0", 64), "slot": "letter"}, {"name": "a.pdf", "size": 10, "sha256": "x", "slot": "letter"},
		{"name": "a.pdf", "size": 10, "sha256": strings.Repeat("0", 64), "slot": "elsewhere"}} {
		o.ask(t, o.here+"/evidence", bad).want(t, http.StatusUnprocessableEntity)
	}
	o.ask(t, "/notices/01a20b13-0000-7000-8000-000000000000/evidence", ask).want(t, http.StatusNotFound)
	o.ask(t, o.here+"/evidence/01a20b13-0000-7000-8000-000000000000/complete", map[string]any{}).want(t, http.StatusNotFound)
	o.header.Del("Accept")
	o.object(t, o.here+"/objections", grounds("individual", "李示例"), sent{notice.SlotEvidence, "大.pdf", make([]byte, 64<<20)}).want(t, http.StatusRequestEntityTooLarge)
	for range 4 {
		o.object(t, o.here+"/objections", grounds("individual", "李示例")).want(t, http.StatusSeeOther)
	}
	o.object(t, o.here+"/objections", grounds("individual", "李示例")).want(t, http.StatusTooManyRequests)
}
