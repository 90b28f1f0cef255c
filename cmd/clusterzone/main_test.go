package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
)

// The whole way: one application from draft to accredited zone to its first yearly grade,
// through the public API, embedded and on PostgreSQL, Redis and MinIO, undisturbed; with
// Redis flushed all along; and with the process killed right after acknowledged actions.
func TestWholeCase(t *testing.T) {
	for name, c := range map[string]struct {
		real    bool
		disturb func(in *installation, n int)
	}{
		"embedded":        {},
		"embedded killed": {disturb: func(in *installation, n int) { killEvery(in, n, 9) }},
		"real":            {real: true},
		"real flushed":    {real: true, disturb: func(in *installation, n int) { flushEvery(in, n, 5) }},
		"real killed":     {real: true, disturb: func(in *installation, n int) { killEvery(in, n, 9) }},
	} {
		t.Run(name, func(t *testing.T) {
			in := newInstallation(t, c.real)
			in.disturb = c.disturb
			newStory(in).tell()
		})
	}
}

func killEvery(in *installation, n, every int) {
	if n%every == 0 {
		in.kill()
		in.start()
	}
}

func flushEvery(in *installation, n, every int) {
	if n%every == 0 {
		in.flush()
	}
}

// story is the cast and the case on its way.
type story struct {
	t     *testing.T
	in    *installation
	who   map[string]*person
	data  policy.Data
	app   string // path of the application
	appID string
	zone  string
}

func newStory(in *installation) *story {
	in.t.Helper()
	data, err := policy.Load()
	if err != nil {
		in.t.Fatal(err)
	}
	return &story{t: in.t, in: in, who: map[string]*person{}, data: data}
}

func (s *story) tell() {
	s.t.Helper()
	s.found()
	s.hire()
	s.openRound()
	s.draft()
	s.sign()
	s.correct()
	s.hear()
	s.score()
	s.notice()
	s.accredit()
	s.evaluate()
	s.neglect()
	s.told()
	s.whole()
}

// found starts the installation and makes its first administrators.
func (s *story) found() {
	s.t.Helper()
	out := s.in.verb("user", "init", "--login", "admin")
	s.in.start()
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		f := strings.Fields(line)
		p := &person{in: s.in, login: f[len(f)-2], password: f[len(f)-1]}
		s.who[[]string{"admin", "secadmin"}[i]] = p
		p.renew("Founders-own-2016")
	}
}

// hire creates everybody: the system administrator the account, the security administrator
// its role and one-time password, the person an own password.
func (s *story) hire() {
	s.t.Helper()
	cast := []struct{ login, unit, role string }{
		{"filler", "500103", "filler"}, {"leader", "500103", "leader"}, {"stranger", "500104", "filler"},
		{"clerk", "commission", "clerk"}, {"officer", "commission", "officer"}, {"director", "commission", "director"},
		{"commerce", "dept-commerce", "department"}, {"industry", "dept-industry", "department"}, {"science", "dept-science", "department"},
		{"supervision", "supervision-office", "supervision"},
	}
	for i := range 5 {
		cast = append(cast, struct{ login, unit, role string }{fmt.Sprintf("expert%d", i+1), "dept-transport", "evaluator"})
	}
	for _, c := range cast {
		s.hireOne(c.login, c.unit, c.role)
	}
}

func (s *story) hireOne(login, unit, role string) {
	s.t.Helper()
	var made struct {
		ID      string `json:"id"`
		Version int64  `json:"version"`
	}
	s.who["admin"].ok(http.MethodPost, "/persons", map[string]any{"login": login, "name": "测试" + login, "unit": unit, "email": login + "@example.com"}).into(s.t, &made)
	sec := s.who["secadmin"]
	sec.ok(http.MethodPut, "/persons/"+made.ID+"/roles", map[string]any{"roles": []string{role}, "version": made.Version})
	var issued struct {
		Password string `json:"password"`
	}
	sec.ok(http.MethodPost, "/persons/"+made.ID+"/reset-password", nil).into(s.t, &issued)
	p := &person{in: s.in, login: login, password: issued.Password}
	p.renew("An-own-secret-2016")
	s.who[login] = p
}

func (s *story) openRound() {
	s.t.Helper()
	now := s.in.today().UTC()
	s.who["filler"].refused(http.StatusForbidden, http.MethodPost, "/rounds", map[string]any{"code": "T-1", "name": "测试批次", "name_en": "Test round",
		"opens_at": now.Add(-time.Hour), "closes_at": now.Add(60 * 24 * time.Hour)})
	s.who["officer"].ok(http.MethodPost, "/rounds", map[string]any{"code": "T-1", "name": "测试批次", "name_en": "Test round",
		"opens_at": now.Add(-time.Hour).Format(time.RFC3339), "closes_at": now.Add(60 * 24 * time.Hour).Format(time.RFC3339)})
}

