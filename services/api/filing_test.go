package api_test

import (
	"net/http"
	"testing"
)

// A unit keeps its bodies over the API, each save on the version that was read, and a new
// application is filled from them or from an earlier one.
func TestUnitProfileAndStartFrom(t *testing.T) {
	w := newWorld(t)
	var p struct {
		Version int64
		Bodies  []struct{ ID, Name string }
	}
	w.as("filler").send("GET", "/unit-profile", nil).want(t, 200).into(t, &p)
	body := map[string]any{"bodies": []any{map[string]any{"name": "示例管理委员会", "contact": map[string]any{"name": "示例联系人"}}}, "version": p.Version}
	w.as("filler").send("PUT", "/unit-profile", body).want(t, 200).into(t, &p)
	w.as("filler").send("PUT", "/unit-profile", body).want(t, http.StatusConflict)
	w.as("filler").send("PUT", "/unit-profile", map[string]any{"bodies": []any{}}).want(t, http.StatusUnprocessableEntity)
	w.as("leader").send("GET", "/unit-profile", nil).want(t, 200)
	w.as("clerk").send("GET", "/unit-profile", nil).want(t, http.StatusForbidden)
	var stranger struct{ Bodies []any }
	w.as("stranger").send("GET", "/unit-profile", nil).want(t, 200).into(t, &stranger)
	if len(stranger.Bodies) != 0 || len(p.Bodies) != 1 || p.Bodies[0].ID == "" {
		t.Fatalf("the unit keeps %+v, a stranger reads %+v", p, stranger)
	}
	start := map[string]any{"round_id": w.round.ID, "name": "示例资料集聚示范区", "body_id": p.Bodies[0].ID}
	var made struct{ ID string }
	w.as("filler").send("POST", "/applications", start).want(t, http.StatusCreated).into(t, &made)
	var one struct {
		Content struct{ Body struct{ Name string } }
		Carried *struct {
			Kind      string
			Unchanged []string
		}
	}
	w.as("filler").send("GET", "/applications/"+made.ID, nil).want(t, 200).into(t, &one)
	if one.Content.Body.Name != "示例管理委员会" || one.Carried == nil || one.Carried.Kind != "profile" {
		t.Errorf("filled from the profile: %+v", one)
	}
	from := map[string]any{"round_id": w.round.ID, "name": "示例沿用集聚示范区", "from": made.ID}
	w.as("filler").send("POST", "/applications", from).want(t, http.StatusCreated).into(t, &made)
	w.as("filler").send("GET", "/applications/"+made.ID, nil).want(t, 200).into(t, &one)
	if one.Content.Body.Name != "示例管理委员会" || one.Carried.Kind != "application" || len(one.Carried.Unchanged) == 0 {
		t.Errorf("filled from an earlier application: %+v", one)
	}
	w.as("filler").send("PUT", "/applications/"+made.ID+"/carried/body", nil).want(t, http.StatusNoContent)
	w.as("stranger").send("POST", "/applications", from).want(t, http.StatusUnprocessableEntity)
}
