package web_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"clusterzone/services/web"
	"clusterzone/services/wording"
)

// get returns a static file as a browser without compression receives it.
func get(t *testing.T, name string) string {
	t.Helper()
	_, static := newRenderer(t, web.Config{})
	w := ask(static, http.MethodGet, static.URL(name), nil)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: status %d", name, w.Code)
	}
	return w.Body.String()
}

func ask(h http.Handler, method, address string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, address, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestStatic(t *testing.T) {
	_, static := newRenderer(t, web.Config{})
	current := static.URL("app.css")
	other := "/static/0123456789abcdef/app.css"
	tests := []struct {
		name, method, address, encoding string
		status                          int
		header, want                    string
	}{
		{"kept for a year", "GET", current, "", 200, "Cache-Control", "public, max-age=31536000, immutable"},
		{"another release", "GET", other, "", 200, "Cache-Control", "no-cache"},
		{"type", "GET", current, "", 200, "Content-Type", "text/css; charset=utf-8"},
		{"script type", "GET", static.URL("app.js"), "", 200, "Content-Type", "text/javascript; charset=utf-8"},
		{"sprite type", "GET", static.URL("lib/icons/icons.svg"), "", 200, "Content-Type", "image/svg+xml"},
		{"no sniffing", "GET", current, "", 200, "X-Content-Type-Options", "nosniff"},
		{"compressed", "GET", current, "br, gzip;q=0.8", 200, "Content-Encoding", "gzip"},
		{"compression refused", "GET", current, "gzip;q=0", 200, "Content-Encoding", ""},
		{"image as it is", "GET", static.URL("lib/leaflet/images/layers.png"), "gzip", 200, "Content-Encoding", ""},
		{"HEAD", "HEAD", current, "", 200, "Content-Type", "text/css; charset=utf-8"},
		{"absent", "GET", static.URL("nothing.css"), "", 404, "Cache-Control", ""},
		{"the folder", "GET", static.URL(""), "", 404, "Cache-Control", ""},
		{"no hash", "GET", "/static/app.css", "", 404, "Cache-Control", ""},
		{"out of the tree", "GET", static.URL("../render.go"), "", 404, "Cache-Control", ""},
		{"POST", "POST", current, "", 405, "Allow", "GET, HEAD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(static, tt.method, tt.address, map[string]string{"Accept-Encoding": tt.encoding})
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			if got := w.Header().Get(tt.header); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.header, got, tt.want)
			}
			if tt.method == "HEAD" && w.Body.Len() != 0 {
				t.Errorf("HEAD answered with %d bytes", w.Body.Len())
			}
		})
	}
}

func TestStaticCompressedIsTheSame(t *testing.T) {
	_, static := newRenderer(t, web.Config{})
	name := "lib/echarts/echarts.common.min.js"
	w := ask(static, "GET", static.URL(name), map[string]string{"Accept-Encoding": "gzip"})
	reader, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if string(unpacked) != get(t, name) {
		t.Error("the compressed file differs from the plain one")
	}
}

func TestStaticNotModified(t *testing.T) {
	_, static := newRenderer(t, web.Config{})
	for _, encoding := range []string{"", "gzip"} {
		first := ask(static, "GET", static.URL("app.js"), map[string]string{"Accept-Encoding": encoding})
		etag := first.Header().Get("ETag")
		again := ask(static, "GET", static.URL("app.js"), map[string]string{"Accept-Encoding": encoding, "If-None-Match": etag})
		if etag == "" || again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("encoding %q: tag %q, then status %d with %d bytes", encoding, etag, again.Code, again.Body.Len())
		}
		stale := ask(static, "GET", static.URL("app.js"), map[string]string{"Accept-Encoding": encoding, "If-None-Match": `"old"`})
		if stale.Code != http.StatusOK {
			t.Errorf("encoding %q: an old tag got status %d", encoding, stale.Code)
		}
	}
}

// TestStyleSheetsFindTheirImages follows the relative addresses in style sheets.
func TestStyleSheetsFindTheirImages(t *testing.T) {
	_, static := newRenderer(t, web.Config{})
	relative := regexp.MustCompile(`url\((images/[^)]+)\)`)
	found := relative.FindAllStringSubmatch(get(t, "lib/leaflet/leaflet.css"), -1)
	if len(found) == 0 {
		t.Fatal("no images in the map's style sheet")
	}
	for _, match := range found {
		if !static.Has("lib/leaflet/" + match[1]) {
			t.Errorf("%s is not there", match[1])
		}
	}
}

func TestHeaders(t *testing.T) {
	d, _ := newRenderer(t, web.Config{UploadOrigin: "https://files.example", Secure: true})
	h := http.Header{}
	d.Headers(h)
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self' https://files.example;",
		"frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'",
	} {
		if !strings.Contains(policy+";", want) {
			t.Errorf("policy lacks %q: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("policy has a hole: %s", policy)
	}
	for name, want := range map[string]string{"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000"} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	plain, _ := newRenderer(t, web.Config{})
	h = http.Header{}
	plain.PreviewHeaders(h)
	if h.Get("Strict-Transport-Security") != "" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'self'") {
		t.Errorf("preview headers: %v", h)
	}
}

func TestRenderLeavesNothingBehindOnError(t *testing.T) {
	d, _ := newRenderer(t, web.Config{})
	broken := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "half a page"); err != nil {
			return err
		}
		return errors.New("broken")
	})
	w := httptest.NewRecorder()
	err := d.Render(w, httptest.NewRequest(http.MethodGet, "/x", nil), http.StatusOK, broken)
	if err == nil || !strings.Contains(err.Error(), "render /x: broken") {
		t.Errorf("error: %v", err)
	}
	if w.Body.Len() != 0 || len(w.Header()) != 0 {
		t.Errorf("left %q and %v behind", w.Body, w.Header())
	}
}

func TestLang(t *testing.T) {
	d, _ := newRenderer(t, web.Config{})
	tests := []struct {
		name, query, cookie, accept string
		want                        wording.Lang
	}{
		{"nothing said", "", "", "", wording.ZH},
		{"browser", "", "", "en-US,en;q=0.9", wording.EN},
		{"cookie over browser", "", "zh-CN", "en", wording.ZH},
		{"query over cookie", "?lang=en", "zh-CN", "zh-CN", wording.EN},
		{"unknown query", "?lang=xx", "en", "", wording.EN},
		{"unknown cookie", "", "<script>", "", wording.ZH},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/"+tt.query, nil)
			r.Header.Set("Accept-Language", tt.accept)
			if tt.cookie != "" {
				r.AddCookie(&http.Cookie{Name: "lang", Value: tt.cookie})
			}
			if got := d.Lang(r); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
