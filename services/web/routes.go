package web

import (
	"net/http"
	"slices"

	"clusterzone/workflows"
)

// handler serves one request: bind, one service call, show. What it returns becomes the
// answer for errors.
type handler func(*site, *request) error

// route is one line of the list of pages.
type route struct {
	method, path string
	do           handler
	who          who
	// always routes serve those too who still have to change a one-time password.
	always bool
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes is every page of the product: the frame's, the districts', the commission's with
// departments and evaluators. Parameters in a path are called :id, :action and :code everywhere,
// because the router refuses two names at one place.
func routes() []route {
	return slices.Concat(
		coreRoutes(),
		evidenceRoutes(),
		actRoutes(),
		districtRoutes(),
		draftRoutes(),
		tableRoutes(),
		commissionRoutes(),
		conditionRoutes(),
		poolRoutes(),
		documentRoutes(),
		steeringRoutes(),
	)
}

func coreRoutes() []route {
	return []route{
		// everybody
		{get, "/", (*site).home, public(), false},
		{get, "/login", (*site).loginPage, public(), true},
		{post, "/login", (*site).login, public(), true},
		{post, "/logout", (*site).logout, person(), true},
		{get, "/notices", (*site).notices, public(), false},
		{get, "/notices/:id", (*site).notice, public(), false},
		{post, "/notices/:id/objections", (*site).object, public(), false},
		{get, "/objections/track", (*site).trackPage, public(), false},
		{post, "/objections/track", (*site).track, public(), false},
		{get, "/zones", (*site).zones, public(), false},
		{get, "/zones/:id", (*site).zone, public(), false},
		{get, "/certificates", (*site).certificates, public(), false},
		{get, "/certificates/:code", (*site).certificate, public(), false},

		// whoever is logged in
		{get, "/inbox", (*site).inbox, person(), false},
		{post, "/inbox/read", (*site).markRead, person(), false},
		{get, "/inbox/:id", (*site).openMessage, person(), false},
		{post, "/inbox/:id/read", (*site).readMessage, person(), false},
		{get, "/profile/notices", (*site).noticesPage, person(), false},
		{post, "/profile/notices", (*site).savePreferences, person(), false},
		{post, "/profile/feed", (*site).renewFeed, person(), false},
		{post, "/profile/feed/revoke", (*site).revokeFeed, person(), false},
		{get, "/calendar/feed/:code", (*site).feed, public(), false},
		{get, "/profile", (*site).profile, person(), false},
		{get, "/profile/password", (*site).passwordPage, person(), true},
		{post, "/profile/password", (*site).changePassword, person(), true},
		{post, "/profile/language", (*site).changeLanguage, person(), false},
		{post, "/profile/sessions/:id/end", (*site).endSession, person(), false},
		{post, "/profile/factor", (*site).enrolFactor, person(), false},
		{post, "/profile/factor/confirm", (*site).confirmFactor, person(), false},
		{post, "/profile/factor/off", (*site).dropFactor, person(), false},
		{get, "/search", (*site).search, person(), false},
		{get, "/calendar", (*site).calendar, person(), false},
		{get, "/overdue", (*site).overdue, only(watchers()...), false},

		// lists of cases
		{get, "/applications", (*site).applications, only(append(watchers(), workflows.Filler, workflows.Leader, workflows.Department, workflows.Evaluator)...), false},
		{get, "/reviews", caseList(workflows.Review), only(append(watchers(), workflows.Evaluator)...), false},
		{get, "/objections", caseList(workflows.Objection), only(watchers()...), false},
		{get, "/applications/:id/receipt.pdf", (*site).receiptPDF, only(workers()...), false},
		{get, "/applications/:id/book.pdf", (*site).bookPDF, only(workers()...), false},
		{get, "/zones/:id/certificate.pdf", (*site).zoneCertificate, only(workers()...), false},
		{get, "/evaluations", (*site).evaluations, only(append(watchers(), workflows.Filler, workflows.Leader, workflows.Evaluator, workflows.Statistics)...), false},
		{get, "/rectifications", (*site).rectifications, only(append(watchers(), workflows.Filler, workflows.Leader, workflows.Statistics)...), false},

		// files of cases: upload.js posts to the ticket, then to the store, then to complete
		{post, "/applications/:id/files", uploadTicket(workflows.Application), only(unitSide()...), false},
		{post, "/evaluations/:id/files", uploadTicket(workflows.Evaluation), only(unitSide()...), false},
		{post, "/rectifications/:id/files", uploadTicket(workflows.Rectification), only(unitSide()...), false},
		{post, "/attachments/:id/complete", (*site).completeUpload, only(uploaders()...), false},
		{post, "/attachments/:id/remove", (*site).removeFile, only(uploaders()...), false},
		{get, "/attachments/:id/session", (*site).uploadSession, only(uploaders()...), false},
		{post, "/attachments/:id/parts", (*site).uploadPart, only(uploaders()...), false},
		{post, "/attachments/:id/discard", (*site).discardUpload, only(uploaders()...), false},
		{get, "/attachments/:id", (*site).file, only(workers()...), false},
		{get, "/attachments/:id/preview", (*site).previewFile, only(workers()...), false},

		// the three administrators
		{get, "/persons", (*site).persons, only(administrators()...), false},
		{get, "/persons/new", (*site).newPersonPage, only(workflows.SystemAdmin), false},
		{post, "/persons/new", (*site).createPerson, only(workflows.SystemAdmin), false},
		{get, "/persons/:id", (*site).person, only(administrators()...), false},
		{post, "/persons/:id", (*site).updatePerson, only(workflows.SystemAdmin), false},
		{post, "/persons/:id/active", (*site).setActive, only(workflows.SystemAdmin), false},
		{post, "/persons/:id/roles", (*site).setRoles, only(workflows.Security), false},
		{post, "/persons/:id/password", (*site).resetPassword, only(workflows.Security), false},
		{post, "/persons/:id/unlock", (*site).unlockPerson, only(workflows.Security), false},
		{post, "/persons/:id/factor", (*site).clearFactor, only(workflows.Security), false},
		{post, "/persons/:id/sessions/:session/end", (*site).endPersonSession, only(workflows.Security), false},
		{get, "/units", (*site).unitsPage, only(administrators()...), false},
		{get, "/units/new", (*site).newUnitPage, only(workflows.SystemAdmin), false},
		{get, "/units/:id", (*site).unit, only(administrators()...), false},
		{post, "/units", (*site).setUnit, only(workflows.SystemAdmin), false},
		{get, "/audit", (*site).auditPage, only(workflows.Auditor), false},
		{post, "/audit/verify", (*site).verifyAudit, only(workflows.Auditor), false},
	}
}

// actRoutes are the forms of every action of every kind of case, and where they are sent.
func actRoutes() []route {
	var out []route
	for _, w := range []*workflows.Workflow{workflows.Application, workflows.Opinion, workflows.Review, workflows.Objection, workflows.Zone,
		workflows.Evaluation, workflows.Rectification, workflows.Condition} {
		path := "/" + string(w.Kind) + "s/:id/act/:action"
		out = append(out, route{get, path, actPage(w), only(workers()...), false}, route{post, path, act(w), only(workers()...), false})
	}
	return out
}
