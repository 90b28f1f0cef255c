package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed static
var embedded embed.FS

// Static serves the files of the folder static from the binary. Their addresses
// carry a hash over all of them, /static/<hash>/app.css, so browsers keep them
// for a year and relative addresses inside style sheets stay right.
type Static struct {
	files map[string]*file
	hash  string
}

// file is one file with its bytes and, once somebody asked, the same compressed.
type file struct {
	content    []byte
	kind       string // media type
	etag       string
	compressed func() []byte // nil where compression gains nothing
}

// StaticPrefix is the path below which Static answers.
const StaticPrefix = "/static/"

// NewStatic reads the embedded files. The error can only come from a broken
// build.
func NewStatic() (*Static, error) {
	s, err := newStatic(embedded, "static")
	if err != nil {
		return nil, err
	}
	content, err := outlines()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	s.files[outlinesFile] = newFile(outlinesFile, content, hex.EncodeToString(sum[:8]))
	tree := sha256.Sum256(append(sum[:], s.hash...))
	s.hash = hex.EncodeToString(tree[:8])
	return s, nil
}

func newStatic(fsys fs.FS, root string) (*Static, error) {
	s := &Static{files: map[string]*file{}}
	tree := sha256.New()
	err := fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, root+"/")
		sum := sha256.Sum256(content)
		tree.Write(fmt.Appendf(nil, "%s %x\n", name, sum)) // a hash never refuses
		s.files[name] = newFile(name, content, hex.EncodeToString(sum[:8]))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	s.hash = hex.EncodeToString(tree.Sum(nil)[:8])
	return s, nil
}

func newFile(name string, content []byte, sum string) *file {
	f := &file{content: content, kind: mediaType(name), etag: `"` + sum + `"`}
	if strings.HasPrefix(f.kind, "image/png") || len(content) < 512 {
		return f
	}
	// Compressing all at start would cost a third of a second; each file is
	// compressed when it is first asked for, then kept.
	f.compressed = sync.OnceValue(func() []byte { return compress(content) })
	return f
}

func compress(content []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return content
	}
	if _, err := w.Write(content); err != nil { // writing to memory does not fail
		return content
	}
	if err := w.Close(); err != nil {
		return content
	}
	return b.Bytes()
}

// mediaType names the types we serve; the host's own table is not asked, so the
// answer is the same everywhere.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".geojson":
		return "application/geo+json"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// URL returns the address of a file by its name below static, such as app.css or
// lib/leaflet/leaflet.js.
func (s *Static) URL(name string) string { return StaticPrefix + s.hash + "/" + name }

// Has reports whether there is a file of this name.
func (s *Static) Has(name string) bool {
	_, ok := s.files[name]
	return ok
}

// ServeHTTP answers below StaticPrefix. Under the current hash a file may be kept
// for a year; under another one, which a page of the release before or after asks
// for, it is served but must be asked for again.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, StaticPrefix), "/")
	f, ok := s.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	// A worker runs under the policy it is sent with; ours loads one more of our scripts.
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-cache")
	if hash == s.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	f.serve(w, r)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	body, etag := f.content, f.etag
	if f.compressed != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			body, etag = f.compressed(), strings.TrimSuffix(f.etag, `"`)+`-gz"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// A browser that went away is no error of ours.
	_, _ = w.Write(body)
}

// acceptsGzip reads the one header form browsers send; q=0 refuses.
func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(coding) == "gzip" {
			return strings.ReplaceAll(weight, " ", "") != "q=0"
		}
	}
	return false
}
