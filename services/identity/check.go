package identity

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"clusterzone/services/fault"
)

// checkLogin wants 2 to 64 of a–z, 0–9 and . _ - @, beginning with a letter or digit.
func checkLogin(login string) error {
	ok := len(login) >= 2 && len(login) <= 64 && !strings.ContainsRune("._-@", rune(login[0]))
	for _, r := range login {
		ok = ok && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@", r))
	}
	if !ok {
		return fault.BadField("login", "login_form")
	}
	return nil
}

func checkText(path, s string, least, most int) error {
	n := utf8.RuneCountInString(s)
	switch {
	case n < least:
		return fault.BadField(path, "required")
	case n > most:
		return fault.BadField(path, "too_long", "Max", fmt.Sprint(most))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return fault.BadField(path, "not_text")
	}
	return nil
}

func checkEmail(s string) error {
	if s == "" {
		return nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return fault.BadField("email", "email_form")
	}
	return nil
}

func checkLang(lang string) error {
	if lang != "zh-CN" && lang != "en" {
		return fault.BadField("lang", "unknown")
	}
	return nil
}

// join gathers the fields of several Invalid errors in one, so that a form shows them all;
// any other error comes first.
func join(errs ...error) error {
	var fields []fault.Field
	for _, err := range errs {
		var f *fault.Error
		switch {
		case err == nil:
		case errors.As(err, &f) && f.Kind == fault.Invalid:
			fields = slices.Concat(fields, f.Fields)
		default:
			return err
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fault.Bad(fields...)
}

// checkCode wants 2 to 40 of a–z, 0–9 and -.
func checkCode(path, code string) error {
	ok := len(code) >= 2 && len(code) <= 40
	for _, r := range code {
		ok = ok && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-')
	}
	if !ok {
		return fault.BadField(path, "unit_code_form")
	}
	return nil
}
