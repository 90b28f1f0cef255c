package notice

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// ObjectorKind says who objects.
type ObjectorKind string

// A unit objects with its seal, an individual with the real name (公示惯例).
const (
	ByUnit       ObjectorKind = "unit"
	ByIndividual ObjectorKind = "individual"
)

// Objection is what somebody writes against a running notice.
type Objection struct {
	NoticeID     string
	ObjectorKind ObjectorKind
	Name         string // of the unit, or the person's real name
	Contact      string // a telephone number or a mail address
	Body         string // what is objected to, and the grounds
	Draft        string // token of the draft that holds the evidence; empty: there is none
}

// The bounds of the form, in characters, and how often one address may file.
const (
	minName, maxName         = 2, 60
	minObjection             = 20
	maxObjection             = 5000
	maxContact               = 100
	filingsPerAddress        = 5
	filingsWithin            = time.Hour
	actionFile               = workflows.Action("file")
	receiptAlphabet          = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
	receiptSecret, maxNumber = 8, 60
)

// File takes an objection to a running notice, from its first to its last day in Shanghai, and
// returns the receipt's number, which with the contact lets the objector follow it (Track).
// What the draft holds is attached in the same transaction; filing a draft again answers the
// same receipt. Errors: Invalid names the fields; NotFound an unknown notice; Blocked
// notice_running; at most five filings an hour from one address are taken, then RateLimited.
func (s *Service) File(ctx context.Context, a identity.Actor, o Objection, key string) (out casework.Outcome, receipt string, err error) {
	o = o.tidy()
	if problems := o.problems(); len(problems) > 0 {
		return out, "", fault.Bad(problems...)
	}
	if o.Draft != "" {
		out, err = s.fileDraft(ctx, a, o, key)
		return out, out.Number, err
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out, err = casework.Once(tx, keyOwner(a), key, digestOf("file", o), func() (casework.Outcome, error) { return s.file(tx, a, o, evidence{}) })
		return err
	})
	return out, out.Number, err
}

// evidence is what comes with an objection: the draft it waits for, and how many files lie in
// each place. The zero value is an objection in words alone.
type evidence struct {
	draft string
	slots map[string]int
}

// fileDraft files the objection that a draft was made for. The draft is its own key, so that
// sending the form twice files once.
func (s *Service) fileDraft(ctx context.Context, a identity.Actor, o Objection, key string) (out casework.Outcome, err error) {
	d, err := s.DraftOf(ctx, a, o.NoticeID, o.Draft)
	if fault.Is(err, fault.NotFound) {
		return out, fault.BadField("draft", "objection_draft")
	}
	if err != nil {
		return out, err
	}
	if key == "" {
		key = "objection-draft/" + d.id
	}
	err = s.Files.Together(ctx, d.Objector, d.Ref, func(tx *database.Tx, slots map[string]int) error {
		out, err = casework.Once(tx, keyOwner(a), key, digestOf("file", o), func() (casework.Outcome, error) {
			return s.file(tx, a, o, evidence{draft: d.id, slots: slots})
		})
		return err
	})
	return out, err
}

// keyOwner keeps the idempotency keys of outsiders apart, who all act as one public.
func keyOwner(a identity.Actor) string {
	if a.Has(workflows.Public) {
		return a.ID + "/" + a.IP
	}
	return a.ID
}

