// Package views owns what pages look like: the frame around every page and the
// components in it. Views are typed structs that already say what to show; they
// take no decisions, load nothing and hold no sentence outside the catalogue.
//
// A view is rendered with a Scope in its context (the renderer of package web
// puts it there), so components reach the language by T(ctx, key) without
// passing it along.
package views

import (
	"context"
	"time"

	"clusterzone/services/wording"
)

// Scope is what every view needs to know about the request.
type Scope struct {
	Lang  wording.Lang
	Texts *wording.Catalogue
	// Asset returns the address of a static file by its name, such as app.css.
	Asset func(name string) string
}

type scopeKey struct{}

// With returns a context in which views are rendered with s.
func With(ctx context.Context, s Scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

// ScopeOf returns the scope With has put into ctx. Without one, texts come out
// as ⟦key⟧.
func ScopeOf(ctx context.Context) Scope {
	s, _ := ctx.Value(scopeKey{}).(Scope)
	return s
}

// T returns the message key with params, which alternate name and value:
// T(ctx, "web.clock.left", "Count", 3).
func T(ctx context.Context, key string, params ...any) string {
	return ScopeOf(ctx).T(key, params...)
}

// T is the same for handlers, which hold a scope and no context.
func (s Scope) T(key string, params ...any) string {
	if s.Texts == nil {
		return "⟦" + key + "⟧"
	}
	if len(params) == 0 {
		return s.Texts.Text(s.Lang, key, nil)
	}
	named := make(map[string]any, len(params)/2)
	for i := 0; i+1 < len(params); i += 2 {
		name, _ := params[i].(string)
		named[name] = params[i+1]
	}
	return s.Texts.Text(s.Lang, key, named)
}

// Date writes the day of t in the language of s.
func (s Scope) Date(t time.Time) string { return wording.Date(s.Lang, t) }

// DateTime writes day and minute of t in the language of s.
func (s Scope) DateTime(t time.Time) string { return wording.DateTime(s.Lang, t) }

// Date writes the day of t in the language of the page.
func Date(ctx context.Context, t time.Time) string { return ScopeOf(ctx).Date(t) }

// DateTime writes day and minute of t in the language of the page.
func DateTime(ctx context.Context, t time.Time) string { return ScopeOf(ctx).DateTime(t) }

// asset is the address of a static file.
func asset(ctx context.Context, name string) string {
	if s := ScopeOf(ctx); s.Asset != nil {
		return s.Asset(name)
	}
	return "/static/" + name
}

func icon(ctx context.Context, name string) string {
	return asset(ctx, "lib/icons/icons.svg") + "#" + name
}
