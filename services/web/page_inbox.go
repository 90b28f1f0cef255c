package web

import (
	"net/http"
	"net/url"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/reminder"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// inbox lists one's messages, the newest first.
func (s *site) inbox(r *request) error {
	unread := r.Query("unread") == "1"
	var messages []reminder.Message
	var next string
	err := r.view(func(tx *database.Tx) (err error) {
		messages, next, err = s.Inbox.List(tx, reminder.ListQuery{PersonID: r.actor.ID, Lang: string(r.lang), UnreadOnly: unread, After: r.text("after"), Limit: pageSize})
		return err
	})
	if err != nil {
		return err
	}
	v := views.InboxView{Header: views.Header{Title: r.T("web.inbox")}, Empty: views.Empty{Text: r.T("inbox.empty"), Help: r.T("inbox.empty.help")},
		Tabs: []views.Tab{{Label: r.T("web.all"), Href: "/inbox", Active: !unread}, {Label: r.T("inbox.unread"), Href: "/inbox?unread=1", Active: unread}}}
	query := url.Values{}
	if unread {
		query.Set("unread", "1")
		v.Empty.Text = r.T("inbox.empty.unread")
	}
	if r.text("after") != "" {
		v.Pager.First = "/inbox?" + query.Encode()
	}
	if next != "" {
		query.Set("after", next)
		v.Pager.Next = "/inbox?" + query.Encode()
	}
	v.Pager.Shown = len(messages)
	for _, m := range messages {
		v.Messages = append(v.Messages, views.Message{Title: m.Title, Body: m.Body, When: wording.DateTime(r.lang, m.CreatedAt), Href: "/inbox/" + m.ID,
			Unread: m.ReadAt == nil, Urgent: m.Code == "overdue" && m.ReadAt == nil})
		v.Unread = v.Unread || m.ReadAt == nil
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.InboxPage(v))
}

// openMessage marks a message as read and leads to its case.
func (s *site) openMessage(r *request) error {
	var link string
	err := r.update(func(tx *database.Tx) error {
		m, err := s.message(tx, r, r.Param("id"))
		if err != nil {
			return err
		}
		link = m.Link
		return reminder.MarkRead(tx, r.actor.ID, []string{m.ID})
	})
	if err != nil {
		return err
	}
	return r.redirect(link)
}

// message finds one of the reader's own messages: the list goes on after an id, so the one
// asked for is the first after its successor.
func (s *site) message(tx *database.Tx, r *request, id string) (reminder.Message, error) {
	page, _, err := s.Inbox.List(tx, reminder.ListQuery{PersonID: r.actor.ID, Lang: string(r.lang), After: id + "~", Limit: 1})
	if err != nil {
		return reminder.Message{}, err
	}
	if len(page) == 0 || page[0].ID != id {
		return reminder.Message{}, fault.Missing()
	}
	return page[0], nil
}

// markRead marks everything in one's inbox as read.
func (s *site) markRead(r *request) error {
	if err := r.update(func(tx *database.Tx) error { return reminder.MarkAllRead(tx, r.actor.ID) }); err != nil {
		return err
	}
	return r.done("/inbox", "inbox.read.done")
}
