// Package agenda publishes a person's due dates to their own calendar programme: one private
// feed each, at an address nobody can guess, made, renewed and revoked by its owner. It owns
// the table calendar_feed, which holds only the digest of the address. A feed says the number
// of a case, the step, the day and the way to it, and nothing of what the case contains.
package agenda

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Config of the feeds; every field but PerMinute is required.
type Config struct {
	DB        *database.DB
	Desks     func() []casework.Desk
	PublicURL string                                               // where people reach the product
	Text      func(lang, key string, params map[string]any) string // the message catalogue
	PerMinute int                                                  // requests from one address; 0 = 120
}

// Feeds makes and reads the feeds.
type Feeds struct {
	Config
	host  string
	limit *limiter
}

// New checks the public URL, because every event carries it.
func New(c Config) (*Feeds, error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("public URL %q: want https://host", c.PublicURL)
	}
	if c.PerMinute == 0 {
		c.PerMinute = 120
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	return &Feeds{Config: c, host: strings.Trim(u.Hostname(), "[]"), limit: newLimiter(c.PerMinute)}, nil
}

// Feed is what its owner may know of a feed after it has been made.
type Feed struct {
	CreatedAt time.Time
	ReadAt    *time.Time // last fetched, to the hour
}

// Path is where a feed stands; the token comes from Renew alone.
func Path(token string) string { return "/calendar/feed/" + token + ".ics" }

// Of returns the actor's feed; ok is false where there is none.
func (f *Feeds) Of(ctx context.Context, a identity.Actor) (feed Feed, ok bool, err error) {
	err = f.DB.View(ctx, func(tx *database.Tx) error {
		feed, err = load(tx, a.ID)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Feed{}, false, nil
	}
	return feed, err == nil, err
}

// Renew makes the actor's feed, or gives it a new address; the old one is gone at once. The
// token is told here and never again.
func (f *Feeds) Renew(ctx context.Context, a identity.Actor) (token string, err error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails; it ends the programme instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	err = f.DB.Update(ctx, func(tx *database.Tx) error {
		if err := put(tx, a.ID, digest(token)); err != nil {
			return err
		}
		return casework.Record(tx, a, "calendar_feed.renew", casework.Ref{Kind: "person", ID: a.ID}, map[string]any{})
	})
	if err != nil {
		return "", fmt.Errorf("calendar feed: %w", err)
	}
	return token, nil
}

// Revoke ends the actor's feed; without one it does nothing.
func (f *Feeds) Revoke(ctx context.Context, a identity.Actor) error {
	err := f.DB.Update(ctx, func(tx *database.Tx) error {
		n, err := remove(tx, a.ID)
		if err != nil || n == 0 {
			return err
		}
		return casework.Record(tx, a, "calendar_feed.revoke", casework.Ref{Kind: "person", ID: a.ID}, map[string]any{})
	})
	if err != nil {
		return fmt.Errorf("calendar feed: %w", err)
	}
	return nil
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// tokenLength is that of 32 bytes in unpadded base64.
const tokenLength = 43

// Read returns the calendar behind a token, with what its owner has to do at this moment.
// Errors: NotFound for a token that is unknown, revoked, renewed, or whose owner is no longer
// active, all alike; RateLimited for too many requests from one address, whatever they ask for.
func (f *Feeds) Read(ctx context.Context, token, address string) ([]byte, error) {
	if !f.limit.allow(address, f.DB.Now()) {
		return nil, fault.New(fault.RateLimited, "rate_limited")
	}
	if len(token) != tokenLength {
		return nil, fault.Missing()
	}
	var out []byte
	var stale bool
	var owner string
	err := f.DB.View(ctx, func(tx *database.Tx) (err error) {
		if owner, stale, err = ownerOf(tx, digest(token)); err != nil {
			return err
		}
		out, err = f.write(tx, owner)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, fault.Missing()
	}
	if err == nil && stale {
		err = f.DB.Update(ctx, func(tx *database.Tx) error { return touch(tx, owner) })
	}
	if err != nil {
		return nil, errors.Join(errors.New("calendar feed"), err)
	}
	return out, nil
}

func (f *Feeds) write(tx *database.Tx, owner string) ([]byte, error) {
	a, err := identity.ActorOf(tx, owner)
	if err != nil {
		return nil, err
	}
	page, err := casework.Work(tx, f.Desks(), a, casework.WorkQuery{Tab: casework.TabTodo, Limit: 500})
	if err != nil {
		return nil, err
	}
	c := calendar{name: f.Text(a.Lang, "feed.name", nil)}
	for _, w := range page.Items {
		due, err := workflows.ParseDate(w.DueOn)
		if err != nil {
			continue // no clock runs
		}
		c.events = append(c.events, f.event(a.Lang, w, due))
	}
	return c.bytes(), nil
}

func (f *Feeds) event(lang string, w casework.WorkItem, due workflows.Date) event {
	p := map[string]any{"Number": w.Number, "Step": casework.ClockLabel(w.Clock).In(lang)}
	key := "feed.event"
	if w.Provisional {
		key = "feed.event.provisional"
	}
	return event{uid: w.Deadline + "@" + f.host, stamp: w.UpdatedAt, sequence: w.Version, day: due, summary: f.Text(lang, key, p),
		link: f.PublicURL + casework.Path(w.Kind, w.ID), tentative: w.Provisional}
}
