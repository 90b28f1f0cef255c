package api

import (
	"net/http"
	"reflect"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// routes is the list of operations.
func (a *API) routes() {
	a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	a.sessionRoutes()
	a.policyRoutes()
	a.publicRoutes()
	a.applicationRoutes()
	a.tableRoutes()
	a.draftRoutes()
	a.reviewRoutes()
	a.conditionRoutes()
	a.expertRoutes()
	a.evaluationRoutes()
	a.attachmentRoutes()
	a.documentRoutes()
	a.administrationRoutes()
	a.actionRoutes()
	a.steeringRoutes()
}

func (a *API) sessionRoutes() {
	add(a, spec{method: http.MethodPost, path: "/session", id: "log-in", summary: "Log in: login, password and second factor give a bearer token", open: true, keyless: true, created: true}, a.login)
	add(a, spec{method: http.MethodDelete, path: "/session", id: "log-out", summary: "Log out: the session ends", first: true}, a.logout)
	add(a, spec{method: http.MethodGet, path: "/me", id: "read-me", summary: "Who is calling", first: true}, a.me)
	add(a, spec{method: http.MethodPut, path: "/me/password", id: "change-password", summary: "Change one's own password; all other sessions end", first: true}, a.changePassword)
	add(a, spec{method: http.MethodPut, path: "/me/lang", id: "set-language", summary: "Set the language one reads pages and mail in"}, a.setLang)
	add(a, spec{method: http.MethodGet, path: "/me/sessions", id: "list-sessions", summary: "One's own live sessions"}, a.sessions)
	add(a, spec{method: http.MethodDelete, path: "/me/sessions/{id}", id: "end-session", summary: "End one of one's own sessions"}, a.revokeSession)
	add(a, spec{method: http.MethodGet, path: "/work", id: "list-work", summary: "The work list over all kinds of case"}, a.work)
	add(a, spec{method: http.MethodGet, path: "/me/notice-preferences", id: "read-notice-preferences", summary: "How one is told of each kind of notice"}, a.preferences)
	add(a, spec{method: http.MethodPut, path: "/me/notice-preferences", id: "set-notice-preferences", summary: "Choose mail for kinds of notice"}, a.setPreferences)
	add(a, spec{method: http.MethodGet, path: "/me/calendar-feed", id: "read-calendar-feed", summary: "Whether one has a private calendar feed"}, a.feed)
	add(a, spec{method: http.MethodPost, path: "/me/calendar-feed", id: "renew-calendar-feed", summary: "Make one's calendar feed, or give it a new address; told only here",
		created: true, secret: true}, a.renewFeed)
	add(a, spec{method: http.MethodDelete, path: "/me/calendar-feed", id: "revoke-calendar-feed", summary: "End one's calendar feed"}, a.revokeFeed)
	add(a, spec{method: http.MethodGet, path: "/messages", id: "list-messages", summary: "One's own inbox, newest first"}, a.messages)
	add(a, spec{method: http.MethodPost, path: "/messages/{id}/read", id: "read-message", summary: "Mark a message as read"}, a.readMessage)
	add(a, spec{method: http.MethodPost, path: "/messages/read-all", id: "read-all-messages", summary: "Mark everything as read"}, a.readAll)
}

func (a *API) policyRoutes() {
	add(a, spec{method: http.MethodGet, path: "/rounds", id: "list-rounds", summary: "Filing rounds, newest first"}, a.rounds)
	add(a, spec{method: http.MethodGet, path: "/rounds/{id}", id: "read-round", summary: "One filing round"}, a.round)
	add(a, spec{method: http.MethodPost, path: "/rounds", id: "open-round", summary: "Open a filing round under the newest rule set", created: true,
		roles: []workflows.Role{workflows.Officer, workflows.Director}}, a.openRound)
	add(a, spec{method: http.MethodGet, path: "/policy/sectors", id: "list-sectors", summary: "The ten sectors with leads, co-operators and targets (part three)"}, a.sectors)
	add(a, spec{method: http.MethodGet, path: "/policy/areas", id: "list-areas", summary: "The five functional areas and what they encourage (part two)"}, a.areas)
	add(a, spec{method: http.MethodGet, path: "/policy/measures", id: "list-measures", summary: "The support measures (part four)"}, a.measures)
	add(a, spec{method: http.MethodGet, path: "/policy/clarifications", id: "list-clarifications", summary: "The six clarifications and the matching fund (part five)"}, a.clarifications)
	add(a, spec{method: http.MethodGet, path: "/policy/units", id: "list-policy-units", summary: "The units as the governing text and its annexes name them"}, a.policyUnits)
	add(a, spec{method: http.MethodGet, path: "/rule-sets/{id}", id: "read-rule-set", summary: "A rule set, in its one canonical form"}, a.ruleSet)
	add(a, spec{method: http.MethodGet, path: "/units", id: "list-units", summary: "The register of units, in force or not"}, a.units)
}

func (a *API) publicRoutes() {
	add(a, spec{method: http.MethodGet, path: "/public/zones", id: "list-public-zones", summary: "Accredited zones as anybody may read them", open: true}, a.publicZones)
	add(a, spec{method: http.MethodGet, path: "/public/zones/{id}", id: "read-public-zone", summary: "One accredited zone as anybody may read it", open: true}, a.publicZone)
	add(a, spec{method: http.MethodGet, path: "/public/notices", id: "list-public-notices", summary: "Public notices, newest first", open: true}, a.publicNotices)
	add(a, spec{method: http.MethodGet, path: "/public/notices/{id}", id: "read-public-notice", summary: "One public notice", open: true}, a.publicNotice)
	add(a, spec{method: http.MethodPost, path: "/public/notices/{id}/objections", id: "file-objection", summary: "Object to a running notice", open: true, created: true, atomic: true}, a.fileObjection)
	add(a, spec{method: http.MethodGet, path: "/public/certificates/{number}", id: "check-certificate", summary: "Check a certificate by its number or the code on the paper", open: true}, a.checkCertificate)
	add(a, spec{method: http.MethodGet, path: "/public/objections/{number}", id: "track-objection", summary: "Follow an objection by its receipt and contact", open: true}, a.trackObjection)
	a.evidenceRoutes()
}

func (a *API) applicationRoutes() {
	unit, check := []workflows.Role{workflows.Filler}, []workflows.Role{workflows.Clerk, workflows.Officer}
	add(a, spec{method: http.MethodPost, path: "/applications", id: "create-application", summary: "Start a draft in an open round", created: true, atomic: true, roles: unit}, a.createApplication)
	add(a, spec{method: http.MethodGet, path: "/applications", id: "list-applications", summary: "Applications that the caller may see, newest first"}, a.listApplications)
	add(a, spec{method: http.MethodGet, path: "/applications/{id}", id: "read-application", summary: "One application with everything the caller may see of it"}, a.application)
	add(a, spec{method: http.MethodPut, path: "/applications/{id}/content", id: "replace-content", summary: "Save the whole document of a draft", roles: unit}, a.putContent)
	add(a, spec{method: http.MethodPatch, path: "/applications/{id}/content", id: "change-content", summary: "Save one field, part or list item of a draft", roles: unit}, a.patchContent)
	add(a, spec{method: http.MethodPost, path: "/applications/{id}/boundary/preview", id: "preview-boundary", summary: "What a boundary file holds; nothing is stored", roles: unit}, a.previewBoundary)
	add(a, spec{method: http.MethodPut, path: "/applications/{id}/name", id: "rename-application", summary: "Rename a draft", roles: unit}, a.putName)
	add(a, spec{method: http.MethodGet, path: "/applications/{id}/versions", id: "list-versions", summary: "Submitted versions, oldest first"}, a.versions)
	add(a, spec{method: http.MethodGet, path: "/applications/{id}/compare", id: "compare-versions", summary: "What differs between two submitted versions"}, a.compare)
	add(a, spec{method: http.MethodPut, path: "/applications/{id}/verdicts/{part}", id: "set-verdict", summary: "The check's verdict on one of the seven parts", roles: check}, a.putVerdict)
	add(a, spec{method: http.MethodPut, path: "/applications/{id}/items/{item}", id: "answer-item", summary: "Answer one correction item", roles: unit}, a.answerItem)
	a.filingRoutes(unit)
	add(a, spec{method: http.MethodGet, path: "/opinions/{id}", id: "read-opinion", summary: "One department opinion with its application"}, a.opinion)
	add(a, spec{method: http.MethodGet, path: "/objections/{id}", id: "read-objection", summary: "One objection", roles: []workflows.Role{workflows.Clerk, workflows.Officer, workflows.Director, workflows.Supervision}}, a.objection)
	add(a, spec{method: http.MethodGet, path: "/zones", id: "list-zones", summary: "Zones that the caller may see"}, a.zones)
	add(a, spec{method: http.MethodGet, path: "/zones/{id}", id: "read-zone", summary: "One zone with boundaries, measures, certificates and grades"}, a.zone)
}

// reading is the part of a kind of case that says who may read it.
type reading interface {
	Reading(tx *database.Tx, a identity.Actor, id string) error
}

func (a *API) reviewRoutes() {
	officer := []workflows.Role{workflows.Officer}
	for _, w := range []*workflows.Workflow{workflows.Application, workflows.Evaluation} {
		kind, name := w.Kind, w.Label.En
		var may reading = a.Applications
		if kind == workflows.Evaluation.Kind {
			may = a.Evaluations
		}
		path, word := "/"+string(kind)+"s/{id}/", string(kind)
		add(a, spec{method: http.MethodGet, path: path + "review-pool", id: "list-" + word + "-review-pool", summary: name + ": evaluators and who cannot be invited", roles: officer}, a.pool(kind, may))
		add(a, spec{method: http.MethodPost, path: path + "reviews", id: "invite-" + word + "-evaluators", summary: name + ": invite evaluators, all or none", roles: officer, atomic: true, created: true}, a.invite(kind, may))
		add(a, spec{method: http.MethodGet, path: path + "reviews", id: "list-" + word + "-reviews", summary: name + ": how its expert review stands"}, a.reviewsOf(kind, may))
		add(a, spec{method: http.MethodGet, path: path + "objections", id: "list-" + word + "-objections", summary: name + ": objections raised against it"}, a.objectionsOf(kind, may))
		add(a, spec{method: http.MethodGet, path: path + "notices", id: "list-" + word + "-notices", summary: name + ": its public notices, newest first"}, a.noticesOf(kind, may))
	}
	evaluator := []workflows.Role{workflows.Evaluator}
	add(a, spec{method: http.MethodGet, path: "/reviews/{id}", id: "read-review", summary: "One expert review with its rubric"}, a.review)
	add(a, spec{method: http.MethodPut, path: "/reviews/{id}/scores", id: "save-scores", summary: "Save one's own scores while they are a draft", roles: evaluator}, a.saveScores)
}

func (a *API) evaluationRoutes() {
	filler, officer := []workflows.Role{workflows.Filler}, []workflows.Role{workflows.Officer}
	add(a, spec{method: http.MethodPost, path: "/evaluations", id: "open-evaluation", summary: "Open the evaluation of one zone and year", created: true, atomic: true, roles: officer}, a.openEvaluation)
	add(a, spec{method: http.MethodGet, path: "/evaluations", id: "list-evaluations", summary: "Evaluations that the caller may see, newest first"}, a.evaluations)
	add(a, spec{method: http.MethodGet, path: "/evaluations/{id}", id: "read-evaluation", summary: "One evaluation with its columns and calculation"}, a.evaluation)
	add(a, spec{method: http.MethodGet, path: "/rectifications", id: "list-rectifications", summary: "Rectifications that the caller may see, newest first"}, a.rectifications)
	add(a, spec{method: http.MethodGet, path: "/rectifications/{id}", id: "read-rectification", summary: "One rectification with its items"}, a.rectification)
	add(a, spec{method: http.MethodPut, path: "/evaluations/{id}/self", id: "save-self-report", summary: "Save the unit's column as a whole", roles: filler}, a.saveSelf)
	add(a, spec{method: http.MethodPut, path: "/evaluations/{id}/checked", id: "save-check", summary: "Save the officer's column as a whole", roles: officer}, a.saveChecked)
	add(a, spec{method: http.MethodPut, path: "/rectifications/{id}/items", id: "save-rectification-items", summary: "Save what the unit did about the items named", roles: filler}, a.saveItems)
	add(a, spec{method: http.MethodPut, path: "/rectifications/{id}/recheck", id: "save-recheck", summary: "Save what the re-check found about the items named", roles: officer}, a.saveRecheck)
}

func (a *API) attachmentRoutes() {
	filler := []workflows.Role{workflows.Filler}
	for _, w := range []*workflows.Workflow{workflows.Application, workflows.Evaluation, workflows.Rectification} {
		add(a, spec{method: http.MethodGet, path: "/" + string(w.Kind) + "s/{id}/attachments", id: "list-" + string(w.Kind) + "-attachments", summary: w.Label.En + ": attached files"}, a.files(w.Kind))
	}
	add(a, spec{method: http.MethodPost, path: "/attachments", id: "request-upload", summary: "A ticket to upload one file into a slot", created: true, roles: filler}, a.ticket)
	add(a, spec{method: http.MethodPost, path: "/attachments/{id}/complete", id: "complete-upload", summary: "Verify an uploaded file and attach it", roles: filler}, a.completeAttachment)
	add(a, spec{method: http.MethodGet, path: "/attachments/{id}/session", id: "read-upload-session", summary: "Which parts of an unfinished upload have arrived", roles: filler}, a.uploadSession)
	add(a, spec{method: http.MethodPost, path: "/attachments/{id}/parts", id: "request-part", summary: "An address for one part of a large file", roles: filler}, a.uploadPart)
	add(a, spec{method: http.MethodPost, path: "/attachments/{id}/reuse", id: "reuse-attachment", summary: "Attach a document of the unit to another of its cases", roles: filler}, a.reuseAttachment)
	add(a, spec{method: http.MethodDelete, path: "/attachments/{id}", id: "remove-attachment", summary: "Take a file out of its case", roles: filler}, a.removeAttachment)
}

func (a *API) administrationRoutes() {
	system, security := []workflows.Role{workflows.SystemAdmin}, []workflows.Role{workflows.Security}
	add(a, spec{method: http.MethodGet, path: "/persons", id: "list-persons", summary: "Accounts", roles: []workflows.Role{workflows.SystemAdmin, workflows.Security, workflows.Auditor}}, a.persons)
	add(a, spec{method: http.MethodPost, path: "/persons", id: "create-person", summary: "Open an account that cannot log in yet", created: true, roles: system}, a.createPerson)
	add(a, spec{method: http.MethodGet, path: "/persons/{id}", id: "read-person", summary: "One account: one's own, or any for an administrator"}, a.person)
	add(a, spec{method: http.MethodPut, path: "/persons/{id}", id: "update-person", summary: "Replace a profile", roles: system}, a.updatePerson)
	add(a, spec{method: http.MethodPut, path: "/persons/{id}/roles", id: "set-roles", summary: "Replace a person's roles", roles: security}, a.setRoles)
	add(a, spec{method: http.MethodPost, path: "/persons/{id}/reset-password", id: "reset-password", summary: "Issue a one-time password, told once", roles: security, secret: true}, a.resetPassword)
	add(a, spec{method: http.MethodPost, path: "/persons/{id}/deactivate", id: "deactivate-person", summary: "Close an account and end its sessions", roles: system}, a.deactivate)
	add(a, spec{method: http.MethodPost, path: "/persons/{id}/activate", id: "activate-person", summary: "Open a closed account again", roles: system}, a.activate)
	add(a, spec{method: http.MethodPut, path: "/units/{code}", id: "put-unit", summary: "Store a unit under its code", roles: system}, a.putUnit)
	add(a, spec{method: http.MethodGet, path: "/audit", id: "list-audit", summary: "The record of what was done, newest first", roles: []workflows.Role{workflows.Auditor, workflows.Supervision}}, a.auditEntries)
}
