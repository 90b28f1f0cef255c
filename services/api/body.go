package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	if err := w.value("", 0); err != nil {
		return err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return fault.BadField("", "malformed")
	}
	return nil
}

// walker goes through a document once, token by token.
type walker struct{ dec *json.Decoder }

func (w walker) value(path string, depth int) error {
	if depth > maxDepth {
		return fault.BadField(place(path), "too_deep", "Max", strconv.Itoa(maxDepth))
	}
	token, err := w.dec.Token()
	if err != nil {
		return fault.BadField(place(path), "malformed")
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return w.object(path, depth)
		}
		return w.array(path, depth)
	case string:
		return readable(path, t)
	case json.Number:
		return bounded(path, t)
	}
	return nil
}

func (w walker) object(path string, depth int) error {
	seen := map[string]bool{}
	for w.dec.More() {
		token, err := w.dec.Token()
		if err != nil {
			return fault.BadField(place(path), "malformed")
		}
		name, _ := token.(string)
		child := strings.TrimPrefix(path+"."+name, ".")
		if err := readable(child, name); err != nil {
			return err
		}
		folded := strings.ToLower(name) // the decoder does not tell Name from name
		if seen[folded] {
			return fault.BadField(place(child), "given_twice")
		}
		seen[folded] = true
		if err := w.value(child, depth+1); err != nil {
			return err
		}
	}
	return w.end(path)
}

func (w walker) array(path string, depth int) error {
	for i := 0; w.dec.More(); i++ {
		if err := w.value(fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
			return err
		}
	}
	return w.end(path)
}

func (w walker) end(path string) error {
	if _, err := w.dec.Token(); err != nil {
		return fault.BadField(place(path), "malformed")
	}
	return nil
}

func readable(path, s string) error {
	if strings.ContainsRune(s, 0) {
		return fault.BadField(place(path), "not_text")
	}
	return nil
}

func bounded(path string, n json.Number) error {
	f, err := n.Float64()
	if err != nil || math.IsInf(f, 0) || len(n) > 64 {
		return fault.BadField(place(path), "number_form")
	}
	return nil
}
