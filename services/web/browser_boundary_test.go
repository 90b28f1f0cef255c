package web_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"clusterzone/services/application"
	"clusterzone/services/survey"
)

// TestBoundaryInBrowser draws, imports and prints a boundary as people do.
func TestBoundaryInBrowser(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	f.establish()
	home := f.served(t, "filler")
	for i, test := range []struct {
		name string
		run  func(*testing.T, context.Context, *filing, string, string)
	}{{"Draw", boundaryIsDrawn}, {"Cut", boundaryIsCut}, {"List", boundaryByList}, {"Import", boundaryIsImported}, {"Print", boundaryIsPrinted}} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, ctx, f, home, f.start(t, fmt.Sprintf("渝中区测试服务边界%d集聚示范区", i)))
		})
	}
}

func openMap(t *testing.T, ctx context.Context, address string, forgive ...string) context.Context {
	t.Helper()
	tab := tab(t, ctx, address, forgive...)
	until(t, tab, `document.querySelector("[data-map-ready]")`)
	act(t, tab, script(`document.querySelector("[data-map-ground]").scrollIntoView({block: "center"})`))
	return tab
}

// press clicks the map at a share of its width and height.
func press(t *testing.T, tab context.Context, x, y float64) {
	t.Helper()
	box := evaluate[[]float64](t, tab, `(() => { const b = document.querySelector("[data-map-ground]").getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()`)
	at := func(px, py float64) (float64, float64) { return box[0] + px*box[2], box[1] + py*box[3] }
	mx, my := at(x, y)
	act(t, tab, chromedp.MouseEvent("mouseMoved", mx-3, my-3))
	act(t, tab, chromedp.MouseEvent("mouseMoved", mx, my))
	act(t, tab, chromedp.MouseClickXY(mx, my))
}

func tool(t *testing.T, tab context.Context, class string) {
	t.Helper()
	act(t, tab, script(fmt.Sprintf(`(() => { const a = document.querySelector(%q).closest("a"); a.focus();
		a.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})); })()`, class)))
}

const (
	shownArea   = `Number(document.querySelector("[data-map-area]").dataset.m2)`
	shownNotes  = `document.querySelector("[data-map-notes]").textContent`
	drawnShape  = `JSON.parse(document.getElementsByName("boundary.polygon")[0].value || "null")`
	serverSpoke = `document.querySelector("[data-map-area]").dataset.checked === "yes"`
)

func boundaryIsDrawn(t *testing.T, ctx context.Context, f *filing, home, app string) {
	tab := openMap(t, ctx, home+app+"/edit?part=boundary")
	tool(t, tab, ".leaflet-pm-icon-polygon")
	for _, p := range [][2]float64{{0.3, 0.3}, {0.6, 0.3}, {0.6, 0.7}} {
		press(t, tab, p[0], p[1])
	}
	if got := evaluate[string](t, tab, `document.querySelector("[data-map-area]").textContent`); !strings.Contains(got, "正在绘制") {
		t.Errorf("while drawing the map says %q", got)
	}
	press(t, tab, 0.3, 0.7)
	press(t, tab, 0.3, 0.3) // the first vertex ends the shape
	until(t, tab, drawnShape+`?.type === "Polygon"`)
	live := evaluate[float64](t, tab, shownArea)
	until(t, tab, serverSpoke)
	served := evaluate[float64](t, tab, shownArea)
	if live <= 0 || math.Abs(live-served) > 1+served*1e-6 {
		t.Errorf("the page measures %v m², the server %v", live, served)
	}
	until(t, tab, saved)
	tool(t, tab, ".leaflet-pm-icon-polygon") // a second one that snaps to the corner of the first
	press(t, tab, 0.605, 0.295)
	press(t, tab, 0.8, 0.3)
	press(t, tab, 0.8, 0.6)
	press(t, tab, 0.605, 0.295)
	until(t, tab, drawnShape+`?.type === "MultiPolygon"`)
	if !evaluate[bool](t, tab, `(() => { const [a, b] = `+drawnShape+`.coordinates; return a[0].some(([x, y]) => b[0].some(([u, v]) => x === u && y === v)); })()`) {
		t.Errorf("the second shape did not snap to the first: %s", evaluate[string](t, tab, `JSON.stringify(`+drawnShape+`)`))
	}
	act(t, tab, script(`document.querySelector("[data-map-undo]").click()`))
	until(t, tab, drawnShape+`?.type === "Polygon"`)
	act(t, tab, script(`document.querySelector("[data-map-undo]").click()`))
	until(t, tab, drawnShape+` === null`)
}

func boundaryIsCut(t *testing.T, ctx context.Context, f *filing, home, app string) {
	f.importBoundary(t, app, f.content(8).Boundary.Polygon).want(t, http.StatusSeeOther)
	tab := openMap(t, ctx, home+app+"/edit?part=boundary")
	before := evaluate[float64](t, tab, shownArea)
	tool(t, tab, ".leaflet-pm-icon-cut")
	for _, p := range [][2]float64{{0.46, 0.46}, {0.54, 0.46}, {0.54, 0.54}, {0.46, 0.54}, {0.46, 0.46}} {
		press(t, tab, p[0], p[1])
	}
	until(t, tab, drawnShape+`.coordinates.length === 2`)
	until(t, tab, serverSpoke)
	if after := evaluate[float64](t, tab, shownArea); after <= 0 || after >= before {
		t.Errorf("with a hole %v m², before %v", after, before)
	}
	if *shots != "" {
		shoot(t, tab, "boundary-cut", 1280)
	}
	until(t, tab, shownNotes+`.includes("渝中区测试集聚示范区")`) // the zone on the same ground, by name and hectares
	if got := evaluate[string](t, tab, shownNotes); !strings.Contains(got, "公顷") {
		t.Errorf("the overlap has no area: %s", got)
	}
}

