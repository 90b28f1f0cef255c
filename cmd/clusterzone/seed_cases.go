package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// demoCase is one application of the demo on its way.
type demoCase struct {
	seed    int
	unit    string // code
	name    string
	sectors []string
	ref     casework.Ref
}

// planPast lets the published zones of the first batch be accredited in the past round. The
// names are facts; figures, people and boundaries are invented.
func (s *seeder) planPast() {
	for i, z := range publishedZones() {
		c := &demoCase{seed: i + 1, unit: z.unit, name: z.name, sectors: z.sectors}
		day := 600 - float64(i)*0.3
		s.at(day, func(ctx context.Context) error { return s.start(ctx, c, s.past) })
		s.at(day-3, func(ctx context.Context) error { return s.file(ctx, c) })
		s.at(day-6, func(ctx context.Context) error { return s.accept(ctx, c) })
		s.at(day-9, func(ctx context.Context) error { return s.opinions(ctx, c, true) })
		s.at(day-10, func(ctx context.Context) error { return s.review(ctx, c.ref, []int{0, 1, 2, 3, 4}, 5) })
		s.at(day-20, func(ctx context.Context) error { return s.recommend(ctx, c) })
		s.at(day-21, func(ctx context.Context) error { return s.act(ctx, "clerk", c.ref, "publish_notice", "", nil) })
		s.at(day-35, func(ctx context.Context) error { return s.accredit(ctx, c) })
	}
}

type published struct {
	unit, name string
	sectors    []string
}

// publishedZones are the names that the commission published for its first batch.
func publishedZones() []published {
	const finance, health, culture, pro, logi, hq, bonded, ecom = "emerging-finance", "health", "culture-tourism", "professional-services", "logistics", "headquarters-trade", "bonded-trade", "e-commerce"
	return []published{
		{"500103", "渝中区解放碑中央商务区综合服务(金融服务、专业服务)集聚示范区", []string{finance, pro}},
		{"zone-liangjiang", "两江新区两路寸滩保税港区综合服务(现代物流、服务贸易)集聚示范区", []string{logi, bonded}},
		{"500105", "江北区观音桥综合服务(服务贸易、大健康、文化旅游)集聚示范区", []string{hq, health, culture}},
		{"500105", "江北区江北嘴金融服务集聚示范区", []string{finance}},
		{"500112", "渝北区新牌坊金融服务集聚示范区", []string{finance}},
		{"500104", "大渡口区天安大健康集聚示范区", []string{health}},
		{"500108", "南岸区江南新城大健康集聚示范区", []string{health}},
		{"500103", "渝中区大坪大健康集聚示范区", []string{health}},
		{"500236", "奉节县中国诗城文化旅游集聚示范区", []string{culture}},
		{"500112", "渝北区创新经济走廊重庆创意公园文化旅游集聚示范区", []string{culture}},
		{"500108", "南岸区南滨路文化旅游集聚示范区", []string{culture}},
		{"500107", "九龙坡区重庆高新区科技研发集聚示范区", []string{pro}},
		{"500106", "沙坪坝区重庆大学城科技产业园科技研发集聚示范区", []string{pro}},
		{"500102", "涪陵区涪陵工业园区科技研发集聚示范区", []string{pro}},
		{"500104", "大渡口区建桥专业服务(节能环保)集聚示范区", []string{pro}},
		{"500107", "九龙坡区金凤专业服务(检验检测)集聚示范区", []string{pro, ecom}},
		{"500103", "渝中区化龙桥专业服务(法律服务)集聚示范区", []string{pro}},
		{"500106", "沙坪坝区重庆西部现代物流园现代物流集聚示范区", []string{logi}},
	}
}

