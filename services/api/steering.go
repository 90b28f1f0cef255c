package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/steering"
	"clusterzone/workflows"
)

// steeringRoutes go over many cases at once.
func (a *API) steeringRoutes() {
	watch := steering.Watchers()
	add(a, spec{method: http.MethodGet, path: "/search", id: "search", summary: "Applications and opinions that the caller may see, by number, name, unit or pinyin"}, a.search)
	add(a, spec{method: http.MethodGet, path: "/views", id: "list-views", summary: "Kept views: one's own and those shared with one's unit or role"}, a.keptViews)
	add(a, spec{method: http.MethodPost, path: "/views", id: "keep-view", summary: "Keep a list as a view; one's own of the same name is replaced", created: true}, a.keepView)
	add(a, spec{method: http.MethodDelete, path: "/views/{id}", id: "drop-view", summary: "Forget one's own view"}, a.dropView)
	add(a, spec{method: http.MethodPut, path: "/views/{id}/default", id: "set-default-view", summary: "Make a view the one the list opens with"}, a.defaultView)
	add(a, spec{method: http.MethodPost, path: "/bulk", id: "preview-bulk", summary: "Preview one action over many applications, case by case", created: true}, a.previewBulk)
	add(a, spec{method: http.MethodGet, path: "/bulk/{id}", id: "read-bulk", summary: "One's own run with the outcome of each case"}, a.readBulk)
	add(a, spec{method: http.MethodPost, path: "/bulk/{id}/start", id: "start-bulk", summary: "Start a previewed run"}, a.startBulk)
	add(a, spec{method: http.MethodGet, path: "/exports", id: "list-exports", summary: "One's own files made of lists"}, a.exports)
	add(a, spec{method: http.MethodPost, path: "/exports", id: "order-export", summary: "Order a file of a list, made in the background; fetch it at /exports/{id}/file", created: true}, a.orderExport)
	add(a, spec{method: http.MethodGet, path: "/exports/{id}", id: "read-export", summary: "Whether a file is ready"}, a.export)
	add(a, spec{method: http.MethodGet, path: "/figures", id: "read-figures", summary: "The counts of the dashboard", roles: watch}, a.figures)
	add(a, spec{method: http.MethodGet, path: "/overdue", id: "list-overdue", summary: "Periods that have run out, with whose turn it is", roles: watch}, a.overdue)
	add(a, spec{method: http.MethodPost, path: "/urgings", id: "urge", summary: "Urge whose turn it is; once per working day and case", roles: watch}, a.urge)
}

