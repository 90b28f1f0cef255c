package web_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"clusterzone/services/web"
	"clusterzone/services/web/views"
)

// shots is a folder that receives pictures of the gallery, for looking at it:
// go test ./services/web -run Gallery -shots <folder>.
var shots = flag.String("shots", "", "write pictures of the gallery into this folder")

// site is a server with the gallery and, behind its widgets, answers that a test
// can bend.
type site struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	saves    []string // goal values taken by autosave
	answer   func(w http.ResponseWriter, r *http.Request)
	stored   []byte // what the store received
	slot     string // field of the ticket that reached the store
	complete map[string]string
	acts     int // actions posted
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t}
	d, static := newRenderer(t, web.Config{})
	mux := http.NewServeMux()
	mux.Handle(web.StaticPrefix, static)
	mux.HandleFunc("GET /gallery", func(w http.ResponseWriter, r *http.Request) {
		var all []string
		page := within(views.Layout(galleryPage(r.URL.String())), joined(&all)...)
		if err := d.Render(w, r, http.StatusOK, page); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /geo/{name}", s.geo)
	mux.HandleFunc("POST /geo/check", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"area_m2": 1072345.0, "problems": []any{}, "notes": []any{},
			"overlaps": []any{map[string]any{"name": "邻区示范区", "area_m2": 20000, "text": "与“邻区示范区”重叠 2 公顷"}}})
	})
	mux.HandleFunc("POST /applications/17/draft", s.draft)
	mux.HandleFunc("POST /applications/17/actions", s.act)
	mux.HandleFunc("POST /upload/tickets", s.ticket)
	mux.HandleFunc("POST /store", s.store)
	mux.HandleFunc("POST /upload/{id}/complete", s.finish)
	mux.HandleFunc("GET /upload/list", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<p id="listed">已列出</p>`) })
	mux.HandleFunc("GET /progress", func(w http.ResponseWriter, r *http.Request) {
		if err := d.Render(w, r, http.StatusOK, views.ProgressBox(views.Progress{Label: "导出完成", Done: 23, Total: 23})); err != nil {
			t.Error(err)
		}
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the browser may be gone
}

// geo answers with an outline or with two zones.
func (s *site) geo(w http.ResponseWriter, r *http.Request) {
	ring := func(x, y, size float64) []any {
		return []any{[]any{[]any{x, y}, []any{x + size, y}, []any{x + size, y + size}, []any{x, y + size}, []any{x, y}}}
	}
	feature := func(name string, rings []any) any {
		return map[string]any{"type": "Feature", "properties": map[string]any{"name": name, "href": "/zones/1"}, "geometry": map[string]any{"type": "Polygon", "coordinates": rings}}
	}
	features := []any{feature("", ring(106.48, 29.53, 0.06))}
	if r.PathValue("name") == "zones" {
		features = []any{feature("甲示范区", ring(106.515, 29.545, 0.012)), feature("乙示范区", ring(106.49, 29.57, 0.008))}
	}
	reply(w, map[string]any{"type": "FeatureCollection", "features": features})
}

func (s *site) draft(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answer != nil {
		s.answer(w, r)
		return
	}
	s.saves = append(s.saves, r.FormValue("zone.name")+"@"+r.FormValue("version"))
	reply(w, map[string]any{"version": 7, "saved_at": "10:32", "problems": map[string]string{"position.text": "功能定位:少于 200 字,请补充。"}})
}

func (s *site) act(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.acts++
	s.mu.Unlock()
	time.Sleep(300 * time.Millisecond) // time for a second click
	fmt.Fprintf(w, "<p id=acted>%s %s %s</p>", r.FormValue("action"), r.FormValue("version"), r.FormValue("reason"))
}

func (s *site) ticket(w http.ResponseWriter, r *http.Request) {
	var asked map[string]any
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		s.t.Errorf("ticket: %v", err)
	}
	if asked["name"] == "refused.pdf" {
		w.WriteHeader(http.StatusUnprocessableEntity)
		reply(w, map[string]string{"detail": "材料:文件名与已有材料相同。"})
		return
	}
	reply(w, map[string]any{"id": "t1", "url": s.URL + "/store", "fields": map[string]any{"key": asked["slot"]}})
}

func (s *site) store(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	content, err := io.ReadAll(file)
	if err != nil {
		s.t.Errorf("store: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored, s.slot = content, r.FormValue("key")
	w.WriteHeader(http.StatusNoContent)
}

func (s *site) finish(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.NewDecoder(r.Body).Decode(&s.complete); err != nil {
		s.t.Errorf("complete: %v", err)
	}
	reply(w, map[string]string{})
}

func (s *site) bend(answer func(w http.ResponseWriter, r *http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// browser starts Chromium. It is part of every development host; where it is
// missing the tests are skipped, on the build host they fail.
func browser(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium on the build host")
		}
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

// tab opens a page in a tab of its own and fails the test on anything the browser
// complains about: a refused style or script, an exception, a missing file.
func tab(t *testing.T, ctx context.Context, address string, forgive ...string) context.Context {
	t.Helper()
	complain := func(text string) {
		for _, known := range forgive {
			if strings.Contains(text, known) {
				return
			}
		}
		t.Errorf("the browser complains: %s", text)
	}
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithListener(func(event any) {
		switch event := event.(type) {
		case *log.EventEntryAdded:
			if event.Entry.Level == log.EntryLevelError || event.Entry.Level == log.EntryLevelWarning {
				complain(event.Entry.Text + " " + event.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			complain(fmt.Sprintf("%s %+v", event.ExceptionDetails.Text, event.ExceptionDetails.Exception))
		}
	}))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	act(t, ctx, chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS("main")))
	return ctx
}

func act(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// script runs a program in the page for what it does.
func script(program string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[any](program)(ctx, target)
		return chromedp.Void{}, err
	}
}

// evaluate runs an expression, which may be a promise, and returns its value. A page that is just
// being left answers nothing: the one that follows is asked.
func evaluate[V any](t *testing.T, ctx context.Context, expression string) V {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		value, err := chromedp.Run(ctx, chromedp.Evaluate[V](expression, chromedp.EvalAwaitPromise))
		if err == nil {
			return value
		}
		if !beingLeft(err) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// beingLeft tells whether a question failed because its page went away meanwhile.
func beingLeft(err error) bool {
	for _, sign := range []string{"navigated", "context was destroyed", "Cannot find context", "context with specified id"} {
		if strings.Contains(err.Error(), sign) {
			return true
		}
	}
	return false
}

// until waits for an expression to become true, over pages that are being left or are not whole yet.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	if !comesTrue(t, ctx, expression, 40*time.Second) {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")", chromedp.EvalAwaitPromise))
		t.Fatalf("never came true: %s (%v)", expression, err)
	}
}

func comesTrue(t *testing.T, ctx context.Context, expression string, within time.Duration) bool {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")", chromedp.EvalAwaitPromise)); err == nil && yes {
			return true
		}
	}
	return false
}

func TestBrowser(t *testing.T) {
	ctx := browser(t)
	for name, test := range map[string]func(*testing.T, context.Context, *site){
		"Gallery": testGallery, "Digest": testDigest, "Geometry": testGeometry, "Map": testMap, "Upload": testUpload,
		"Autosave": testAutosave, "AutosaveOffline": testAutosaveOffline, "AutosaveConflict": testAutosaveConflict,
		"AutosaveSession": testAutosaveSession, "Actions": testActions, "Small": testSmallThings,
	} {
		t.Run(name, func(t *testing.T) { test(t, ctx, newSite(t)) })
	}
}

// testGallery looks at every component in both languages and at two widths.
func testGallery(t *testing.T, ctx context.Context, s *site) {
	for _, lang := range []string{"zh-CN", "en"} {
		for _, width := range []int64{1280, 390} {
			tab := tab(t, ctx, s.URL+"/gallery?lang="+lang)
			act(t, tab, chromedp.EmulateViewport(width, 900))
			until(t, tab, `document.querySelectorAll("[data-map-ready]").length === 2`)
			until(t, tab, `document.querySelectorAll(".chart-ground canvas").length === 4`)
			if got := evaluate[float64](t, tab, "document.documentElement.scrollWidth"); got > float64(width) {
				t.Errorf("%s at %d px scrolls sideways: %v px wide", lang, width, got)
			}
			if *shots != "" {
				shoot(t, tab, lang, width)
				shootStates(t, tab, lang)
			}
		}
	}
}

// shoot takes the page screen by screen.
func shoot(t *testing.T, ctx context.Context, name string, width int64) {
	t.Helper()
	const height = 1500
	act(t, ctx, chromedp.EmulateViewport(width, height))
	full := evaluate[float64](t, ctx, "document.documentElement.scrollHeight")
	for i := 0; float64(i)*(height-80) < full; i++ {
		act(t, ctx, script(fmt.Sprintf("window.scrollTo({top: %d, behavior: 'instant'})", i*(height-80))))
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*shots, fmt.Sprintf("%s-%d-%02d.png", name, width, i)), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shootStates takes what opens: the menu of a narrow screen, the person's menu, a
// dialog that asks for a reason.
func shootStates(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	states := []struct{ state, action string }{
		{"person", `scrollTo(0, 0); document.querySelector("details.user").open = true`},
		{"menu", `location.hash = "#menu"`},
		{"dialog", `location.hash = "#main"; document.querySelector("details.user").open = false; document.querySelector("[data-dialog]").click()`},
	}
	for _, s := range states {
		act(t, ctx, chromedp.EmulateViewport(390, 800), script(s.action))
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*shots, name+"-"+s.state+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
		act(t, ctx, script(`document.querySelector("dialog[open]")?.close()`))
	}
}

// testDigest compares our own SHA-256 with Go's over the lengths at which padding
// changes, and over more than one slice.
func testDigest(t *testing.T, ctx context.Context, s *site) {
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN")
	for _, length := range []int{0, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 9 << 20} {
		content := make([]byte, length)
		for i := range content {
			content[i] = byte(i * 7 % 251)
		}
		sum := sha256.Sum256(content)
		made := fmt.Sprintf("new Blob([Uint8Array.from({length: %d}, (_, i) => (i * 7) %% 251)])", length)
		for _, function := range []string{"sha256", "sha256Slowly"} {
			got := evaluate[string](t, tab, "window.clusterzone."+function+"("+made+")")
			if want := hex.EncodeToString(sum[:]); got != want {
				t.Errorf("%s of %d bytes: got %s, want %s", function, length, got, want)
			}
		}
	}
}

// testGeometry compares areas with a numeric integral over the ellipsoid.
func testGeometry(t *testing.T, ctx context.Context, s *site) {
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN")
	const call = "window.clusterzone.geometry."
	for _, c := range []struct{ south, north, west, east float64 }{
		{29.55, 29.56, 106.50, 106.51}, {28.1, 32.2, 105.2, 110.2}, {-1, 1, 0, 1}, {60, 61, 10, 12},
	} {
		ring := fmt.Sprintf("[[[[%v,%v],[%v,%v],[%v,%v],[%v,%v],[%v,%v]]]]", c.west, c.south, c.east, c.south, c.east, c.north, c.west, c.north, c.west, c.south)
		got, want := evaluate[float64](t, tab, call+"area("+ring+")"), cellArea(c.south, c.north, c.west, c.east)
		if math.Abs(got-want) > want*1e-6 {
			t.Errorf("area of %+v: got %.2f, want %.2f m²", c, got, want)
		}
	}
	holed := "[[[[0,0],[2,0],[2,2],[0,2],[0,0]],[[0.5,0.5],[0.5,1],[1,1],[1,0.5],[0.5,0.5]]]]"
	if got, want := evaluate[float64](t, tab, call+"area("+holed+")"), cellArea(0, 2, 0, 2)-cellArea(0.5, 1, 0.5, 1); math.Abs(got-want) > want*1e-6 {
		t.Errorf("area with a hole: got %.2f, want %.2f m²", got, want)
	}
	for name, c := range map[string]struct{ expression, want string }{
		"crossing":             {`crossing([[0,0],[2,2],[2,0],[0,2],[0,0]])`, "[1,1]"},
		"not crossing":         {`crossing([[0,0],[2,0],[2,2],[0,2],[0,0]])`, "null"},
		"list":                 {`fromText("106.5,29.5\n106.6 29.5\r\n106.6,29.6\n[hole]\n106.55,29.51\n106.56,29.51\n106.56,29.52\n\n107 29\n107.1 29\n107.1 29.1")`, `[[[[106.5,29.5],[106.6,29.5],[106.6,29.6],[106.5,29.5]],[[106.55,29.51],[106.56,29.51],[106.56,29.52],[106.55,29.51]]],[[[107,29],[107.1,29],[107.1,29.1],[107,29]]]]`},
		"list, there and back": {`toText(window.clusterzone.geometry.fromText("1,2\n3,2\n3,4\n[hole]\n1.5,2\n2,2\n2,2.5\n\n5,5\n6,5\n6,6"), "hole")`, `"1,2\n3,2\n3,4\n[hole]\n1.5,2\n2,2\n2,2.5\n\n5,5\n6,5\n6,6"`},
		"collection":           {`polygonsOf({type:"FeatureCollection",features:[{type:"Feature",geometry:{type:"MultiPolygon",coordinates:[[[[1,2,9],[3,2,9],[3,4,9],[1,2,9]]]]}},{type:"Feature",geometry:{type:"Point",coordinates:[1,2]}}]})`, `[[[[1,2],[3,2],[3,4],[1,2]]]]`},
		"projected":            {`fromText("356000.1 3270000.2\n356100 3270000\n356100 3270100")`, "refused"},
		"two points":           {`fromText("106.5 29.5\n106.6 29.6")`, "refused"},
	} {
		if got := evaluate[string](t, tab, "(() => { try { return JSON.stringify("+call+c.expression+") } catch { return 'refused' } })()"); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// cellArea integrates the surface of the CGCS2000 ellipsoid between two parallels
// and two meridians, by Simpson's rule.
func cellArea(south, north, west, east float64) float64 {
	const a, f = 6378137.0, 1 / 298.257222101
	const e2 = f * (2 - f)
	strip := func(degrees float64) float64 {
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		w := 1 - e2*sin*sin
		return a * a * (1 - e2) * cos / (w * w)
	}
	const n = 2000
	h := (north - south) / n
	sum := strip(south) + strip(north)
	for i := 1; i < n; i++ {
		sum += strip(south+float64(i)*h) * float64(2+2*(i%2))
	}
	return sum * h / 3 * math.Pi / 180 * (east - west) * math.Pi / 180
}

func testMap(t *testing.T, ctx context.Context, s *site) {
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN")
	until(t, tab, `document.querySelectorAll("[data-map-ready]").length === 2`)
	label := `document.querySelector("[data-map-area]").textContent`
	if got := evaluate[string](t, tab, label); !strings.Contains(got, "1.07 km²") {
		t.Errorf("area of the boundary given: %q", got)
	}
	list := func(text string) {
		act(t, tab, script(fmt.Sprintf(`document.querySelector("[data-map-list]").value = %q; document.querySelector("[data-map-apply]").click()`, text)))
	}
	list("东至嘉陵路")
	until(t, tab, `document.querySelector("[data-map-notes]").textContent.includes("第 1 行")`)
	if got := evaluate[string](t, tab, `document.querySelector("[name=boundary]").value`); got != squareText {
		t.Errorf("a bad list changed the boundary: %s", got)
	}
	list("106.50 29.55\n106.52 29.55\n106.52 29.57\n106.50 29.57\n")
	until(t, tab, `document.querySelector("[name=boundary]").value.includes("106.52")`)
	until(t, tab, `document.querySelector("[data-map-notes]").textContent.includes("与“邻区示范区”重叠 2 公顷")`)
	act(t, tab, chromedp.Click(chromedp.CSS("[data-map-clear]")), chromedp.WaitVisible(chromedp.CSS("#confirm")), chromedp.Click(chromedp.CSS("[data-confirm-yes]")))
	until(t, tab, `document.querySelector("[name=boundary]").value === ""`)
}

func testUpload(t *testing.T, ctx context.Context, s *site) {
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN", "422")
	dir := t.TempDir()
	content := []byte("%PDF-1.7 演示")
	names := []string{"letter.pdf", "photo.exe", "empty.pdf", "refused.pdf"}
	var files []string
	for _, name := range names {
		body := content
		if name == "empty.pdf" {
			body = nil
		}
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(files[len(files)-1], body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	act(t, tab, chromedp.SetUploadFiles(chromedp.CSS(`[data-upload] input[type=file]`), files))
	until(t, tab, `document.querySelector("#listed")`)
	got := evaluate[[]string](t, tab, `[...document.querySelectorAll(".drop-state")].map((e) => e.textContent)`)
	want := []string{"上传完成", "格式不符，只接受 .pdf .ofd", "文件是空的，请重新选择", "材料:文件名与已有材料相同。"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("states: got %q, want %q", got, want)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256(content)
	if string(s.stored) != string(content) || s.slot != "letter" {
		t.Errorf("the store got %q for slot %q", s.stored, s.slot)
	}
	if s.complete["sha256"] != hex.EncodeToString(sum[:]) || s.complete["id"] != "t1" || s.complete["slot"] != "letter" {
		t.Errorf("reported complete: %v", s.complete)
	}
}

const (
	line  = `document.querySelector("[data-autosave-text]").textContent`
	state = `document.querySelector("[data-autosave-state]").dataset.autosaveState`
)

func testAutosave(t *testing.T, ctx context.Context, s *site) {
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN")
	act(t, tab, chromedp.SendKeys(chromedp.CSS(`[name="zone.name"]`), "新"))
	if got := evaluate[string](t, tab, line); got != "有修改未保存" {
		t.Errorf("right after typing: %q", got)
	}
	until(t, tab, state+` === "saved"`)
	if got := evaluate[string](t, tab, line); got != "已保存 10:32" {
		t.Errorf("after saving: %q", got)
	}
	s.mu.Lock()
	if len(s.saves) != 1 || s.saves[0] != "新化龙桥专业服务集聚示范区@6" {
		t.Errorf("saved: %q", s.saves)
	}
	s.mu.Unlock()
	if got := evaluate[string](t, tab, `document.querySelector('[data-error-for="position.text"] [data-error-text]').textContent`); !strings.Contains(got, "少于 200 字") {
		t.Errorf("the problem did not reach its field: %q", got)
	}
	versions := evaluate[[]string](t, tab, `[...document.querySelectorAll(".actions form [name=version]")].map((e) => e.value)`)
	if strings.Join(versions, ",") != "7,7,7" {
		t.Errorf("buttons of the case keep the old version: %v", versions)
	}
}

// testAutosaveOffline: nothing claims to be saved while the line is down, and it
// is saved without another key once the line is back.
func testAutosaveOffline(t *testing.T, ctx context.Context, s *site) {
	s.bend(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN", "503")
	act(t, tab, chromedp.SendKeys(chromedp.CSS(`[name="zone.name"]`), "二"))
	until(t, tab, state+` === "offline"`)
	if got := evaluate[string](t, tab, line); !strings.HasPrefix(got, "未保存") {
		t.Errorf("while the line is down: %q", got)
	}
	s.bend(nil)
	until(t, tab, state+` === "saved"`)
}

func testAutosaveConflict(t *testing.T, ctx context.Context, s *site) {
	d, _ := newRenderer(t, web.Config{})
	s.bend(func(w http.ResponseWriter, r *http.Request) {
		stale := views.Stale{Action: "/applications/17/actions", Version: 9, By: "演示乙", When: "10:31", Hidden: map[string]string{"action": "resolve"},
			Rows: []views.StaleRow{{Name: "reason", Label: "名称", Mine: r.FormValue("zone.name"), Theirs: "别人的名称"}}}
		if err := d.Render(w, r, http.StatusConflict, views.StaleComparison(stale)); err != nil {
			t.Error(err)
		}
	})
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN", "409")
	act(t, tab, chromedp.SendKeys(chromedp.CSS(`[name="zone.name"]`), "三"))
	until(t, tab, state+` === "conflict"`)
	const choice = "[data-autosave-conflict] "
	text := evaluate[string](t, tab, `document.querySelector("[data-autosave-conflict]").textContent`)
	if !strings.Contains(text, "三化龙桥专业服务集聚示范区") || !strings.Contains(text, "别人的名称") {
		t.Errorf("not both values: %q", text)
	}
	act(t, tab, chromedp.Click(chromedp.CSS(choice+`.stale-side:last-of-type input`)), chromedp.Click(chromedp.CSS(choice+"button[type=submit]")), chromedp.WaitVisible(chromedp.CSS("#acted")))
	if got := evaluate[string](t, tab, `document.querySelector("#acted").textContent`); got != "resolve 9 别人的名称" {
		t.Errorf("the choice sent %q", got)
	}
}

func testAutosaveSession(t *testing.T, ctx context.Context, s *site) {
	s.bend(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN", "401")
	act(t, tab, chromedp.SendKeys(chromedp.CSS(`[name="zone.name"]`), "四"))
	until(t, tab, state+` === "login"`)
	s.bend(nil)
	act(t, tab, script(`window.dispatchEvent(new Event("focus"))`))
	until(t, tab, state+` === "saved"`)
}

func testActions(t *testing.T, ctx context.Context, s *site) {
	once := tab(t, ctx, s.URL+"/gallery?lang=zh-CN")
	act(t, once, script(`{
		const button = document.querySelector(".actions form button");
		button.click();
		setTimeout(() => button.click(), 50); // an impatient second click
		setTimeout(() => button.form.requestSubmit(), 100); // and the enter key
	}`), chromedp.WaitVisible(chromedp.CSS("#acted")))
	s.mu.Lock()
	if s.acts != 1 {
		t.Errorf("a click, another and the enter key sent %d requests", s.acts)
	}
	s.mu.Unlock()

	asked := tab(t, ctx, s.URL+"/gallery?lang=zh-CN")
	const dialog = `#do--applications-17-actions-correct`
	act(t, asked, chromedp.Click(chromedp.CSS(`.actions [data-dialog="do--applications-17-actions-correct"]`)), chromedp.WaitVisible(chromedp.CSS(dialog)),
		chromedp.Click(chromedp.CSS(dialog+" button[type=submit]")))
	if !evaluate[bool](t, asked, `document.querySelector("`+dialog+`").open`) {
		t.Error("the dialog closed without a reason")
	}
	act(t, asked, chromedp.SendKeys(chromedp.CSS(dialog+" textarea"), "缺文号"), chromedp.Click(chromedp.CSS(dialog+" button[type=submit]")), chromedp.WaitVisible(chromedp.CSS("#acted")))
	if got := evaluate[string](t, asked, `document.querySelector("#acted").textContent`); got != "correct 6 缺文号" {
		t.Errorf("the action sent %q", got)
	}
}

