package application

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/registry"
	"clusterzone/workflows"
)

// planSign makes the immutable version that everybody after this evaluates: the canonical
// document, every file with its hash and object version, and the digest over both.
func (s *Service) planSign(tx *database.Tx, a identity.Actor, l loaded) (plan, error) {
	if err := tx.Lock("quota/" + l.RoundID + "/" + l.UnitCode); err != nil {
		return plan{}, err
	}
	c, err := l.content()
	if err != nil {
		return plan{}, err
	}
	files, err := s.Files(tx, refOf(l.ID))
	if err != nil {
		return plan{}, err
	}
	text, err := Canonical(c)
	if err != nil {
		return plan{}, err
	}
	v := versionRow{ApplicationID: l.ID, No: l.SubmittedNo + 1, Content: string(text), Files: canonicalFiles(files), SignedBy: a.ID, SignedAt: tx.Now()}
	v.Digest = v.digest(l.Name)
	set := map[string]any{"submitted_no": v.No, "submitted_at": tx.Now(), "open_parts": "[]"}
	return plan{set: set, detail: map[string]any{"version_no": v.No, "digest": v.Digest, "files": len(files)},
		after: func(tx *database.Tx, l loaded) error {
			if err := tx.Insert("application_version", &v); err != nil {
				return err
			}
			if err := putSectors(tx, l.ID, c.Business.Sectors); err != nil {
				return err
			}
			return s.Reviews.Detect(tx, refOf(l.ID))
		}}, nil
}

func (v versionRow) digest(name string) string {
	return Digest([]byte(name + "\x00" + v.Content + "\x00" + v.Files))
}

func putSectors(tx *database.Tx, id string, sectors []string) error {
	if _, err := tx.Exec("DELETE FROM application_sector WHERE application_id = ?", id); err != nil {
		return err
	}
	for _, x := range sectors {
		if _, err := tx.Exec("INSERT INTO application_sector (application_id, sector) VALUES (?, ?) ON CONFLICT DO NOTHING", id, x); err != nil {
			return err
		}
	}
	return nil
}

// planAccept: silence counts as acceptance as of receipt (行政许可法 32 by analogy), and the
// period of the decision runs from acceptance.
func (s *Service) planAccept(tx *database.Tx, l loaded, action workflows.Action) plan {
	at := tx.Now()
	if action == "accept_by_silence" && l.SubmittedAt != nil {
		at = *l.SubmittedAt
	}
	return plan{set: map[string]any{"accepted_at": at}, since: at, after: s.opinions.requestAll}
}

// closeParts cancels what is still asked of others when a case ends.
func (s *Service) closeParts(reason string) func(*database.Tx, loaded) error {
	return func(tx *database.Tx, l loaded) error {
		if err := s.opinions.cancelAll(tx, l, reason); err != nil {
			return err
		}
		if err := s.Reviews.CancelAll(tx, refOf(l.ID), reason); err != nil {
			return err
		}
		if err := s.Notices.CloseMoot(tx, refOf(l.ID), reason); err != nil {
			return err
		}
		return s.cancelNotice(tx, l)
	}
}

// closeAll is closeParts for an end without a zone: no condition holds any longer.
func (s *Service) closeAll(reason string) func(*database.Tx, loaded) error {
	return func(tx *database.Tx, l loaded) error {
		if err := s.conditions.CancelAll(tx, refOf(l.ID), reason); err != nil {
			return err
		}
		return s.closeParts(reason)(tx, l)
	}
}

func (s *Service) cancelNotice(tx *database.Tx, l loaded) error {
	return s.Notices.Cancel(tx, refOf(l.ID))
}

