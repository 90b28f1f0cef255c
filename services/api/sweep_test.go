package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"clusterzone/services/api"
	"clusterzone/workflows"
)

// doc is the description as a client reads it.
type doc struct {
	Paths      map[string]map[string]described
	Components struct{ Schemas map[string]map[string]any }
}

type described struct {
	OperationID string `json:"operationId"`
	Parameters  []struct {
		Name, In string
		Schema   map[string]any
	}
	RequestBody struct {
		Content map[string]struct{ Schema map[string]any }
	} `json:"requestBody"`
}

func (w *world) doc() (d doc) {
	w.t.Helper()
	w.as("").send("GET", "/openapi.json", nil).want(w.t, 200).into(w.t, &d)
	return d
}

func (d doc) of(op api.Operation) described { return d.Paths[op.Path][strings.ToLower(op.Method)] }

// body makes an instance of the operation's body that its schema accepts; nil where it has none.
func (d doc) body(op api.Operation) any {
	schema := d.of(op).RequestBody.Content["application/json"].Schema
	if schema == nil {
		return nil
	}
	return d.instance(schema)
}

func (d doc) instance(s map[string]any) any {
	if ref, ok := s["$ref"].(string); ok {
		return d.instance(d.Components.Schemas[ref[strings.LastIndexByte(ref, '/')+1:]])
	}
	if choice, ok := s["enum"].([]any); ok {
		return choice[0]
	}
	switch kind, _ := s["type"].(string); {
	case kind == "object":
		return d.object(s)
	case kind == "integer" || kind == "number":
		if least, ok := s["minimum"].(float64); ok && least > 1 {
			return least
		}
		return 1
	case kind == "boolean":
		return true
	case s["contentEncoding"] == "base64":
		return "e30="
	case s["format"] == "date-time":
		return "2026-01-01T00:00:00Z"
	case kind == "string":
		return "text-of-more-than-20-characters"[:lengthOf(s)]
	case fmt.Sprint(s["type"]) == "[array null]" || kind == "array":
		return []any{d.instance(s["items"].(map[string]any))}
	}
	return map[string]any{}
}

func lengthOf(s map[string]any) int {
	if most, ok := s["maxLength"].(float64); ok {
		return min(int(most), 31)
	}
	return 31
}

func (d doc) object(s map[string]any) any {
	out := map[string]any{}
	props, _ := s["properties"].(map[string]any)
	for name, p := range props {
		out[name] = d.instance(p.(map[string]any))
	}
	if version, ok := out["version"]; ok && version != nil {
		out["version"] = 1
	}
	return out
}

// kinds are the first words of paths whose {id} names something of one unit or one person.
var kinds = []string{"applications", "opinions", "conditions", "reviews", "zones", "evaluations", "rectifications", "objections", "attachments", "documents", "persons", "me", "views", "bulk", "exports"}

func (w *world) fill(op api.Operation, id string) string {
	return strings.NewReplacer("{id}", id, "{part}", "body", "{item}", nobody, "{revision}", "1", "{number}", "T-1", "{code}", districtA).Replace(op.Path)
}

// idFor is what a path's {id} names in the story.
func (w *world) idFor(path string, ids cases) string {
	word, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch word {
	case "persons":
		return w.id["victim"]
	case "me":
		var own struct{ Items []struct{ ID string } }
		w.as("leader").send("GET", "/me/sessions", nil).want(w.t, 200).into(w.t, &own)
		return own.Items[0].ID
	case "rounds":
		return w.round.ID
	case "rule-sets":
		return w.round.RuleSetID
	case "public":
		return ids[strings.TrimSuffix(rest[:strings.IndexByte(rest+"/", '/')], "s")]
	}
	return ids[strings.TrimSuffix(word, "s")]
}

func query(op api.Operation) string {
	switch op.ID {
	case "compare-versions":
		return "?from=1&to=1"
	case "track-objection":
		return "?contact=x"
	}
	return ""
}

