package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// Expert is one of the pool: the account's part comes from package identity, the rest is the
// commission's own record.
type Expert struct {
	ID, Name       string
	Unit, Employer string
	Fields         []string // sector codes
	Title, Remark  string
	InPool         bool   // may be asked
	UntilOn        string // last day in the pool, local date; "" open
	Active         bool   // the account
	ConfirmedAt    *time.Time
	Version        int64 // of the record; 0 none is kept yet
	Posts          []Post
	Record         Record
}

// Post is one employment, for the conflicts of the last years.
type Post struct {
	Employer, Title string
	From, To        string // local dates; To "" still
}

// Record is what an expert has done, over the cases that the reader may know of.
type Record struct {
	Asked, Open, Scored, Declined, Recused, Expired int
	Lean                                            *policy.Points // mean of own total minus the panel's mean
}

// ExpertFilter narrows the list of the pool.
type ExpertFilter struct {
	Text   string // in name, employer or title
	Sector string
	Pool   string // "in", "out", "" both
}

// ExpertEdit replaces an expert's record. The expert changes the own title, employer and
// posts, and so confirms them; the rest of it is then left as it is.
type ExpertEdit struct {
	Title, Employer, Remark, UntilOn string
	Fields                           []string
	InPool                           bool
	Posts                            []Post
}

// maxPosts bounds the employments of one expert.
const maxPosts = 30

// Experts lists the pool by name. For the commission and supervision.
func (s *Service) Experts(ctx context.Context, a identity.Actor, f ExpertFilter) (out []Expert, err error) {
	if !a.ReadsAll() {
		return nil, fault.Missing()
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		all, err := expertsOf(tx, a, "")
		if err != nil {
			return err
		}
		out = slices.DeleteFunc(all, func(e Expert) bool { return !f.admits(e, workflows.DateOf(tx.Now()).String()) })
		return nil
	})
	return out, err
}

func (f ExpertFilter) admits(e Expert, today string) bool {
	text := strings.ToLower(f.Text)
	switch {
	case text != "" && !strings.Contains(strings.ToLower(e.Name+" "+e.Employer+" "+e.Title), text):
		return false
	case f.Sector != "" && !slices.Contains(e.Fields, f.Sector):
		return false
	case f.Pool == "in":
		return e.Serves(today)
	case f.Pool == "out":
		return !e.Serves(today)
	}
	return true
}

// Serves reports whether the expert may be asked on a day (YYYY-MM-DD).
func (e Expert) Serves(day string) bool {
	return e.Active && e.InPool && (e.UntilOn == "" || day <= e.UntilOn)
}

// Expert reads one of the pool: the commission and supervision any, an expert the own record;
// all others find nothing.
func (s *Service) Expert(ctx context.Context, a identity.Actor, id string) (e Expert, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		e, err = expertOf(tx, a, id)
		return err
	})
	return e, err
}

func expertOf(tx *database.Tx, a identity.Actor, id string) (Expert, error) {
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) || !a.ReadsAll() && (a.ID != id || !a.Has(workflows.Evaluator)) {
		return Expert{}, fault.Missing()
	}
	found, err := expertsOf(tx, a, id)
	if err == nil && len(found) == 0 {
		err = fault.Missing()
	}
	if err != nil {
		return Expert{}, err
	}
	return found[0], nil
}

// SaveExpert replaces a record at the version that was read: officers any, an expert the own
// part of the own one. Conflicts that it brings to light take their effect at once.
func (s *Service) SaveExpert(ctx context.Context, a identity.Actor, id string, version int64, in ExpertEdit) (out Expert, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		was, err := expertOf(tx, a, id)
		if err != nil {
			return err
		}
		own := a.ID == id && a.Has(workflows.Evaluator)
		if !own && !a.Has(workflows.Officer) {
			return fault.New(fault.Forbidden, "forbidden")
		}
		if own && !a.Has(workflows.Officer) {
			in.Fields, in.InPool, in.UntilOn, in.Remark = was.Fields, was.InPool, was.UntilOn, was.Remark
		}
		if err := s.checkExpert(tx, &in); err != nil {
			return err
		}
		if was.Version != version {
			return fault.Stale(was)
		}
		if err := putExpert(tx, a, was, in, own); err != nil {
			return err
		}
		if err := s.detectFor(tx, id); err != nil {
			return err
		}
		out, err = expertOf(tx, a, id)
		return err
	})
	return out, err
}

