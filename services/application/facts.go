package application

import (
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// facts establishes what the guards of the present state ask for. given are facts that the
// command's own data decide.
func (s *Service) facts(tx *database.Tx, a identity.Actor, l loaded, given map[workflows.Fact]bool) (map[workflows.Fact]bool, error) {
	over := func(c workflows.ClockName) casework.Guard {
		return func() (bool, error) { return casework.Over(tx, refOf(l.ID), c) }
	}
	guards := map[workflows.Fact]casework.Guard{
		workflows.RoundOpen:       yes(l.round.Open(tx.Now())),
		workflows.WithinQuota:     func() (bool, error) { return s.withinQuota(tx, l) },
		workflows.CheckClean:      func() (bool, error) { return s.clean(tx, l) },
		workflows.ItemsAnswered:   func() (bool, error) { return itemsAnswered(tx, l) },
		workflows.ItemsListed:     func() (bool, error) { return itemsListed(tx, l) },
		workflows.CorrectionLeft:  yes(l.Corrections == 0 || !l.rules.Filing.CorrectionsOnce.Value),
		workflows.VerdictsPass:    func() (bool, error) { return verdictsPass(tx, l) },
		workflows.AcceptanceOver:  over(workflows.ClockAcceptance),
		workflows.CorrectionOver:  over(workflows.ClockCorrection),
		workflows.WithdrawalAsked: yes(l.WithdrawalAsked),
		workflows.OpinionsIn:      func() (bool, error) { return opinionsIn(tx, l) },
		workflows.ScoresIn:        func() (bool, error) { return s.scoresIn(tx, l) },
		workflows.ExtensionLeft:   yes(l.extensionLeft()),
		workflows.NoticeOver:      func() (bool, error) { return noticeOver(tx, l) },
		workflows.NoOpenObjection: func() (bool, error) { return s.noOpenObjection(tx, l) },
		workflows.ConditionsMet:   func() (bool, error) { return conditionsMet(tx, l) },
		workflows.NotRecommender:  yes(l.RecommendedBy != nil && *l.RecommendedBy != a.ID),
		workflows.NotOpinionGiver: func() (bool, error) { return notOpinionGiver(tx, l, a) },
	}
	for f, v := range given {
		guards[f] = yes(v)
	}
	return casework.Establish(workflows.Application, workflows.State(l.Status), guards)
}

func yes(v bool) casework.Guard { return func() (bool, error) { return v, nil } }

// withinQuota counts; whoever signs has locked the unit's quota before, so that two leaders
// cannot both take the last place.
func (s *Service) withinQuota(tx *database.Tx, l loaded) (bool, error) {
	n, err := used(tx, l)
	return n < int64(l.round.Quota), err
}

func (s *Service) clean(tx *database.Tx, l loaded) (bool, error) {
	c, err := l.content()
	if err != nil {
		return false, err
	}
	files, err := s.Files(tx, refOf(l.ID))
	if err != nil {
		return false, err
	}
	problems, err := s.check(tx, l, c, files)
	return err == nil && !Refused(problems), err
}

func itemsAnswered(tx *database.Tx, l loaded) (bool, error) {
	items, err := itemsOf(tx, l.ID)
	if err != nil || len(items) == 0 {
		return false, err
	}
	for _, it := range items {
		if !it.Done {
			return false, nil
		}
	}
	return true, nil
}

func itemsListed(tx *database.Tx, l loaded) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM verdict WHERE application_id = ? AND no = ? AND verdict = 'correct' AND note <> ''`, l.ID, l.SubmittedNo)
	return n > 0, err
}

func verdictsPass(tx *database.Tx, l loaded) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM verdict WHERE application_id = ? AND no = ? AND verdict = 'pass'`, l.ID, l.SubmittedNo)
	return n == int64(len(Parts())), err
}

// opinionsIn: at least one was asked for, and each is given, overdue or cancelled.
func opinionsIn(tx *database.Tx, l loaded) (bool, error) {
	n, err := tx.Count("SELECT count(*) FROM opinion WHERE application_id = ? AND status = 'requested'", l.ID)
	if err != nil || n > 0 {
		return false, err
	}
	n, err = tx.Count("SELECT count(*) FROM opinion WHERE application_id = ? AND status IN ('given', 'overdue')", l.ID)
	return n > 0, err
}

func (s *Service) scoresIn(tx *database.Tx, l loaded) (bool, error) {
	_, done, err := s.Reviews.Result(tx, refOf(l.ID))
	return done, err
}

func (l loaded) extensionLeft() bool {
	c, ok := l.rules.Clock("decision")
	return ok && l.Extensions < c.Extension.Times
}

func noticeOver(tx *database.Tx, l loaded) (bool, error) {
	if l.Status == "deciding" {
		return true, nil // the state is reached only through the end of the notice
	}
	return casework.Over(tx, refOf(l.ID), workflows.ClockNotice)
}

func (s *Service) noOpenObjection(tx *database.Tx, l loaded) (bool, error) {
	n, err := s.Notices.OpenObjections(tx, refOf(l.ID))
	return n == 0, err
}

func notOpinionGiver(tx *database.Tx, l loaded, a identity.Actor) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM opinion o WHERE o.application_id = ? AND (o.given_by = ? OR EXISTS (SELECT 1 FROM opinion_answer e
		WHERE e.opinion_id = o.id AND e.given_by = ?))`, l.ID, a.ID, a.ID)
	return n == 0, err
}
