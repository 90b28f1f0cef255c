package api_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"clusterzone/services/identity"
)

func TestLogInReadOneselfLogOut(t *testing.T) {
	w := newWorld(t)
	token := w.login("filler")
	me := &caller{w: w, token: token, header: http.Header{}}
	var who struct {
		Login, Unit string
		Roles       []string
	}
	me.send("GET", "/me", nil).want(t, 200).into(t, &who)
	if who.Login != "filler" || who.Unit != districtA || len(who.Roles) != 1 {
		t.Errorf("me: %+v", who)
	}
	me.send("DELETE", "/session", nil).want(t, 204)
	if p := me.send("GET", "/me", nil).want(t, 401).refusal(t); p.Code != "session_expired" {
		t.Errorf("after the logout: %+v", p)
	}
	p := w.as("").send("POST", "/session", map[string]any{"login": "filler", "password": "wrong"}).want(t, 401).refusal(t)
	if p.Code != "bad_credentials" || strings.Contains(p.Title, "⟦") {
		t.Errorf("wrong password: %+v", p)
	}
}

func TestACookieLogsInAndABearerTokenIsNoCookie(t *testing.T) {
	w := newWorld(t)
	s, err := w.c.Identity.Login(t.Context(), identity.Credentials{Login: "filler", Password: password, Kind: identity.Cookie, IP: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	w.as("").with("Cookie", "cz_session="+s.Token).send("GET", "/me", nil).want(t, 200)
	w.as("").with("Cookie", "cz_session="+w.token["filler"]).send("GET", "/me", nil).want(t, 401)
	out := w.as("").with("Cookie", "cz_session="+s.Token).send("DELETE", "/session", nil).want(t, 204)
	if !strings.Contains(out.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the cookie is not cleared: %q", out.header.Get("Set-Cookie"))
	}
}

func TestAOneTimePasswordServesOnlyItsChange(t *testing.T) {
	w := newWorld(t)
	var made struct {
		ID      string
		Version int64
	}
	w.as("sysadmin").send("POST", "/persons", map[string]any{"login": "fresh", "name": "示例新人", "unit": districtA}).want(t, 201).into(t, &made)
	w.as("secadmin").send("PUT", "/persons/"+made.ID+"/roles", map[string]any{"roles": []string{"filler"}, "version": made.Version}).want(t, 204)
	var issued struct{ Password string }
	w.as("secadmin").with("Idempotency-Key", "reset-1").send("POST", "/persons/"+made.ID+"/reset-password", nil).want(t, 200).into(t, &issued)
	if p := w.as("secadmin").with("Idempotency-Key", "reset-1").send("POST", "/persons/"+made.ID+"/reset-password", nil).want(t, 409).refusal(t); p.Code != "key_secret" {
		t.Errorf("a password is told twice: %+v", p)
	}
	var s struct {
		Token string
		Actor struct {
			Must bool `json:"must_change_password"`
		}
	}
	w.as("").send("POST", "/session", map[string]any{"login": "fresh", "password": issued.Password}).want(t, 201).into(t, &s)
	if !s.Actor.Must {
		t.Error("the session does not say that the password must be changed")
	}
	me := &caller{w: w, token: s.Token, header: http.Header{}}
	if p := me.send("GET", "/applications", nil).want(t, 403).refusal(t); p.Code != "must_change_password" {
		t.Errorf("%+v", p)
	}
	me.send("PUT", "/me/password", map[string]any{"current": issued.Password, "new": password}).want(t, 204)
	me.send("GET", "/applications", nil).want(t, 200)
}

func TestCreateEditAndRefuse(t *testing.T) {
	w := newWorld(t)
	path, version := w.draft()
	filler := w.as("filler")
	got := filler.send("GET", path, nil).want(t, 200)
	if got.header.Get("ETag") != `"1"` || version != 1 {
		t.Fatalf("ETag %q, version %d", got.header.Get("ETag"), version)
	}
	saved := w.as("filler").with("If-Match", `"1"`).send("PATCH", path+"/content", map[string]any{"path": "body.name", "value": "示例发展公司"}).want(t, 200)
	if saved.header.Get("ETag") != `"2"` {
		t.Errorf("ETag after a save: %q", saved.header.Get("ETag"))
	}
	if p := filler.send("PATCH", path+"/content", map[string]any{"path": "body.name", "value": "x"}).want(t, 422).refusal(t); p.Errors[0].Code != "version_required" {
		t.Errorf("without a version: %+v", p)
	}
	p := w.as("filler").with("If-Match", `"2"`).send("PATCH", path+"/content", map[string]any{"path": "body.managers", "value": "many"}).want(t, 422).refusal(t)
	if len(p.Errors) == 0 || p.Errors[0].Path != "body.managers" || strings.Contains(p.Errors[0].Message, "⟦") {
		t.Errorf("a wrong value: %+v", p)
	}
	filler.send("PUT", path+"/name", map[string]any{"name": "渝中区另一个名字集聚示范区", "version": 2}).want(t, 200)
	var list struct{ Items []struct{ Name string } }
	filler.send("GET", "/applications?limit=1", nil).want(t, 200).into(t, &list)
	if len(list.Items) != 1 || list.Items[0].Name != "渝中区另一个名字集聚示范区" {
		t.Errorf("list: %+v", list)
	}
}

// Of two people who save the same field, one wins; the other is told both values.
func TestAStaleSaveIsAConflictWithBothValues(t *testing.T) {
	w := newWorld(t)
	path, _ := w.draft()
	edit := func(value string) answer {
		return w.as("filler").with("If-Match", `"1"`).send("PATCH", path+"/content", map[string]any{"path": "body.name", "value": value, "base": ""})
	}
	edit("甲").want(t, 200)
	p := edit("乙").want(t, 409).refusal(t)
	if p.Code != "stale" || !strings.Contains(string(p.Changes), "甲") || !strings.Contains(string(p.Changes), "乙") {
		t.Errorf("%+v %s", p, p.Changes)
	}
	act := map[string]any{"action": "discard", "reason": "不再申报了", "version": 1}
	p = w.as("filler").send("POST", path+"/actions", act).want(t, 409).refusal(t)
	if p.Code != "stale" || !strings.Contains(string(p.Changes), `"version":2`) {
		t.Errorf("a stale action: %+v %s", p, p.Changes)
	}
}

func TestActionsSayWhatCanBeDoneAndWhyNot(t *testing.T) {
	w := newWorld(t)
	path, _ := w.draft()
	type actions struct {
		State   struct{ Code string }
		Version int64
		Choices []struct {
			Action  string
			LabelZh string `json:"label_zh"`
			LabelEn string `json:"label_en"`
			Blocked []struct{ Fact, Message string }
		}
	}
	var zh, en actions
	w.as("filler").send("GET", path+"/actions", nil).want(t, 200).into(t, &zh)
	w.as("filler").with("Accept-Language", "en").send("GET", path+"/actions", nil).want(t, 200).into(t, &en)
	if zh.State.Code != "draft" || len(zh.Choices) == 0 || zh.Choices[0].Action != "send_to_sign" || len(zh.Choices[0].Blocked) == 0 {
		t.Fatalf("%+v", zh)
	}
	if zh.Choices[0].LabelZh == "" || zh.Choices[0].LabelEn == "" || zh.Choices[0].Blocked[0].Message == en.Choices[0].Blocked[0].Message {
		t.Errorf("not in two languages: %+v %+v", zh.Choices[0], en.Choices[0])
	}
	p := w.as("filler").send("POST", path+"/actions", map[string]any{"action": "send_to_sign", "version": zh.Version}).want(t, 422).refusal(t)
	if p.Code != "blocked" {
		t.Errorf("%+v", p)
	}
	p = w.as("filler").send("POST", path+"/actions", map[string]any{"action": "discard", "version": zh.Version}).want(t, 422).refusal(t)
	if p.Errors[0].Path != "reason" {
		t.Errorf("%+v", p)
	}
	w.as("filler").send("POST", path+"/actions", map[string]any{"action": "discard", "version": zh.Version, "data": []int{1}}).want(t, 422)
	w.as("filler").send("POST", path+"/actions", map[string]any{"action": "discard", "version": zh.Version, "reason": "不再申报了"}).want(t, 200)
}

func TestAKeyAnswersTheSameAgainAndNothingElse(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name, who, path string
		body, other     map[string]any
	}{
		{"kept by the service", "filler", "/applications", map[string]any{"round_id": w.round.ID, "name": "渝中区钥匙集聚示范区"}, map[string]any{"round_id": w.round.ID, "name": "渝中区别的集聚示范区"}},
		{"kept by the face", "sysadmin", "/persons", map[string]any{"login": "keyed", "name": "示例", "unit": districtA}, map[string]any{"login": "other", "name": "示例", "unit": districtA}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			send := func(body map[string]any) answer {
				return w.as(tc.who).with("Idempotency-Key", "key-1").send("POST", tc.path, body)
			}
			first := send(tc.body).want(t, 201)
			again := send(tc.body).want(t, 201)
			if string(first.body) != string(again.body) || first.header.Get("ETag") != again.header.Get("ETag") || first.header.Get("Location") != again.header.Get("Location") {
				t.Errorf("answered differently: %s / %s", first.body, again.body)
			}
			if p := send(tc.other).want(t, 409).refusal(t); p.Code != "idempotency_reused" {
				t.Errorf("another body: %+v", p)
			}
		})
	}
	var list struct{ Items []json.RawMessage }
	w.as("filler").send("GET", "/applications", nil).into(t, &list)
	if len(list.Items) != 1 {
		t.Errorf("%d applications, want one", len(list.Items))
	}
	bad := map[string]any{"login": "keyed", "name": "示例", "unit": districtA} // taken: refused, so the key is free again
	w.as("sysadmin").with("Idempotency-Key", "key-2").send("POST", "/persons", bad).want(t, 422)
	w.as("sysadmin").with("Idempotency-Key", "key-2").send("POST", "/persons", map[string]any{"login": "third", "name": "示例", "unit": districtA}).want(t, 201)
}

