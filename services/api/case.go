package api

import (
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/policy"
	"clusterzone/services/problem"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// The parts that every kind of case shows alike.

type stateBody struct {
	Code    workflows.State `json:"code"`
	LabelZh string          `json:"label_zh"`
	LabelEn string          `json:"label_en"`
}

func stateOf(kind workflows.Kind, s workflows.State) stateBody {
	row, _ := workflows.ByKind(kind).State(s)
	return stateBody{Code: s, LabelZh: row.Label.Zh, LabelEn: row.Label.En}
}

type refBody struct {
	Kind workflows.Kind `json:"kind"`
	ID   string         `json:"id"`
}

func refOf(r casework.Ref) refBody { return refBody{Kind: r.Kind, ID: r.ID} }

type clockBody struct {
	Name        workflows.ClockName `json:"name"`
	LabelZh     string              `json:"label_zh"`
	LabelEn     string              `json:"label_en"`
	StartedAt   time.Time           `json:"started_at"`
	DueOn       string              `json:"due_on" doc:"last day, local date"`
	DueAt       time.Time           `json:"due_at"`
	Used        int                 `json:"days_used"`
	Paused      int                 `json:"days_paused"`
	Left        int                 `json:"days_left"`
	Extra       int                 `json:"days_extended"`
	Working     bool                `json:"working_days" doc:"false: calendar days"`
	Overdue     bool                `json:"overdue"`
	Provisional bool                `json:"provisional" doc:"rests on a year whose calendar is not confirmed"`
	Ended       bool                `json:"ended"`
	PausedSince *time.Time          `json:"paused_since,omitempty"`
}

func clockOf(c casework.Clock) clockBody {
	r := c.Reading
	return clockBody{Name: c.Name, LabelZh: c.Label.Zh, LabelEn: c.Label.En, StartedAt: c.Started.UTC(), DueOn: r.Due.String(), DueAt: r.DueAt.UTC(),
		Used: r.Used, Paused: r.Paused, Left: r.Left, Extra: c.Extra, Working: c.Working, Overdue: r.Overdue && !c.Ended, Provisional: r.Provisional,
		Ended: c.Ended, PausedSince: utc(c.PausedSince)}
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

type eventBody struct {
	Seq           int64            `json:"seq"`
	Action        workflows.Action `json:"action"`
	ActionLabelZh string           `json:"action_label_zh"`
	ActionLabelEn string           `json:"action_label_en"`
	From          workflows.State  `json:"from"`
	To            workflows.State  `json:"to"`
	ActorName     string           `json:"actor_name"`
	ActorRole     workflows.Role   `json:"actor_role"`
	ActorUnit     string           `json:"actor_unit"`
	Reason        string           `json:"reason"`
	At            time.Time        `json:"at"`
}

func eventsOf(kind workflows.Kind, events []casework.Event) []eventBody {
	return each(events, func(e casework.Event) eventBody {
		l := workflows.ByKind(kind).ActionLabel(e.Action)
		return eventBody{Seq: e.Seq, Action: e.Action, ActionLabelZh: l.Zh, ActionLabelEn: l.En, From: e.From, To: e.To, ActorName: e.ActorName,
			ActorRole: e.ActorRole, ActorUnit: e.ActorUnit, Reason: e.Reason, At: e.At.UTC()}
	})
}

type choiceBody struct {
	Action  workflows.Action `json:"action"`
	LabelZh string           `json:"label_zh"`
	LabelEn string           `json:"label_en"`
	To      workflows.State  `json:"to" doc:"the state it leads to"`
	Reason  bool             `json:"reason" doc:"a written reason is required"`
	Danger  bool             `json:"danger" doc:"cannot be taken back: ask again first"`
	Blocked []blockBody      `json:"blocked" doc:"empty: may be taken now"`
}

type blockBody struct {
	Fact    workflows.Fact `json:"fact"`
	Message string         `json:"message"`
}

func choicesOf(lang wording.Lang, kind workflows.Kind, choices []workflows.Choice) []choiceBody {
	return each(choices, func(c workflows.Choice) choiceBody {
		return choiceBody{Action: c.Action, LabelZh: c.Label.Zh, LabelEn: c.Label.En, To: c.To, Reason: c.Reason, Danger: c.Danger,
			Blocked: each(c.Blocked, func(f workflows.Fact) blockBody {
				return blockBody{Fact: f, Message: problem.FactText(string(lang), kind, f)}
			})}
	})
}

// Course is how a case stands and what may happen next; case bodies embed it.
type Course struct {
	Clocks  []clockBody  `json:"clocks"`
	History []eventBody  `json:"history"`
	Choices []choiceBody `json:"choices"`
}

func courseOf(lang wording.Lang, kind workflows.Kind, clocks []casework.Clock, events []casework.Event, choices []workflows.Choice) Course {
	return Course{Clocks: each(clocks, clockOf), History: eventsOf(kind, events), Choices: choicesOf(lang, kind, choices)}
}

type fileBody struct {
	ID          string     `json:"id"`
	Slot        string     `json:"slot"`
	No          int        `json:"no"`
	Name        string     `json:"name"`
	Size        int64      `json:"size"`
	SHA256      string     `json:"sha256"`
	ContentType string     `json:"content_type"`
	State       string     `json:"state"`
	Problem     string     `json:"problem,omitempty" doc:"code of the refusal, of a rejected file"`
	AttachedAt  *time.Time `json:"attached_at,omitempty"`
}

func fileOf(f attachment.Attachment) fileBody {
	return fileBody{ID: f.ID, Slot: f.Slot, No: f.No, Name: f.Name, Size: f.Size, SHA256: f.SHA256, ContentType: f.ContentType, State: f.State,
		Problem: f.Problem, AttachedAt: utc(f.AttachedAt)}
}

// points writes a score as a decimal string, nothing as null.
func points(p *policy.Points) *string {
	if p == nil {
		return nil
	}
	s := p.String()
	return &s
}

type outcomeBody struct {
	Kind    workflows.Kind   `json:"kind"`
	ID      string           `json:"id"`
	Number  string           `json:"number"`
	Action  workflows.Action `json:"action"`
	From    workflows.State  `json:"from"`
	State   stateBody        `json:"state"`
	Version int64            `json:"version"`
	At      time.Time        `json:"at"`
}

func outcomeOf(o casework.Outcome) outcomeBody {
	return outcomeBody{Kind: o.Kind, ID: o.ID, Number: o.Number, Action: o.Action, From: o.From, State: stateOf(o.Kind, o.State), Version: o.Version, At: o.At.UTC()}
}

// moved answers with what an action has led to.
func moved(o casework.Outcome, err error) (*reply[outcomeBody], error) {
	if err != nil {
		return nil, err
	}
	return &reply[outcomeBody]{ETag: etag(o.Version), Body: outcomeOf(o)}, nil
}

// started is moved with the place of what has been made.
func started(o casework.Outcome, err error) (*reply[outcomeBody], error) {
	r, err := moved(o, err)
	if err == nil {
		r.Location = Prefix + casework.Path(o.Kind, o.ID)
	}
	return r, err
}

type savedBody struct {
	Version int64 `json:"version"`
}

func saved(version int64, err error) (*reply[savedBody], error) {
	return &reply[savedBody]{ETag: etag(version), Body: savedBody{Version: version}}, err
}
