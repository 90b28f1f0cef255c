package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium starts the browser of the test machine once for a test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	program := os.Getenv("CLUSTERZONE_TEST_CHROMIUM")
	if program == "" {
		program, _ = exec.LookPath("chromium")
	}
	if program == "" && os.Getenv("CI") == "true" {
		t.Fatal("no Chromium: start the parts with deploy/services.sh up")
	}
	if program == "" {
		t.Skip("no Chromium here")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU)
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the first call owns the process
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// tab is one person at a browser of their own: no cookie is shared with another's.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
	who  string
}

// sitDown opens a browser for a person and logs in through the page.
func (s *story) sitDown(ctx context.Context, login string) *tab {
	s.t.Helper()
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(func(event any) {
		if e, ok := event.(*runtime.EventExceptionThrown); ok {
			s.t.Errorf("%s: a script failed: %s %+v", login, e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		}
	}))
	s.t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	s.t.Cleanup(cancel)
	b := &tab{t: s.t, ctx: ctx, base: "http://" + s.in.addr, who: login}
	b.do(chromedp.EmulateViewport(1280, 900))
	if login != "" {
		b.logIn(s.who[login].password)
	}
	return b
}

func (b *tab) logIn(password string) {
	b.t.Helper()
	b.open("/login")
	b.fill(map[string]string{"login": b.who, "password": password})
	b.send("login", "")
	if b.path() == "/login" {
		b.t.Fatalf("%s could not log in: %s", b.who, b.text())
	}
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", b.who, err)
	}
}

// look evaluates an expression in the page; a page that is just being left is looked at again.
func look[V any](b *tab, expression string) V {
	b.t.Helper()
	var v V
	var err error
	for range 50 {
		if v, err = chromedp.Run(b.ctx, chromedp.Evaluate[V](expression, chromedp.EvalAwaitPromise)); err == nil {
			return v
		}
		if !strings.Contains(err.Error(), "navigated") && !strings.Contains(err.Error(), "context") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("%s: %s: %v", b.who, expression, err)
	return v
}

// open goes to a page; after weeks have passed the session is over and one logs in again.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base+path), chromedp.WaitVisible(chromedp.CSS("main")))
	b.t.Logf("%s opens %s", b.who, path)
	if t := b.text(); strings.Contains(t, "⟦") {
		b.t.Errorf("%s: %s shows a missing text: %s", b.who, path, t)
	}
}

func (b *tab) path() string { return look[string](b, "location.pathname") }

func (b *tab) text() string {
	return look[string](b, "(document.querySelector('main') ?? document.body)?.innerText ?? ''")
}

func (b *tab) sees(words ...string) {
	b.t.Helper()
	text := b.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Errorf("%s at %s does not see %q in:\n%s", b.who, b.path(), w, text)
		}
	}
}

// fill types values into the fields of the page by their names, as events a script can hear.
func (b *tab) fill(values map[string]string) (filled int) {
	b.t.Helper()
	if values == nil {
		values = map[string]string{}
	}
	text, _ := json.Marshal(values) // strings always marshal
	return int(look[float64](b, fmt.Sprintf(`(() => { const values = %s; let n = 0;
		for (const el of document.querySelectorAll("main [name]")) {
			if (!(el.name in values) || el.disabled) continue;
			const v = values[el.name]; n++;
			if (el.type === "radio") { if (el.value === v) el.click(); }
			else if (el.type === "checkbox") { if (v.split("\n").includes(el.value) !== el.checked) el.click(); }
			else { el.value = v; el.dispatchEvent(new Event("input", {bubbles: true})); el.dispatchEvent(new Event("change", {bubbles: true})); }
		} return n })()`, text)))
}

// send submits the form that holds a field, by the button of a value ("" is the plain one),
// and waits for the next page.
func (b *tab) send(field, value string) {
	b.t.Helper()
	b.leave(fmt.Sprintf(`(() => { const form = document.querySelector('main form [name="%s"]')?.form ?? document.querySelector('main form');
		const all = [...form.querySelectorAll('button[type=submit]'), ...document.querySelectorAll('button[form="' + form.id + '"]')];
		const button = all.find(x => %q ? x.value === %q : !x.name && !x.classList.contains('visually-hidden')) ?? all[0];
		button.click(); return true })()`, field, value, value))
}

// leave does something that leads to another page and waits for it.
func (b *tab) leave(program string) {
	b.t.Helper()
	look[bool](b, "window.stale = true")
	look[bool](b, program)
	look[bool](b, `document.querySelector("dialog[open] [data-confirm-yes]")?.click() || true`)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(40 * time.Millisecond) {
		ready, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!window.stale && document.readyState === 'complete'"))
		if err == nil && ready {
			return
		}
	}
	b.t.Fatalf("%s: nothing happened at %s: %s", b.who, b.path(), b.text())
}

// take presses the button of an action on the page of a case, fills what it asks and sends it.
func (b *tab) take(casePath, action string, values map[string]string) {
	b.t.Helper()
	b.open(casePath)
	link := fmt.Sprintf(`document.querySelector('main a[href="%s/act/%s"]')`, casePath, action)
	if !look[bool](b, link+" !== null") {
		b.t.Fatalf("%s has no button for %s at %s:\n%s", b.who, action, casePath, b.text())
	}
	b.leave(link + ".click() || true")
	b.fill(values)
	b.send("version", "")
	if strings.Contains(b.path(), "/act/") {
		b.t.Fatalf("%s: %s was refused:\n%s", b.who, action, b.text())
	}
}

// attach puts a file into a slot through the upload widget and waits until it is stored.
func (b *tab) attach(slot, name string, content []byte) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	input := fmt.Sprintf(`[data-upload][data-fields*='"%s"'] input[type=file]`, slot)
	b.do(chromedp.SetUploadFiles(chromedp.CSS(input), []string{path}))
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if strings.Contains(b.text(), name) && look[bool](b, fmt.Sprintf(`document.querySelector("a[href^='/attachments/'], a[href^='/files/']") !== null && (document.body?.innerText ?? '').includes(%q)`, name)) &&
			look[bool](b, "document.querySelectorAll('.drop-list li').length === 0 || [...document.querySelectorAll('.drop-list li')].every(x => !x.querySelector('progress'))") {
			return
		}
	}
	b.t.Fatalf("%s: %s was not stored:\n%s", b.who, name, b.text())
}