func (s *Service) checkExpert(tx *database.Tx, in *ExpertEdit) error {
	var problems []fault.Field
	long := func(path, text string, most int) {
		if utf8.RuneCountInString(text) > most {
			problems = append(problems, fault.Field{Path: path, Code: "too_long", Params: map[string]string{"Max": fmt.Sprint(most)}})
		}
	}
	in.Title, in.Employer, in.Remark = strings.TrimSpace(in.Title), strings.TrimSpace(in.Employer), strings.TrimSpace(in.Remark)
	long("title", in.Title, 100)
	long("employer", in.Employer, 100)
	long("remark", in.Remark, 1000)
	if _, err := workflows.ParseDate(in.UntilOn); in.UntilOn != "" && err != nil {
		problems = append(problems, fault.Field{Path: "until_on", Code: "expert_date"})
	}
	for i, f := range in.Fields {
		if _, known := s.Book.Sector(f); !known || slices.Contains(in.Fields[:i], f) {
			problems = append(problems, fault.Field{Path: "fields", Code: "unknown"})
		}
	}
	in.Posts = slices.DeleteFunc(slices.Clone(in.Posts), func(p Post) bool { return p == Post{} })
	if len(in.Posts) > maxPosts {
		problems = append(problems, fault.Field{Path: "posts", Code: "too_long", Params: map[string]string{"Max": fmt.Sprint(maxPosts)}})
	}
	for i := range in.Posts {
		problems = append(problems, in.Posts[i].problems(fmt.Sprintf("posts[%d]", i), workflows.DateOf(tx.Now()).String())...)
	}
	if len(problems) > 0 {
		return fault.Bad(problems...)
	}
	return nil
}

// problems says what is wrong with an employment; it begins at the latest today.
func (p *Post) problems(path, today string) (out []fault.Field) {
	p.Employer, p.Title = strings.TrimSpace(p.Employer), strings.TrimSpace(p.Title)
	bad := func(field, code string) { out = append(out, fault.Field{Path: path + "." + field, Code: code}) }
	if p.Employer == "" {
		bad("employer", "required")
	}
	if utf8.RuneCountInString(p.Employer) > 100 || utf8.RuneCountInString(p.Title) > 100 {
		out = append(out, fault.Field{Path: path + ".employer", Code: "too_long", Params: map[string]string{"Max": "100"}})
	}
	if _, err := workflows.ParseDate(p.From); err != nil || p.From > today {
		bad("from", "expert_date")
	}
	if _, err := workflows.ParseDate(p.To); p.To != "" && (err != nil || p.To < p.From) {
		bad("to", "expert_period")
	}
	return out
}

// detectFor looks again at every open review of one person.
func (s *Service) detectFor(tx *database.Tx, person string) error {
	var rows []row
	err := tx.Find(&rows, "SELECT "+columns+" FROM review r WHERE r.evaluator_id = ? AND r.status IN ('invited', 'accepted') ORDER BY r.id LIMIT 500", person)
	if err != nil {
		return fmt.Errorf("open reviews of %s: %w", person, err)
	}
	for _, r := range rows {
		if err := s.Detect(tx, r.ref()); err != nil {
			return err
		}
	}
	return nil
}

func recordExpert(tx *database.Tx, a identity.Actor, id string, in ExpertEdit) error {
	return casework.Record(tx, a, "expert.update", casework.Ref{Kind: "person", ID: id}, map[string]any{"title": in.Title, "employer": in.Employer,
		"fields": in.Fields, "in_pool": in.InPool, "until_on": in.UntilOn, "posts": in.Posts})
}