// planCurrent puts an application of the current round into every state of the table.
func (s *seeder) planCurrent() {
	type row struct {
		unit, place, sector string
		begin               float64 // days before the present
		then                func(c *demoCase, begin float64)
	}
	steps := func(last ...func(*demoCase, float64)) func(*demoCase, float64) {
		return func(c *demoCase, begin float64) {
			for _, f := range last {
				f(c, begin)
			}
		}
	}
	do := func(after float64, f func(context.Context, *demoCase) error) func(*demoCase, float64) {
		return func(c *demoCase, begin float64) {
			s.at(begin-after, func(ctx context.Context) error { return f(ctx, c) })
		}
	}
	sign, accept := do(1, s.file), do(3, s.accept)
	correct, answer := do(3, s.correct), do(5, s.answer)
	heard := steps(sign, accept, do(5, func(ctx context.Context, c *demoCase) error { return s.opinions(ctx, c, true) }),
		do(6, func(ctx context.Context, c *demoCase) error {
			return s.review(ctx, c.ref, []int{0, 2, 4, 6, 8}, c.seed)
		}))
	recommended := steps(heard, do(9, s.recommend))
	published := steps(recommended, do(10, s.as("clerk", "publish_notice", "", nil)))
	rows := []row{
		{"500103", "示例滨江数字服务", "internet-cloud-data", 12, steps()},
		{"500109", "示例温泉康养服务", "health", 6, do(1, s.as("@filler", "send_to_sign", "", nil))},
		{"500110", "示例渝黔物流", "logistics", 2, sign},
		{"500111", "示例石刻文化旅游", "culture-tourism", 9, steps(sign, correct)},
		{"500113", "示例跨境电商", "e-commerce", 11, steps(sign, correct, answer)},
		{"500114", "示例武陵山数据服务", "internet-cloud-data", 10, steps(sign, correct, do(5, s.answerOnly))},
		{"500115", "示例临港保税服务", "bonded-trade", 5, steps(sign, do(3, s.accept))},
		{"500116", "示例双福总部贸易", "headquarters-trade", 12, steps(sign, accept, do(5, s.inviteSome))},
		{"500117", "示例信息安全服务", "internet-cloud-data", 20, recommended},
		{"500118", "示例服务外包", "offshore-outsourcing", 22, steps(heard, do(9, s.as("officer", "propose_refusal", "评审得分偏低,配套资金落实不足(演示)", nil)))},
		{"500119", "示例山水旅游服务", "culture-tourism", 14, steps(published, do(12, s.object))},
		{"500120", "示例研发设计服务", "professional-services", 26, published},
		{"500151", "示例检测认证服务", "professional-services", 45, steps(published, do(26, s.accreditNow))},
		{"500152", "示例农村电商服务", "e-commerce", 44, steps(heard, do(9, s.as("officer", "propose_refusal", "企业集聚度未达到要求(演示)", nil)),
			do(12, s.as("director", "refuse", "企业集聚度和配套资金均未达到要求(演示)", map[string]any{"document_number": "演示函〔示例〕8号"})))},
		{"500153", "示例陶艺文化旅游", "culture-tourism", 30, steps(sign, do(3, s.as("officer", "decline", "申报主体不属于受理范围(演示)", nil)))},
		{"500101", "示例三峡物流服务", "logistics", 28, steps(sign, do(2, s.as("@leader", "withdraw", "本单位决定调整申报方向(演示)", nil)))},
		{"500155", "示例智慧康养服务", "health", 40, steps(sign, correct)}, // unanswered: lapses by itself
	}
	for i, r := range rows {
		u, _ := s.app.book.Unit(r.unit)
		c := &demoCase{seed: 100 + i, unit: r.unit, name: u.Short.ZH + r.place + "集聚示范区", sectors: []string{r.sector}}
		s.at(r.begin, func(ctx context.Context) error { return s.start(ctx, c, s.current) })
		r.then(c, r.begin)
	}
}

// as is a step that one person takes; @filler and @leader are those of the case's unit.
func (s *seeder) as(who string, action workflows.Action, reason string, data any) func(context.Context, *demoCase) error {
	return func(ctx context.Context, c *demoCase) error {
		login := who
		if role, own := strings.CutPrefix(who, "@"); own {
			login = s.login(c.unit, role)
		}
		return s.act(ctx, login, c.ref, action, reason, data)
	}
}

func (s *seeder) login(unit, role string) string {
	u, _ := s.app.book.Unit(unit)
	return loginKey(u) + "." + role
}

