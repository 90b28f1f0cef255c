package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
	"clusterzone/services/policy"
	"clusterzone/services/registry"
	"clusterzone/workflows"
)

// files are what is attached, and one invented file for every slot of an application:
// uploads have tests of their own.
func (w *world) files(tx *database.Tx, ref casework.Ref) ([]attachment.Attachment, error) {
	out, err := attachment.List(tx, ref)
	var slots []application.SlotRule
	for _, slot := range w.book.Rules.SlotsFor(policy.PurposeApplication) {
		slots = append(slots, application.SlotRule{Code: slot.Code, Required: slot.Required, Formats: slot.Formats, MaxBytes: slot.MaxBytes, MaxFiles: slot.MaxFiles})
	}
	for i, f := range application.DemoFiles(slots) {
		out = append(out, attachment.Attachment{ID: fmt.Sprintf("0197a000-0000-7000-8000-00000000f%03d", i), Parent: ref, Slot: f.Slot, No: 1, Name: f.Name, Size: f.Size,
			SHA256: f.SHA256, ContentType: f.ContentType, State: attachment.Attached})
	}
	return out, err
}

// act takes an action on the version that is there.
func (w *world) act(who, path, action, reason string, data any) {
	w.t.Helper()
	var now struct{ Version int64 }
	w.as(who).send("GET", path+"/actions", nil).want(w.t, 200).into(w.t, &now)
	body := map[string]any{"action": action, "version": now.Version, "reason": reason}
	if data != nil {
		body["data"] = data
	}
	w.as(who).send("POST", path+"/actions", body).want(w.t, http.StatusOK)
}

// cases are the ids of one case of every kind, all of district A.
type cases map[string]string

// story brings one application as far as its public notice with an objection, and makes a
// zone with an evaluation, a rectification and an unfinished upload.
func (w *world) story() cases {
	w.t.Helper()
	path, _ := w.draft()
	ids := cases{"draft": path[len("/applications/"):]}
	path, version := w.draft()
	ids["application"] = path[len("/applications/"):]
	w.as("filler").send("PUT", path+"/content", map[string]any{"content": w.content(), "version": version}).want(w.t, 200)
	w.act("filler", path, "send_to_sign", "", nil)
	w.act("leader", path, "sign", "", nil)
	for _, part := range application.Parts() {
		var now struct{ Version int64 }
		w.as("clerk").send("GET", path+"/actions", nil).into(w.t, &now)
		w.as("clerk").send("PUT", path+"/verdicts/"+part, map[string]any{"verdict": "pass", "version": now.Version}).want(w.t, 200)
	}
	w.act("clerk", path, "accept", "", nil)
	var view struct{ Opinions []struct{ ID string } }
	w.as("officer").send("GET", path, nil).want(w.t, 200).into(w.t, &view)
	if len(view.Opinions) == 0 {
		w.t.Fatal("no opinion was asked")
	}
	ids["opinion"] = view.Opinions[0].ID
	w.update(func(tx *database.Tx) error {
		var id, unit string
		if err := tx.One(&unit, "SELECT unit_code FROM opinion WHERE id = ?", ids["opinion"]); err != nil {
			return err
		}
		err := w.c.Applications.Conditions().Set(tx, identity.SystemActor(), condition.Origin{Subject: casework.Ref{Kind: "application", ID: ids["application"]},
			Source: condition.FromOpinion, SourceID: ids["opinion"], Unit: unit}, []condition.Draft{{Text: "落实首年配套资金", Proof: "资金下达文件", Moment: condition.BeforeDecision}})
		if err != nil {
			return err
		}
		err = tx.One(&id, "SELECT id FROM condition WHERE subject_id = ?", ids["application"])
		ids["condition"] = id
		return err
	})
	var invited struct{ Items []struct{ ID string } }
	w.as("officer").send("POST", path+"/reviews", map[string]any{"evaluators": []string{w.id["evaluator"]}}).want(w.t, 201).into(w.t, &invited)
	ids["review"] = invited.Items[0].ID
	w.act("evaluator", "/reviews/"+ids["review"], "accept", "", map[string]any{"commitment": true, "no_conflict": true})
	w.later(ids)
	ids["document"] = w.issued(path)
	return ids
}