// What was sent is never repeated: it may be a password, or bait for whoever reads the answer.
func TestARefusalNeverRepeatsWhatWasSent(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{`{"login":"filler","password":["hunter2"]}`, `{"login":"filler","password":{"hunter2":"hunter2"}}`, `{"login":5,"password":"hunter2"}`,
		`{"password":"hunter2"}`, `"hunter2"`, `{"login":"filler","password":"` + strings.Repeat("hunter2", 1000) + `"}`, `{"login":"x","password":"hunter2","totp":"hunter2hunter2hunter2"}`} {
		for _, lang := range []string{"zh-CN", "en"} {
			got := w.as("").with("Accept-Language", lang).raw("POST", "/session", []byte(body)).want(t, 422)
			p := got.refusal(t)
			if strings.Contains(string(got.body), "hunter2") || len(p.Errors) == 0 || p.Errors[0].Code == "malformed" || strings.Contains(p.Errors[0].Message, "expected") {
				t.Errorf("%s: %s", body, got.body)
			}
		}
	}
	p := w.as("").raw("POST", "/session", []byte(`{"login":"x","password":"y","surprise":1}`)).want(t, 422).refusal(t)
	if p.Errors[0].Path != "surprise" || p.Errors[0].Code != "unknown_field" {
		t.Errorf("%+v", p)
	}
	w.as("").with("Content-Type", "text/plain").raw("POST", "/session", []byte(`{}`)).want(t, 415)
	w.as("").with("Content-Type", "application/json; charset=utf-8").raw("POST", "/session", []byte(`{"login":"a","password":"b"}`)).want(t, 401)
}

