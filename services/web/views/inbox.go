package views

// InboxView is one's messages.
type InboxView struct {
	Header   Header
	Tabs     []Tab
	Filter   *Filter
	Back     string // this part of the inbox, to come back to
	Messages []Message
	Unread   bool // some of those shown are not read
	Pager    Pager
	Empty    Empty
}

// Message is one line of the inbox.
type Message struct {
	Title, Body, When, Href string
	Read                    string // where it is marked as read
	Unread                  bool
	Urgent                  bool
}
