package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"clusterzone/services/application"
)

// Two people and a second tab of one of them type into one draft with real keys, while the
// line is cut five times – twice so that an answer is lost after the save – and the server is
// killed and started again. Nothing that the line called saved is ever missing, and in the
// end the server holds everything typed.
func TestNothingTypedIsLost(t *testing.T) {
	ctx := chromium(t)
	in := newInstallation(t, false)
	s := newStory(in)
	s.found()
	for login, role := range map[string]string{"filler": "filler", "colleague": "filler"} {
		s.hireOne(login, "500103", role)
	}
	s.hireOne("officer", "commission", "officer")
	s.openRound()
	line := newWire(t, in.addr)
	direct := in.addr
	in.addr = line.addr
	filler, colleague := s.sitDown(ctx, "filler"), s.sitDown(ctx, "colleague")
	in.addr = direct
	filler.open("/applications/new")
	filler.fill(map[string]string{"round_id": s.roundID(), "name": "渝中区断线测试集聚示范区"})
	filler.send("name", "")
	s.app = strings.TrimSuffix(filler.path(), "/edit")
	second := filler.another()
	writers := []*writer{
		{tab: filler, part: "positioning", field: "positioning.text"},
		{tab: colleague, part: "positioning", field: "positioning.relation"},
		{tab: second, part: "fund", field: "fund.source_line"},
	}
	for i, w := range writers {
		w.s, w.text = s, keys(i, 240)
		w.begin()
	}
	troubled := make(chan struct{})
	go func() { defer close(troubled); trouble(in, line) }()
	pace := time.NewTicker(350 * time.Millisecond) // the trouble ends before the typing
	defer pace.Stop()
	for at := 0; at < 240; at += 6 {
		<-pace.C
		for _, w := range writers {
			w.types(at, at+6)
		}
		if at%30 == 24 {
			writers[at/30%3].holds()
		}
	}
	<-troubled
	for _, w := range writers {
		w.settles()
	}
	s.closedTabLosesNothing(line, filler)
	s.whole()
}

// trouble cuts the line five times and kills the server once, while people type.
func trouble(in *installation, line *wire) {
	for i := range 5 {
		time.Sleep(1200 * time.Millisecond)
		if i%2 == 1 {
			line.set(mute)
			time.Sleep(1200 * time.Millisecond)
		}
		line.set(cut)
		if i == 2 {
			in.kill()
			in.spawn("serve")
		}
		time.Sleep(800 * time.Millisecond)
		line.set(whole)
	}
}

// keys is a text in which every place can be told from every other.
func keys(seed, length int) string {
	var b strings.Builder
	for i := 0; b.Len() < length; i++ {
		fmt.Fprintf(&b, "%c%d.", 'a'+seed, i)
	}
	return b.String()[:length]
}

// writer is a person typing into one field of a draft.
type writer struct {
	*tab
	s           *story
	part, field string
	text        string
}

func (w *writer) begin() {
	w.open(w.s.app + "/edit?part=" + w.part)
	w.do(chromedp.Focus(chromedp.CSS(fmt.Sprintf("[name=%q]", w.field))))
}

func (w *writer) types(from, to int) { w.do(chromedp.KeyEvent(w.text[from:to])) }

// holds requires that what the line calls saved is on the server.
func (w *writer) holds() {
	w.t.Helper()
	seen := look[string](w.tab, fmt.Sprintf(`(() => { const form = document.querySelector("form[data-autosave]");
		return form.querySelector("[data-autosave-state]").dataset.autosaveState + "|" + form.elements[%q].value })()`, w.field))
	state, value, _ := strings.Cut(seen, "|")
	if state != "saved" {
		return
	}
	if stored := w.stored(); !strings.HasPrefix(stored, value) {
		w.t.Errorf("%s: the line says saved, the server holds\n%s\nof\n%s", w.field, stored, value)
	}
}

// settles waits for the line to say saved, and finds everything on the server.
func (w *writer) settles() {
	w.t.Helper()
	const state = `document.querySelector("[data-autosave-state]").dataset.autosaveState`
	end := time.Now().Add(40 * time.Second)
	for look[string](w.tab, state) != "saved" && time.Now().Before(end) {
		time.Sleep(100 * time.Millisecond)
	}
	if got := look[string](w.tab, state); got != "saved" {
		w.t.Errorf("%s: the line says %s in the end: %s", w.field, got, w.tab.text())
	}
	if got := w.stored(); got != w.text {
		w.t.Errorf("%s: stored\n%s\ntyped\n%s", w.field, got, w.text)
	}
}

// stored is what the server holds of the field, asked over a line of its own.
func (w *writer) stored() string {
	w.t.Helper()
	w.s.in.waitReady()
	var a struct {
		Content application.Content `json:"content"`
	}
	w.s.who["filler"].ok(http.MethodGet, w.s.app, nil).into(w.t, &a)
	return map[string]string{"positioning.text": a.Content.Positioning.Text, "positioning.relation": a.Content.Positioning.Relation,
		"fund.source_line": a.Content.Fund.SourceLine}[w.field]
}

// another opens a second tab of the same browser.
func (b *tab) another() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	other := &tab{t: b.t, ctx: ctx, base: b.base, who: b.who}
	other.do(chromedp.EmulateViewport(1280, 900))
	return other
}

// closedTabLosesNothing types with the line cut, closes the tab, and finds the words saved once
// the draft is opened again: at the part and field where the person was.
func (s *story) closedTabLosesNothing(line *wire, filler *tab) {
	s.t.Helper()
	gone := &writer{tab: filler.another(), s: s, part: "fund", field: "fund.source_line"}
	gone.begin()
	time.Sleep(2 * time.Second) // the server hears where the person is
	before := gone.stored()
	line.set(cut)
	gone.do(chromedp.KeyEvent("kept"))
	kept := look[string](gone.tab, `document.querySelector("[name='fund.source_line']").value`)
	time.Sleep(300 * time.Millisecond)
	if err := chromedp.Cancel(gone.ctx); err != nil {
		s.t.Fatal(err)
	}
	line.set(whole)
	if got := gone.stored(); got != before || len(kept) != len(before)+4 {
		s.t.Fatalf("with the line cut %q became %q, typed %q", before, got, kept)
	}
	back := &writer{tab: filler.another(), s: s, part: "fund", field: "fund.source_line", text: kept}
	back.open(s.app + "/edit")
	if got := look[string](back.tab, `location.search + location.hash + " " + document.activeElement.name`); got != "?part=fund#f-fund.source_line fund.source_line" {
		s.t.Errorf("the draft opens at %s", got)
	}
	back.settles()
	back.sees("已找回上次没有保存的")
}
