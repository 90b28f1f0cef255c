package views

// LoginView is the login.
type LoginView struct {
	Login, Password Field
	Code            *Field // the second factor, where it is asked for
	Next            string
	Problems        []Problem
}

// PasswordView asks for a new password.
type PasswordView struct {
	Current, New, Again Field
	Problems            []Problem
	Forced              bool // the present one was issued for one login
}

// ProfileView is one's own account.
type ProfileView struct {
	Facts    []Item
	Lang     string
	Langs    []Option
	Sessions Table
	Factor   bool   // a second factor is on
	Secret   string // of one just prepared
	QR       string // the same as an image, a data: address; may be empty
	Problems []Problem
}