// What is not for a person answers like what is not there, byte for byte, in every operation.
func TestAStrangerCannotTellThatACaseExists(t *testing.T) {
	w := newWorld(t)
	ids, d := w.story(), w.doc()
	n := 0
	for _, op := range w.api.Operations() {
		word, _, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
		if !strings.Contains(op.Path, "{id}") || !slices.Contains(kinds, word) {
			continue
		}
		for _, who := range []string{"stranger", "stranger-leader"} {
			ask := func(id string) answer {
				return w.as(who).with("If-Match", `"1"`).send(op.Method, w.fill(op, id)+query(op), d.body(op))
			}
			real, absent := ask(w.idFor(op.Path, ids)), ask(nobody)
			n++
			if real.status != http.StatusNotFound || real.status != absent.status || string(real.body) != string(absent.body) {
				t.Errorf("%s %s as %s: %d %s\nan unknown id: %d %s", op.Method, op.Path, who, real.status, real.body, absent.status, absent.body)
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d cells were tried", n)
	}
	body := func(id string) map[string]any {
		return map[string]any{"parent_kind": "application", "parent_id": id, "slot": "recommendation", "name": "x.pdf", "size": 10, "sha256": strings.Repeat("0", 64)}
	}
	real, absent := w.as("stranger").send("POST", "/attachments", body(ids["draft"])), w.as("stranger").send("POST", "/attachments", body(nobody))
	if real.status != 404 || string(real.body) != string(absent.body) {
		t.Errorf("an upload ticket: %d %s / %s", real.status, real.body, absent.body)
	}
}

// An odd path is not found in the very same words.
func TestAnOddPathIsNotFound(t *testing.T) {
	w := newWorld(t)
	w.as("filler").send("GET", "/nothing/here", nil).want(t, 404).refusal(t)
	if p := w.as("filler").send("DELETE", "/applications", nil).want(t, 405).refusal(t); p.Code != "method" {
		t.Errorf("another method: %+v", p)
	}
	absent := w.as("filler").send("GET", "/applications/"+nobody, nil).want(t, 404)
	for _, id := range []string{"%00", "%ff%fe", strings.Repeat("x", 3000), "'--", "%E4%B8%AD", "0"} {
		got := w.as("filler").send("GET", "/applications/"+id, nil).want(t, 404)
		if string(got.body) != string(absent.body) {
			t.Errorf("%q: %s", id, got.body)
		}
	}
}

func TestNobodyGetsInWithoutALogin(t *testing.T) {
	w := newWorld(t)
	d := w.doc()
	for _, op := range w.api.Operations() {
		got := w.as("").send(op.Method, w.fill(op, nobody)+query(op), d.body(op))
		if op.Open && got.status == http.StatusUnauthorized && op.ID != "log-in" || !op.Open && got.status != http.StatusUnauthorized {
			t.Errorf("%s %s without a login: %d %s", op.Method, op.Path, got.status, got.body)
		}
		bad := (&caller{w: w, token: strings.Repeat("x", 43), header: http.Header{}}).send(op.Method, w.fill(op, nobody)+query(op), d.body(op))
		if !op.Open && bad.status != http.StatusUnauthorized {
			t.Errorf("%s %s with a made-up token: %d", op.Method, op.Path, bad.status)
		}
	}
}

// spoiler makes malformed bodies of well-formed ones.
type spoiler struct{ *rand.Rand }

var odd = []any{nil, true, -1, 0, 1, 1e30, 9.3e18, 0.5, "", "x", "\x00", "中文", strings.Repeat("长", 30000), []any{}, []any{[]any{}}, map[string]any{}, map[string]any{"x": 1},
	"2026-13-45", "9999-12-31T23:59:59-23:59", "\u202e", "' OR 1=1 --", -9223372036854775808, []any{nil, nil}}

func (r spoiler) value() any { return odd[r.IntN(len(odd))] }

// spoil changes one place of a document, somewhere.
func (r spoiler) spoil(v any) any {
	switch t := v.(type) {
	case map[string]any:
		if len(t) == 0 || r.IntN(4) == 0 {
			return r.value()
		}
		out, keys := map[string]any{}, []string{}
		for k, x := range t {
			out[k], keys = x, append(keys, k)
		}
		slices.Sort(keys)
		k := keys[r.IntN(len(keys))]
		switch r.IntN(6) {
		case 0:
			delete(out, k)
		case 1:
			out["surprise"] = r.value()
		default:
			out[k] = r.spoil(out[k])
		}
		return out
	case []any:
		if r.IntN(3) == 0 || len(t) == 0 {
			return r.value()
		}
		return append(slices.Clone(t), r.value())
	}
	return r.value()
}

// bytes breaks a document below its syntax.
func (r spoiler) bytes(raw []byte) []byte {
	switch r.IntN(12) {
	case 0:
		return raw[:r.IntN(len(raw)+1)]
	case 1:
		return append(slices.Clone(raw), raw...)
	case 2:
		return []byte(strings.Repeat("[", 1+r.IntN(20000)))
	case 3:
		return []byte(strings.Repeat(`{"data":`, 1+r.IntN(5000)))
	case 4:
		out := slices.Clone(raw)
		out[r.IntN(len(out))] = byte(r.IntN(256))
		return out
	case 5:
		return []byte("\xff\xfe" + string(raw))
	case 6:
		return []byte(strings.Replace(string(raw), `"`, "\"\x00", 1))
	case 7:
		return []byte(strings.Replace(string(raw), `:"`, `:"\u0000`, 1))
	case 8:
		return []byte(strings.Replace(string(raw), `:"`, `:"\ud800`, 1))
	case 9:
		return []byte(strings.Replace(string(raw), ":1", ":1e999", 1))
	case 10:
		return []byte(strings.Replace(string(raw), "{", `{"version":1,"version":2,"Version":3,`, 1))
	}
	return nil
}

// current is the ETag of the case that an operation is about.
func (w *world) current(op api.Operation, id string) string {
	word, _, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	var now struct{ Version int64 }
	_ = json.Unmarshal(w.as("officer").send("GET", "/"+word+"/"+id+"/actions", nil).body, &now)
	return fmt.Sprintf("%q", fmt.Sprint(max(now.Version, 1)))
}

// enrich gives the free parts of a body what services look for, so that what is spoilt of it
// reaches them.
func (w *world) enrich(op api.Operation, body any, ids cases, r spoiler) any {
	m, ok := body.(map[string]any)
	if !ok {
		return body
	}
	delete(m, "version")
	if kind, ok := strings.CutSuffix(strings.TrimPrefix(op.Path, "/"), "s/{id}/actions"); ok {
		actions := workflows.ByKind(workflows.Kind(kind)).Actions()
		m["action"], m["data"] = actions[r.IntN(len(actions))], r.data()
	}
	if _, ok := m["content"]; ok {
		var free any
		_ = json.Unmarshal(must(json.Marshal(w.content()))(w.t), &free)
		m["content"] = free
	}
	for name, v := range map[string]any{"round_id": w.round.ID, "zone_id": ids["zone"], "parent_id": ids["draft"], "slot": "recommendation", "evaluators": []any{w.id["evaluator"]},
		"unit": districtA, "login": fmt.Sprintf("person-%d", r.IntN(1e9)), "due": "2026-12-01", "valid_from": "2016-01-01"} {
		if _, ok := m[name]; ok && r.IntN(3) > 0 {
			m[name] = v
		}
	}
	if _, ok := m["path"]; ok {
		paths := []string{"body", "body.managers", "boundary.polygon", "goals.rows[revenue].planned", "business.firms[0]", "business.firms[99999999999]", "fund.years[0].amount_fen",
			"positioning.platforms[1].year", "factors.land.amount", "goals.rows[revenue].base[0]", "[]", "business.firms[-1].name", "."}
		m["path"], m["value"] = paths[r.IntN(len(paths))], r.value()
	}
	if _, ok := m["sheet"]; ok {
		figures := map[string]any{}
		for _, i := range w.book.Rules.Evaluation.Indicators {
			figures[i.Code] = "12.5"
		}
		m["sheet"] = map[string]any{"figures": figures, "targets": map[string]any{}, "bonuses": map[string]any{}, "deductions": map[string]any{}, "vetoes": []any{},
			"notes": map[string]any{}, "carried": []any{}}
	}
	return m
}

// data has something of what every action may need.
func (r spoiler) data() any {
	all := map[string]any{"document_number": "测试〔2026〕1号", "valid_from": "2026-12-01", "starts_on": "2026-12-01", "due": "2026-12-01", "stance": "agree", "grounds": "符合发展方向,同意申报",
		"conditions": []any{map[string]any{"text": "补充材料并公示", "proof": "公示文件", "moment": "before_decision"}}, "person_id": nobody, "commitment": true, "no_conflict": true, "kind": "financial", "person": nobody, "comment": "好",
		"scores": map[string]any{"planning": map[string]any{"points": "10", "reason": "好"}}, "vetoes": []any{map[string]any{"code": "fraud", "reason": "有"}},
		"items": []any{map[string]any{"anchor_kind": "field", "anchor": "body.name", "words": "请补充材料"}}}
	out := map[string]any{}
	for k, v := range all {
		if r.IntN(4) == 0 {
			out[k] = v
		}
	}
	return out
}

// callers lists who tries an operation: those it serves, and a filler.
func (w *world) callers(op api.Operation) []string {
	names := map[string]string{"system_admin": "sysadmin", "security_admin": "secadmin", "audit_admin": "auditor"}
	out := []string{"filler"}
	for _, r := range op.Roles {
		login := string(r)
		if n, ok := names[login]; ok {
			login = n
		}
		if w.token[login] != "" {
			out = append(out, login)
		}
	}
	if len(op.Roles) == 0 {
		out = append(out, "officer", "sysadmin", "evaluator")
	}
	return out
}

// No malformed body to any operation is our mistake: all are refused with a problem that can
// be read, or taken.
func TestNoMalformedBodyIsOurMistake(t *testing.T) {
	perOperation := 200
	w := newWorld(t)
	ids, d := w.story(), w.doc()
	r := spoiler{rand.New(rand.NewPCG(2016, 228))}
	huge := []byte(`{"data":"` + strings.Repeat("x", 11<<20) + `"}`)
	for _, op := range w.api.Operations() {
		if op.Method == http.MethodGet || op.ID == "log-out" || op.ID == "deactivate-person" || op.ID == "end-session" {
			continue
		}
		callers := w.callers(op)
		try := func(body []byte) {
			id := w.idFor(op.Path, ids)
			if strings.HasPrefix(op.Path, "/applications") && r.IntN(2) == 0 || op.Path == "/applications/{id}/content" {
				id = ids["draft"]
			}
			c := w.as(callers[r.IntN(len(callers))])
			switch r.IntN(4) {
			case 0:
				c = c.with("If-Match", `"1"`)
			case 1, 2:
				c = c.with("If-Match", w.current(op, id))
			}
			if r.IntN(4) == 0 {
				c = c.with("Accept-Language", "en")
			}
			c.check(op, w.fill(op, id), body)
		}
		for range perOperation {
			valid := w.enrich(op, d.body(op), ids, r)
			if r.IntN(3) == 0 {
				try(r.bytes(must(json.Marshal(valid))(t)))
				continue
			}
			try(must(json.Marshal(r.spoil(valid)))(t))
		}
		try(huge)
	}
	if w.log.Len() > 0 {
		t.Errorf("logged as our mistakes: %.3000s", w.log)
	}
}

// check sends a body and wants no 5xx, and a readable problem for every refusal.
func (c *caller) check(op api.Operation, path string, body []byte) {
	c.w.t.Helper()
	got := c.raw(op.Method, path, body)
	shown := body[:min(len(body), 200)]
	switch {
	case got.status == http.StatusServiceUnavailable && op.ID == "read-zone-certificate": // nobody prints here
	case got.status >= 500:
		c.w.t.Errorf("%s: %d %s\nfor %q", got.what, got.status, got.body, shown)
	case got.status >= 400:
		p := got.refusal(c.w.t)
		if p.Title == "" || p.Code == "" || strings.Contains(string(got.body), "⟦") || p.Status != got.status {
			c.w.t.Errorf("%s: a refusal that cannot be read: %s\nfor %q", got.what, got.body, shown)
		}
		if p.Code == "invalid" && len(p.Errors) == 0 {
			c.w.t.Errorf("%s: invalid, but where? %s\nfor %q", got.what, got.body, shown)
		}
	}
}

// Nor is any parameter.
func TestNoMalformedParameterIsOurMistake(t *testing.T) {
	w := newWorld(t)
	ids, d := w.story(), w.doc()
	values := []string{"", "%00", "%ff", "-1", "0", "999999999999999999999", "1.5", "x", strings.Repeat("y", 5000), "%", "中文", "'", "%25%5f!", "true", "2026-02-30"}
	for _, op := range w.api.Operations() {
		if op.Method != http.MethodGet {
			continue
		}
		for _, who := range w.callers(op) {
			path := w.fill(op, w.idFor(op.Path, ids))
			for _, p := range append(d.of(op).Parameters, struct {
				Name, In string
				Schema   map[string]any
			}{Name: "surprise", In: "query"}) {
				if p.In != "query" {
					continue
				}
				for _, v := range values {
					if strings.Trim(v, "中文'") != v {
						v = url.QueryEscape(v)
					}
					w.as(who).check(op, path+"?"+p.Name+"="+v, nil)
				}
			}
			w.as(who).with("If-Match", strings.Repeat("x", 9000)).with("Idempotency-Key", "\x01").check(op, path, nil)
		}
	}
	if w.log.Len() > 0 {
		t.Errorf("logged as our mistakes: %.3000s", w.log)
	}
}