type searchQuery struct {
	Text  string `query:"q" maxLength:"100" doc:"part of a number, a name or a unit's name, in characters, pinyin or initials"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type hitBody struct {
	Kind   workflows.Kind `json:"kind"`
	ID     string         `json:"id"`
	Number string         `json:"number"`
	Name   string         `json:"name"`
	Unit   string         `json:"unit"`
	State  stateBody      `json:"state"`
}

func (a *API) search(c *call, in *searchQuery) (*reply[list[hitBody]], error) {
	var out []hitBody
	text := strings.ReplaceAll(in.Text, "\x00", "")
	err := a.DB.View(c.ctx, func(tx *database.Tx) error {
		lines, err := a.Applications.Search(tx, c.actor, text, in.Limit)
		if err != nil {
			return err
		}
		for _, l := range lines {
			out = append(out, hitBody{workflows.Application.Kind, l.ID, l.Number, l.Name, l.Unit, stateOf(workflows.Application.Kind, l.State)})
		}
		hits, err := a.Applications.Opinions().Search(tx, c.actor, text, in.Limit)
		for _, h := range hits {
			out = append(out, hitBody{h.Kind, h.ID, h.Number, h.Name, h.Unit, stateOf(h.Kind, h.State)})
		}
		return err
	})
	return page(out, ""), err
}

type viewBody struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Query   string         `json:"query"`
	Shared  string         `json:"shared,omitempty"`
	Role    workflows.Role `json:"role,omitempty"`
	Own     bool           `json:"own"`
	Default bool           `json:"default"`
}

func (a *API) keptViews(c *call, _ *nothing) (*reply[list[viewBody]], error) {
	found, err := a.Steering.Views(c.ctx, c.actor)
	return page(each(found, func(v steering.View) viewBody {
		return viewBody{ID: v.ID, Name: v.Name, Query: v.Query, Shared: v.Shared, Role: v.Role, Own: v.Own, Default: v.Default}
	}), ""), err
}

type viewInput struct {
	Keyed
	Body struct {
		Name   string `json:"name" maxLength:"200"`
		Query  string `json:"query" maxLength:"2000" doc:"the list as its address says it: state=submitted&sort=-due"`
		Shared string `json:"shared,omitempty" maxLength:"10" doc:"empty, unit or role"`
		Role   string `json:"role,omitempty" maxLength:"40"`
	}
}

type madeBody struct {
	ID string `json:"id"`
}

func (a *API) keepView(c *call, in *viewInput) (*reply[madeBody], error) {
	id, err := a.Steering.KeepView(c.ctx, c.actor, steering.NewView{Name: in.Body.Name, Query: in.Body.Query, Shared: in.Body.Shared, Role: workflows.Role(in.Body.Role)})
	return &reply[madeBody]{Body: madeBody{id}}, err
}

func (a *API) dropView(c *call, in *keyedOneInput) (*none, error) {
	return &none{}, a.Steering.DropView(c.ctx, c.actor, in.ID)
}

func (a *API) defaultView(c *call, in *keyedOneInput) (*none, error) {
	return &none{}, a.Steering.SetDefault(c.ctx, c.actor, in.ID)
}

type bulkInput struct {
	Keyed
	Body struct {
		IDs    []string `json:"ids,omitempty" maxItems:"500" doc:"the applications; without them all of query"`
		Query  string   `json:"query,omitempty" maxLength:"2000"`
		Action string   `json:"action" maxLength:"40"`
	}
}

type bulkItemBody struct {
	CaseID   string           `json:"case_id"`
	Number   string           `json:"number"`
	Name     string           `json:"name"`
	From     workflows.State  `json:"from"`
	To       workflows.State  `json:"to,omitempty"`
	Blocked  []workflows.Fact `json:"blocked,omitempty"`
	NotThere bool             `json:"not_there,omitempty" doc:"the table has no such action for the caller in this state"`
	Outcome  string           `json:"outcome,omitempty" doc:"done or refused"`
	Problem  string           `json:"problem,omitempty" doc:"why it was refused"`
}

type bulkBody struct {
	ID         string           `json:"id"`
	Action     workflows.Action `json:"action"`
	StartedAt  *time.Time       `json:"started_at,omitempty"`
	FinishedAt *time.Time       `json:"finished_at,omitempty"`
	Done       int              `json:"done"`
	Refused    int              `json:"refused"`
	Waiting    int              `json:"waiting"`
	Items      []bulkItemBody   `json:"items"`
}

func (a *API) previewBulk(c *call, in *bulkInput) (*reply[bulkBody], error) {
	for _, id := range in.Body.IDs {
		if len(id) > 64 || strings.ContainsRune(id, 0) {
			return nil, fault.BadField("ids", "bulk.none")
		}
	}
	id, err := a.Steering.Preview(c.ctx, c.actor, steering.Draft{Selection: steering.Selection{IDs: in.Body.IDs, Query: in.Body.Query}, Action: workflows.Action(in.Body.Action)})
	if err != nil {
		return nil, err
	}
	return a.run(c, id)
}

func (a *API) readBulk(c *call, in *oneInput) (*reply[bulkBody], error) { return a.run(c, in.ID) }

func (a *API) run(c *call, id string) (*reply[bulkBody], error) {
	r, err := a.Steering.ReadRun(c.ctx, c.actor, id)
	if err != nil {
		return nil, err
	}
	return &reply[bulkBody]{Body: bulkBody{ID: r.ID, Action: r.Action, StartedAt: utc(r.StartedAt), FinishedAt: utc(r.FinishedAt), Done: r.Done(), Refused: r.Refused(),
		Waiting: r.Waiting(), Items: each(r.Items, func(i steering.Item) bulkItemBody {
			return bulkItemBody{CaseID: i.CaseID, Number: i.Number, Name: i.Title, From: i.From, To: i.To, Blocked: i.Blocked, NotThere: i.NotThere, Outcome: i.Outcome, Problem: i.Problem}
		})}}, nil
}

type startBulkInput struct {
	Keyed
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Reason string          `json:"reason,omitempty" maxLength:"5000"`
		Data   json.RawMessage `json:"data,omitempty"`
	}
}

func (a *API) startBulk(c *call, in *startBulkInput) (*reply[bulkBody], error) {
	if err := a.Steering.Start(c.ctx, c.actor, in.ID, in.Body.Reason, in.Body.Data); err != nil {
		return nil, err
	}
	return a.run(c, in.ID)
}

type exportBody struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Format    string    `json:"format"`
	Query     string    `json:"query"`
	Ready     bool      `json:"ready"`
	Refused   bool      `json:"refused,omitempty"`
	Lines     int       `json:"lines"`
	Size      int64     `json:"size" doc:"bytes"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func exportOf(f steering.File) exportBody {
	return exportBody{ID: f.ID, Title: f.Title, Format: f.Format, Query: f.Query, Ready: f.Ready, Refused: f.Refused, Lines: f.Lines, Size: f.Size,
		CreatedAt: f.CreatedAt.UTC(), ExpiresAt: f.ExpiresAt.UTC()}
}

func (a *API) exports(c *call, _ *nothing) (*reply[list[exportBody]], error) {
	found, err := a.Steering.Files(c.ctx, c.actor)
	return page(each(found, exportOf), ""), err
}

type orderInput struct {
	Keyed
	Body struct {
		Kind   string `json:"kind" maxLength:"20" doc:"application or overdue"`
		Query  string `json:"query" maxLength:"2000"`
		Format string `json:"format" maxLength:"10" doc:"xlsx or csv"`
	}
}

func (a *API) orderExport(c *call, in *orderInput) (*reply[madeBody], error) {
	title := a.Words.Text(c.lang, "menu.applications", nil)
	if in.Body.Kind == steering.KindOverdue {
		title = a.Words.Text(c.lang, "menu.overdue", nil)
	}
	id, err := a.Steering.Order(c.ctx, c.actor, steering.Order{Kind: in.Body.Kind, Title: title, Query: in.Body.Query, Format: in.Body.Format})
	return &reply[madeBody]{Body: madeBody{id}}, err
}

func (a *API) export(c *call, in *oneInput) (*reply[exportBody], error) {
	f, err := a.Steering.ReadFile(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[exportBody]{Body: exportOf(f)}, nil
}

type stateFigure struct {
	State workflows.State `json:"state"`
	Count int64           `json:"count"`
}

type stepFigure struct {
	State  workflows.State `json:"state"`
	Count  int             `json:"count"`
	Median int             `json:"median" doc:"working days"`
	P90    int             `json:"p90" doc:"working days"`
}

type partFigure struct {
	Part  string `json:"part"`
	Count int    `json:"count"`
}

type figuresBody struct {
	States    []stateFigure `json:"states"`
	Durations []stepFigure  `json:"durations"`
	Returns   []partFigure  `json:"returns"`
}

func (a *API) figures(c *call, _ *nothing) (*reply[figuresBody], error) {
	var f application.Figures
	err := a.DB.View(c.ctx, func(tx *database.Tx) (err error) {
		f, err = a.Applications.Figures(tx, c.actor)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &reply[figuresBody]{Body: figuresBody{
		States:    each(f.States, func(x application.StateFigure) stateFigure { return stateFigure{x.State, x.Count} }),
		Durations: each(f.Durations, func(x application.Duration) stepFigure { return stepFigure{x.State, x.Count, x.Median, x.P90} }),
		Returns:   each(f.Returns, func(x application.Return) partFigure { return partFigure{x.Part, x.Count} }),
	}}, nil
}

type overdueQuery struct {
	Unit   string `query:"unit" maxLength:"40"`
	Person string `query:"person" maxLength:"64"`
	Clock  string `query:"clock" maxLength:"40"`
	Kind   string `query:"kind" maxLength:"40"`
}

type lateBody struct {
	Kind    workflows.Kind      `json:"kind"`
	ID      string              `json:"id"`
	Number  string              `json:"number"`
	Title   string              `json:"title"`
	Unit    string              `json:"unit" doc:"whose turn it is"`
	Person  string              `json:"person_id,omitempty"`
	State   stateBody           `json:"state"`
	Clock   workflows.ClockName `json:"clock"`
	DueOn   string              `json:"due_on"`
	UrgedAt *time.Time          `json:"urged_at,omitempty"`
}

func (a *API) overdue(c *call, in *overdueQuery) (*reply[list[lateBody]], error) {
	found, err := a.Steering.Overdue(c.ctx, c.actor, steering.LateFilter{Unit: in.Unit, Person: in.Person, Clock: workflows.ClockName(in.Clock), Kind: workflows.Kind(in.Kind)})
	if err != nil {
		return nil, err
	}
	return page(each(found, func(l steering.Late) lateBody {
		return lateBody{Kind: l.Case.Kind, ID: l.Case.ID, Number: l.Number, Title: l.Title, Unit: l.Unit, Person: l.Person, State: stateOf(l.Case.Kind, l.State),
			Clock: l.Clock, DueOn: l.DueOn, UrgedAt: utc(l.UrgedAt)}
	}), ""), nil
}

type urgeInput struct {
	Keyed
	Body struct {
		Kind  string `json:"kind" maxLength:"40"`
		ID    string `json:"id" maxLength:"64"`
		Words string `json:"words,omitempty" maxLength:"5000" doc:"told with the urging, up to 2,000 characters"`
	}
}

func (a *API) urge(c *call, in *urgeInput) (*none, error) {
	if strings.ContainsRune(in.Body.ID+in.Body.Kind, 0) {
		return nil, fault.Missing()
	}
	return &none{}, a.Steering.Urge(c.ctx, c.actor, casework.Ref{Kind: workflows.Kind(in.Body.Kind), ID: in.Body.ID}, in.Body.Words)
}

// mountExports: files are plain routes, because they answer ranges.
func (a *API) mountExports(r *gin.Engine) {
	file := spec{method: http.MethodGet, path: "/exports/{id}/file", id: "fetch-export", summary: "Download one's own file, as long as one still may see every case in it"}
	a.document(file, "application/octet-stream")
	r.GET(Prefix+"/exports/:id/file", a.plainRoute(file, func(g *gin.Context, c *call) error {
		content, f, err := a.Steering.Fetch(c.ctx, c.actor, g.Param("id"))
		if err != nil {
			return err
		}
		send(g, content, f.Title+"."+f.Format, "application/octet-stream")
		return content.Close()
	}))
}
