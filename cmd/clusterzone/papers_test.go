package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/wording"
)

// bench is an installation with one case, and a filler who works on it.
type bench struct {
	*seeder
	filler identity.Actor
	kase   *demoCase
}

func newBench(t *testing.T) *bench {
	t.Helper()
	cfg, err := readConfig(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	cfg.demo, cfg.DataDir = true, t.TempDir()
	s, err := newSeeder(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.app.close() })
	b := &bench{seeder: s, kase: &demoCase{seed: 7, unit: "500103", name: "渝中区示例纸面集聚示范区", sectors: []string{"professional-services", "health"}}}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { _, err := s.makePeople(ctx); return err }, s.makeRounds,
		func(ctx context.Context) error { return s.start(ctx, b.kase, s.current) },
	} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.filler = s.people[s.login(b.kase.unit, "filler")]
	return b
}

// explain gives a goal its reason, so that every kind of field holds something.
func (b *bench) explain(t *testing.T) application.View {
	t.Helper()
	v, err := b.app.applications.View(t.Context(), b.filler, b.kase.ref.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.app.applications.Save(t.Context(), b.filler, v.ID, application.Edit{Version: v.Version, Path: "goals.rows[tax].reason", Value: []byte(`"示例依据:上年税收决算数测算"`)})
	if err != nil {
		t.Fatal(err)
	}
	if v, err = b.app.applications.View(t.Context(), b.filler, v.ID); err != nil {
		t.Fatal(err)
	}
	return v
}

func (b *bench) book(t *testing.T, version int) []byte {
	t.Helper()
	out, err := b.app.papers().Book(t.Context(), b.filler, b.kase.ref.ID, version)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// textOf reads the text of a PDF in the order it was written, without white space and without
// what stands on every page: running head, foot and marks.
func textOf(t *testing.T, pdf []byte) string {
	t.Helper()
	text := squeezed(readPDF(t, pdf, "-x", "0", "-y", "57", "-W", "596", "-H", "726"))
	return strings.NewReplacer("演示数据，非真实文件", "", "草稿", "").Replace(text)
}

func readPDF(t *testing.T, pdf []byte, options ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(name, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", append(append([]string{"-raw", "-enc", "UTF-8"}, options...), name, "-")...).Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out)
}

func squeezed(text string) string { return strings.Join(strings.Fields(text), "") }

// readable is a stored value as the paper says it: a number in its unit, a code by its name.
func (b *bench) readable(t *testing.T, c application.Change) string {
	t.Helper()
	p := b.app.papers()
	_, field, _ := strings.Cut(c.Path, "]")
	switch {
	case c.Path == "body.kind":
		return p.text(application.BodyKindLabelKey(application.BodyKind(c.New)))
	case strings.HasPrefix(c.Path, "business.sectors"), field == ".sector":
		return p.sector(c.New)
	case field == ".revenue_band":
		return p.band(c.New)
	case c.Path == "positioning.area":
		area, _ := b.app.book.Area(c.New)
		return area.Name.ZH
	case field == ".indicator":
		return p.indicator(c.New)
	}
	if u := application.UnitOf(c.Path); u != application.UnitNone {
		n, err := strconv.ParseInt(c.New, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", c.Path, err)
		}
		return u.Format(n)
	}
	return c.New
}

// Everything that is signed stands on the paper: each field, each corner of the boundary, each
// file with its hash, the number and the digest. A draft says so across each page, what has
// been submitted does not, and the same version is printed the same to the byte.
func TestBookHoldsWhatIsSigned(t *testing.T) {
	b := newBench(t)
	v := b.explain(t)
	draft := b.book(t, 0)
	if pages, marks := strings.Count(readPDF(t, draft), "\f"), strings.Count(squeezed(readPDF(t, draft)), "草稿"); marks < pages || pages < 3 {
		t.Errorf("the draft has %d pages and says so %d times", pages, marks)
	}
	digest, err := application.DigestOf(v.Name, v.Content, v.Files)
	if err != nil {
		t.Fatal(err)
	}
	b.holds(t, draft, v, digest)
	if err := b.act(t.Context(), b.filler.Login, b.kase.ref, "send_to_sign", "", nil); err != nil {
		t.Fatal(err)
	}
	if err := b.act(t.Context(), b.login(b.kase.unit, "leader"), b.kase.ref, "sign", "", nil); err != nil {
		t.Fatal(err)
	}
	signed := b.book(t, 1)
	if strings.Contains(squeezed(readPDF(t, signed)), "草稿") {
		t.Error("a submitted version says that it is a draft")
	}
	if v, err = b.app.applications.View(t.Context(), b.filler, v.ID); err != nil {
		t.Fatal(err)
	}
	if v.Digest != digest {
		t.Errorf("the draft promised digest %s, the signed version has %s", digest, v.Digest)
	}
	b.holds(t, signed, v, v.Digest)
	b.now = b.now.Add(48 * time.Hour)
	if again := b.book(t, 1); sha256.Sum256(again) != sha256.Sum256(signed) {
		t.Error("the same version is printed differently two days later")
	}
	if _, err := b.app.papers().Book(t.Context(), b.filler, v.ID, -1); !fault.Is(err, fault.NotFound) {
		t.Errorf("the draft of what is signed: %v", err)
	}
	if _, err := b.app.papers().Book(t.Context(), b.filler, v.ID, 2); !fault.Is(err, fault.NotFound) {
		t.Errorf("a version that was never signed: %v", err)
	}
}

func (b *bench) holds(t *testing.T, pdf []byte, v application.View, digest string) {
	t.Helper()
	text := textOf(t, pdf)
	all, err := application.Compare(application.Content{}, v.Content)
	if err != nil || len(all) < 60 {
		t.Fatalf("%d values: %v", len(all), err)
	}
	for _, c := range all {
		if c.Path == "boundary.polygon" {
			continue
		}
		if want := squeezed(b.readable(t, c)); want == "" || !strings.Contains(text, want) {
			t.Errorf("%s: the paper lacks %q", c.Path, want)
		}
	}
	for _, ring := range application.Corners(v.Content.Boundary.Polygon) {
		for _, corner := range ring {
			if !strings.Contains(text, corner[0].String()+corner[1].String()) {
				t.Errorf("the paper lacks the corner %s", corner)
			}
		}
	}
	for _, f := range v.Files {
		for _, want := range []string{f.Name, f.SHA256} {
			if !strings.Contains(text, squeezed(want)) {
				t.Errorf("the paper lacks %s of file %s", want, f.Slot)
			}
		}
	}
	whole := squeezed(readPDF(t, pdf))
	pages := strings.Count(readPDF(t, pdf), "\f")
	for _, want := range []string{v.Number, digest, "第1页共" + strconv.Itoa(pages) + "页"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the paper lacks %s", want)
		}
	}
	if n := strings.Count(whole, digest); n < pages {
		t.Errorf("the digest stands on %d of %d pages", n, pages)
	}
}

// The receipt proves what arrived and when: number, local time, digest, who signed, and each
// file with its hash; it is the same whenever it is asked for.
func TestReceiptIsComplete(t *testing.T) {
	b := newBench(t)
	leader := b.login(b.kase.unit, "leader")
	if err := b.act(t.Context(), b.filler.Login, b.kase.ref, "send_to_sign", "", nil); err != nil {
		t.Fatal(err)
	}
	if err := b.act(t.Context(), leader, b.kase.ref, "sign", "", nil); err != nil {
		t.Fatal(err)
	}
	v, err := b.app.applications.View(t.Context(), b.filler, b.kase.ref.ID)
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := b.app.papers().Receipt(t.Context(), b.filler, v.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := squeezed(readPDF(t, pdf))
	shanghai := v.SubmittedAt.In(time.FixedZone("CST", 8*3600))
	want := []string{v.Number, v.Digest, v.Name, b.people[leader].Name, "第1版", wording.DateTime(wording.ZH, *v.SubmittedAt), shanghai.Format("15:04"), "北京时间"}
	for _, f := range v.Files {
		want = append(want, f.Name, f.SHA256)
	}
	for _, w := range want {
		if !strings.Contains(text, squeezed(w)) {
			t.Errorf("the receipt lacks %q", w)
		}
	}
	again, err := b.app.papers().Receipt(t.Context(), b.filler, v.ID, 1)
	if err != nil || !bytes.Equal(pdf, again) {
		t.Errorf("a second receipt differs: %v", err)
	}
}