// draft fills the seven parts and attaches a PDF, an image, a workbook and a GeoJSON file.
func (s *story) draft() {
	s.t.Helper()
	filler := s.who["filler"]
	var rounds struct {
		Items []struct {
			ID   string `json:"id"`
			Code string `json:"code"`
		} `json:"items"`
	}
	filler.ok(http.MethodGet, "/rounds", nil).into(s.t, &rounds)
	var made struct {
		ID      string `json:"id"`
		Version int64  `json:"version"`
	}
	filler.ok(http.MethodPost, "/applications", map[string]any{"round_id": rounds.Items[0].ID, "name": "渝中区测试数字服务集聚示范区"}).into(s.t, &made)
	s.appID, s.app = made.ID, "/applications/"+made.ID
	if facts, _ := filler.actions(s.app).blocked("send_to_sign"); !slices.Contains(facts, "check_clean") {
		s.t.Errorf("an empty draft may be sent: blocked by %v", facts)
	}
	content := s.content()
	filler.ok(http.MethodPut, s.app+"/content", map[string]any{"version": made.Version, "content": content})
	s.files()
	if facts, ok := filler.actions(s.app).blocked("send_to_sign"); !ok || len(facts) > 0 {
		s.t.Fatalf("the full draft is blocked by %v: %s", facts, filler.ok(http.MethodGet, s.app, nil).body)
	}
	s.strangerSees(s.app)
}

