package evaluation

import (
	"encoding/json"
	"fmt"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// planSign makes the immutable version that everybody after this evaluates: the canonical
// column, every file with its hash and object version, and the digest over both.
func (s *Service) planSign(tx *database.Tx, a identity.Actor, l loaded) (plan, error) {
	sheet, err := readSheet(l.Self)
	if err != nil {
		return plan{}, err
	}
	text, err := sheet.canonical()
	if err != nil {
		return plan{}, err
	}
	attached, err := s.Files(tx, refOf(l.ID))
	if err != nil {
		return plan{}, err
	}
	files, err := recordFiles(attached)
	if err != nil {
		return plan{}, err
	}
	v := versionRow{EvaluationID: l.ID, No: l.SubmittedNo + 1, Content: text, Files: files, Digest: digest(text, files), SignedBy: a.ID, SignedAt: tx.Now()}
	return plan{set: map[string]any{"submitted_no": v.No}, detail: map[string]any{"version_no": v.No, "digest": v.Digest, "files": len(attached)},
		after: func(tx *database.Tx) error {
			if err := tx.Insert("evaluation_version", &v); err != nil {
				return err
			}
			return s.Reviews.Detect(tx, refOf(l.ID))
		}}, nil
}

// planReturn reopens the self-report; its clock starts anew.
func (s *Service) planReturn(tx *database.Tx, l loaded, data json.RawMessage) (plan, error) {
	var in struct {
		Due string `json:"due"`
	}
	if err := decodeData(data, &in); err != nil {
		return plan{}, err
	}
	due, err := s.returnDue(tx, l, in.Due)
	if err != nil {
		return plan{}, err
	}
	return plan{due: map[workflows.ClockName]workflows.Date{workflows.ClockSelfReport: due}, detail: map[string]any{"due": due.String()},
		params: map[string]string{"Due": due.String()}}, nil
}

// returnDue is the given date, or the later of the first due date and the correction period
// of the rule set counted from today.
func (s *Service) returnDue(tx *database.Tx, l loaded, given string) (workflows.Date, error) {
	if given != "" {
		return futureDate(tx, "data.due", given)
	}
	cal, err := s.Book.Calendar(tx)
	if err != nil {
		return workflows.Date{}, err
	}
	term, _ := l.rules.Clock(policy.ClockCorrection)
	due, _ := cal.Add(workflows.DateOf(tx.Now()), term.Days)
	clocks, err := s.Engine.Clocks(tx, refOf(l.ID))
	if err != nil {
		return workflows.Date{}, err
	}
	for _, c := range clocks {
		if c.Name == workflows.ClockSelfReport && c.Reading.Due.After(due) {
			due = c.Reading.Due
		}
	}
	return due, nil
}

// planNotFiled grades who took no part (domain §6): the grade of the rule set, no calculation.
func (s *Service) planNotFiled(a identity.Actor, l loaded) (plan, error) {
	grade, _ := l.rules.Evaluation.Grade(l.rules.Evaluation.Absent.Value)
	result := Result{Absent: true, Expert: policy.Outcome{Grade: grade}}
	text, err := result.text()
	if err != nil {
		return plan{}, err
	}
	return plan{set: map[string]any{"result": text, "total": 0, "grade": grade.Code, "confirmed_by": a.ID},
		detail: map[string]any{"grade": grade.Code, "absent": true}, params: gradeParams(grade), after: s.consequences(l.ID)}, nil
}

// planDraft calculates the three columns and stores them line by line.
func (s *Service) planDraft(tx *database.Tx, a identity.Actor, l loaded) (plan, error) {
	result, err := s.calculate(tx, l)
	if err != nil {
		return plan{}, err
	}
	text, err := result.text()
	if err != nil {
		return plan{}, err
	}
	return plan{set: map[string]any{"result": text, "total": int64(result.Expert.Total), "grade": result.Expert.Grade.Code, "drafted_by": a.ID},
		detail: map[string]any{"total": result.Expert.Total, "grade": result.Expert.Grade.Code, "peers": result.Peers, "digest": digest(text)}}, nil
}

// planRedo takes a drafted grade back; nothing of it stays but the history.
func (s *Service) planRedo(l loaded) plan {
	return plan{set: map[string]any{"result": "{}", "total": nil, "grade": "", "drafted_by": nil},
		after: func(tx *database.Tx) error { return s.Notices.Cancel(tx, refOf(l.ID)) }}
}

// planCancel ends what is still asked of others: reviews, and objections that an earlier notice
// of the case left open.
func (s *Service) planCancel(l loaded, reason string) plan {
	return plan{after: func(tx *database.Tx) error {
		if err := s.Reviews.CancelAll(tx, refOf(l.ID), reason); err != nil {
			return err
		}
		return s.Notices.CloseMoot(tx, refOf(l.ID), reason)
	}}
}

func (s *Service) planNotice(tx *database.Tx, a identity.Actor, l loaded, data json.RawMessage) (plan, error) {
	var in struct {
		StartsOn string `json:"starts_on"`
	}
	if err := decodeData(data, &in); err != nil {
		return plan{}, err
	}
	start := workflows.DateOf(tx.Now())
	if in.StartsOn != "" {
		d, err := workflows.ParseDate(in.StartsOn)
		if err != nil || d.Before(start) || d.Sub(start) > 30 {
			return plan{}, fault.BadField("data.starts_on", "notice.starts_on")
		}
		start = d
	}
	cal, err := s.Book.Calendar(tx)
	if err != nil {
		return plan{}, err
	}
	end, _ := cal.Add(start, l.kase().Rules.Terms[workflows.ClockNotice].Days)
	title, body := l.announcement()
	n := notice.Notice{Subject: refOf(l.ID), Title: title, Body: body, StartsOn: start, EndsOn: end, Demo: l.Demo}
	return plan{due: map[workflows.ClockName]workflows.Date{workflows.ClockNotice: end},
		detail: map[string]any{"starts_on": start.String(), "ends_on": end.String()},
		after: func(tx *database.Tx) error {
			_, err := s.Notices.Publish(tx, a, n)
			return err
		}}, nil
}

// announcement is how a drafted grade reads in public.
func (l loaded) announcement() (title, body string) {
	title = fmt.Sprintf("关于“%s”%d年度考评结果的公示", l.ZoneName, l.Year)
	grade, _ := l.rules.Evaluation.Grade(l.Grade)
	if l.Total == nil {
		return title, title
	}
	return title, fmt.Sprintf("经自评、初审和专家评分,“%s”%d年度考评得分%s分,拟定等次为“%s”。公示期内,单位可凭加盖公章的书面材料、个人可以真实姓名提出异议。",
		l.ZoneName, l.Year, policy.Points(*l.Total), grade.Name.ZH)
}

// planConfirm makes the drafted grade final, provided that it still stands in the ranking of
// the year where the rule set caps the best grade.
func (s *Service) planConfirm(tx *database.Tx, a identity.Actor, l loaded) (plan, error) {
	ranked, err := s.rank(tx, l, standing(l))
	if err != nil {
		return plan{}, err
	}
	if ranked.Grade.Code != l.Grade {
		return plan{}, fault.New(fault.Conflict, "evaluation.rank_changed").With("Grade", ranked.Grade.Name.ZH).With("GradeEn", ranked.Grade.Name.EN)
	}
	return plan{set: map[string]any{"confirmed_by": a.ID}, detail: map[string]any{"grade": l.Grade, "total": l.Total},
		params: gradeParams(ranked.Grade), after: s.consequences(l.ID)}, nil
}

func gradeParams(g policy.Grade) map[string]string {
	return map[string]string{"Grade_zh": g.Name.ZH, "Grade_en": g.Name.EN}
}

// consequences carries out what a confirmed grade leads to (domain §6): rectification, or,
// after too many unqualified years, a proposal to revoke.
func (s *Service) consequences(id string) func(*database.Tx) error {
	return func(tx *database.Tx) error {
		l, err := s.load(tx, identity.SystemActor(), id)
		if err != nil {
			return err
		}
		history, err := yearGrades(tx, l.ZoneID, l.Year)
		if err != nil {
			return err
		}
		switch l.rules.Evaluation.ConsequenceOf(history, false) {
		case policy.Rectify:
			return s.rectify(tx, l)
		case policy.ProposeRevoking:
			return s.Zones.ProposeRevocation(tx, l.ZoneID, fmt.Sprintf("%d年度考评(%s)不合格,且已达到规则集规定的不合格次数,依照规定提出撤销认定。", l.Year, l.Number))
		}
		return nil
	}
}

// rectify orders a rectification and puts the zone under it.
func (s *Service) rectify(tx *database.Tx, l loaded) error {
	out, err := s.rectifications.order(tx, l)
	if err != nil {
		return err
	}
	return s.Zones.BeginRectification(tx, l.ZoneID, map[string]any{"evaluation": l.Number, "year": l.Year, "rectification": out.Number})
}

// panel is the experts' result; a rule set without expert indicators asks for none.
func (s *Service) panel(tx *database.Tx, l loaded) (policy.PanelResult, bool, error) {
	if len(expertIndicators(l.rules.Evaluation)) == 0 {
		return policy.PanelResult{}, true, nil
	}
	return s.Reviews.Result(tx, casework.Ref{Kind: s.Kind(), ID: l.ID})
}
