package main

import (
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/document"
	"clusterzone/services/identity"
	"clusterzone/services/wording"
)

// paperSource gives the official papers of an application their facts, with the anchors of
// their items in words.
type paperSource struct{ a *app }

// Reading lets a paper be read by whoever may read the case.
func (p paperSource) Reading(tx *database.Tx, actor identity.Actor, id string) error {
	return p.a.applications.Reading(tx, actor, id)
}

// DocumentSubject loads an application for its papers.
func (p paperSource) DocumentSubject(tx *database.Tx, id string) (document.Subject, error) {
	sub, err := p.a.applications.DocumentSubject(tx, id)
	for _, items := range sub.Items {
		for i, it := range items {
			items[i] = [2]string{p.words(it[0]), p.words(it[1])}
		}
	}
	return sub, err
}

// words writes an anchor (field:…, slot:…, clarification:…, unit:…, stance:state:…) in
// Chinese, the language of official papers; anything else is a text already.
func (p paperSource) words(text string) string {
	kind, anchor, _ := strings.Cut(text, ":")
	switch kind {
	case "field", "clarification":
		return p.a.words.Text(wording.ZH, application.LabelKey(anchor), nil)
	case "slot":
		if s, ok := p.a.book.Rules.Slot(anchor); ok {
			return s.Name.ZH
		}
	case "unit":
		return p.a.papers().unit(anchor)
	case "stance":
		state, stance, _ := strings.Cut(anchor, ":")
		if stance == "" {
			return p.a.words.Text(wording.ZH, "document.opinion."+state, nil)
		}
		return p.a.words.Text(wording.ZH, "act.stance."+stance, nil)
	}
	return text
}
