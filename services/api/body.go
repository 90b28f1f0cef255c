package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"clusterzone/services/fault"
)

const (
	maxBody  = 10 << 20
	maxDepth = 32 // the deepest honest body, a boundary inside a document, has ten
)

// readBody reads the body within its limit, checks its form and puts it back. Only JSON is
// read.
func readBody(g *gin.Context) ([]byte, error) {
	r := g.Request
	if r.Body == nil || r.Body == http.NoBody || r.Method == http.MethodGet {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(g.Writer, r.Body, maxBody))
	if err != nil {
		return nil, readFault(err)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if len(body) == 0 {
		return nil, nil
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, fault.New(fault.Unsupported, "only_json")
	}
	r.Header.Set("Content-Type", "application/json")
	return body, checkJSON(body)
}

func readFault(err error) error {
	var large *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &large):
		return fault.New(fault.TooLarge, "body_large").With("Max", strconv.Itoa(maxBody>>20))
	case errors.As(err, &network) && network.Timeout():
		return fault.BadField("", "body_slow")
	}
	return fault.BadField("", "malformed") // cut off on its way
}

func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return false
	}
	charset := params["charset"]
	return charset == "" || strings.EqualFold(charset, "utf-8")
}

// checkJSON refuses what the decoder would let pass or mend in silence: bad UTF-8, NUL, a
// member given twice, nesting without end, numbers beyond any range, a second document.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return fault.BadField("", "not_text")
	}
	w := walker{dec: json.NewDecoder(bytes.NewReader(body))}
	w.dec.UseNumber()
	if err := w.value(0); err != nil {
		return err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return fault.BadField("", "malformed")
	}
	return nil
}

// walker goes through a document once, token by token; path is where it stands.
type walker struct {
	dec  *json.Decoder
	path []byte
}

func (w *walker) bad(code string, params ...string) error {
	return fault.BadField(place(string(w.path)), code, params...)
}

func (w *walker) value(depth int) error {
	if depth > maxDepth {
		return w.bad("too_deep", "Max", strconv.Itoa(maxDepth))
	}
	token, err := w.dec.Token()
	if err != nil {
		return w.bad("malformed")
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return w.object(depth)
		}
		return w.array(depth)
	case string:
		if strings.ContainsRune(t, 0) {
			return w.bad("not_text")
		}
	case json.Number:
		if f, err := t.Float64(); err != nil || math.IsInf(f, 0) || len(t) > 64 {
			return w.bad("number_form")
		}
	}
	return nil
}

func (w *walker) object(depth int) error {
	seen, here := map[string]bool{}, len(w.path)
	for w.dec.More() {
		token, err := w.dec.Token()
		if err != nil {
			return w.bad("malformed")
		}
		name, _ := token.(string)
		if here > 0 {
			w.path = append(w.path, '.')
		}
		w.path = append(w.path, name...)
		folded := strings.ToLower(name) // the decoder does not tell Name from name
		switch {
		case strings.ContainsRune(name, 0):
			return w.bad("not_text")
		case seen[folded]:
			return w.bad("given_twice")
		}
		seen[folded] = true
		if err := w.value(depth + 1); err != nil {
			return err
		}
		w.path = w.path[:here]
	}
	return w.end()
}

func (w *walker) array(depth int) error {
	here := len(w.path)
	for i := int64(0); w.dec.More(); i++ {
		w.path = append(strconv.AppendInt(append(w.path, '['), i, 10), ']')
		if err := w.value(depth + 1); err != nil {
			return err
		}
		w.path = w.path[:here]
	}
	return w.end()
}

func (w *walker) end() error {
	if _, err := w.dec.Token(); err != nil {
		return w.bad("malformed")
	}
	return nil
}
