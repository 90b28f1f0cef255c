package views

import "strconv"

// ManyInput is any number of choices.
const ManyInput InputKind = "many"

// FormView is a page that is a form.
type FormView struct {
	Header   Header
	Form     Form
	Fields   []Input
	Submit   string
	Back     string
	ReadOnly bool // shown, not asked
}

// PersonView is an account as an administrator sees it.
type PersonView struct {
	ID       string
	Version  int64
	Header   Header
	Facts    []Item
	Problems []Problem
	Password string // a one-time password just issued
	Own      bool   // the reader's own account: nothing to change here
	Active   bool
	Factor   bool
	Form     *Form // for the system administrator
	Fields   []Input
	Roles    *Field // for the security administrator
	Sessions *Table
}

// act is a button that changes the account; with a text it asks first. more is a name and a
// value sent with it.
func (v PersonView) act(label, path, text string, danger bool, more ...string) Action {
	a := Action{Label: label, Href: "/persons/" + v.ID + path, Version: v.Version, Danger: danger}
	if text != "" {
		a.Confirm = &Confirm{Title: label, Text: text}
	}
	if len(more) == 2 {
		a.Name, a.Value = more[0], more[1]
	}
	return a
}

// AuditView is the record.
type AuditView struct {
	List     ListView
	Result   *Flash // of a check of the chain
	Problems []string
}

// version writes a version for a hidden input.
func version(n int64) string { return strconv.FormatInt(n, 10) }