// issued makes the notice of acceptance of an application.
func (w *world) issued(path string) string {
	w.t.Helper()
	var now struct{ Version int64 }
	w.as("clerk").send("GET", path+"/actions", nil).want(w.t, 200).into(w.t, &now)
	var made struct{ ID, Number string }
	w.as("clerk").send("POST", path+"/documents", map[string]any{"kind": "acceptance", "version": now.Version, "template": 1}).want(w.t, 201).into(w.t, &made)
	var job outbox.Row
	w.update(func(tx *database.Tx) error {
		return tx.One(&job, "SELECT id, event_key, topic, payload FROM outbox WHERE event_key = ?", "document/"+made.ID)
	})
	w.update(must(w.c.Documents.Render(w.t.Context(), job))(w.t))
	return made.ID
}

func (w *world) content() application.Content {
	w.t.Helper()
	place := application.DemoPlace{Unit: "渝中区", Region: districtA, Sectors: []string{"logistics"}, Area: "core", Lon: 106.55, Lat: 29.55,
		BaseYear: int64(time.Now().Year() - 1), PlannedYears: 3}
	for _, i := range w.book.Rules.Goals.Indicators {
		place.Indicators = append(place.Indicators, i.Code)
	}
	for _, b := range w.book.Rules.RevenueBands {
		place.RevenueBands = append(place.RevenueBands, b.Code)
	}
	return must(application.DemoContent(7, place))(w.t)
}

// later puts in, without walking the whole way, what follows a decision.
func (w *world) later(ids cases) {
	w.t.Helper()
	now := time.Now()
	ids["notice"] = "0197a000-0000-7000-8000-00000000000a"
	w.update(func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO notice (id, number, subject_kind, subject_id, title, body, starts_on, ends_on, published_by, published_at)
			VALUES (?, '公示测试1号', 'application', ?, '示例公示', '示例', ?, ?, ?, ?)`, ids["notice"], ids["application"], workflows.DateOf(now.Add(-24*time.Hour)).String(),
			workflows.DateOf(now.Add(72*time.Hour)).String(), w.id["officer"], tx.Now())
		return err
	})
	set := func(status string) {
		w.update(func(tx *database.Tx) error {
			return tx.Must("UPDATE application SET status = ? WHERE id = ?", status, ids["application"])
		})
	}
	set("notice")
	defer set("in_review")
	object := func() answer {
		return w.as("").with("Idempotency-Key", "objection-1").send("POST", "/public/notices/"+ids["notice"]+"/objections", map[string]any{"objector_kind": "individual",
			"name": "示例异议人", "contact": "023-00000000", "body": "申报范围的东侧与我单位的用地有重叠,请核实后再作决定。"}).want(w.t, 201)
	}
	if first, again := object(), object(); string(first.body) != string(again.body) {
		w.t.Errorf("an objection with one key has two receipts: %s %s", first.body, again.body)
	}
	w.update(func(tx *database.Tx) (err error) {
		var objection string
		if err := tx.One(&objection, "SELECT id FROM objection LIMIT 1"); err != nil {
			return err
		}
		ids["objection"] = objection
		ids["zone"], err = w.c.Zones.Establish(tx, identity.SystemActor(), registry.Grant{Name: "渝中区示例集聚示范区", Unit: districtA, RuleSetID: w.round.RuleSetID, BodyName: "示例发展公司",
			Sectors: []string{"logistics"}, Area: "core", GeoJSON: w.content().Boundary.Polygon, AreaM2: 1_000_000, DocumentNumber: "测试〔2016〕1号",
			DecidedOn: workflows.DateOf(now.AddDate(-1, 0, 0)), ValidFrom: workflows.DateOf(now.AddDate(-1, 0, 0))})
		return err
	})
	var made struct{ ID string }
	w.as("officer").send("POST", "/evaluations", map[string]any{"zone_id": ids["zone"], "year": now.Year(), "due": now.AddDate(0, 0, 40).Format(time.DateOnly)}).want(w.t, 201).into(w.t, &made)
	ids["evaluation"], ids["rectification"] = made.ID, "0197a000-0000-7000-8000-00000000000b"
	w.update(func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO rectification (id, number, evaluation_id, zone_id, unit_code, rule_set_id, workflow_version, status, version, items, created_at, updated_at)
			VALUES (?, '整改测试1号', ?, ?, ?, ?, 1, 'open', 1, '[{"id":"1","code":"report","words":"补报"}]', ?, ?)`, ids["rectification"], ids["evaluation"], ids["zone"], districtA,
			w.round.RuleSetID, tx.Now(), tx.Now())
		return err
	})
	var ticket struct{ ID string }
	w.as("filler").send("POST", "/attachments", map[string]any{"parent_kind": "application", "parent_id": ids["draft"], "slot": w.book.Rules.SlotsFor(policy.PurposeApplication)[0].Code,
		"name": "示例.pdf", "size": 1000, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}).want(w.t, 201).into(w.t, &ticket)
	ids["attachment"] = ticket.ID
	w.as("officer").send("POST", "/views", map[string]any{"name": "待评审", "query": "state=in_review"}).want(w.t, 201).into(w.t, &made)
	ids["view"] = made.ID
	w.as("officer").send("POST", "/bulk", map[string]any{"query": "sort=number", "action": "decline"}).want(w.t, 201).into(w.t, &made)
	ids["bulk"] = made.ID
	w.as("officer").send("POST", "/exports", map[string]any{"kind": "application", "query": "", "format": "xlsx"}).want(w.t, 201).into(w.t, &made)
	ids["export"] = made.ID
}

