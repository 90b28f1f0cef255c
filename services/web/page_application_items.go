package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// answers reports whether the reader can answer the items now.
func (r *request) answers(v application.View) bool {
	return v.State == "correction" && r.actor.Has(workflows.Filler)
}

// itemStrip is the correction notice in short, with the items of a part marked.
func (r *request) itemStrip(v application.View, part string) *views.ItemStripView {
	here, done := casework.Path(workflows.Application.Kind, v.ID), 0
	out := &views.ItemStripView{Total: len(v.Items), Lead: r.itemsLead(v), List: here + "/corrections"}
	for i, item := range v.Items {
		if item.Done {
			done++
		}
		line := views.ItemLine{ID: item.ID, Number: i + 1, Label: r.itemLabel(v, item), Words: item.Words, State: itemBadge(r, item), Active: part != "" && partOfItem(item) == part}
		if r.answers(v) {
			line.Href = itemHref(v.ID, item)
		}
		out.Items = append(out.Items, line)
	}
	out.Done, out.Title = done, r.T("filing.items.progress", "Done", done, "Total", len(v.Items))
	if r.answers(v) {
		out.Send = here + "/send"
	}
	return out
}

// itemHref opens the part of an item at the place it is about.
func itemHref(id string, item application.CorrectionItem) string {
	if place := itemAnchor(item); place != "" {
		return editHref(id, partOfItem(item), place)
	}
	return editHref(id, partOfItem(item), "") + "#part"
}

func itemBadge(r *request, item application.CorrectionItem) views.Badge {
	if item.Done {
		return views.Badge{Label: r.T("edit.item.done"), Tone: views.Good}
	}
	return views.Badge{Label: r.T("edit.item.open"), Tone: views.Waiting}
}

// itemsLead says how long there is, and when the answer is complete.
func (r *request) itemsLead(v application.View) string {
	for _, c := range v.Clocks {
		if c.Name == workflows.ClockCorrection && !c.Ended {
			return r.T("edit.items.lead", "Date", r.dayText(c.Reading.Due.String()), "Count", max(0, c.Reading.Left))
		}
	}
	if v.State != "correction" {
		return ""
	}
	return r.T("edit.items.rest")
}

// itemView is one item with its answer, for reading.
func (r *request) itemView(v application.View, i int) views.ItemView {
	item := v.Items[i]
	out := views.ItemView{ID: item.ID, Number: i + 1, Label: r.itemLabel(v, item), Words: item.Words, State: itemBadge(r, item), Closed: true}
	out.Answer.Value = item.Answer
	for _, f := range item.Files {
		out.Files = append(out.Files, r.slotFile(f))
	}
	return out
}

// openItemView is one item with the form of its answer, on the page named.
func (r *request) openItemView(v application.View, i int, page string) views.ItemView {
	item, here := v.Items[i], casework.Path(workflows.Application.Kind, v.ID)
	out := r.itemView(v, i)
	out.Closed, out.Href, out.Base = false, itemHref(v.ID, item), strconv.FormatInt(item.Version, 10)
	out.Action = here + "/items/" + item.ID + "?part=" + page
	out.Answer = views.Field{Name: "answer." + item.ID, Label: r.T("edit.item.answer"), Value: item.Answer, Rows: 2, Max: 500}
	out.Done = views.Field{Name: "done." + item.ID, Label: r.T("edit.item.done"), Value: boolText(item.Done)}
	if item.AnsweredAt != nil && wording.Day(*item.AnsweredAt) == wording.Day(r.site.DB.Now()) {
		out.Saved = wording.Clock(*item.AnsweredAt)
	}
	slot := application.AnswerSlot(item.ID)
	for k, f := range item.Files {
		out.Files[k].Remove = &views.Action{Label: r.T("web.remove"), Href: "/attachments/" + f.ID + "/remove", Version: v.Version, Name: "back",
			Value: itemPage(v.ID, page, item.ID), Confirm: &views.Confirm{Title: r.T("edit.file.remove", "Name", f.Name), Text: r.T("edit.file.remove.ask", "Name", f.Name)}}
	}
	if len(item.Files) < answerFiles {
		out.Drop = &views.Upload{ID: "drop-" + item.ID, Label: r.T("filing.answer.attach"), Accept: []string{".pdf", ".jpg", ".png", ".docx", ".xlsx"}, MaxBytes: 20 << 20, Many: true,
			Ticket: here + "/files", Complete: "/attachments/{id}/complete", Fields: map[string]string{"slot": slot}}
	}
	return out
}

// answerFiles is how many files an answer can have.
const answerFiles = 3

// listPage stands for the page of all items where a part of the editor could.
const listPage = "list"

// itemPage is the page on which an item is answered, at the item.
func itemPage(id, page, item string) string {
	if page == listPage {
		return casework.Path(workflows.Application.Kind, id) + "/corrections#item-" + item
	}
	return editHref(id, page, "") + "#item-" + item
}

// partItems are the items of the open part, to be answered beside it.
func (r *request) partItems(e *editor) []views.ItemView {
	if !r.answers(e.view) {
		return nil
	}
	var out []views.ItemView
	for i, item := range e.view.Items {
		if partOfItem(item) == e.form.part {
			out = append(out, r.openItemView(e.view, i, e.form.part))
		}
	}
	return out
}

// corrections is the page of a correction notice, for both sides.
func (s *site) corrections(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showCorrections(r, v, http.StatusOK)
}