func (s *Service) file(tx *database.Tx, a identity.Actor, o Objection, e evidence) (casework.Outcome, error) {
	n, err := begun(tx, o.NoticeID)
	if err != nil {
		return casework.Outcome{}, err
	}
	if err := allow(tx, a.IP); err != nil {
		return casework.Outcome{}, err
	}
	sub, err := s.subject(tx, n.ref())
	if err != nil {
		return casework.Outcome{}, err
	}
	rules, err := s.Book.RuleSet(tx, sub.RuleSetID)
	if err != nil {
		return casework.Outcome{}, err
	}
	doubts := o.doubts(rules.Decision, e.slots)
	facts := map[workflows.Fact]bool{workflows.NoticeRunning: n.phase(tx.Now()) == Current && sub.NoticeState, workflows.RealIdentity: len(doubts) == 0}
	r, err := o.row(tx, n, e.draft)
	if err != nil {
		return casework.Outcome{}, err
	}
	c := loaded{objection: r, notice: n, subject: sub}.kase()
	c.State, c.Version = "", 0
	out, err := s.Engine.Apply(tx, casework.Step{Case: c, Action: actionFile, Actor: a, Facts: facts,
		Detail: map[string]any{"notice": n.Number, "objector_kind": o.ObjectorKind, "files": e.slots},
		Insert: func(tx *database.Tx, state workflows.State) error {
			r.Status = string(state)
			return tx.Insert("objection", &r)
		}})
	if err == nil && e.draft != "" {
		err = tx.Must("UPDATE objection_draft SET filed_at = ? WHERE id = ? AND filed_at IS NULL", tx.Now(), e.draft)
	}
	return out, explain(err, doubts)
}

// explain turns a doubt about the identity into fields to mend.
func explain(err error, doubts []fault.Field) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Blocked && slices.Equal(f.Facts, []workflows.Fact{workflows.RealIdentity}) {
		return &fault.Error{Kind: fault.Invalid, Code: "invalid", Fields: doubts, Facts: f.Facts, Case: f.Case, Err: err}
	}
	return err
}

// allow takes one filing at a time from an address, and refuses one too many.
func allow(tx *database.Tx, ip string) error {
	if ip == "" {
		return nil
	}
	if err := tx.Lock("objections-from/" + ip); err != nil {
		return err
	}
	return filingsLeft(tx, ip)
}

// filingsLeft counts what the audit log knows of an address; it holds over restarts and replicas.
func filingsLeft(tx *database.Tx, ip string) error {
	n, err := tx.Count("SELECT count(*) FROM audit_entry WHERE object_kind = 'objection' AND action = 'objection.file' AND ip = ? AND at > ?",
		ip, tx.Now().Add(-filingsWithin))
	if err != nil {
		return fmt.Errorf("filings of an address: %w", err)
	}
	if n >= filingsPerAddress {
		return fault.New(fault.RateLimited, "objection_rate")
	}
	return nil
}

func (o Objection) tidy() Objection {
	o.Name, o.Contact, o.Body = strings.TrimSpace(o.Name), strings.TrimSpace(o.Contact), strings.TrimSpace(o.Body)
	return o
}

func (o Objection) problems() []fault.Field {
	var out []fault.Field
	if o.NoticeID == "" {
		out = append(out, fault.Field{Path: "notice_id", Code: "required"})
	}
	switch o.ObjectorKind {
	case ByUnit, ByIndividual:
	case "":
		out = append(out, fault.Field{Path: "objector_kind", Code: "required"})
	default:
		out = append(out, fault.Field{Path: "objector_kind", Code: "unknown"})
	}
	name := text("name", o.Name, minName, maxName)
	if len(name) == 0 && strings.ContainsAny(o.Name, "\r\n\t") {
		name = []fault.Field{{Path: "name", Code: "not_text"}}
	}
	contact := text("contact", o.Contact, 1, maxContact)
	if len(contact) == 0 && !reachable(o.Contact) {
		contact = []fault.Field{{Path: "contact", Code: "objection_contact"}}
	}
	return slices.Concat(out, name, contact, text("body", o.Body, minObjection, maxObjection))
}

// doubts lists what speaks against the identity as the rule set asks for it.
func (o Objection) doubts(rules policy.Decision, files map[string]int) []fault.Field {
	switch {
	case o.ObjectorKind == ByUnit && rules.UnitSeal.Value && files[SlotLetter] == 0:
		return []fault.Field{{Path: SlotLetter, Code: "objection_seal"}}
	case o.ObjectorKind == ByIndividual && rules.RealName.Value && !realName(o.Name):
		return []fault.Field{{Path: "name", Code: "objection_real_name"}}
	}
	return nil
}