// A person of the unit and the commission read every kind of case in one form.
func TestEveryKindOfCaseIsReadByThoseItIsFor(t *testing.T) {
	w := newWorld(t)
	ids := w.story()
	for _, tc := range []struct{ who, kind string }{
		{"filler", "application"}, {"leader", "application"}, {"officer", "application"}, {"supervision", "application"}, {"evaluator", "application"},
		{"department", "opinion"}, {"officer", "opinion"}, {"department", "condition"}, {"officer", "condition"}, {"filler", "condition"}, {"evaluator", "review"}, {"officer", "review"}, {"officer", "objection"}, {"supervision", "objection"},
		{"filler", "zone"}, {"director", "zone"}, {"filler", "evaluation"}, {"officer", "evaluation"}, {"leader", "rectification"}, {"director", "rectification"},
	} {
		path := "/" + tc.kind + "s/" + ids[tc.kind]
		got := w.as(tc.who).send("GET", path, nil).want(t, 200)
		var actions struct {
			ID    string
			State struct{ Code string }
		}
		w.as(tc.who).send("GET", path+"/actions", nil).want(t, 200).into(t, &actions)
		if got.header.Get("ETag") == "" || actions.ID != ids[tc.kind] || actions.State.Code == "" {
			t.Errorf("%s as %s: ETag %q, actions %+v", path, tc.who, got.header.Get("ETag"), actions)
		}
	}
	for _, path := range []string{"/work", "/messages", "/zones", "/evaluations", "/rectifications", "/applications/" + ids["application"] + "/versions",
		"/applications/" + ids["application"] + "/attachments", "/applications/" + ids["application"] + "/reviews", "/applications/" + ids["application"] + "/review-pool",
		"/applications/" + ids["application"] + "/objections", "/applications/" + ids["application"] + "/notices", "/evaluations/" + ids["evaluation"] + "/review-pool",
		"/rounds", "/rounds/" + w.round.ID, "/rule-sets/" + w.round.RuleSetID, "/policy/sectors", "/policy/areas", "/policy/measures", "/policy/clarifications", "/policy/units",
		"/units", "/units?kind=district", "/public/zones", "/public/zones/" + ids["zone"], "/public/notices", "/public/notices/" + ids["notice"], "/me/sessions"} {
		w.as("officer").send("GET", path, nil).want(t, 200)
	}
	var contact struct{ Contact string }
	w.as("supervision").send("GET", "/objections/"+ids["objection"], nil).into(t, &contact)
	if contact.Contact != "" {
		t.Errorf("supervision reads the contact %q", contact.Contact)
	}
	var sum struct{ Items []json.RawMessage }
	w.as("stranger").send("GET", "/applications", nil).want(t, 200).into(t, &sum)
	if len(sum.Items) != 0 {
		t.Errorf("a stranger lists %s", sum.Items)
	}
}