// What a lenient decoder would let pass or mend in silence is refused, by place.
func TestABodyIsReadStrictly(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name, body, path, code string
		status                 int
	}{
		{"nothing", "", "", "body_required", 400},
		{"bad UTF-8", "{\"login\":\"\xff\",\"password\":\"x\"}", "", "not_text", 422},
		{"NUL in a value", `{"login":"a\u0000b","password":"x"}`, "login", "not_text", 422},
		{"NUL in a name", `{"a\u0000b":1}`, "a?b", "not_text", 422},
		{"twice", `{"login":"a","password":"x","login":"b"}`, "login", "given_twice", 422},
		{"twice, but for the case", `{"login":"a","password":"x","LOGIN":"b"}`, "LOGIN", "given_twice", 422},
		{"twice further in", `{"login":[{"x":1},{"y":1,"y":2}],"password":"x"}`, "login[1].y", "given_twice", 422},
		{"too deep", strings.Repeat("[", 40) + strings.Repeat("]", 40), strings.Repeat("[0]", 33), "too_deep", 422},
		{"two documents", `{"login":"a","password":"x"}{}`, "", "malformed", 422},
		{"cut off", `{"login":"a","password":`, "password", "malformed", 422},
		{"endless number", `{"login":1e999,"password":"x"}`, "login", "number_form", 422},
		{"list for an object", `[]`, "", "not_an_object", 422},
		{"too large", `{"login":"` + strings.Repeat("x", 11<<20) + `"}`, "", "", 413},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := w.as("").raw("POST", "/session", []byte(tc.body)).want(t, tc.status).refusal(t)
			if tc.status == 413 && p.Code == "body_large" {
				return
			}
			if len(p.Errors) != 1 || p.Errors[0].Path != tc.path || p.Errors[0].Code != tc.code {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestTheDescriptionIsWhole(t *testing.T) {
	w := newWorld(t)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Security    []map[string][]string
			Parameters  []struct{ Name, In string }
			Responses   map[string]json.RawMessage
		}
	}
	w.as("").send("GET", "/openapi.json", nil).want(t, 200).into(t, &doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %q", doc.OpenAPI)
	}
	seen, n := map[string]bool{}, 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			n++
			if op.OperationID == "" || op.Summary == "" || len(op.Security) == 0 || seen[op.OperationID] {
				t.Errorf("%s %s: operationId %q, summary %q, security %v", method, path, op.OperationID, op.Summary, op.Security)
			}
			seen[op.OperationID] = true
			keyed := false
			for _, p := range op.Parameters {
				keyed = keyed || p.Name == "Idempotency-Key" && p.In == "header"
			}
			if method == "post" && !keyed && op.OperationID != "log-in" {
				t.Errorf("%s takes no idempotency key", path)
			}
			if strings.Contains(path, "{") && op.Responses["404"] == nil {
				t.Errorf("%s %s does not say that it may be absent", method, path)
			}
		}
	}
	if n != len(w.api.Operations()) || n < 80 {
		t.Errorf("described %d operations, mounted %d", n, len(w.api.Operations()))
	}
}

