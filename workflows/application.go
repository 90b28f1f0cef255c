package workflows

// The clocks of rule sets (domain §3); each rule set gives them their days.
const (
	ClockAcceptance    ClockName = "acceptance"
	ClockCorrection    ClockName = "correction"
	ClockOpinion       ClockName = "opinion"
	ClockDecision      ClockName = "decision"
	ClockNotice        ClockName = "notice"
	ClockObjection     ClockName = "objection"
	ClockInvitation    ClockName = "invitation"
	ClockReview        ClockName = "review"
	ClockCertificate   ClockName = "certificate"
	ClockValidity      ClockName = "validity"
	ClockStatement     ClockName = "statement"
	ClockSelfReport    ClockName = "self_report"
	ClockCheck         ClockName = "check"
	ClockGrade         ClockName = "grade"
	ClockRectification ClockName = "rectification"
	ClockRecheck       ClockName = "recheck"
	ClockReport        ClockName = "report"
)

// ClockNames lists every clock that a rule set must fix.
func ClockNames() []ClockName {
	return []ClockName{ClockAcceptance, ClockCorrection, ClockOpinion, ClockDecision, ClockNotice, ClockObjection,
		ClockInvitation, ClockReview, ClockCertificate, ClockValidity, ClockStatement, ClockSelfReport, ClockCheck,
		ClockGrade, ClockRectification, ClockRecheck, ClockReport, ClockCondition}
}

// The facts an application's guards ask for.
const (
	RoundOpen       Fact = "round_open"
	WithinQuota     Fact = "within_quota"
	CheckClean      Fact = "check_clean"
	ItemsAnswered   Fact = "items_answered"
	ItemsListed     Fact = "items_listed"
	CorrectionLeft  Fact = "correction_left"
	VerdictsPass    Fact = "verdicts_pass"
	AcceptanceOver  Fact = "acceptance_over"
	CorrectionOver  Fact = "correction_over"
	WithdrawalAsked Fact = "withdrawal_asked"
	OpinionsIn      Fact = "opinions_in"
	ScoresIn        Fact = "scores_in"
	ExtensionLeft   Fact = "extension_left"
	NoticeOver      Fact = "notice_over"
	NoOpenObjection Fact = "no_open_objection"
	NotRecommender  Fact = "not_recommender"
	NotOpinionGiver Fact = "not_opinion_giver"
)

var unitSide = []Audience{ToFillers, ToLeaders}

