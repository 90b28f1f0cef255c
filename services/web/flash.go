package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"

	"clusterzone/services/web/views"
)

// flashCookie carries one message over a redirect: a key of the catalogue and its parameters,
// never a finished sentence.
const flashCookie = "cz_flash"

type flashMessage struct {
	Kind   views.FlashKind   `json:"k"`
	Key    string            `json:"t"`
	Params map[string]string `json:"p,omitempty"`
}

// flash leaves a message for the next page; params alternate name and value.
func (r *request) flash(kind views.FlashKind, key string, params ...any) {
	m := flashMessage{Kind: kind, Key: key, Params: map[string]string{}}
	for i := 0; i+1 < len(params); i += 2 {
		m.Params[fmt.Sprint(params[i])] = fmt.Sprint(params[i+1])
	}
	text, _ := json.Marshal(m) // strings only
	r.putFlash(base64.RawURLEncoding.EncodeToString(text), 120)
}

func (r *request) putFlash(value string, age int) {
	http.SetCookie(r.Writer, &http.Cookie{Name: flashCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		Secure: r.site.Secure, SameSite: http.SameSiteLaxMode})
}

// takeFlash returns the message left by the page before, once. Whatever else the cookie holds
// is dropped.
func (r *request) takeFlash() *views.Flash {
	value, err := r.Cookie(flashCookie)
	if err != nil || value == "" || r.Request.Method == http.MethodHead {
		return nil
	}
	r.putFlash("", -1)
	raw, err := base64.RawURLEncoding.DecodeString(value)
	var m flashMessage
	if err != nil || json.Unmarshal(raw, &m) != nil || !r.site.Words.Has(m.Key) {
		return nil
	}
	params := make([]any, 0, 2*len(m.Params))
	for name, value := range m.Params {
		params = append(params, name, value)
	}
	switch m.Kind {
	case views.Done, views.Note, views.Warning, views.Failed:
	default:
		m.Kind = views.Note
	}
	return &views.Flash{Kind: m.Kind, Text: r.T(m.Key, params...)}
}
