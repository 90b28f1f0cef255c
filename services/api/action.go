package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

type actionsBody struct {
	Kind    workflows.Kind `json:"kind"`
	ID      string         `json:"id"`
	Number  string         `json:"number"`
	State   stateBody      `json:"state"`
	Version int64          `json:"version"`
	Choices []choiceBody   `json:"choices"`
}

type actionInput struct {
	Case
	Keyed
	Versioned
	Body struct {
		Action  workflows.Action `json:"action" minLength:"1" maxLength:"40"`
		Version int64            `json:"version,omitempty" minimum:"1" doc:"the version that was read; If-Match may say it instead"`
		Reason  string           `json:"reason,omitempty" maxLength:"4000"`
		Data    json.RawMessage  `json:"data,omitempty" doc:"what the action needs besides, an object"`
	}
}

// actionRoutes mounts the one shape of reading and taking actions for every kind of case.
func (a *API) actionRoutes() {
	for _, w := range workflows.All() {
		s, ok := a.Cases[w.Kind]
		if !ok {
			continue
		}
		name := w.Label.En
		path := "/" + string(w.Kind) + "s/{id}/actions"
		add(a, spec{method: http.MethodGet, path: path, id: "list-" + string(w.Kind) + "-actions", summary: name + ": what the caller can do now, and why not"},
			func(c *call, in *oneInput) (*reply[actionsBody], error) { return actions(c, s, in) })
		add(a, spec{method: http.MethodPost, path: path, id: "take-" + string(w.Kind) + "-action", summary: name + ": take an action", atomic: true, roles: rolesOf(w)},
			func(c *call, in *actionInput) (*reply[outcomeBody], error) { return act(c, s, in) })
	}
}

// rolesOf lists who can take any action of a kind; outsiders and the system do not log in.
func rolesOf(w *workflows.Workflow) (out []workflows.Role) {
	for _, r := range workflows.Roles() {
		for _, row := range w.Transitions {
			if row.From != nil && r != workflows.Public && r != workflows.System && slices.Contains(row.Roles, r) {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

func actions(c *call, s casework.Service, in *oneInput) (*reply[actionsBody], error) {
	x, err := s.Actions(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[actionsBody]{ETag: etag(x.Version), Body: actionsBody{Kind: x.Case.Kind, ID: x.Case.ID, Number: x.Number, State: stateOf(x.Case.Kind, x.State),
		Version: x.Version, Choices: choicesOf(c.lang, x.Case.Kind, x.Choices)}}, nil
}

func act(c *call, s casework.Service, in *actionInput) (*reply[outcomeBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	if err := isObject(in.Body.Data); err != nil {
		return nil, err
	}
	return moved(s.Do(c.ctx, c.actor, casework.Command{ID: in.ID, Action: in.Body.Action, Version: version, Reason: in.Body.Reason, Data: in.Body.Data, Key: in.Key}))
}

// isObject refuses data of another shape before any service sees it.
func isObject(data json.RawMessage) error {
	if len(data) > 0 && data[0] != '{' && string(data) != "null" {
		return fault.BadField("data", "not_an_object")
	}
	return nil
}