func (s *Service) planExtend(l loaded) plan {
	clock, _ := l.rules.Clock("decision")
	return plan{set: map[string]any{"extensions": l.Extensions + 1}, detail: map[string]any{"days": clock.Extension.Days},
		after: func(tx *database.Tx, l loaded) error {
			return s.Engine.Extend(tx, l.kase(), workflows.ClockDecision, clock.Extension.Days)
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
	end, _ := cal.Add(start, l.rules.RulesFor(workflows.Application.Kind).Terms[workflows.ClockNotice].Days)
	n := notice.Notice{Subject: refOf(l.ID), Title: "关于拟认定“" + l.Name + "”的公示", Body: noticeBody(l), StartsOn: start, EndsOn: end, Demo: l.Demo}
	return plan{due: map[workflows.ClockName]workflows.Date{workflows.ClockNotice: end},
		detail: map[string]any{"starts_on": start.String(), "ends_on": end.String()},
		after: func(tx *database.Tx, _ loaded) error {
			_, err := s.Notices.Publish(tx, a, n)
			return err
		}}, nil
}

func noticeBody(l loaded) string {
	return "经受理审查、部门会签和专家评审,拟认定“" + l.Name + "”为战略性新兴服务业集聚示范区。公示期内,单位可凭加盖公章的书面材料、个人可以真实姓名提出异议。"
}

// decision reads and checks the document number of a decision.
func decision(c casework.Command) (number, validFrom string, err error) {
	var in struct {
		DocumentNumber string `json:"document_number"`
		ValidFrom      string `json:"valid_from"`
	}
	if err := decodeData(c.Data, &in); err != nil {
		return "", "", err
	}
	in.DocumentNumber = strings.TrimSpace(in.DocumentNumber)
	if n := utf8.RuneCountInString(in.DocumentNumber); n < 4 || n > 60 || strings.ContainsFunc(in.DocumentNumber, func(r rune) bool { return r < ' ' }) {
		return "", "", fault.BadField("data.document_number", "document_number.length", "Min", "4", "Max", "60")
	}
	return in.DocumentNumber, in.ValidFrom, nil
}

func (s *Service) planRefuse(tx *database.Tx, a identity.Actor, c casework.Command) (plan, error) {
	number, _, err := decision(c)
	if err != nil {
		return plan{}, err
	}
	return plan{set: map[string]any{"decided_by": a.ID, "decided_at": tx.Now(), "document_number": number},
		detail: map[string]any{"document_number": number}, after: s.closeAll(c.Reason)}, nil
}

// planAccredit turns the decided version into a zone: what was signed is what is accredited.
func (s *Service) planAccredit(tx *database.Tx, a identity.Actor, l loaded, c casework.Command) (plan, error) {
	number, from, err := decision(c)
	if err != nil {
		return plan{}, err
	}
	today := workflows.DateOf(tx.Now())
	validFrom := today
	if from != "" {
		if validFrom, err = workflows.ParseDate(from); err != nil || validFrom.Before(today) || validFrom.Sub(today) > 366 {
			return plan{}, fault.BadField("data.valid_from", "decision.valid_from")
		}
	}
	v, err := versionOf(tx, l.ID, l.SubmittedNo)
	if err != nil {
		return plan{}, err
	}
	content, problems := Decode([]byte(v.Content))
	if Refused(problems) {
		return plan{}, faultOf(problems)
	}
	grant := registry.Grant{ApplicationID: l.ID, Name: l.Name, Unit: l.UnitCode, RuleSetID: l.RuleSetID, BodyName: content.Body.Name,
		CreditCode: content.Body.CreditCode, Sectors: content.Business.Sectors, Area: content.Positioning.Area, GeoJSON: content.Boundary.Polygon,
		Texts:  [4]string{content.Boundary.East, content.Boundary.South, content.Boundary.West, content.Boundary.North},
		AreaM2: content.Boundary.AreaM2, DocumentNumber: number, DecidedOn: today, ValidFrom: validFrom, Demo: l.Demo}
	return plan{set: map[string]any{"decided_by": a.ID, "decided_at": tx.Now(), "document_number": number},
		detail: map[string]any{"document_number": number, "valid_from": validFrom.String(), "version_no": v.No, "digest": v.Digest},
		after: func(tx *database.Tx, l loaded) error {
			if err := s.closeParts(c.Reason)(tx, l); err != nil {
				return err
			}
			zone, err := s.Zones.Establish(tx, a, grant)
			if err != nil {
				return err
			}
			return s.carryConditions(tx, l, zone)
		}}, nil
}
