package web

import (
	"net/http"
	"net/url"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/reminder"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// inbox lists one's messages, the newest first.
func (s *site) inbox(r *request) error {
	unread, kind := r.Query("unread") == "1", workflows.Kind(r.text("kind"))
	if workflows.ByKind(kind) == nil {
		kind = ""
	}
	var messages []reminder.Message
	var next string
	err := r.view(func(tx *database.Tx) (err error) {
		messages, next, err = s.Inbox.List(tx, reminder.ListQuery{PersonID: r.actor.ID, Lang: string(r.lang), UnreadOnly: unread, Kind: kind, After: r.text("after"), Limit: pageSize})
		return err
	})
	if err != nil {
		return err
	}
	v := views.InboxView{Header: views.Header{Title: r.T("web.inbox")}, Empty: views.Empty{Text: r.T("inbox.empty"), Help: r.T("inbox.empty.help")},
		Tabs: []views.Tab{{Label: r.T("web.all"), Href: "/inbox?" + inboxQuery(false, kind).Encode(), Active: !unread},
			{Label: r.T("inbox.unread"), Href: "/inbox?" + inboxQuery(true, kind).Encode(), Active: unread}}, Filter: s.inboxFilter(r, unread, kind)}
	query := inboxQuery(unread, kind)
	v.Back = "/inbox?" + query.Encode()
	if unread {
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
		v.Messages = append(v.Messages, views.Message{Title: m.Title, Body: m.Body, When: wording.DateTime(r.lang, m.CreatedAt), Href: "/inbox/" + m.ID, Read: "/inbox/" + m.ID + "/read",
			Unread: m.ReadAt == nil, Urgent: m.Code == "overdue" && m.ReadAt == nil})
		v.Unread = v.Unread || m.ReadAt == nil
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.InboxPage(v))
}

// inboxQuery is the address of a part of the inbox.
func inboxQuery(unread bool, kind workflows.Kind) url.Values {
	q := url.Values{}
	if unread {
		q.Set("unread", "1")
	}
	if kind != "" {
		q.Set("kind", string(kind))
	}
	return q
}

// inboxFilter narrows the inbox to messages about one kind of case.
func (s *site) inboxFilter(r *request, unread bool, kind workflows.Kind) *views.Filter {
	show := views.Field{Name: "unread", Label: r.T("inbox.show"), Options: []views.Option{{Value: "1", Label: r.T("inbox.unread")}}}
	if unread {
		show.Value = "1"
	}
	about := views.Field{Name: "kind", Label: r.T("work.kind"), Value: string(kind)}
	for _, k := range s.kindsOfCase() {
		about.Options = append(about.Options, views.Option{Value: string(k), Label: workflows.ByKind(k).Label.In(string(r.lang))})
	}
	return &views.Filter{Action: "/inbox", Lists: []views.Field{show, about}, Active: kind != ""}
}

type readForm struct {
	Back string `form:"back,200"`
}

// readMessage marks one of the reader's own messages as read and stays in the inbox.
func (s *site) readMessage(r *request) error {
	var in readForm
	if err := r.bind(&in); err != nil {
		return err
	}
	err := r.update(func(tx *database.Tx) error {
		m, err := s.message(tx, r, r.Param("id"))
		if err != nil {
			return err
		}
		return reminder.MarkRead(tx, r.actor.ID, []string{m.ID})
	})
	if err != nil {
		return err
	}
	return r.redirect(inboxBack(in.Back))
}

// inboxBack is the part of the inbox a form was sent from.
func inboxBack(to string) string {
	if u, err := url.Parse(to); err == nil && u.Path == "/inbox" && u.Host == "" && u.Scheme == "" {
		return "/inbox?" + u.Query().Encode()
	}
	return "/inbox"
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
