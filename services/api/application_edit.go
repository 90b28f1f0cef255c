package api

import (
	"encoding/json"
	"slices"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/fault"
)

type contentInput struct {
	Case
	Versioned
	Body struct {
		Content json.RawMessage `json:"content" doc:"the whole document, as the application shows it"`
		Version int64           `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

type editedBody struct {
	Version  int64         `json:"version"`
	Problems []findingBody `json:"problems" doc:"what the self-check says now"`
}

func (a *API) putContent(c *call, in *contentInput) (*reply[editedBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	return a.save(c, in.ID, application.Edit{Version: version, Content: in.Body.Content})
}

type patchInput struct {
	Case
	Versioned
	Body struct {
		Path    string          `json:"path" minLength:"1" maxLength:"200" doc:"a field, part or list item, such as business.firms[3].name"`
		Value   json.RawMessage `json:"value" doc:"its new value; null clears"`
		Base    json.RawMessage `json:"base,omitempty" doc:"the value the editor started from: a save on an older version goes through where nobody else has changed this field"`
		Version int64           `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

func (a *API) patchContent(c *call, in *patchInput) (*reply[editedBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	return a.save(c, in.ID, application.Edit{Version: version, Path: in.Body.Path, Value: in.Body.Value, Base: in.Body.Base})
}

type nameInput struct {
	Case
	Versioned
	Body struct {
		Name    string `json:"name" maxLength:"400"`
		Version int64  `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

func (a *API) putName(c *call, in *nameInput) (*reply[editedBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	return a.save(c, in.ID, application.Edit{Version: version, Name: &in.Body.Name})
}

func (a *API) save(c *call, id string, e application.Edit) (*reply[editedBody], error) {
	s, err := a.Applications.Save(c.ctx, c.actor, id, e)
	if err != nil {
		return nil, err
	}
	return &reply[editedBody]{ETag: etag(s.Version), Body: editedBody{Version: s.Version, Problems: a.findings(c.lang, s.Problems)}}, nil
}

type versionBody struct {
	No       int                 `json:"no"`
	Digest   string              `json:"digest"`
	SignedBy string              `json:"signed_by"`
	SignedAt time.Time           `json:"signed_at"`
	Content  application.Content `json:"content"`
	Files    []fileBody          `json:"files"`
}

func (a *API) versions(c *call, in *oneInput) (*reply[list[versionBody]], error) {
	found, err := a.Applications.Versions(c.ctx, c.actor, in.ID)
	return page(each(found, func(v application.VersionView) versionBody {
		return versionBody{No: v.No, Digest: v.Digest, SignedBy: v.SignedBy, SignedAt: v.SignedAt.UTC(), Content: v.Content, Files: each(v.Files, fileOf)}
	}), ""), err
}

type compareInput struct {
	Case
	From int `query:"from" required:"true" minimum:"1" maximum:"1000" doc:"number of a submitted version"`
	To   int `query:"to" required:"true" minimum:"1" maximum:"1000"`
}

type comparedBody struct {
	Fields []changeBody     `json:"fields"`
	Files  []fileChangeBody `json:"files"`
}

type changeBody struct {
	Path  string `json:"path"`
	Label string `json:"label"`
	Old   string `json:"old" doc:"as stored; empty is absent"`
	New   string `json:"new"`
	Unit  string `json:"unit,omitempty" doc:"how a stored number is to be shown"`
}

type fileChangeBody struct {
	Change string   `json:"change" doc:"added or removed"`
	File   fileBody `json:"file"`
}

func (a *API) compare(c *call, in *compareInput) (*reply[comparedBody], error) {
	found, err := a.Applications.Versions(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	from, okFrom := versionNo(found, in.From)
	to, okTo := versionNo(found, in.To)
	switch {
	case !okFrom:
		return nil, fault.BadField("query.from", "unknown")
	case !okTo:
		return nil, fault.BadField("query.to", "unknown")
	}
	changed, err := application.Compare(from.Content, to.Content)
	return &reply[comparedBody]{Body: comparedBody{Files: fileChanges(from.Files, to.Files), Fields: each(changed, func(ch application.Change) changeBody {
		return changeBody{Path: ch.Path, Label: a.Words.Text(c.lang, ch.LabelKey, nil), Old: ch.Old, New: ch.New, Unit: string(application.UnitOf(ch.Path))}
	})}}, err
}

// fileChanges lists the files that one of two versions has and the other has not.
func fileChanges(from, to []attachment.Attachment) []fileChangeBody {
	has := func(files []attachment.Attachment, id string) bool {
		return slices.ContainsFunc(files, func(f attachment.Attachment) bool { return f.ID == id })
	}
	out := []fileChangeBody{}
	for _, f := range from {
		if !has(to, f.ID) {
			out = append(out, fileChangeBody{Change: "removed", File: fileOf(f)})
		}
	}
	for _, f := range to {
		if !has(from, f.ID) {
			out = append(out, fileChangeBody{Change: "added", File: fileOf(f)})
		}
	}
	return out
}

func versionNo(found []application.VersionView, no int) (application.VersionView, bool) {
	for _, v := range found {
		if v.No == no {
			return v, true
		}
	}
	return application.VersionView{}, false
}

type verdictInput struct {
	Case
	Versioned
	Part string `path:"part" maxLength:"40" doc:"one of the seven parts"`
	Body struct {
		Verdict string `json:"verdict" enum:"pass,correct,question"`
		Note    string `json:"note,omitempty" maxLength:"2000" doc:"words of the correction item"`
		Version int64  `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

func (a *API) putVerdict(c *call, in *verdictInput) (*reply[savedBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	return saved(a.Applications.SetVerdict(c.ctx, c.actor, in.ID, version, application.Verdict{Part: in.Part, Verdict: in.Body.Verdict, Note: in.Body.Note}))
}

type answerInput struct {
	Case
	Versioned
	Item string `path:"item" maxLength:"64"`
	Body struct {
		Answer  string `json:"answer" maxLength:"4000"`
		Done    bool   `json:"done"`
		Version int64  `json:"version,omitempty" minimum:"1" doc:"of the item; If-Match may say it instead"`
	}
}

func (a *API) answerItem(c *call, in *answerInput) (*reply[savedBody], error) {
	seen, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	return saved(a.Applications.AnswerItem(c.ctx, c.actor, in.ID, in.Item, application.Answer{Text: in.Body.Answer, Done: in.Body.Done, Seen: seen}))
}