func (s *story) content() application.Content {
	s.t.Helper()
	place := application.DemoPlace{Unit: "渝中区", Region: "500103", Sectors: []string{"professional-services"}, Area: "core", Lon: 106.55, Lat: 29.55,
		BaseYear: int64(s.in.today().Year() - 1), PlannedYears: 3}
	for _, i := range s.data.Rules.Goals.Indicators {
		place.Indicators = append(place.Indicators, i.Code)
	}
	for _, b := range s.data.Rules.RevenueBands {
		place.RevenueBands = append(place.RevenueBands, b.Code)
	}
	c, err := application.DemoContent(7, place)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// files attaches every required material of the rule set, and the boundary as GeoJSON.
func (s *story) files() {
	s.t.Helper()
	for _, slot := range s.data.Rules.SlotsFor(policy.PurposeApplication) {
		switch {
		case slot.Code == "boundary-map":
			s.who["filler"].upload("application", s.appID, slot.Code, "四至范围图.png", "image/png", picture(s.t))
		case slot.Code == "boundary-geojson":
			s.who["filler"].upload("application", s.appID, slot.Code, "范围.geojson", "application/geo+json", []byte(s.content().Boundary.Polygon))
		case slices.Contains(slot.Formats, "xlsx") && slot.Required:
			book, err := demoWorkbook("入驻企业名单")
			if err != nil {
				s.t.Fatal(err)
			}
			s.who["filler"].upload("application", s.appID, slot.Code, "名单.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", book)
		case slot.Required:
			s.who["filler"].upload("application", s.appID, slot.Code, slot.Name.ZH+".pdf", "application/pdf", s.pdf(slot.Name.ZH))
		}
	}
}

func (s *story) pdf(title string) []byte {
	s.t.Helper()
	press, err := paper.New()
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := press.Book(paper.BookData{Title: title, Number: "测试", Hash: strings.Repeat("0", 64), Issued: time.Unix(1_700_000_000, 0), Demo: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return body
}

func picture(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for x := range 640 {
		img.Set(x, x*480/640, color.RGBA{31, 78, 156, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// strangerSees: a person of another unit gets the same bytes as for an id that never was.
func (s *story) strangerSees(path string) {
	s.t.Helper()
	unknown := path[:strings.LastIndex(path, "/")+1] + "0197a000-0000-7000-8000-000000000000"
	for _, suffix := range []string{"", "/actions"} {
		got := s.who["stranger"].refused(http.StatusNotFound, http.MethodGet, path+suffix, nil)
		want := s.who["stranger"].refused(http.StatusNotFound, http.MethodGet, unknown+suffix, nil)
		if !bytes.Equal(got.body, want.body) {
			s.t.Errorf("%s%s: a stranger can tell it exists: %s / %s", path, suffix, got.body, want.body)
		}
	}
}

// sign: the filler sends, the leader sends back once with a reason, then signs; two leaders'
// clicks on one version make one submission.
func (s *story) sign() {
	s.t.Helper()
	filler, leader := s.who["filler"], s.who["leader"]
	filler.act(s.app, "send_to_sign", "", nil)
	leader.refused(http.StatusUnprocessableEntity, http.MethodPost, s.app+"/actions", map[string]any{"action": "send_back", "version": leader.actions(s.app).Version})
	leader.act(s.app, "send_back", "请再核对一遍目标数据", nil)
	filler.act(s.app, "send_to_sign", "", nil)
	v := leader.actions(s.app).Version
	if got := leader.act(s.app, "sign", "", nil); got != "submitted" {
		s.t.Fatalf("signed into %q", got)
	}
	stale := leader.refused(http.StatusConflict, http.MethodPost, s.app+"/actions", map[string]any{"action": "sign", "version": v})
	if !bytes.Contains(stale.body, []byte(`"sign"`)) {
		s.t.Errorf("the stale answer does not say what has happened: %s", stale.body)
	}
}

// correct: the clerk finds two things in one notice; only the named parts are open; the unit
// answers and files again; the first version stays as it was.
func (s *story) correct() {
	s.t.Helper()
	filler, clerk := s.who["filler"], s.who["clerk"]
	s.verdicts("pass")
	clerk.act(s.app, "request_correction", "", map[string]any{"items": []map[string]any{
		{"anchor_kind": "field", "anchor": "positioning.relation", "words": "请补充与功能区鼓励产业的关系"},
		{"anchor_kind": "slot", "anchor": "development-plan", "words": "规划缺少分年度目标,请重新上传"}}})
	v := filler.actions(s.app).Version
	closed := filler.refused(http.StatusUnprocessableEntity, http.MethodPatch, s.app+"/content", map[string]any{"path": "body.managers", "value": 99, "version": v})
	if !bytes.Contains(closed.body, []byte("body.managers")) {
		s.t.Errorf("the refusal does not name the field: %s", closed.body)
	}
	text := s.content().Positioning.Relation + "补充:与研发设计产业衔接。"
	filler.ok(http.MethodPatch, s.app+"/content", map[string]any{"path": "positioning.relation", "value": text, "version": v})
	filler.upload("application", s.appID, "development-plan", "发展规划(修订).pdf", "application/pdf", s.pdf("发展规划(修订)"))
	if facts, _ := filler.actions(s.app).blocked("send_to_sign"); !slices.Contains(facts, "items_answered") {
		s.t.Errorf("unanswered items do not block: %v", facts)
	}
	var view struct {
		Items []struct {
			ID      string `json:"id"`
			Version int64  `json:"version"`
		} `json:"items"`
	}
	filler.ok(http.MethodGet, s.app, nil).into(s.t, &view)
	for _, it := range view.Items {
		filler.ok(http.MethodPut, s.app+"/items/"+it.ID, map[string]any{"answer": "已按要求补充", "done": true, "version": it.Version})
	}
	filler.act(s.app, "send_to_sign", "", nil)
	s.who["leader"].act(s.app, "sign", "", nil)
	s.changed()
}

// changed: the comparison of both versions shows the one field and the one file.
func (s *story) changed() {
	s.t.Helper()
	var diff struct {
		Fields []struct {
			Path string `json:"path"`
		} `json:"fields"`
	}
	a := s.who["clerk"].ok(http.MethodGet, s.app+"/compare?from=1&to=2", nil)
	a.into(s.t, &diff)
	if len(diff.Fields) != 1 || diff.Fields[0].Path != "positioning.relation" || !bytes.Contains(a.body, []byte("修订")) {
		s.t.Errorf("comparison: %s", a.body)
	}
}

func (s *story) verdicts(verdict string) {
	s.t.Helper()
	for _, p := range application.Parts() {
		clerk := s.who["clerk"]
		clerk.ok(http.MethodPut, s.app+"/verdicts/"+p, map[string]any{"verdict": verdict, "version": clerk.actions(s.app).Version})
	}
}

// hear: acceptance asks both joint lead departments; each answers its own and no other.
func (s *story) hear() {
	s.t.Helper()
	if facts, _ := s.who["clerk"].actions(s.app).blocked("accept"); !slices.Contains(facts, "verdicts_pass") {
		s.t.Errorf("the new version counts as checked: %v", facts)
	}
	s.verdicts("pass")
	if got := s.who["clerk"].act(s.app, "accept", "", nil); got != "in_review" {
		s.t.Fatalf("accepted into %q", got)
	}
	var view struct {
		Opinions []struct {
			ID   string `json:"id"`
			Unit string `json:"unit"`
		} `json:"opinions"`
	}
	s.who["officer"].ok(http.MethodGet, s.app, nil).into(s.t, &view)
	if len(view.Opinions) != 2 {
		s.t.Fatalf("asked %d departments, want the two joint leads", len(view.Opinions))
	}
	s.who["commerce"].refused(http.StatusNotFound, http.MethodGet, s.app, nil)
	for _, o := range view.Opinions {
		path, login := "/opinions/"+o.ID, strings.TrimPrefix(o.Unit, "dept-")
		other := map[string]string{"industry": "science", "science": "industry"}[login]
		s.who[other].refused(http.StatusNotFound, http.MethodGet, path, nil)
		s.who[login].refused(http.StatusUnprocessableEntity, http.MethodPost, path+"/actions", map[string]any{"action": "give",
			"version": s.who[login].actions(path).Version, "data": map[string]any{"stance": "disagree", "grounds": ""}})
		s.who[login].act(path, "give", "", map[string]any{"stance": "agree", "grounds": "符合发展方向"})
	}
}

// score: five experts; one's total is hidden from the others until their own is in.
func (s *story) score() {
	s.t.Helper()
	officer := s.who["officer"]
	if facts, _ := officer.actions(s.app).blocked("recommend"); !slices.Contains(facts, "scores_in") {
		s.t.Errorf("recommendation without scores: %v", facts)
	}
	s.panel(s.app, "1 2 3 4 5")
	if facts, ok := officer.actions(s.app).blocked("recommend"); !ok || len(facts) > 0 {
		s.t.Fatalf("recommendation is blocked by %v", facts)
	}
	officer.act(s.app, "recommend", "七项审查通过,部门同意,评分达到要求", nil)
}

// panel invites experts to a case and lets them score it.
func (s *story) panel(path, numbers string) {
	s.t.Helper()
	var ids []string
	for _, n := range strings.Fields(numbers) {
		ids = append(ids, s.who["expert"+n].id)
	}
	s.who["expert1"].refused(http.StatusNotFound, http.MethodGet, path, nil)
	s.who["officer"].ok(http.MethodPost, path+"/reviews", map[string]any{"evaluators": ids})
	for i, n := range strings.Fields(numbers) {
		e := s.who["expert"+n]
		mine := s.myReview(e, path)
		e.act(mine, "accept", "", map[string]any{"commitment": true, "no_conflict": true})
		a := e.ok(http.MethodGet, mine, nil)
		var view struct {
			Rubric policy.Review `json:"rubric"`
		}
		a.into(s.t, &view)
		e.act(mine, "submit_scores", "", ballot(view.Rubric, i))
	}
}

// myReview finds the expert's open review in the work list.
func (s *story) myReview(e *person, casePath string) string {
	s.t.Helper()
	var work struct {
		Items []struct {
			Kind string `json:"kind"`
			ID   string `json:"id"`
		} `json:"items"`
	}
	e.ok(http.MethodGet, "/work?tab=todo", nil).into(s.t, &work)
	for _, w := range work.Items {
		if w.Kind == "review" {
			return "/reviews/" + w.ID
		}
	}
	s.t.Fatalf("%s has no review of %s to do", e.login, casePath)
	return ""
}

// notice: published, objected to by an outsider, handled by two, ended by the calendar.
func (s *story) notice() {
	s.t.Helper()
	s.who["clerk"].act(s.app, "publish_notice", "", nil)
	anyone := &person{in: s.in, login: "the public"}
	var notices struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	anyone.ok(http.MethodGet, "/public/notices", nil).into(s.t, &notices)
	if len(notices.Items) != 1 {
		s.t.Fatalf("%d public notices", len(notices.Items))
	}
	anyone.ok(http.MethodPost, "/public/notices/"+notices.Items[0].ID+"/objections", map[string]any{"objector_kind": "individual", "name": "测试异议人",
		"contact": "023-00000000", "body": "申报范围的东侧边界与我单位依法取得的用地存在重叠,请依据权属资料予以核实。"})
	s.in.pass(9 * 24 * time.Hour)
	s.in.until("the notice ends by itself", func() bool { return s.who["director"].actions(s.app).State.Code == "deciding" })
	if facts, _ := s.who["director"].actions(s.app).blocked("accredit"); !slices.Contains(facts, "no_open_objection") {
		s.t.Errorf("an open objection does not block: %v", facts)
	}
	objection := s.find("officer", "objection")
	s.who["officer"].act(objection, "handle", "经核实,范围不重叠", nil)
	s.who["director"].act(objection, "dismiss", "核查意见属实,异议不成立", nil)
}

// find returns the path of the one case of a kind on a person's desk.
func (s *story) find(login, kind string) string {
	s.t.Helper()
	var work struct {
		Items []struct {
			Kind string `json:"kind"`
			ID   string `json:"id"`
		} `json:"items"`
	}
	s.who[login].ok(http.MethodGet, "/work?tab=todo", nil).into(s.t, &work)
	for _, w := range work.Items {
		if w.Kind == kind {
			return "/" + kind + "s/" + w.ID
		}
	}
	s.t.Fatalf("%s has no %s on the desk", login, kind)
	return ""
}

// accredit: two people decide; a zone with a certificate exists that anybody can check.
func (s *story) accredit() {
	s.t.Helper()
	s.who["officer"].refused(http.StatusForbidden, http.MethodPost, s.app+"/actions", map[string]any{"action": "accredit", "version": s.who["officer"].actions(s.app).Version,
		"reason": "同意认定", "data": map[string]any{"document_number": "测试发改〔2026〕1号"}})
	if got := s.who["director"].act(s.app, "accredit", "同意认定", map[string]any{"document_number": "测试发改〔2026〕1号"}); got != "accredited" {
		s.t.Fatalf("decided into %q", got)
	}
	var zones struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	s.who["filler"].ok(http.MethodGet, "/zones", nil).into(s.t, &zones)
	if len(zones.Items) != 1 {
		s.t.Fatalf("%d zones, want one", len(zones.Items))
	}
	s.zone = zones.Items[0].ID
	s.strangerSees("/zones/" + s.zone)
	s.in.until("the certificate is printed", func() bool {
		a, err := s.who["filler"].send(http.MethodGet, "/zones/"+s.zone+"/certificate", nil, "") // 503 until it is printed
		return err == nil && a.status == http.StatusOK && bytes.HasPrefix(a.body, []byte("%PDF"))
	})
	anyone := &person{in: s.in, login: "the public"}
	var zone struct {
		Certificates []struct {
			Number    string `json:"number"`
			CheckCode string `json:"check_code"`
		} `json:"certificates"`
		Measures []json.RawMessage `json:"measures"`
	}
	s.who["filler"].ok(http.MethodGet, "/zones/"+s.zone, nil).into(s.t, &zone)
	if len(zone.Certificates) != 1 || len(zone.Measures) == 0 {
		s.t.Fatalf("zone has %d certificates and %d measures", len(zone.Certificates), len(zone.Measures))
	}
	anyone.ok(http.MethodGet, "/public/certificates/"+url.PathEscape(zone.Certificates[0].Number), nil)
	anyone.ok(http.MethodGet, "/public/certificates/"+zone.Certificates[0].CheckCode, nil)
	anyone.refused(http.StatusNotFound, http.MethodGet, "/public/certificates/nonsense", nil)
}

// told: the people who had to know got a mail and an in-app message, each once.
func (s *story) told() {
	s.t.Helper()
	for _, login := range []string{"filler", "leader", "clerk", "officer", "director", "industry", "expert1"} {
		s.in.until("mail to "+login, func() bool { return len(s.in.mail.to(login+"@example.com")) > 0 })
		var box struct {
			Items []struct {
				ID    string `json:"id"`
				Title string `json:"title"`
			} `json:"items"`
		}
		s.who[login].ok(http.MethodGet, "/messages", nil).into(s.t, &box)
		if len(box.Items) == 0 || strings.Contains(box.Items[0].Title, "⟦") {
			s.t.Errorf("%s: inbox %v", login, box.Items)
		}
	}
	ids := map[string]bool{}
	for _, text := range s.in.mail.to("leader@example.com") {
		head, _, _ := strings.Cut(text, "\r\n\r\n")
		for _, line := range strings.Split(head, "\r\n") {
			if id, ok := strings.CutPrefix(line, "Message-ID: "); ok && s.in.disturb == nil {
				if ids[id] {
					s.t.Errorf("the leader got %s twice", id)
				}
				ids[id] = true
			}
		}
	}
}

// whole: nothing is lost, doubled or changed.
func (s *story) whole() {
	s.t.Helper()
	if out, err := s.in.try("doctor"); err != nil {
		s.t.Errorf("doctor: %v\n%s", err, out)
	}
	if out := s.in.verb("audit", "verify"); !strings.Contains(out, " 0 problems") {
		s.t.Error(out)
	}
}