// realName refuses what no person is called: figures, signs, and words for nobody.
func realName(name string) bool {
	for _, nobody := range []string{"匿名", "佚名", "无名", "某某", "群众", "市民", "网友", "anonymous", "unknown"} {
		if strings.Contains(strings.ToLower(name), nobody) {
			return false
		}
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(" ·•.'-", r) })
}

// reachable reports whether a contact can be called or written to: a mainland mobile or
// landline number, another country's number, or a mail address.
func reachable(contact string) bool {
	if strings.Contains(contact, "@") {
		at, err := mail.ParseAddress(contact)
		return err == nil && at.Address == contact && strings.Contains(contact[strings.LastIndex(contact, "@"):], ".")
	}
	ok, err := regexp.MatchString(`^((\+?86)?1[3-9]\d{9}|(\+?86)?0\d{2,3}\d{7,8}|\+\d{8,15})$`, plainContact(contact))
	return err == nil && ok
}

// plainContact is a contact without what people write differently each time.
func plainContact(contact string) string {
	if strings.Contains(contact, "@") {
		return strings.ToLower(strings.TrimSpace(contact))
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-–—()()", r) {
			return -1
		}
		return r
	}, contact)
}

// row makes the stored form with its number: a serial for the file, and a part nobody can
// guess, because the number opens the public trace.
func (o Objection) row(tx *database.Tx, n row, id string) (objection, error) {
	year := workflows.DateOf(tx.Now()).Year
	serial, err := tx.Next(fmt.Sprintf("objection/%d", year))
	if err != nil {
		return objection{}, err
	}
	if id == "" {
		id = tx.ID()
	}
	return objection{ID: id, Number: fmt.Sprintf("YY-%d-%04d-%s", year, serial, secret()), NoticeID: n.ID, SubjectKind: n.SubjectKind, SubjectID: n.SubjectID,
		Version: 1, ObjectorKind: string(o.ObjectorKind), ObjectorName: o.Name, Contact: o.Contact, Body: o.Body, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}, nil
}

func secret() string {
	raw := make([]byte, receiptSecret)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	for i := range raw {
		raw[i] = receiptAlphabet[int(raw[i])%len(receiptAlphabet)]
	}
	return string(raw)
}

// Tracked is what an objector may follow with the receipt.
type Tracked struct {
	Number       string
	NoticeNumber string
	NoticeTitle  string
	State        workflows.Label // the public label of the state
	Closed       bool
	FiledAt      time.Time
	UpdatedAt    time.Time
}

// Track tells the public state of an objection to whoever knows the receipt's number and the
// contact it was filed with. Anything else is NotFound, whichever of the two is wrong.
func (s *Service) Track(ctx context.Context, number, contact string) (out Tracked, err error) {
	number = strings.ToUpper(strings.Join(strings.Fields(number), ""))
	if number == "" || len(number) > maxNumber || len(contact) > 4*maxContact {
		return out, fault.Missing()
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		var o objection
		if err := tx.One(&o, "SELECT "+objectionColumns+" FROM objection o WHERE o.number = ?", number); err != nil {
			return err
		}
		given, filed := sha256.Sum256([]byte(plainContact(contact))), sha256.Sum256([]byte(plainContact(o.Contact)))
		if subtle.ConstantTimeCompare(given[:], filed[:]) != 1 {
			return fault.Missing()
		}
		n, err := noticeOf(tx, o)
		if err != nil {
			return err
		}
		state, _ := workflows.Objection.State(workflows.State(o.Status))
		out = Tracked{Number: o.Number, NoticeNumber: n.Number, NoticeTitle: n.Title, State: state.Public, Closed: state.Final, FiledAt: o.CreatedAt, UpdatedAt: o.UpdatedAt}
		return nil
	})
	return out, err
}

// digestOf tells two requests apart that came with one idempotency key.
func digestOf(parts ...any) string {
	text, _ := json.Marshal(parts) // plain texts only
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
