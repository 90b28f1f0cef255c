package application

import (
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

// ReviewSubject gives package review what it must know of an application, without regard to
// who asks.
func (s *Service) ReviewSubject(tx *database.Tx, ref casework.Ref) (review.Subject, error) {
	l, err := s.load(tx, identity.SystemActor(), ref.ID)
	if err != nil {
		return review.Subject{}, err
	}
	c, err := l.content()
	if err != nil {
		return review.Subject{}, err
	}
	return review.Subject{Case: l.kase(), RuleSetID: l.RuleSetID, Rubric: l.rules.Review, Scoring: l.Status == "in_review", Unit: l.UnitCode,
		BodyName: c.Body.Name, Named: []string{c.Body.LegalRepresentative, c.Body.Contact.Name}, Sectors: c.Business.Sectors, Clock: workflows.ClockDecision}, nil
}

// NoticeSubject gives package notice what it must know of an application.
func (s *Service) NoticeSubject(tx *database.Tx, ref casework.Ref) (notice.Subject, error) {
	l, err := s.load(tx, identity.SystemActor(), ref.ID)
	if err != nil {
		return notice.Subject{}, err
	}
	return notice.Subject{Case: l.kase(), RuleSetID: l.RuleSetID, Title: l.title(), Body: noticeBody(l), Demo: l.Demo, NoticeState: l.Status == "notice"}, nil
}
