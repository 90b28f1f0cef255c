package evaluation

import (
	"encoding/json"
	"fmt"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/policy"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

// ReviewSubject loads an evaluation for the experts' scoring (review.Subjects). No clock stands
// still meanwhile: the clock of the state is the experts' own.
func (s *Service) ReviewSubject(tx *database.Tx, ref casework.Ref) (review.Subject, error) {
	l, err := s.subject(tx, ref)
	if err != nil {
		return review.Subject{}, err
	}
	named, err := namedIn(tx, l.ApplicationID)
	if err != nil {
		return review.Subject{}, err
	}
	return review.Subject{Case: l.kase(), RuleSetID: l.RuleSetID, Rubric: rubric(l.rules, l.sector()), Scoring: l.state() == stateScoring,
		Unit: l.UnitCode, BodyName: l.BodyName, Named: named, Sectors: sectorsOf(l)}, nil
}

// sectorsOf is the zone's sector by which it is compared, as a list.
func sectorsOf(l loaded) []string {
	if s := l.sector(); s != "" {
		return []string{s}
	}
	return nil
}

// NoticeSubject loads an evaluation for its public notice (notice.Subjects).
func (s *Service) NoticeSubject(tx *database.Tx, ref casework.Ref) (notice.Subject, error) {
	l, err := s.subject(tx, ref)
	if err != nil {
		return notice.Subject{}, err
	}
	title, body := l.announcement()
	return notice.Subject{Case: l.kase(), RuleSetID: l.RuleSetID, Title: title, Body: body, Demo: l.Demo, NoticeState: l.state() == stateNotice}, nil
}

func (s *Service) subject(tx *database.Tx, ref casework.Ref) (loaded, error) {
	if ref.Kind != workflows.Evaluation.Kind {
		return loaded{}, fault.Missing()
	}
	return s.load(tx, identity.SystemActor(), ref.ID)
}

// namedIn lists the people whom the application behind a zone names, for the recusal check.
func namedIn(tx *database.Tx, applicationID string) ([]string, error) {
	var texts []string
	err := tx.Find(&texts, "SELECT content FROM application_version WHERE application_id = ? ORDER BY no DESC LIMIT 1", applicationID)
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	var in struct {
		Body struct {
			LegalRepresentative string `json:"legal_representative"`
			Contact             struct {
				Name string `json:"name"`
			} `json:"contact"`
		} `json:"body"`
	}
	if err := json.Unmarshal([]byte(texts[0]), &in); err != nil {
		return nil, fmt.Errorf("people named in application %s: %w", applicationID, err)
	}
	return slices.DeleteFunc([]string{in.Body.LegalRepresentative, in.Body.Contact.Name}, func(n string) bool { return n == "" }), nil
}

func expertIndicators(rules policy.Evaluation) []policy.Indicator {
	return slices.DeleteFunc(slices.Clone(rules.Indicators), func(i policy.Indicator) bool { return i.Method.Kind != policy.MethodExpert })
}

// rubric turns the expert indicators into a scoring sheet for a zone's sector: each row is
// worth the indicator's weight. How panels work is as for applications; the spread that calls
// for moderation shrinks with the points at stake.
func rubric(rules policy.RuleSet, sector string) policy.Review {
	e, out := rules.Evaluation, rules.Review
	out.Vetoes, out.PanelSize, out.Method, out.TrimFrom = e.Vetoes, e.PanelSize, e.Method, e.TrimFrom
	out.Criteria = nil
	var sum policy.Points
	for _, i := range expertIndicators(e) {
		c := policy.Criterion{Code: i.Code, Name: i.Name, Guidance: i.Definition, Max: e.WeightFor(sector, i), Provenance: i.Provenance}
		if i.Method.Expert != nil {
			c.Step = i.Method.Expert.Step
			if i.Method.Expert.Guidance.ZH != "" {
				c.Guidance = i.Method.Expert.Guidance
			}
		}
		if len(rules.Review.Criteria) > 0 {
			c.Levels = rules.Review.Criteria[0].Levels
		}
		out.Criteria = append(out.Criteria, c)
		sum += c.Max
	}
	out.SpreadLimit.Value = rules.Review.SpreadLimit.Value * sum / policy.Hundred
	return out
}
