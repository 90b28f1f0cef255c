package web_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/workflows"
)

// shownText is the text of a page without white space and without the commas of thousands.
func shownText(t *testing.T, body string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return tight(b.String())
}

func tight(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), ""), ",", "")
}

// onPaper is a stored value as the print view says it.
func (f *filing) onPaper(t *testing.T, c application.Change) string {
	t.Helper()
	_, field, _ := strings.Cut(c.Path, "]")
	text := func(key string) string { return f.c.Words.Text("zh-CN", key, nil) }
	switch {
	case c.Path == "body.kind":
		return text(application.BodyKindLabelKey(application.BodyKind(c.New)))
	case strings.HasPrefix(c.Path, "business.sectors"), field == ".sector":
		x, _ := f.c.Book.Sector(c.New)
		return x.Short.ZH
	case field == ".revenue_band":
		x, _ := f.c.Book.Rules.RevenueBand(c.New)
		return x.Name.ZH
	case c.Path == "positioning.area":
		x, _ := f.c.Book.Area(c.New)
		return x.Name.ZH
	case field == ".indicator":
		return text(application.IndicatorLabelKey(c.New))
	case strings.HasSuffix(c.Path, ".date"):
		day := strings.Split(c.New, "-")
		month, _ := strconv.Atoi(day[1])
		of, _ := strconv.Atoi(day[2])
		return day[0] + "年" + strconv.Itoa(month) + "月" + strconv.Itoa(of) + "日"
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

// The print view holds everything that is signed, without navigation: each field, each corner,
// each file with its hash, number, version and digest. A draft carries its mark, a submitted
// version does not, and each reader gets what they may read.
func TestPrintView(t *testing.T) {
	f := newFiling(t)
	app := f.filled(t, 3)
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: idOf(app)}
	draft := f.as("filler").get(app+"/print").want(t, http.StatusOK)
	if !strings.Contains(draft.body, `class="sheet-mark"`) {
		t.Error("the draft has no mark")
	}
	f.as("clerk").get(app+"/print").want(t, http.StatusNotFound)
	f.do("filler", ref, "send_to_sign", "", nil)
	f.do("leader", ref, "sign", "", nil)
	v := must(f.c.Applications.View(t.Context(), f.actor["clerk"], ref.ID))(t)
	for _, who := range []string{"filler", "leader", "clerk"} {
		got := f.as(who).get(app+"/print?version=1").want(t, http.StatusOK)
		if strings.Contains(got.body, `class="sheet-mark"`) || strings.Contains(got.body, "草稿") {
			t.Errorf("%s: a submitted version says that it is a draft", who)
		}
		if strings.Contains(got.body, "<nav class=\"side\"") || strings.Contains(got.body, "top-search") {
			t.Errorf("%s: navigation stands on the paper", who)
		}
		f.printHolds(t, shownText(t, got.body), v)
	}
	for _, query := range []string{"?version=2", "?version=0", "?version=-1", "?version=x", "?version=draft", "?version=99999999999999999999"} {
		f.as("clerk").get(app+"/print"+query).want(t, http.StatusNotFound)
	}
	f.as("stranger").get(app+"/print").want(t, http.StatusNotFound)
}

func (f *filing) printHolds(t *testing.T, text string, v application.View) {
	t.Helper()
	all, err := application.Compare(application.Content{}, v.Content)
	if err != nil || len(all) < 60 {
		t.Fatalf("%d values: %v", len(all), err)
	}
	for _, c := range all {
		if c.Path == "boundary.polygon" {
			continue
		}
		if want := tight(f.onPaper(t, c)); want == "" || !strings.Contains(text, want) {
			t.Errorf("%s: the print view lacks %q", c.Path, want)
		}
	}
	want := []string{v.Number, v.Digest, "第1版"}
	for _, ring := range application.Corners(v.Content.Boundary.Polygon) {
		for _, corner := range ring {
			want = append(want, corner[0].String()+corner[1].String())
		}
	}
	for _, file := range v.Files {
		want = append(want, file.Name, file.SHA256)
	}
	for _, w := range want {
		if !strings.Contains(text, tight(w)) {
			t.Errorf("the print view lacks %q", w)
		}
	}
}

// Every page of a filing prints on A4 without the frame around it, and the print view numbers
// its pages and marks each page of a draft.
func TestPagesPrintOnA4(t *testing.T) {
	ctx := browser(t)
	f := newFiling(t)
	f.plain()
	home, leader := f.served(t, "filler"), f.served(t, "leader")
	draft, app := f.filled(t, 3), f.filled(t, 6)
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: idOf(app)}
	f.do("filler", ref, "send_to_sign", "", nil)
	f.do("leader", ref, "sign", "", nil)
	f.do("clerk", ref, "request_correction", "", map[string]any{"items": sixItems()})
	paper := printedPages(t, ctx, home+draft+"/print")
	for i, sheet := range paper {
		if text := tight(sheet); !strings.Contains(text, "草稿") || !strings.Contains(text, "第"+strconv.Itoa(i+1)+"页共"+strconv.Itoa(len(paper))+"页") || !strings.Contains(text, "CQ-SB-") {
			t.Errorf("sheet %d of the draft lacks its mark, number or page: %.200s", i+1, text)
		}
	}
	if len(paper) < 3 {
		t.Errorf("the draft is %d pages long", len(paper))
	}
	if text := tight(strings.Join(printedPages(t, ctx, home+app+"/print?version=1"), "")); strings.Contains(text, "草稿") {
		t.Error("a submitted version is printed as a draft")
	}
	for _, address := range []string{app, app + "?tab=materials", app + "?tab=history", app + "/edit?part=body", app + "/edit?part=fund", app + "/corrections", app + "/send",
		app + "/compare?to=0", app + "/self-check", draft + "/send", draft + "/act/discard", "/unit-profile", "/applications", "/applications/new", "/"} {
		if text := strings.Join(printedPages(t, ctx, home+address), ""); strings.Contains(text, "English") || strings.Contains(text, "申报批次\n集聚示范区") || len(tight(text)) < 20 {
			t.Errorf("%s prints its frame, or nothing: %.300s", address, text)
		}
	}
	f.do("filler", casework.Ref{Kind: ref.Kind, ID: idOf(draft)}, "send_to_sign", "", nil)
	printedPages(t, ctx, leader+draft+"/sign")
}

// printedPages prints a page as a browser does and reads the text of its sheets, which must be
// A4.
func printedPages(t *testing.T, ctx context.Context, address string) []string {
	t.Helper()
	at := tab(t, ctx, address)
	yes := true
	pdf, err := chromedp.Run(at, func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		res, err := cdp.Call(ctx, target, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes})
		return res.Data, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Cancel(at); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(name, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := exec.Command("pdfinfo", name).Output()
	if err != nil || !strings.Contains(string(info), "(A4)") {
		t.Errorf("%s is not A4: %v %s", address, err, info)
	}
	text, err := exec.Command("pdftotext", "-layout", name, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
}