// Application moves one filing of one unit in one round from draft to decision
// (渝府办发〔2016〕228号 part 五(一); clocks domain §3).
var Application = Must(Table{
	Kind: "application", Version: 1, Label: Label{"申报", "Application"},
	States: []StateRow{
		{State: "draft", Label: Label{"草稿", "Draft"}, Public: Label{"填报中", "Being prepared"}, Editable: true, Desk: []Role{Filler}},
		{State: "signing", Label: Label{"待审签", "Awaiting sign-off"}, Public: Label{"填报中", "Being prepared"}, Desk: []Role{Leader}, Told: []Audience{ToLeaders}},
		{State: "submitted", Label: Label{"待审查", "Awaiting check"}, Public: Label{"审查中", "Being checked"}, Desk: []Role{Clerk},
			Clocks: []StateClock{{Name: ClockAcceptance, AtEnd: "accept_by_silence", Remind: []Audience{ToClerks}}},
			Told:   []Audience{ToFillers, ToLeaders, ToClerks}},
		{State: "correction", Label: Label{"补正中", "In correction"}, Public: Label{"补正中", "In correction"}, Editable: true, Desk: []Role{Filler},
			Clocks: []StateClock{{Name: ClockCorrection, AtEnd: "lapse", Remind: unitSide}},
			Paused: []ClockName{ClockAcceptance}, Told: unitSide},
		{State: "correction_signing", Label: Label{"补正待审签", "Correction awaiting sign-off"}, Public: Label{"补正中", "In correction"}, Desk: []Role{Leader},
			Clocks: []StateClock{{Name: ClockCorrection, AtEnd: "lapse", Remind: unitSide}},
			Paused: []ClockName{ClockAcceptance}, Told: []Audience{ToLeaders}},
		{State: "in_review", Label: Label{"评审中", "In review"}, Public: Label{"评审中", "In review"}, Desk: []Role{Officer},
			Clocks: []StateClock{{Name: ClockDecision, Remind: []Audience{ToOfficers}}},
			Told:   []Audience{ToFillers, ToLeaders, ToOfficers}},
		{State: "recommended", Label: Label{"拟认定", "Recommended"}, Public: Label{"评审中", "In review"}, Behind: "in_review", Desk: []Role{Clerk, Officer},
			Clocks: []StateClock{{Name: ClockDecision, Remind: []Audience{ToOfficers, ToDirectors}}},
			Told:   []Audience{ToClerks, ToOfficers, ToDirectors}},
		{State: "refusal_proposed", Label: Label{"拟不予认定", "Refusal proposed"}, Public: Label{"评审中", "In review"}, Behind: "in_review", Desk: []Role{Director},
			Clocks: []StateClock{{Name: ClockDecision, Remind: []Audience{ToOfficers, ToDirectors}}},
			Told:   []Audience{ToDirectors}},
		{State: "notice", Label: Label{"公示中", "Public notice"}, Public: Label{"公示中", "Public notice"}, Desk: []Role{},
			Clocks: []StateClock{{Name: ClockDecision, Remind: []Audience{ToDirectors}}, {Name: ClockNotice, AtEnd: "end_notice"}},
			Told:   []Audience{ToFillers, ToLeaders, ToDirectors}},
		{State: "deciding", Label: Label{"待决定", "Awaiting decision"}, Public: Label{"公示期满", "Notice ended"}, Desk: []Role{Director},
			Clocks: []StateClock{{Name: ClockDecision, Remind: []Audience{ToDirectors}}},
			Told:   []Audience{ToDirectors}},
		{State: "accredited", Label: Label{"已认定", "Accredited"}, Public: Label{"已认定", "Accredited"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToOfficers, ToClerks}},
		{State: "refused", Label: Label{"不予认定", "Refused"}, Public: Label{"不予认定", "Refused"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToOfficers}},
		{State: "declined", Label: Label{"不予受理", "Not accepted"}, Public: Label{"不予受理", "Not accepted"}, Final: true, Told: unitSide},
		{State: "withdrawn", Label: Label{"已撤回", "Withdrawn"}, Public: Label{"已撤回", "Withdrawn"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToClerks, ToOfficers}},
		{State: "lapsed", Label: Label{"逾期未补正终止", "Closed: correction unanswered"}, Public: Label{"已终止", "Closed"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToClerks}},
	},
	Transitions: []TransitionRow{
		{Action: "create", To: "draft", Roles: []Role{Filler}, Needs: []Fact{RoundOpen}, Label: Label{"新建申报", "Start application"}},
		{Action: "send_to_sign", From: []State{"draft"}, To: "signing", Roles: []Role{Filler}, Needs: []Fact{RoundOpen, CheckClean}, Label: Label{"提交审签", "Send for sign-off"}},
		{Action: "recall", From: []State{"signing"}, To: "draft", Roles: []Role{Filler}, Label: Label{"取回修改", "Take back"}},
		{Action: "send_back", From: []State{"signing"}, To: "draft", Roles: []Role{Leader}, Reason: true, Label: Label{"退回填报员", "Send back to filler"}},
		{Action: "sign", From: []State{"signing"}, To: "submitted", Roles: []Role{Leader}, Needs: []Fact{RoundOpen, WithinQuota, CheckClean}, Label: Label{"签发并提交", "Sign and submit"}},
		{Action: "request_correction", From: []State{"submitted"}, To: "correction", Roles: []Role{Clerk}, Needs: []Fact{ItemsListed, CorrectionLeft}, Label: Label{"发出补正通知", "Request correction"}},
		{Action: "send_to_sign", From: []State{"correction"}, To: "correction_signing", Roles: []Role{Filler}, Needs: []Fact{CheckClean, ItemsAnswered}, Label: Label{"补正提交审签", "Send correction for sign-off"}},
		{Action: "recall", From: []State{"correction_signing"}, To: "correction", Roles: []Role{Filler}, Label: Label{"取回修改", "Take back"}},
		{Action: "send_back", From: []State{"correction_signing"}, To: "correction", Roles: []Role{Leader}, Reason: true, Label: Label{"退回填报员", "Send back to filler"}},
		{Action: "sign", From: []State{"correction_signing"}, To: "submitted", Roles: []Role{Leader}, Needs: []Fact{CheckClean, ItemsAnswered}, Label: Label{"签发并重新提交", "Sign and resubmit"}},
		{Action: "lapse", From: []State{"correction", "correction_signing"}, To: "lapsed", Roles: []Role{System}, Needs: []Fact{CorrectionOver}, Label: Label{"逾期未补正,视为撤回", "Correction unanswered: closed as withdrawn"}},
		{Action: "accept", From: []State{"submitted"}, To: "in_review", Roles: []Role{Clerk}, Needs: []Fact{VerdictsPass}, Label: Label{"受理", "Accept"}},
		{Action: "accept_by_silence", From: []State{"submitted"}, To: "in_review", Roles: []Role{System}, Needs: []Fact{AcceptanceOver}, Label: Label{"逾期未告知,自收件之日起视为受理", "Accepted by silence as of receipt"}},
		{Action: "decline", From: []State{"submitted"}, To: "declined", Roles: []Role{Officer}, Reason: true, Danger: true, Label: Label{"不予受理", "Decline to accept"}},
		{Action: "discard", From: []State{"draft"}, To: "withdrawn", Roles: []Role{Filler}, Reason: true, Danger: true, Label: Label{"放弃草稿", "Discard draft"}},
		{Action: "withdraw", From: []State{"signing", "submitted", "correction", "correction_signing"}, To: "withdrawn", Roles: []Role{Leader}, Reason: true, Danger: true, Label: Label{"撤回申报", "Withdraw"}},
		{Action: "ask_withdrawal", From: []State{"in_review", "recommended", "refusal_proposed", "notice", "deciding"}, Roles: []Role{Leader}, Reason: true, Label: Label{"申请撤回", "Ask to withdraw"}, Told: []Audience{ToOfficers}},
		{Action: "agree_withdrawal", From: []State{"in_review", "recommended", "refusal_proposed", "notice", "deciding"}, To: "withdrawn", Roles: []Role{Officer}, Needs: []Fact{WithdrawalAsked}, Reason: true, Danger: true, Label: Label{"同意撤回", "Agree to withdrawal"}},
		{Action: "extend", From: []State{"in_review", "recommended", "refusal_proposed", "deciding"}, Roles: []Role{Director}, Needs: []Fact{ExtensionLeft}, Reason: true, Label: Label{"延长办理期限", "Extend the period"}, Told: unitSide},
		{Action: "recommend", From: []State{"in_review"}, To: "recommended", Roles: []Role{Officer}, Needs: []Fact{OpinionsIn, ScoresIn}, Reason: true, Label: Label{"提出拟认定意见", "Recommend accreditation"}, Internal: true},
		{Action: "propose_refusal", From: []State{"in_review"}, To: "refusal_proposed", Roles: []Role{Officer}, Needs: []Fact{OpinionsIn, ScoresIn}, Reason: true, Danger: true, Label: Label{"提出不予认定意见", "Propose refusal"}, Internal: true},
		{Action: "publish_notice", From: []State{"recommended"}, To: "notice", Roles: []Role{Clerk, Officer}, Label: Label{"发布公示", "Publish notice"}},
		{Action: "end_notice", From: []State{"notice"}, To: "deciding", Roles: []Role{System}, Needs: []Fact{NoticeOver}, Label: Label{"公示期满", "Notice period ends"}},
		{Action: "accredit", From: []State{"deciding"}, To: "accredited", Roles: []Role{Director}, Needs: []Fact{NotRecommender, NotOpinionGiver, NoticeOver, NoOpenObjection, ConditionsMet}, Reason: true, Label: Label{"认定", "Accredit"}},
		{Action: "refuse", From: []State{"deciding", "refusal_proposed"}, To: "refused", Roles: []Role{Director}, Needs: []Fact{NotRecommender, NotOpinionGiver, NoOpenObjection}, Reason: true, Danger: true, Label: Label{"不予认定", "Refuse"}},
		{Action: "return_review", From: []State{"recommended", "refusal_proposed", "deciding"}, To: "in_review", Roles: []Role{Director}, Reason: true, Label: Label{"退回评审", "Return to review"}, Internal: true},
	},
	Facts: map[Fact]Label{
		RoundOpen:       {"本批次不在申报期内", "The round is not open for filing"},
		WithinQuota:     {"本单位在本批次的申报数已达上限", "The unit has used up its quota in this round"},
		CheckClean:      {"自检仍有未解决的问题", "The self-check still finds problems"},
		ItemsAnswered:   {"还有补正事项未答复", "Some correction items are not answered"},
		ItemsListed:     {"尚未列出补正事项", "No correction item is listed"},
		CorrectionLeft:  {"补正通知已发出过,不得再次要求补正", "Correction has already been requested once"},
		VerdictsPass:    {"七项审查结论尚未全部通过", "Not all seven verdicts are 'pass'"},
		AcceptanceOver:  {"审查期限尚未届满", "The check period has not ended"},
		CorrectionOver:  {"补正期限尚未届满", "The correction period has not ended"},
		WithdrawalAsked: {"申报单位未提出撤回申请", "The unit has not asked to withdraw"},
		OpinionsIn:      {"部门意见尚未收齐", "Department opinions are not complete"},
		ScoresIn:        {"专家评分尚未完成", "Expert scoring is not complete"},
		ExtensionLeft:   {"延期只能办理一次", "The period has already been extended once"},
		NoticeOver:      {"公示期尚未届满", "The notice period has not ended"},
		NoOpenObjection: {"尚有异议未处理完毕", "An objection is still open"},
		NotRecommender:  {"提出意见的人不得作出决定", "Whoever recommended may not decide"},
		ConditionsMet:   {"还有决定前须落实的条件未确认落实，也未豁免", "A condition to be met before the decision is neither met nor waived"},
		NotOpinionGiver: {"出具牵头部门意见的人不得作出决定", "Whoever gave a lead opinion may not decide"},
	},
})