// start creates the draft, fills all seven parts and attaches every required material.
func (s *seeder) start(ctx context.Context, c *demoCase, round policy.Round) error {
	filler := s.people[s.login(c.unit, "filler")]
	out, err := s.app.applications.Create(ctx, filler, application.Start{RoundID: round.ID, Name: c.name})
	if err != nil {
		return fmt.Errorf("start %s: %w", c.name, err)
	}
	c.ref = casework.Ref{Kind: out.Kind, ID: out.ID}
	content, err := s.content(c)
	if err != nil {
		return err
	}
	text, err := application.Canonical(content)
	if err != nil {
		return err
	}
	if _, err := s.app.applications.Save(ctx, filler, out.ID, application.Edit{Version: out.Version, Content: text}); err != nil {
		return fmt.Errorf("fill %s: %w", c.name, err)
	}
	for _, slot := range s.app.book.Rules.SlotsFor(policy.PurposeApplication) {
		if slot.Required {
			if err := s.attach(ctx, filler.Login, c.ref, slot); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *seeder) content(c *demoCase) (application.Content, error) {
	u, _ := s.app.book.Unit(c.unit)
	place := application.DemoPlace{Unit: u.Short.ZH, Region: "500000", Sectors: c.sectors, Lon: 106.5, Lat: 29.5, BaseYear: int64(s.base.Year() - 1), PlannedYears: 3}
	if u.GB {
		place.Region = u.Code
	}
	if areas := s.app.book.AreasOf(c.unit); len(areas) > 0 {
		place.Area = areas[0].Code
	}
	if u.Extent != nil {
		e := u.Extent
		f := 0.3 + 0.1*float64(c.seed%5)
		place.Lon, place.Lat = e.West+(e.East-e.West)*f, e.South+(e.North-e.South)*(0.3+0.08*float64(c.seed%6))
	}
	for _, i := range s.app.book.Rules.Goals.Indicators {
		place.Indicators = append(place.Indicators, i.Code)
	}
	for _, b := range s.app.book.Rules.RevenueBands {
		place.RevenueBands = append(place.RevenueBands, b.Code)
	}
	return application.DemoContent(c.seed, place)
}

// attach uploads a demo file through the same ticket, verification and attachment as people.
func (s *seeder) attach(ctx context.Context, login string, ref casework.Ref, slot policy.Slot) error {
	name, body, err := s.demoFile(slot)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	a := s.people[login]
	t, err := s.app.attachments.Ticket(ctx, a, attachment.Request{Parent: ref, Slot: slot.Code, Name: name, Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:])})
	if err != nil {
		return fmt.Errorf("attach %s: %w", slot.Code, err)
	}
	var key, kind string
	err = s.app.db.View(ctx, func(tx *database.Tx) error {
		if err := tx.One(&key, "SELECT object_key FROM attachment WHERE id = ?", t.AttachmentID); err != nil {
			return err
		}
		return tx.One(&kind, "SELECT content_type FROM attachment WHERE id = ?", t.AttachmentID)
	})
	if err != nil {
		return err
	}
	if _, err := s.app.store.Put(ctx, key, bytes.NewReader(body), int64(len(body)), kind); err != nil {
		return fmt.Errorf("attach %s: %w", slot.Code, err)
	}
	if _, err := s.app.attachments.Complete(ctx, a, t.AttachmentID); err != nil {
		return fmt.Errorf("attach %s: %w", slot.Code, err)
	}
	return nil
}

// demoFile makes a small, real file that a slot takes: a PDF that says what it stands for,
// or a GeoJSON or workbook where only those are taken.
func (s *seeder) demoFile(slot policy.Slot) (name string, body []byte, err error) {
	if f, ok := s.files[slot.Code]; ok {
		return f.name, f.body, nil
	}
	if name, body, err = s.makeFile(slot); err == nil {
		s.files[slot.Code] = demoFile{name, body}
	}
	return name, body, err
}

type demoFile struct {
	name string
	body []byte
}

func (s *seeder) makeFile(slot policy.Slot) (name string, body []byte, err error) {
	for _, f := range slot.Formats {
		if f == "pdf" {
			body, err = s.app.press.Book(paper.BookData{Title: slot.Name.ZH, Subtitle: "演示材料,内容虚构", Number: "演示", Hash: strings.Repeat("0", 64), Issued: s.now, Demo: true,
				Sections: []paper.Section{{Title: slot.Name.ZH, Paragraphs: []string{"本文件为系统演示而生成,不是真实材料。"}}}})
			return slot.Name.ZH + "(演示).pdf", body, err
		}
	}
	if len(slot.Formats) > 0 && slot.Formats[0] == "xlsx" {
		body, err = demoWorkbook(slot.Name.ZH)
		return slot.Name.ZH + "(演示).xlsx", body, err
	}
	return "", nil, fmt.Errorf("slot %s takes none of the demo's formats: %v", slot.Code, slot.Formats)
}

