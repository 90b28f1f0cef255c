package api

import (
	"encoding/base64"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"clusterzone/services/fault"
	"clusterzone/services/tables"
	"clusterzone/workflows"
)

// tableRoutes: the tables of an application as workbooks.
func (a *API) tableRoutes() {
	filler := []workflows.Role{workflows.Filler}
	const one = "/applications/{id}/imports/{item}"
	add(a, spec{method: http.MethodPost, path: "/applications/{id}/imports", id: "upload-tables", summary: "Read a filled-in workbook: its problems by cell, or what it would change", roles: filler, created: true}, a.uploadTables)
	add(a, spec{method: http.MethodGet, path: one, id: "read-import", summary: "One's own upload: problems, or what it would change or has changed", roles: filler}, a.readImport)
	add(a, spec{method: http.MethodPost, path: one + "/confirm", id: "confirm-import", summary: "Carry an import out", roles: filler}, a.confirmImport)
	add(a, spec{method: http.MethodPost, path: one + "/undo", id: "undo-import", summary: "Take a confirmed import back", roles: filler}, a.undoImport)
	add(a, spec{method: http.MethodPost, path: one + "/rebase", id: "rebase-import", summary: "Compare an import with the tables as they stand now", roles: filler}, a.rebaseImport)
	add(a, spec{method: http.MethodDelete, path: one, id: "discard-import", summary: "Drop an upload", roles: filler}, a.discardImport)
}

type uploadInput struct {
	Case
	Keyed
	Body struct {
		Name string `json:"name" maxLength:"400" doc:"of the file"`
		File string `json:"file" maxLength:"9000000" doc:"the .xlsx workbook, or a .csv of the firms, in base64"`
	}
}

type importInput struct {
	Case
	Item string `path:"item" maxLength:"64" doc:"id of the import"`
	Mode string `query:"mode" enum:"replace,merge" default:"replace" doc:"what becomes of firms that the file does not list"`
	From int    `query:"from" minimum:"0" maximum:"100000" doc:"first of the changed firms to list"`
}

type keyedImportInput struct {
	Case
	Keyed
	Item string `path:"item" maxLength:"64" doc:"id of the import"`
}

type importConfirmInput struct {
	Case
	Keyed
	Item string `path:"item" maxLength:"64" doc:"id of the import"`
	Body struct {
		Mode string `json:"mode" enum:"replace,merge"`
	}
}

type discardInput struct {
	Case
	Item string `path:"item" maxLength:"64" doc:"id of the import"`
}

type importBody struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Mode        string             `json:"mode"`
	CreatedAt   time.Time          `json:"created_at"`
	ExpiresAt   time.Time          `json:"expires_at" doc:"until then it can be confirmed, or once confirmed undone"`
	ConfirmedAt *time.Time         `json:"confirmed_at,omitempty"`
	UndoneAt    *time.Time         `json:"undone_at,omitempty"`
	Count       int                `json:"problem_count" doc:"0: it can be confirmed"`
	Problems    []tableProblemBody `json:"problems"`
	Notes       []tableProblemBody `json:"notes"`
	Firms       *firmPlanBody      `json:"firms,omitempty"`
	Goals       []changeBody       `json:"goals"`
}

