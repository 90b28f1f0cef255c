package api

import (
	"net/http"
	"strconv"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// draftRoutes are what a draft has besides its content: earlier states, and who is at it.
func (a *API) draftRoutes() {
	unit, filler := []workflows.Role{workflows.Filler, workflows.Leader}, []workflows.Role{workflows.Filler}
	add(a, spec{method: http.MethodGet, path: "/applications/{id}/revisions", id: "list-revisions", summary: "Earlier saved states of a draft, newest first", roles: unit}, a.revisions)
	add(a, spec{method: http.MethodGet, path: "/applications/{id}/revisions/{revision}", id: "read-revision", summary: "One earlier saved state and what going back to it would change", roles: unit}, a.revision)
	add(a, spec{method: http.MethodPost, path: "/applications/{id}/revisions/{revision}/restore", id: "restore-revision", summary: "Take a draft back to an earlier saved state, as a save of its own", roles: filler}, a.restore)
	add(a, spec{method: http.MethodGet, path: "/applications/{id}/presence", id: "list-presence", summary: "Who else has a draft open", roles: unit}, a.presence)
	add(a, spec{method: http.MethodPut, path: "/applications/{id}/presence", id: "put-presence", summary: "Say that one has a draft open, and hear who else has; good for 45 seconds", roles: filler}, a.putPresence)
	add(a, spec{method: http.MethodDelete, path: "/applications/{id}/presence", id: "end-presence", summary: "Say that one has closed a draft", roles: filler}, a.endPresence)
}

type revisionBody struct {
	Version  int64     `json:"version" doc:"the draft's version that this state was"`
	Cause    string    `json:"cause" enum:"begin,save,restore"`
	Restored int64     `json:"restored,omitempty" doc:"of a restore: the version taken back"`
	Person   string    `json:"person"`
	Name     string    `json:"name" doc:"of the zone"`
	BeganAt  time.Time `json:"began_at"`
	SavedAt  time.Time `json:"saved_at"`
	Paths    []string  `json:"paths" doc:"what this state changed, the first 60 places"`
}

func revisionOf(r application.Revision) revisionBody {
	out := revisionBody{Version: r.Version, Cause: r.Cause, Restored: r.Restored, Person: r.Person, Name: r.Name, BeganAt: r.Began.UTC(), SavedAt: r.Saved.UTC(), Paths: r.Paths}
	if out.Paths == nil {
		out.Paths = []string{}
	}
	return out
}

func (a *API) revisions(c *call, in *oneInput) (*reply[list[revisionBody]], error) {
	found, err := a.Applications.Revisions(c.ctx, c.actor, in.ID)
	return page(each(found, revisionOf), ""), err
}

type revisionInput struct {
	Case
	Revision string `path:"revision" maxLength:"40" doc:"the version of the draft that the state was"`
}

// stateNo is the version asked for; what is no number is not kept either.
func stateNo(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

type revisionWhole struct {
	revisionBody
	Content application.Content `json:"content"`
	Changes []changeBody        `json:"changes" doc:"from the draft as it stands to this state"`
}

func (a *API) revision(c *call, in *revisionInput) (*reply[revisionWhole], error) {
	rev, err := a.Applications.Revision(c.ctx, c.actor, in.ID, stateNo(in.Revision))
	if err != nil {
		return nil, err
	}
	now, err := a.Applications.View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	changed, err := application.Compare(now.Content, rev.Content)
	return &reply[revisionWhole]{Body: revisionWhole{revisionBody: revisionOf(rev), Content: rev.Content, Changes: each(changed, func(ch application.Change) changeBody {
		return changeBody{Path: ch.Path, Label: a.Words.Text(c.lang, ch.LabelKey, nil), Old: ch.Old, New: ch.New, Unit: string(application.UnitOf(ch.Path))}
	})}}, err
}

type restoreInput struct {
	Case
	Keyed
	Versioned
	Revision string `path:"revision" maxLength:"40"`
	Body     struct {
		Version int64 `json:"version,omitempty" minimum:"1" doc:"of the draft as seen; If-Match may say it instead"`
	}
}

func (a *API) restore(c *call, in *restoreInput) (*reply[editedBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	s, err := a.Applications.Restore(c.ctx, c.actor, in.ID, version, stateNo(in.Revision))
	if err != nil {
		return nil, err
	}
	return &reply[editedBody]{ETag: etag(s.Version), Body: editedBody{Version: s.Version, Problems: a.findings(c.lang, s.Problems)}}, nil
}

type presentBody struct {
	Person string    `json:"person"`
	Name   string    `json:"name"`
	Part   string    `json:"part"`
	Since  time.Time `json:"since"`
}

func presentOf(p application.Present) presentBody {
	return presentBody{Person: p.Person, Name: p.Name, Part: p.Part, Since: p.Since.UTC()}
}

func (a *API) presence(c *call, in *oneInput) (*reply[list[presentBody]], error) {
	found, err := a.Applications.Others(c.ctx, c.actor, in.ID)
	return page(each(found, presentOf), ""), err
}

type presenceInput struct {
	Case
	Body struct {
		Part  string `json:"part" maxLength:"40" doc:"one of the seven parts, or materials"`
		Field string `json:"field,omitempty" maxLength:"200"`
	}
}

func (a *API) putPresence(c *call, in *presenceInput) (*reply[list[presentBody]], error) {
	found, err := a.Applications.Here(c.ctx, c.actor, in.ID, application.Place{Part: in.Body.Part, Field: in.Body.Field})
	return page(each(found, presentOf), ""), err
}

func (a *API) endPresence(c *call, in *oneInput) (*none, error) {
	at, err := a.Applications.LastPlace(c.ctx, c.actor, in.ID)
	if err == nil && at.Part == "" {
		err = fault.Missing() // one that has never come cannot leave
	}
	if err != nil {
		return nil, err
	}
	return &none{}, a.Applications.Away(c.ctx, c.actor, in.ID, at)
}