// file sends the draft to the leader, who signs.
func (s *seeder) file(ctx context.Context, c *demoCase) error {
	if err := s.act(ctx, s.login(c.unit, "filler"), c.ref, "send_to_sign", "", nil); err != nil {
		return err
	}
	return s.act(ctx, s.login(c.unit, "leader"), c.ref, "sign", "", nil)
}

func (s *seeder) verdict(ctx context.Context, c *demoCase, part, verdict, note string) error {
	clerk := s.people["clerk"]
	acts, err := s.app.applications.Actions(ctx, clerk, c.ref.ID)
	if err != nil {
		return err
	}
	_, err = s.app.applications.SetVerdict(ctx, clerk, c.ref.ID, acts.Version, application.Verdict{Part: part, Verdict: verdict, Note: note})
	return err
}

// accept passes all seven parts and accepts the case.
func (s *seeder) accept(ctx context.Context, c *demoCase) error {
	for _, p := range application.Parts() {
		if err := s.verdict(ctx, c, p, "pass", ""); err != nil {
			return err
		}
	}
	return s.act(ctx, "clerk", c.ref, "accept", "", nil)
}

// correct sends one notice with two anchored items.
func (s *seeder) correct(ctx context.Context, c *demoCase) error {
	return s.act(ctx, "clerk", c.ref, "request_correction", "", map[string]any{"items": []application.Item{
		{AnchorKind: "field", Anchor: "positioning.relation", Words: "请补充与所在功能区鼓励产业的关系(演示)"},
		{AnchorKind: "slot", Anchor: "development-plan", Words: "规划缺少分年度目标,请补充后重新上传(演示)"},
	}})
}

// answer corrects, answers both items and files again.
func (s *seeder) answer(ctx context.Context, c *demoCase) error {
	if err := s.answerOnly(ctx, c); err != nil {
		return err
	}
	return s.act(ctx, s.login(c.unit, "leader"), c.ref, "sign", "", nil)
}

// answerOnly corrects, answers both items and sends the correction to the leader.
func (s *seeder) answerOnly(ctx context.Context, c *demoCase) error {
	filler := s.people[s.login(c.unit, "filler")]
	v, err := s.app.applications.View(ctx, filler, c.ref.ID)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%q", v.Content.Positioning.Relation+"补充:重点衔接研发设计与现代物流(演示)。")
	if _, err := s.app.applications.Save(ctx, filler, c.ref.ID, application.Edit{Version: v.Version, Path: "positioning.relation", Value: []byte(text)}); err != nil {
		return err
	}
	for _, it := range v.Items {
		if _, err := s.app.applications.AnswerItem(ctx, filler, c.ref.ID, it.ID, application.Answer{Text: "已按要求补充(演示)", Done: true, Seen: it.Version}); err != nil {
			return err
		}
	}
	return s.act(ctx, filler.Login, c.ref, "send_to_sign", "", nil)
}

// object raises an objection in the running notice of a case.
func (s *seeder) object(ctx context.Context, c *demoCase) error {
	var id string
	err := s.app.db.View(ctx, func(tx *database.Tx) error {
		return tx.One(&id, "SELECT id FROM notice WHERE subject_id = ? AND cancelled_at IS NULL", c.ref.ID)
	})
	if err != nil {
		return err
	}
	_, _, err = s.app.notices.File(ctx, identity.PublicActor("127.0.0.1"), notice.Objection{NoticeID: id, ObjectorKind: notice.ByIndividual, Name: "示例异议人",
		Contact: "023-00000000", Body: "示例异议:申报范围的东侧边界与相邻地块存在重叠,请依据权属资料核实(演示)。"}, "")
	return err
}

