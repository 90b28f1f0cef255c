package views

// InboxView is one's messages.
type InboxView struct {
	Header   Header
	Tabs     []Tab
	Messages []Message
	Unread   bool // some of those shown are not read
	Pager    Pager
	Empty    Empty
}

// Message is one line of the inbox.
type Message struct {
	Title, Body, When, Href string
	Unread                  bool
	Urgent                  bool
}