func (s *site) showCorrections(r *request, v application.View, status int) error {
	here := casework.Path(workflows.Application.Kind, v.ID)
	head, err := r.filingHeader(v, r.T("filing.items.title"))
	if err != nil {
		return err
	}
	out := views.CorrectionsView{Header: head, Strip: *r.itemStrip(v, "")}
	out.Strip.List, out.Strip.Refresh = "", here+"/corrections/status"
	if len(v.Items) == 0 {
		out.Empty = &views.Empty{Text: r.T("filing.items.none"), Help: r.T("filing.items.none.help")}
	}
	for i := range v.Items {
		if r.answers(v) {
			out.Items = append(out.Items, r.openItemView(v, i, listPage))
		} else {
			out.Items = append(out.Items, r.itemView(v, i))
		}
	}
	return s.simple(r, status, head.Title, views.CorrectionsPage(out))
}

// correctionsStatus answers the page of the items after each autosave.
func (s *site) correctionsStatus(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	strip := *r.itemStrip(v, "")
	strip.Fresh = true
	strip.List, strip.Refresh = "", casework.Path(workflows.Application.Kind, v.ID)+"/corrections/status"
	return s.showFragment(r, http.StatusOK, views.ItemStrip(strip))
}

// filingHeader opens a page about an application with its clocks.
func (r *request) filingHeader(v application.View, title string) (views.Header, error) {
	clocks, err := r.clocks(v.Clocks)
	h := r.caseHeader(v, title)
	h.Badge, h.Clocks = r.stateBadge(v.State), clocks
	return h, err
}

// itemAnswer is the answer to one item; its fields carry the item's id, because several stand
// on a page. Base is the version of the item that was read.
type itemAnswer struct {
	Base   int64             `form:"base"`
	Answer map[string]string `form:"answer.*"`
	Done   map[string]string `form:"done.*"`
}

// answerItem stores the answer to one item of the correction notice, from its button or from
// autosave.
func (s *site) answerItem(r *request) error {
	item := r.Param("code")
	var in itemAnswer
	err := r.bind(&in)
	var version int64
	if err == nil {
		version, err = s.Applications.AnswerItem(r.ctx(), r.actor, r.Param("id"), item,
			application.Answer{Text: in.Answer[item], Done: in.Done[item] != "", Seen: in.Base})
	}
	switch {
	case err == nil && r.autosaves():
		r.JSON(http.StatusOK, map[string]any{"saved_at": wording.Clock(s.DB.Now()), "base": strconv.FormatInt(version, 10), "problems": map[string]string{}})
		return nil
	case err == nil:
		return r.done(itemPage(r.Param("id"), r.pageAsked(), item), "edit.item.saved")
	}
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Conflict && f.Code == "stale" {
		return s.answerStale(r, item, in)
	}
	return s.answerRefused(r, item, in, err)
}

// pageAsked is the part named in the address, or the list of all items.
func (r *request) pageAsked() string {
	if part := r.Query("part"); slices.Contains(editParts(), part) {
		return part
	}
	return listPage
}

// answerStale shows both answers where a colleague was faster.
func (s *site) answerStale(r *request, item string, in itemAnswer) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Items, func(it application.CorrectionItem) bool { return it.ID == item })
	if i < 0 {
		return fault.Missing()
	}
	theirs := v.Items[i]
	out := views.ItemStaleView{Action: casework.Path(workflows.Application.Kind, v.ID) + "/items/" + item + "?part=" + r.pageAsked(),
		Base: strconv.FormatInt(theirs.Version, 10), Answer: "answer." + item, Done: "done." + item, Mine: in.Answer[item], MyDone: in.Done[item],
		Theirs: r.T("filing.answer.with", "State", itemBadge(r, theirs).Label, "Text", theirs.Answer), Reload: itemPage(v.ID, r.pageAsked(), item)}
	if r.autosaves() {
		return s.showFragment(r, http.StatusConflict, views.ItemStale(out))
	}
	return s.simple(r, http.StatusConflict, r.T("filing.items.title"), views.ItemStale(out))
}

// answerRefused shows the page again with the answer as it was typed; autosave is told by
// field.
func (s *site) answerRefused(r *request, item string, in itemAnswer, err error) error {
	told, err := r.refused(err, nil)
	if err != nil {
		return err
	}
	if r.autosaves() {
		problems := map[string]string{}
		for _, p := range told.Problems {
			problems["answer."+item] = p.Text
		}
		r.JSON(http.StatusUnprocessableEntity, map[string]any{"problems": problems})
		return nil
	}
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	part := ""
	for _, it := range v.Items {
		if it.ID == item {
			part = partOfItem(it)
		}
	}
	e, err := s.openEditor(r, part)
	if err != nil {
		return err
	}
	if err := e.load(s.DB.Now().Year()); err != nil {
		return err
	}
	for i := range e.view.Items {
		if e.view.Items[i].ID == item {
			e.view.Items[i].Answer, e.view.Items[i].Done = in.Answer[item], in.Done[item] != ""
		}
	}
	e.status = told.status()
	for _, p := range told.Problems {
		p.Field = "answer." + item
		e.summary = append(e.summary, p)
	}
	return s.showEditor(r, e, nil)
}

// listWordsOn are an officer's words on a list, or on a row of it.
func (r *request) listWordsOn(e *editor, path string) (out []string) {
	if e.view.State != "correction" {
		return nil
	}
	for _, item := range e.view.Items {
		rest, under := strings.CutPrefix(item.Anchor, path)
		if item.AnchorKind != "field" || !under || rest != "" && rest[0] != '[' {
			continue
		}
		text := item.Words
		if rest != "" {
			text = r.T("filing.words.at", "Place", r.itemLabel(e.view, item), "Words", item.Words)
		}
		out = append(out, text)
	}
	return out
}
