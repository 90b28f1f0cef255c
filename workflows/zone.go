package workflows

// The facts a zone's guards ask for.
const (
	ByDecision       Fact = "by_decision"
	GroundsOnFile    Fact = "grounds_on_file"
	StatementOver    Fact = "statement_over"
	NotProposer      Fact = "not_proposer"
	ValidityOver     Fact = "validity_over"
	RenewalDue       Fact = "renewal_due"
	RenewalRequested Fact = "renewal_requested"
)

// Zone moves an accredited cluster zone through its life: in force, rectification,
// revocation or expiry (认定管理办法 mechanism of part 五(一); validity domain §3).
var Zone = Must(Table{
	Kind: "zone", Version: 1, Label: Label{"集聚示范区", "Cluster zone"},
	States: []StateRow{
		{State: "in_force", Label: Label{"在册", "In force"}, Public: Label{"有效", "In force"}, Desk: []Role{},
			Clocks: []StateClock{{Name: ClockValidity, AtEnd: "expire", Remind: unitSide}}, Told: unitSide},
		{State: "rectifying", Label: Label{"整改中", "Rectifying"}, Public: Label{"有效(整改中)", "In force (rectifying)"}, Desk: []Role{},
			Clocks: []StateClock{{Name: ClockValidity, AtEnd: "expire", Remind: unitSide}}, Told: []Audience{ToFillers, ToLeaders, ToOfficers}},
		{State: "revocation_proposed", Label: Label{"拟撤销", "Revocation proposed"}, Public: Label{"有效(撤销程序中)", "In force (revocation pending)"}, Desk: []Role{Leader, Director},
			Clocks: []StateClock{{Name: ClockStatement, Remind: unitSide}, {Name: ClockValidity, AtEnd: "expire"}}, Told: []Audience{ToFillers, ToLeaders, ToDirectors}},
		{State: "revoked", Label: Label{"已撤销", "Revoked"}, Public: Label{"已撤销", "Revoked"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToClerks, ToOfficers}},
		{State: "expired", Label: Label{"已到期", "Expired"}, Public: Label{"已到期", "Expired"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToClerks}},
	},
	Transitions: []TransitionRow{
		{Action: "establish", To: "in_force", Roles: []Role{Director, System}, Needs: []Fact{ByDecision}, Label: Label{"设立", "Establish"}},
		{Action: "begin_rectification", From: []State{"in_force"}, To: "rectifying", Roles: []Role{System, Director}, Needs: []Fact{GroundsOnFile}, Label: Label{"进入整改", "Begin rectification"}},
		{Action: "end_rectification", From: []State{"rectifying"}, To: "in_force", Roles: []Role{Director, System}, Needs: []Fact{GroundsOnFile}, Label: Label{"整改合格", "Rectification passed"}},
		{Action: "propose_revocation", From: []State{"in_force", "rectifying"}, To: "revocation_proposed", Roles: []Role{Officer, System}, Needs: []Fact{GroundsOnFile}, Reason: true, Danger: true, Label: Label{"提出撤销", "Propose revocation"}},
		{Action: "state", From: []State{"revocation_proposed"}, Roles: []Role{Leader}, Reason: true, Label: Label{"陈述申辩", "Make a statement"}, Told: []Audience{ToDirectors}},
		{Action: "revoke", From: []State{"revocation_proposed"}, To: "revoked", Roles: []Role{Director}, Needs: []Fact{StatementOver, NotProposer}, Reason: true, Danger: true, Label: Label{"撤销认定", "Revoke"}},
		{Action: "keep", From: []State{"revocation_proposed"}, To: "in_force", Roles: []Role{Director}, Needs: []Fact{NotProposer}, Reason: true, Label: Label{"维持认定", "Keep in force"}},
		{Action: "request_renewal", From: []State{"in_force"}, Roles: []Role{Leader}, Needs: []Fact{RenewalDue}, Reason: true, Label: Label{"申请复核延续", "Request renewal"}, Told: []Audience{ToDirectors}},
		{Action: "renew", From: []State{"in_force"}, Roles: []Role{Director}, Needs: []Fact{RenewalRequested}, Reason: true, Label: Label{"准予延续", "Renew"}, Told: unitSide},
		{Action: "expire", From: []State{"in_force", "rectifying", "revocation_proposed"}, To: "expired", Roles: []Role{System}, Needs: []Fact{ValidityOver}, Label: Label{"有效期届满", "Validity ends"}},
	},
	Facts: map[Fact]Label{
		ByDecision:       {"须依据已生效的认定决定", "An accreditation decision is required"},
		GroundsOnFile:    {"缺少考评或整改的依据", "No evaluation or rectification result supports this"},
		StatementOver:    {"申报单位的陈述期尚未届满且未提交陈述", "The unit has not made its statement and its period has not ended"},
		NotProposer:      {"提出撤销的人不得作出决定", "Whoever proposed revocation may not decide"},
		ValidityOver:     {"有效期尚未届满", "The validity has not ended"},
		RenewalDue:       {"尚未进入有效期最后六个月", "The last half-year of validity has not begun"},
		RenewalRequested: {"单位未申请延续", "The unit has not requested renewal"},
	},
})
