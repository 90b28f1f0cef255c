package review

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
)

// Draft is what an evaluator has written so far, complete or not.
type Draft struct {
	Scores  map[string]Mark `json:"scores"` // by criterion
	Vetoes  []Raised        `json:"vetoes"`
	Comment string          `json:"comment"`
}

// Mark is the score of one criterion: points with at most two decimals, or empty, and why.
type Mark struct {
	Points string `json:"points"`
	Reason string `json:"reason"`
}

// Raised is a veto row (一票否决) that the evaluator raises, and why.
type Raised struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// The longest texts of a draft, in characters.
const (
	maxReason  = 2000
	maxComment = 4000
)

// SaveScores keeps a draft of the actor's own review while it is being scored, and returns
// the new version. A stale version is a Conflict whose Detail is the Saved draft.
func (s *Service) SaveScores(ctx context.Context, a identity.Actor, id string, version int64, d Draft) (newVersion int64, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		l, err := s.loadLocked(tx, a, id)
		if err != nil {
			return err
		}
		if err := savable(l, a, version); err != nil {
			return err
		}
		if problems := d.problems(l.subject.Rubric); len(problems) > 0 {
			return fault.Bad(problems...)
		}
		newVersion = l.Version + 1
		return tx.Must(`UPDATE review SET scores = ?, comment = ?, version = version + 1, updated_at = ? WHERE id = ? AND version = ? AND status = 'accepted'`,
			d.text(), d.Comment, tx.Now(), l.ID, l.Version)
	})
	return newVersion, err
}

// Saved is what a stale SaveScores is told: the draft as it stands.
type Saved struct {
	Version int64 `json:"version"`
	Draft   Draft `json:"draft"`
}

func savable(l loaded, a identity.Actor, version int64) error {
	switch {
	case l.EvaluatorID != a.ID:
		return fault.New(fault.Forbidden, "forbidden")
	case l.state() != stateAccepted:
		return fault.New(fault.Conflict, "no_transition")
	case l.Version != version:
		d, err := l.draft()
		if err != nil {
			return err
		}
		return fault.Stale(Saved{Version: l.Version, Draft: d}).With("Version", strconv.FormatInt(l.Version, 10))
	}
	return nil
}

// stored is the scores column; the comment has its own.
type stored struct {
	Scores map[string]Mark `json:"scores,omitempty"`
	Vetoes []Raised        `json:"vetoes,omitempty"`
}

func (d Draft) text() string {
	text, _ := json.Marshal(stored{Scores: d.Scores, Vetoes: d.Vetoes}) // maps of strings cannot fail
	return string(text)
}

func (r row) draft() (Draft, error) {
	var in stored
	if err := json.Unmarshal([]byte(r.Scores), &in); err != nil {
		return Draft{}, fmt.Errorf("review %s: stored scores: %w", r.ID, err)
	}
	if in.Scores == nil {
		in.Scores = map[string]Mark{}
	}
	return Draft{Scores: in.Scores, Vetoes: in.Vetoes, Comment: r.Comment}, nil
}

// problems lists what cannot even be kept: unknown rows, what is no number, texts too long or
// unreadable. What is merely incomplete waits for submission.
func (d Draft) problems(rubric policy.Review) []fault.Field {
	var out []fault.Field
	for _, code := range slices.Sorted(maps.Keys(d.Scores)) {
		mark, path := d.Scores[code], "data.scores."+code
		if _, ok := rubric.Criterion(code); !ok {
			out = append(out, fault.Field{Path: path, Code: "score_unknown"})
			continue
		}
		if _, err := policy.ParsePoints(mark.Points); mark.Points != "" && err != nil {
			out = append(out, fault.Field{Path: path + ".points", Code: "not_a_number"})
		}
		out = append(out, textProblems(path+".reason", mark.Reason, maxReason)...)
	}
	seen := map[string]bool{}
	for i, v := range d.Vetoes {
		path := fmt.Sprintf("data.vetoes[%d]", i)
		if _, ok := rubric.Veto(v.Code); !ok {
			out = append(out, fault.Field{Path: path + ".code", Code: "veto_unknown"})
		} else if seen[v.Code] {
			out = append(out, fault.Field{Path: path + ".code", Code: "veto_twice"})
		}
		seen[v.Code] = true
		out = append(out, textProblems(path+".reason", v.Reason, maxReason)...)
	}
	return append(out, textProblems("data.comment", d.Comment, maxComment)...)
}

func textProblems(path, text string, limit int) []fault.Field {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return []fault.Field{{Path: path, Code: "not_text"}}
	}
	if utf8.RuneCountInString(text) > limit {
		return []fault.Field{{Path: path, Code: "too_long", Params: map[string]string{"Max": strconv.Itoa(limit)}}}
	}
	return nil
}

// ballot is the draft as the rubric counts it; what is not a number is missing there.
func (d Draft) ballot(evaluator string) policy.Ballot {
	b := policy.Ballot{Evaluator: evaluator, Scores: map[string]policy.Points{}, Reasons: map[string]string{}}
	for code, mark := range d.Scores {
		if p, err := policy.ParsePoints(mark.Points); err == nil {
			b.Scores[code] = p
		}
		b.Reasons[code] = mark.Reason
	}
	for _, v := range d.Vetoes {
		b.Vetoes = append(b.Vetoes, v.Code)
		b.Reasons[v.Code] = v.Reason
	}
	return b
}

// incomplete lists what still stands against handing the draft in: the rubric decides, the
// fields say it per input. lang chooses the names of the rows.
func incomplete(rubric policy.Review, b policy.Ballot, lang string) []fault.Field {
	var found policy.Problems
	if err := rubric.Check(b); !errors.As(err, &found) {
		return nil
	}
	least := strconv.Itoa(rubric.Justify.MinLength)
	out := make([]fault.Field, 0, len(found))
	for _, p := range found {
		if code, ok := strings.CutPrefix(p.Path, "scores."); ok {
			out = append(out, scoreField(rubric, b, code, lang))
			continue
		}
		veto, _ := rubric.Veto(strings.TrimPrefix(p.Path, "vetoes."))
		out = append(out, fault.Field{Path: "data." + p.Path + ".reason", Code: "score_reason", Params: map[string]string{"Field": veto.Name.In(lang), "Min": least}})
	}
	return out
}

func scoreField(rubric policy.Review, b policy.Ballot, code, lang string) fault.Field {
	row, known := rubric.Criterion(code)
	score, given := b.Scores[code]
	f := fault.Field{Path: "data.scores." + code + ".points", Params: map[string]string{"Field": row.Name.In(lang), "Max": row.Max.String()}}
	switch {
	case !known:
		f.Code, f.Params = "score_unknown", nil
	case !given:
		f.Code = "score_missing"
	case score < 0 || score > row.Max:
		f.Code = "score_range"
	case row.Step > 0 && score%row.Step != 0:
		f.Code, f.Params["Step"] = "score_step", row.Step.String()
	default:
		f.Path, f.Code, f.Params["Min"] = "data.scores."+code+".reason", "score_reason", strconv.Itoa(rubric.Justify.MinLength)
	}
	return f
}

func sum(b policy.Ballot) (total policy.Points) {
	for _, p := range b.Scores {
		total += p
	}
	return total
}

// decode reads the data of a command strictly; none leaves into as it is.
func decode(data json.RawMessage, into any) error {
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the data")
		}
	}
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Code: "invalid", Fields: []fault.Field{{Path: "data", Code: "malformed"}}, Err: err}
	}
	return nil
}
