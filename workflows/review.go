package workflows

// The facts a review's guards ask for.
const (
	ScoresComplete  Fact = "scores_complete"
	CommitmentGiven Fact = "commitment_given"
	ModerationOpen  Fact = "moderation_open"
	ParentScoring   Fact = "parent_scoring"
)

// Review moves one evaluator's scoring of one application or one annual evaluation (专家评审).
// After recusal the case no longer exists for that person.
var Review = Must(Table{
	Kind: "review", Version: 1, Label: Label{"专家评审", "Expert review"},
	States: []StateRow{
		{State: "invited", Label: Label{"待应邀", "Invited"}, Public: Label{"评审中", "In review"}, Desk: []Role{Evaluator},
			Clocks: []StateClock{{Name: ClockInvitation, AtEnd: "expire", Remind: []Audience{ToEvaluator}}}, Told: []Audience{ToEvaluator}},
		{State: "accepted", Label: Label{"评分中", "Scoring"}, Public: Label{"评审中", "In review"}, Editable: true, Desk: []Role{Evaluator},
			Clocks: []StateClock{{Name: ClockReview, Remind: []Audience{ToEvaluator}}}, Told: []Audience{ToOfficers}},
		{State: "scored", Label: Label{"已评分", "Scored"}, Public: Label{"评审中", "In review"}, Told: []Audience{ToOfficers}},
		{State: "declined", Label: Label{"已谢绝", "Declined"}, Public: Label{"评审中", "In review"}, Final: true, Told: []Audience{ToOfficers}},
		{State: "recused", Label: Label{"已回避", "Recused"}, Public: Label{"评审中", "In review"}, Final: true, Told: []Audience{ToOfficers}},
		{State: "expired", Label: Label{"逾期未应邀", "Invitation expired"}, Public: Label{"评审中", "In review"}, Final: true, Told: []Audience{ToOfficers}},
		{State: "cancelled", Label: Label{"已取消", "Cancelled"}, Public: Label{"评审中", "In review"}, Final: true, Told: []Audience{ToEvaluator}},
	},
	Transitions: []TransitionRow{
		{Action: "invite", To: "invited", Roles: []Role{Officer}, Needs: []Fact{ParentScoring}, Label: Label{"邀请专家", "Invite evaluator"}},
		{Action: "accept", From: []State{"invited"}, To: "accepted", Roles: []Role{Evaluator}, Needs: []Fact{CommitmentGiven}, Label: Label{"应邀并签署承诺", "Accept and sign commitment"}},
		{Action: "decline", From: []State{"invited"}, To: "declined", Roles: []Role{Evaluator}, Reason: true, Label: Label{"谢绝邀请", "Decline"}},
		{Action: "recuse", From: []State{"invited", "accepted"}, To: "recused", Roles: []Role{Evaluator, Officer}, Reason: true, Danger: true, Label: Label{"申报回避", "Declare recusal"}},
		{Action: "submit_scores", From: []State{"accepted"}, To: "scored", Roles: []Role{Evaluator}, Needs: []Fact{ParentScoring, ScoresComplete}, Label: Label{"提交评分", "Submit scores"}},
		{Action: "moderate", From: []State{"scored"}, To: "accepted", Roles: []Role{Officer}, Needs: []Fact{ParentScoring, ModerationOpen}, Reason: true, Label: Label{"发回复议", "Return for moderation"}},
		{Action: "expire", From: []State{"invited"}, To: "expired", Roles: []Role{System}, Needs: []Fact{ClockOver}, Label: Label{"逾期未应邀", "Invitation expires"}},
		{Action: "cancel", From: []State{"invited", "accepted", "scored"}, To: "cancelled", Roles: []Role{Officer, System}, Reason: true, Danger: true, Label: Label{"取消评审", "Cancel review"}},
	},
	Facts: map[Fact]Label{
		ScoresComplete:  {"评分或评分理由不完整", "Scores or justifications are incomplete"},
		CommitmentGiven: {"请先签署公正评审承诺并声明无回避情形", "Sign the commitment and declare no conflict first"},
		ModerationOpen:  {"分差未超过限值,不需要复议", "The spread is within the limit; no moderation is due"},
		ParentScoring:   {"该事项不在评审阶段", "The case is not in review"},
		ClockOver:       {"期限尚未届满", "The period has not ended"},
	},
})
