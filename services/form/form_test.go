package form_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"clusterzone/services/form"
)

func TestForms(t *testing.T) {
	if len(form.Names()) < 4 {
		t.Fatalf("forms: %q", form.Names())
	}
	for _, name := range form.Names() {
		for _, name := range []string{name, name + "-sample"} {
			title, content, err := form.Docx(name)
			if err != nil || title == "" {
				t.Fatalf("%s: %q, %v", name, title, err)
			}
			text := textOf(t, content)
			if places := strings.Count(text, "［"); (places == 0) != strings.HasSuffix(name, "-sample") {
				t.Errorf("%s: %d places to fill in: %s", name, places, text)
			}
			if strings.HasSuffix(name, "-sample") && !strings.Contains(text, "虚构") {
				t.Errorf("%s does not say that it is invented", name)
			}
			if _, again, _ := form.Docx(name); !bytes.Equal(again, content) {
				t.Errorf("%s differs from one time to the next", name)
			}
		}
	}
	if _, _, err := form.Docx("../form"); !errors.Is(err, form.ErrUnknown) {
		t.Errorf("a path: got %v", err)
	}
}

// textOf reads a document as Word does: every part must be well formed.
func textOf(t *testing.T, content []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(r)
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if c, ok := token.(xml.CharData); ok && f.Name == "word/document.xml" {
				text.Write(c)
			}
		}
	}
	return text.String()
}