type tableProblemBody struct {
	Place   string `json:"place,omitempty" doc:"sheet and cell, as a spreadsheet writes them"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

type firmPlanBody struct {
	Added     int              `json:"added"`
	Changed   int              `json:"changed"`
	Removed   int              `json:"removed"`
	Same      int              `json:"same"`
	After     int              `json:"after" doc:"length of the list afterwards"`
	Reordered bool             `json:"reordered"`
	Rows      []firmChangeBody `json:"rows" doc:"at most 500 from the one asked for"`
}

type firmChangeBody struct {
	Change string    `json:"change" enum:"added,changed,removed"`
	Row    int       `json:"row,omitempty" doc:"in the file"`
	Before *firmBody `json:"before,omitempty"`
	After  *firmBody `json:"after,omitempty"`
}

type firmBody struct {
	Name        string `json:"name"`
	Code        string `json:"code"`
	Sector      string `json:"sector"`
	RevenueBand string `json:"revenue_band"`
}

func (a *API) uploadTables(c *call, in *uploadInput) (*reply[importBody], error) {
	data, bad := base64.StdEncoding.DecodeString(in.Body.File)
	if bad != nil {
		if err := a.Tables.Open(c.ctx, c.actor, in.ID); err != nil {
			return nil, err
		}
		return nil, fault.BadField("body.file", "malformed")
	}
	i, err := a.Tables.Upload(c.ctx, c.actor, in.ID, in.Body.Name, data)
	out, err := a.importReply(c, i, 0, err)
	if err == nil {
		out.Location = Prefix + "/applications/" + in.ID + "/imports/" + i.ID
	}
	return out, err
}

func (a *API) readImport(c *call, in *importInput) (*reply[importBody], error) {
	i, err := a.Tables.FindAs(c.ctx, c.actor, in.ID, in.Item, tables.Mode(in.Mode))
	return a.importReply(c, i, in.From, err)
}

func (a *API) confirmImport(c *call, in *importConfirmInput) (*reply[editedBody], error) {
	s, err := a.Tables.Confirm(c.ctx, c.actor, in.ID, in.Item, tables.Mode(in.Body.Mode))
	if err != nil {
		return nil, err
	}
	return &reply[editedBody]{ETag: etag(s.Version), Body: editedBody{Version: s.Version, Problems: a.findings(c.lang, s.Problems)}}, nil
}

func (a *API) undoImport(c *call, in *keyedImportInput) (*reply[editedBody], error) {
	s, err := a.Tables.Undo(c.ctx, c.actor, in.ID, in.Item)
	if err != nil {
		return nil, err
	}
	return &reply[editedBody]{ETag: etag(s.Version), Body: editedBody{Version: s.Version, Problems: a.findings(c.lang, s.Problems)}}, nil
}

func (a *API) rebaseImport(c *call, in *keyedImportInput) (*none, error) {
	return &none{}, a.Tables.Rebase(c.ctx, c.actor, in.ID, in.Item)
}

func (a *API) discardImport(c *call, in *discardInput) (*none, error) {
	return &none{}, a.Tables.Discard(c.ctx, c.actor, in.ID, in.Item)
}

func (a *API) importReply(c *call, i tables.Import, from int, err error) (*reply[importBody], error) {
	if err != nil {
		return nil, err
	}
	told := func(p tables.Problem) tableProblemBody {
		return tableProblemBody{Place: p.Place(), Code: p.Code, Message: a.Tables.Text(c.lang, p)}
	}
	b := importBody{ID: i.ID, Name: i.Name, Mode: string(i.Mode), CreatedAt: i.CreatedAt.UTC(), ExpiresAt: i.ExpiresAt.UTC(), ConfirmedAt: utc(i.ConfirmedAt), UndoneAt: utc(i.UndoneAt),
		Count: i.Count, Problems: each(i.Problems, told), Notes: each(i.Notes, told), Goals: []changeBody{}}
	if i.HasFirms {
		b.Firms = planOf(i.Firms, from)
	}
	for _, ch := range i.Goals {
		b.Goals = append(b.Goals, changeBody{Path: ch.Path, Label: a.Words.Text(c.lang, ch.LabelKey, nil), Old: ch.Old, New: ch.New})
	}
	return &reply[importBody]{Body: b}, nil
}

func planOf(p tables.FirmPlan, from int) *firmPlanBody {
	out := &firmPlanBody{Added: p.Added, Changed: p.Changed, Removed: p.Removed, Same: p.Same, After: p.After, Reordered: p.Reordered, Rows: []firmChangeBody{}}
	const most = 500
	from = min(from, len(p.Rows))
	for _, r := range p.Rows[from:min(len(p.Rows), from+most)] {
		row := firmChangeBody{Change: string(r.Kind), Row: r.Row}
		if r.Kind != tables.Added {
			row.Before = &firmBody{r.Before.Name, r.Before.Code, r.Before.Sector, r.Before.RevenueBand}
		}
		if r.Kind != tables.Removed {
			row.After = &firmBody{r.After.Name, r.After.Code, r.After.Sector, r.After.RevenueBand}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// mountTables: workbooks are plain routes, as all downloads are.
func (a *API) mountTables(r *gin.Engine) {
	const workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	template := spec{method: http.MethodGet, path: "/applications/{id}/tables", id: "read-tables", summary: "Download the tables of an application as a workbook to fill in"}
	a.document(template, workbook)
	r.GET(Prefix+"/applications/:id/tables", a.plainRoute(template, func(g *gin.Context, c *call) error {
		f, err := a.Tables.Template(c.ctx, c.actor, g.Param("id"), c.lang)
		if err != nil {
			return err
		}
		send(g, f.Content, f.Name, f.Type)
		return nil
	}))
}