// opinions lets every asked department answer.
func (s *seeder) opinions(ctx context.Context, c *demoCase, agree bool) error {
	v, err := s.app.applications.View(ctx, s.people["officer"], c.ref.ID)
	if err != nil {
		return err
	}
	stance := map[string]any{"stance": "agree", "grounds": "符合本行业发展方向(演示)"}
	if !agree {
		stance = map[string]any{"stance": "disagree", "grounds": "集聚程度与目标差距较大,建议培育后再报(演示)"}
	}
	if agree && strings.HasSuffix(v.Number, "3") { // some agree with a condition, which the zone then has to meet
		stance = map[string]any{"stance": "conditional", "grounds": "总体可行,公共服务平台尚待建成(演示)", "conditions": []condition.Draft{{
			Text: "建成公共服务平台并投入使用(演示)", Proof: "平台验收意见(演示)", Moment: condition.AfterAccreditation,
			DueOn: workflows.DateOf(s.app.db.Now()).AddDays(900).String()}}}
	}
	for _, o := range v.Opinions {
		login := o.Unit
		if login == "commission" {
			login = "officer2"
		}
		if err := s.act(ctx, login, casework.Ref{Kind: workflows.Opinion.Kind, ID: o.ID}, "give", "", stance); err != nil {
			return err
		}
	}
	return nil
}

// review invites the named experts, who accept and score; seed varies the scores.
func (s *seeder) review(ctx context.Context, ref casework.Ref, experts []int, seed int) error {
	ids := make([]string, 0, len(experts))
	for _, e := range experts {
		ids = append(ids, s.people[fmt.Sprintf("expert%d", e+1)].ID)
	}
	outs, err := s.app.reviews.Invite(ctx, s.people["officer"], ref, ids, "")
	if err != nil {
		return fmt.Errorf("invite for %s %s: %w", ref.Kind, ref.ID, err)
	}
	for i, out := range outs {
		login := fmt.Sprintf("expert%d", experts[i]+1)
		r := casework.Ref{Kind: out.Kind, ID: out.ID}
		if err := s.act(ctx, login, r, "accept", "", map[string]any{"commitment": true, "no_conflict": true}); err != nil {
			return err
		}
		view, err := s.app.reviews.View(ctx, s.people[login], out.ID)
		if err != nil {
			return err
		}
		if err := s.act(ctx, login, r, "submit_scores", "", ballot(view.Rubric, seed+i)); err != nil {
			return err
		}
	}
	return nil
}

// ballot scores every criterion between 76 and 88 percent of its points.
func ballot(rubric policy.Review, seed int) map[string]any {
	scores := map[string]any{}
	for i, c := range rubric.Criteria {
		pts := c.Max * policy.Points(76+(seed*7+i*5)%13) / 100
		if c.Step > 0 {
			pts -= pts % c.Step
		}
		scores[c.Code] = map[string]any{"points": pts.String(), "reason": "依据申报材料和佐证,目标基本可行,落实措施较为具体,仍需持续跟踪(演示评语)"}
	}
	return map[string]any{"scores": scores, "comment": "总体可行(演示)"}
}

func (s *seeder) inviteSome(ctx context.Context, c *demoCase) error {
	var ids []string
	for _, e := range []string{"expert1", "expert3", "expert5"} {
		ids = append(ids, s.people[e].ID)
	}
	outs, err := s.app.reviews.Invite(ctx, s.people["officer"], c.ref, ids, "")
	if err != nil {
		return err
	}
	for i, e := range []string{"expert1", "expert3"} {
		r := casework.Ref{Kind: outs[i].Kind, ID: outs[i].ID}
		if err := s.act(ctx, e, r, "accept", "", map[string]any{"commitment": true, "no_conflict": true}); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) recommend(ctx context.Context, c *demoCase) error {
	return s.act(ctx, "officer", c.ref, "recommend", "七项审查通过,部门意见一致,专家评分达到要求,建议认定(演示)", nil)
}

func (s *seeder) accredit(ctx context.Context, c *demoCase) error {
	return s.act(ctx, "director", c.ref, "accredit", "同意认定(演示)", map[string]any{"document_number": fmt.Sprintf("演示发改〔%d〕1号", s.now.Year())})
}

func (s *seeder) accreditNow(ctx context.Context, c *demoCase) error {
	return s.act(ctx, "director", c.ref, "accredit", "同意认定(演示)", map[string]any{"document_number": fmt.Sprintf("演示发改〔%d〕12号", s.now.Year())})
}