func TestAnyoneIsHealthy(t *testing.T) {
	w := newWorld(t)
	w.as("").send("GET", "/livez", nil).want(t, 200)
	w.as("").send("GET", "/readyz", nil).want(t, 200)
}

func TestAdministratorsKeepApart(t *testing.T) {
	w := newWorld(t)
	w.as("filler").send("GET", "/persons", nil).want(t, 404)
	w.as("secadmin").send("POST", "/persons", map[string]any{"login": "x1", "name": "示例", "unit": districtA}).want(t, 403)
	w.as("sysadmin").send("GET", "/audit", nil).want(t, 403)
	var record struct {
		Items []struct {
			Seq    int64
			Action string
		}
		Next int64
	}
	w.as("auditor").send("GET", "/audit?limit=2", nil).want(t, 200).into(t, &record)
	if len(record.Items) != 2 || record.Next != record.Items[1].Seq {
		t.Fatalf("%+v", record)
	}
	first := record.Items[0].Seq
	w.as("supervision").send("GET", "/audit?limit=2&before="+strconv.FormatInt(record.Next, 10), nil).want(t, 200).into(t, &record)
	if record.Items[0].Seq != first-2 {
		t.Errorf("the next page begins with %d after %d", record.Items[0].Seq, first)
	}
}