func boundaryByList(t *testing.T, ctx context.Context, _ *filing, home, app string) {
	tab := openMap(t, ctx, home+app+"/edit?part=boundary")
	list := func(text string) {
		act(t, tab, script(fmt.Sprintf(`document.querySelector("[data-map-list]").value = %q; document.querySelector("[data-map-apply]").click()`, text)))
	}
	list("106.57,29.55\n106.58,29.56\n106.58,29.55\n106.57,29.56")
	until(t, tab, shownNotes+`.includes("106.575000") && `+shownNotes+`.includes("29.555000")`)
	until(t, tab, serverSpoke+` && document.querySelector("[data-map-ground] path.leaflet-interactive, [data-map-ground] path[stroke='#c0282d']")`)
	if got := evaluate[string](t, tab, shownNotes); strings.Count(got, "29.555") != 1 {
		t.Errorf("the crossing is not named once: %s", got)
	}
	list("106.57,29.55\n106.58\n106.58,29.56")
	until(t, tab, shownNotes+`.includes("第 2 行")`)
	list("106.57,29.55\n106.58,29.55\n106.58,29.56\n106.57,29.56\n[hole]\n106.573,29.553\n106.576,29.553\n106.576,29.556")
	until(t, tab, drawnShape+`.coordinates.length === 2`)
	if *shots != "" {
		shoot(t, tab, "boundary-list", 1280)
	}
}

// choose puts a file into the form and says what its numbers are.
func choose(t *testing.T, tab context.Context, name string, content []byte, datum, order string) {
	t.Helper()
	act(t, tab, script(fmt.Sprintf(`(() => {
		const files = new DataTransfer();
		files.items.add(new File([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))], %q));
		const form = document.querySelector("#boundary-import form");
		document.getElementById("boundary-import").open = true;
		form.elements.file.files = files.files;
		form.querySelector('input[name=datum][value=%q]').checked = true;
		form.elements.order.value = %q;
		form.querySelector("button[type=submit]").click();
	})()`, base64.StdEncoding.EncodeToString(content), name, datum, order)))
}

func boundaryIsImported(t *testing.T, ctx context.Context, f *filing, home, app string) {
	want := []survey.Area{{{{106.57, 29.55}, {106.58, 29.55}, {106.58, 29.56}, {106.57, 29.56}, {106.57, 29.55}}}}
	stored := func() string {
		return string(must(f.c.Applications.View(t.Context(), f.actor["filler"], idOf(app)))(t).Content.Boundary.Polygon)
	}
	for i, file := range []struct {
		name           string
		content        []byte
		datum, promise string
	}{
		{"边界.kml", survey.WriteKML("示例", want), "wgs84", "WGS 84"},
		{"界址点.txt", survey.WriteSurvey(want, 36), "cgcs2000", "108°E"},
	} {
		tab := openMap(t, ctx, home+app+"/edit?part=boundary")
		before := stored()
		choose(t, tab, file.name, file.content, file.datum, "header")
		until(t, tab, `document.querySelector(".boundary-preview svg.map-sheet")`)
		if got := evaluate[string](t, tab, `document.querySelector(".boundary-preview").textContent`); !strings.Contains(got, file.promise) || !strings.Contains(got, "1.07") {
			t.Errorf("%s: the preview says %s", file.name, got)
		}
		if *shots != "" {
			shoot(t, tab, "boundary-preview-"+fmt.Sprint(i), 1280)
		}
		if stored() != before {
			t.Errorf("%s was stored before it was confirmed", file.name)
		}
		act(t, tab, script(`document.querySelector(".boundary-preview form button[type=submit]").click()`))
		until(t, tab, `document.querySelector(".flash-done")`)
		g := must(application.ParseGeometry([]byte(stored())))(t)
		for k, at := range g.Areas()[0][0] {
			if math.Abs(at[0]-want[0][0][k][0]) > 2e-9 || math.Abs(at[1]-want[0][0][k][1]) > 2e-9 {
				t.Errorf("%s: point %d is %v", file.name, k, at)
			}
		}
	}
	tab := openMap(t, ctx, home+app+"/edit?part=boundary", "422")
	choose(t, tab, "坏.txt", []byte("106.57,29.55\n106.58\n"), "cgcs2000", "lon-lat")
	until(t, tab, `document.querySelector("#boundary-import[open] .field-error")?.textContent.includes("第 2 行")`)
}

func boundaryIsPrinted(t *testing.T, ctx context.Context, f *filing, home, app string) {
	f.importBoundary(t, app, f.content(8).Boundary.Polygon).want(t, http.StatusSeeOther)
	tab := tab(t, ctx, home+app+"/boundary/print")
	until(t, tab, `document.querySelector(".map-scale[data-metres]") && document.querySelector(".map-north") && document.querySelector(".map-own")`)
	page := evaluate[string](t, tab, `document.body.textContent`)
	for _, want := range []string{"东至", "南至", "西至", "北至", "CGCS2000", "草稿", "比例尺 1:", "km²"} {
		if !strings.Contains(page, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	if evaluate[float64](t, tab, `document.scripts.length + document.querySelectorAll("nav").length`) != 0 {
		t.Error("the sheet has scripts or navigation")
	}
	if *shots != "" {
		shoot(t, tab, "boundary-print", 1280)
	}
}