func testSmallThings(t *testing.T, ctx context.Context, s *site) {
	tab := tab(t, ctx, s.URL+"/gallery?lang=zh-CN")
	if got := evaluate[string](t, tab, `document.activeElement.className`); got != "summary" {
		t.Errorf("the focus is on %q, not on the summary of problems", got)
	}
	act(t, tab, chromedp.Click(chromedp.CSS(`.summary a[href="#f-goal.revenue"]`)))
	if got := evaluate[string](t, tab, `document.activeElement.name`); got != "goal.revenue" {
		t.Errorf("the summary leads to %q", got)
	}
	if got := evaluate[string](t, tab, `document.querySelector('[name="position.text"] + .field-count').textContent`); got != "12 / 800 字" {
		t.Errorf("count: %q", got)
	}
	act(t, tab, chromedp.Click(chromedp.CSS("[data-select-all]")))
	if got := evaluate[float64](t, tab, `document.querySelectorAll("tbody .cell-pick :checked").length`); got != 3 {
		t.Errorf("select all took %v rows", got)
	}
	act(t, tab, chromedp.Click(chromedp.CSS("details.user summary")), chromedp.WaitVisible(chromedp.CSS(".user-panel")), script(`document.querySelector("h1").click()`))
	until(t, tab, `!document.querySelector("details.user").open`)
	until(t, tab, `document.querySelector(".progress-box strong").textContent === "导出完成"`)
}
