package application

import (
	"strconv"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/document"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/workflows"
)

// DocumentSubject gives package document what the official papers of an application say,
// without regard to who asks. Items carry where they belong as anchors: a field's path, a
// slot, a clarification or a unit's code.
func (s *Service) DocumentSubject(tx *database.Tx, id string) (document.Subject, error) {
	l, err := s.load(tx, identity.SystemActor(), id)
	if err != nil {
		return document.Subject{}, err
	}
	unit, err := identity.UnitByCode(tx, l.UnitCode)
	if err != nil {
		return document.Subject{}, err
	}
	sub := document.Subject{Case: l.kase(), UnitName: unit.Name, Demo: l.Demo, Fields: map[string]string{"round": l.round.Name},
		Items: map[document.Kind][][2]string{}, Ready: map[document.Kind]bool{}, Cycle: map[document.Kind]int{}}
	for _, fill := range []func(*database.Tx, loaded, *document.Subject) error{s.paperContent, s.paperClocks, s.paperCorrection, s.paperReview, s.paperNotice, s.paperDecision} {
		if err := fill(tx, l, &sub); err != nil {
			return sub, err
		}
	}
	return sub, nil
}

func (s *Service) paperContent(tx *database.Tx, l loaded, sub *document.Subject) error {
	if l.SubmittedNo == 0 {
		return nil
	}
	row, err := versionOf(tx, l.ID, l.SubmittedNo)
	if err != nil {
		return err
	}
	c, _ := Decode([]byte(row.Content)) // checked when it was signed
	var sectors []string
	for _, code := range c.Business.Sectors {
		if sector, ok := s.Book.Sector(code); ok {
			sectors = append(sectors, sector.Name.ZH)
		}
	}
	hundredths := (c.Boundary.AreaM2 + 5_000) / 10_000
	sub.Fields["body"], sub.Fields["sectors"] = c.Body.Name, strings.Join(sectors, "、")
	sub.Fields["area"] = strconv.FormatInt(hundredths/100, 10) + "." + strconv.FormatInt(100+hundredths%100, 10)[1:]
	return nil
}

func (s *Service) paperClocks(tx *database.Tx, l loaded, sub *document.Subject) error {
	if l.SubmittedAt != nil {
		sub.Fields["received_on"] = document.Day(workflows.DateOf(*l.SubmittedAt))
	}
	if l.AcceptedAt != nil {
		sub.Fields["accepted_on"] = document.Day(workflows.DateOf(*l.AcceptedAt))
		sub.Ready[document.Acceptance] = l.Status != "withdrawn" && l.Status != "declined" && l.Status != "lapsed"
	}
	clocks, err := s.Engine.Clocks(tx, refOf(l.ID))
	if err != nil {
		return err
	}
	for _, c := range clocks {
		for name, key := range map[workflows.ClockName]string{workflows.ClockDecision: "decision_due", workflows.ClockCorrection: "correction_due"} {
			if c.Name == name && sub.Fields[key] == "" {
				sub.Fields[key] = document.Day(c.Reading.Due)
			}
		}
	}
	return nil
}

func (s *Service) paperCorrection(tx *database.Tx, l loaded, sub *document.Subject) error {
	items, err := itemsOf(tx, l.ID)
	if err != nil {
		return err
	}
	for _, it := range items {
		sub.Items[document.Correction] = append(sub.Items[document.Correction], [2]string{it.AnchorKind + ":" + it.Anchor, it.Words})
	}
	sub.Fields["items_count"] = strconv.Itoa(len(items))
	sub.Ready[document.Correction], sub.Cycle[document.Correction] = len(items) > 0, l.Corrections
	return nil
}

func (s *Service) paperReview(tx *database.Tx, l loaded, sub *document.Subject) error {
	result, done, err := s.Reviews.Result(tx, refOf(l.ID))
	if err != nil {
		return err
	}
	if done {
		sub.Fields["score"], sub.Fields["experts"] = result.Score.String(), strconv.Itoa(len(result.Ballots))
	}
	sub.Fields["recommendation"] = l.Recommendation
	opinions, err := s.opinions.forApplication(tx, identity.SystemActor(), l)
	if err != nil {
		return err
	}
	for _, o := range opinions {
		if o.State != "cancelled" {
			sub.Items[document.ReviewOpinion] = append(sub.Items[document.ReviewOpinion], [2]string{"unit:" + o.Unit, "stance:" + string(o.State) + ":" + o.Stance})
		}
	}
	sub.Ready[document.ReviewOpinion] = done && l.Recommendation != ""
	return nil
}

// paperNotice takes the newest notice that was not withdrawn.
func (s *Service) paperNotice(tx *database.Tx, l loaded, sub *document.Subject) error {
	all, err := s.Notices.ForSubject(tx, refOf(l.ID))
	if err != nil {
		return err
	}
	for i, n := range all {
		if n.Phase == notice.Withdrawn {
			continue
		}
		sub.Fields["notice_from"], sub.Fields["notice_to"] = document.Day(n.StartsOn), document.Day(n.EndsOn)
		sub.Ready[document.Notice], sub.Cycle[document.Notice] = true, len(all)-i
		return nil
	}
	return nil
}

func (s *Service) paperDecision(tx *database.Tx, l loaded, sub *document.Subject) error {
	if l.DecidedAt == nil {
		return nil
	}
	sub.Fields["decision_number"], sub.Fields["decided_on"] = l.DocumentNumber, document.Day(workflows.DateOf(*l.DecidedAt))
	events, err := casework.History(tx, refOf(l.ID))
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Action == "accredit" || e.Action == "refuse" {
			sub.Fields["decision_reason"] = e.Reason
		}
	}
	sub.Ready[document.Accreditation], sub.Ready[document.Refusal] = l.Status == "accredited", l.Status == "refused"
	if l.Status != "accredited" {
		return nil
	}
	from, to, err := s.Zones.Validity(tx, l.ID)
	if err != nil {
		return err
	}
	sub.Fields["valid_from"], sub.Fields["valid_to"] = document.Day(from), document.Day(to)
	return nil
}
