package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/paper"
	"clusterzone/services/web"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// filing is the product with real files: what is attached is what was uploaded.
type filing struct {
	*pages
	disk *objects.Disk
}

func newFiling(t *testing.T) *filing {
	t.Helper()
	f := &filing{pages: newPages(t)}
	c := &f.c
	f.disk = must(objects.NewDisk(objects.DiskConfig{Dir: t.TempDir(), Secret: []byte("for tests only, 32 bytes long..."), Now: c.DB.Now}))(t)
	if err := f.disk.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Applications.Files = attachment.List
	c.Attachments = attachment.New(attachment.Config{DB: c.DB, Store: f.disk, TempDir: t.TempDir(), Parents: map[workflows.Kind]attachment.Parent{
		"application": c.Applications, "objection": c.Notices.Evidence()}})
	c.Notices.Keep(c.Attachments)
	c.Papers = printed{f.pages, must(paper.New())(t)}
	f.engine = gin.New()
	f.engine.POST(objects.UploadPath, gin.WrapF(f.disk.ServeUpload))
	web.Register(f.engine, f.c)
	return f
}

// printed prints receipts with the real press.
type printed struct {
	w     *pages
	press *paper.Press
}

func (p printed) Receipt(ctx context.Context, a identity.Actor, id string, _ int) ([]byte, error) {
	app, err := p.w.c.Applications.View(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return p.press.Receipt(paper.ReceiptData{Number: app.Number, Unit: app.Unit, Zone: app.Name, Version: "1", Time: wording.DateTime(wording.ZH, *app.SubmittedAt),
		Hash: app.Digest, Issuer: "示例", CheckURL: "https://zones.example/", Issued: *app.SubmittedAt, Demo: true})
}

func (p printed) Book(ctx context.Context, a identity.Actor, id string, version int) ([]byte, error) {
	return p.Receipt(ctx, a, id, version)
}

func (p printed) QR(text string) ([]byte, error) { return paper.QRPNG(text, 240) }

// formOf reads the form with an action as a browser without script would send it.
func formOf(t testing.TB, body, action string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{}
	form := findNode(root, func(n *html.Node) bool { return n.Data == "form" && strings.HasPrefix(attr(n, "action"), action) })
	if form == nil {
		t.Fatalf("no form %s in the page", action)
	}
	collect(form, values)
	return values
}

func findNode(n *html.Node, ok func(*html.Node) bool) *html.Node {
	if n.Type == html.ElementNode && ok(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := findNode(c, ok); found != nil {
			return found
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func collect(n *html.Node, values url.Values) {
	name := attr(n, "name")
	switch {
	case n.Type == html.ElementNode && n.Data == "template":
		return
	case n.Type != html.ElementNode || name == "":
	case n.Data == "textarea":
		text := ""
		if n.FirstChild != nil {
			text = n.FirstChild.Data
		}
		values.Add(name, text)
	case n.Data == "select":
		chosen := findNode(n, func(o *html.Node) bool { return o.Data == "option" && has(o, "selected") })
		value := ""
		if chosen != nil {
			value = attr(chosen, "value")
		}
		values.Add(name, value)
	case n.Data == "input":
		kind := attr(n, "type")
		if kind != "checkbox" && kind != "radio" || has(n, "checked") {
			values.Add(name, attr(n, "value"))
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		collect(c, values)
	}
}

// answers are the fields of every part as a clerk would type them.
func answers(c application.Content) map[string]url.Values {
	out := map[string]url.Values{}
	set := func(part, name string, values ...string) {
		if out[part] == nil {
			out[part] = url.Values{}
		}
		out[part][name] = values
	}
	figure := func(path string, v int64) string { return application.UnitOf(path).Format(v) }
	b := c.Body
	for name, value := range map[string]string{"name": b.Name, "kind": string(b.Kind), "credit_code": b.CreditCode, "legal_representative": b.LegalRepresentative,
		"managers": fmt.Sprint(b.Managers), "contact.name": b.Contact.Name, "contact.phone": b.Contact.Phone, "contact.email": b.Contact.Email} {
		set("body", "body."+name, value)
	}
	for name, value := range map[string]string{"east": c.Boundary.East, "south": c.Boundary.South, "west": c.Boundary.West, "north": c.Boundary.North,
		"area_m2": figure("boundary.area_m2", c.Boundary.AreaM2), "floor_area_m2": fmt.Sprint(*c.Boundary.FloorAreaM2)} {
		set("boundary", "boundary."+name, value)
	}
	set("goals", "goals.base_year", fmt.Sprint(c.Goals.BaseYear))
	for _, row := range c.Goals.Rows {
		path := "goals.rows[" + row.Indicator + "]"
		set("goals", path+".base", figure(path+".base", *row.Base))
		for k, v := range row.Planned {
			set("goals", fmt.Sprintf("%s.planned[%d]", path, k), figure(path+".base", *v))
		}
	}
	set("business", "business.sectors", c.Business.Sectors...)
	for i, l := range c.Business.Leading {
		path := fmt.Sprintf("business.leading[%d].", i)
		set("business", path+"name", l.Name)
		set("business", path+"sector", l.Sector)
		set("business", path+"share_bp", figure(path+"share_bp", l.ShareBP))
	}
	lines := "企业名称\t统一社会信用代码\t所属行业\t收入区间\n"
	for _, x := range c.Business.Firms {
		lines += x.Name + "\t" + x.Code + "\t电子商务\t" + x.RevenueBand + "\n"
	}
	set("business", "business.firms.lines", lines)
	set("positioning", "positioning.area", c.Positioning.Area)
	set("positioning", "positioning.text", c.Positioning.Text)
	set("positioning", "positioning.relation", c.Positioning.Relation)
	set("positioning", "positioning.platforms[0].name", c.Positioning.Platforms[0].Name)
	set("positioning", "positioning.platforms[0].description", c.Positioning.Platforms[0].Description)
	set("positioning", "positioning.platforms[0].year", fmt.Sprint(c.Positioning.Platforms[0].Year))
	for name, x := range map[string]application.Factor{"land": c.Factors.Land, "funds": c.Factors.Funds, "talent": c.Factors.Talent, "utilities": c.Factors.Utilities} {
		path := "factors." + name
		set("factors", path+".amount", figure(path+".amount", *x.Amount))
		set("factors", path+".source", x.Source)
		set("factors", path+".body", x.Body)
		set("factors", path+".date", x.Date)
	}
	set("fund", "fund.source_line", c.Fund.SourceLine)
	set("fund", "fund.document_number", c.Fund.DocumentNumber)
	for i, y := range c.Fund.Years {
		set("fund", fmt.Sprintf("fund.years[%d].year", i), fmt.Sprint(y.Year))
		set("fund", fmt.Sprintf("fund.years[%d].amount_fen", i), application.UnitFen.Format(y.AmountFen))
	}
	set("materials", "recommendation.document_number", c.Recommendation.DocumentNumber)
	set("materials", "recommendation.date", c.Recommendation.Date)
	return out
}

// start begins an application by the page and returns its address.
func (f *filing) start(t testing.TB, name string) string {
	t.Helper()
	b := f.as("filler")
	form := formOf(t, b.get("/applications/new").want(t, http.StatusOK).body, "/applications/new")
	if form.Get("round_id") != f.round.ID {
		t.Errorf("the only open round is not chosen: %q", form)
	}
	form.Set("name", name)
	got := b.post("/applications/new", form).want(t, http.StatusSeeOther)
	again := b.post("/applications/new", form).want(t, http.StatusSeeOther)
	if got.header.Get("Location") != again.header.Get("Location") {
		t.Errorf("a second click starts a second application: %s, %s", got.header.Get("Location"), again.header.Get("Location"))
	}
	return strings.TrimSuffix(got.header.Get("Location"), "/edit")
}

// fill opens a part, types values into its form and sends it.
func (f *filing) fill(t testing.TB, app, part string, values url.Values) page {
	t.Helper()
	b := f.as("filler")
	address := app + "/edit?part=" + part
	form := formOf(t, b.get(address).want(t, http.StatusOK).body, address)
	for name, v := range values {
		if _, there := form[name]; !there && name != "business.sectors" && name != "body.kind" && name != "positioning.area" && name != "do" {
			t.Errorf("the form of %s has no field %s", part, name)
		}
		form[name] = v
	}
	return b.post(address, form)
}

// upload sends a file as upload.js does.
func (f *filing) upload(t testing.TB, app, slot, name string, content []byte) (id string) {
	t.Helper()
	b := f.as("filler").with("Accept", "application/json")
	sum := sha256.Sum256(content)
	ask := must(json.Marshal(map[string]any{"name": name, "size": len(content), "type": "application/pdf", "sha256": hex.EncodeToString(sum[:]), "slot": slot}))(t)
	var ticket struct {
		ID, URL string
		Fields  map[string]string
	}
	got := b.send(http.MethodPost, app+"/files", bytes.NewReader(ask), "application/json").want(t, http.StatusOK)
	if err := json.Unmarshal([]byte(got.body), &ticket); err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range ticket.Fields {
		must(0, form.WriteField(name, value))(t)
	}
	part := must(form.CreateFormFile("file", name))(t)
	must(part.Write(content))(t)
	must(0, form.Close())(t)
	b.send(http.MethodPost, ticket.URL, &body, form.FormDataContentType()).want(t, http.StatusNoContent)
	done := must(json.Marshal(map[string]any{"id": ticket.ID, "sha256": hex.EncodeToString(sum[:]), "slot": slot}))(t)
	b.send(http.MethodPost, "/attachments/"+ticket.ID+"/complete", bytes.NewReader(done), "application/json").want(t, http.StatusOK)
	return ticket.ID
}

// pdf is a small document; every call with another text gives another file.
func (f *filing) pdf(t testing.TB, text string) []byte {
	t.Helper()
	return must(must(paper.New())(t).Receipt(paper.ReceiptData{Number: text, Unit: "示例", Zone: "示例", Version: "1", Time: "2026", Hash: strings.Repeat("0", 64),
		Issuer: "示例", CheckURL: "https://zones.example/", Issued: f.now.Now(), Demo: true}))(t)
}

// filled starts and fills an application by its pages alone; files are uploaded where they are
// asked for.
func (f *filing) filled(t testing.TB, seed int) string {
	t.Helper()
	app := f.start(t, fmt.Sprintf("渝中区测试服务%d集聚示范区", seed))
	c := f.content(seed)
	f.importBoundary(t, app, c.Boundary.Polygon).want(t, http.StatusSeeOther)
	all := answers(c)
	for _, part := range append(application.Parts(), "materials") {
		f.fill(t, app, part, all[part]).want(t, http.StatusSeeOther)
	}
	for _, slot := range f.c.Book.Rules.SlotsFor("application") {
		if slot.Required {
			f.upload(t, app, slot.Code, "示例 "+slot.Code+".pdf", f.pdf(t, slot.Code))
		}
	}
	return app
}

func (f *filing) importBoundary(t testing.TB, app string, polygon []byte) page {
	t.Helper()
	b := f.as("filler")
	fields := formOf(t, b.get(app+"/edit?part=boundary").want(t, http.StatusOK).body, app+"/boundary/import")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name := range fields {
		if name == "version" || name == "base" {
			must(0, form.WriteField(name, fields.Get(name)))(t)
		}
	}
	part := must(form.CreateFormFile("file", "边界.geojson"))(t)
	must(part.Write(polygon))(t)
	must(0, form.WriteField("datum", "cgcs2000"))(t)
	must(0, form.WriteField("order", "header"))(t)
	must(0, form.Close())(t)
	preview := b.send(http.MethodPost, app+"/boundary/import", &body, form.FormDataContentType()).want(t, http.StatusOK)
	return b.post(app+"/boundary/import/confirm", formOf(t, preview.body, app+"/boundary/import/confirm"))
}

func idOf(app string) string { return strings.TrimPrefix(app, "/applications/") }
