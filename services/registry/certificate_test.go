package registry_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

// render handles the certificate row of a zone as a worker does, and records it when asked.
func (w *world) render(zone string, record bool) {
	w.t.Helper()
	var row outbox.Row
	w.update(func(tx *database.Tx) error {
		var id string
		if err := tx.One(&id, "SELECT id FROM outbox WHERE topic = 'certificate' AND case_id = ? ORDER BY id DESC LIMIT 1", zone); err != nil {
			return err
		}
		var err error
		row, err = outbox.Load(tx, id)
		return err
	})
	finish, err := w.s.RenderCertificate(w.t.Context(), row)
	if err != nil {
		w.t.Fatal(err)
	}
	if finish != nil && record {
		w.update(finish)
	}
}

func (w *world) stored() (n int) {
	w.t.Helper()
	err := w.disk.List(w.t.Context(), "certificates/", func(objects.Info) error { n++; return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestCertificateIsPrintedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, _, _, err := w.s.Certificate(t.Context(), leader, w.a)
		wantKind(t, err, fault.Unavailable)
		w.render(w.a, false) // a crash between the store and the record
		w.render(w.a, true)
		w.render(w.a, true)
		if n := w.stored(); n != 1 {
			t.Errorf("got %d stored objects, want 1", n)
		}
		r, name, size, err := w.s.Certificate(t.Context(), leader, w.a)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil || r.Close() != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body)
		v := w.view(w.a)
		if int64(len(body)) != size || hex.EncodeToString(sum[:]) != v.Certificates[0].SHA256 || !bytes.HasPrefix(body, []byte("%PDF-")) {
			t.Errorf("got %d bytes of %d, digest %x, want %s", len(body), size, sum, v.Certificates[0].SHA256)
		}
		if name != "渝战新服证〔2026〕第001号.pdf" || !v.Certificates[0].Printed {
			t.Errorf("got name %q, printed %v", name, v.Certificates[0].Printed)
		}
		_, _, _, err = w.s.Certificate(t.Context(), other, w.a)
		wantKind(t, err, fault.NotFound)
	})
}

func TestCertificateCheck(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.view(w.a).Certificates[0]
		if len(c.CheckCode) < 26 || c.CheckCode == w.view(w.b).Certificates[0].CheckCode {
			t.Errorf("check code %q can be guessed", c.CheckCode)
		}
		for _, asked := range []string{c.Number, c.CheckCode, " " + strings.ToLower(c.CheckCode) + " ", "渝战新服证[2026]第001号", "渝战新服证(2026) 第001号"} {
			got, err := w.s.CheckCertificate(t.Context(), asked)
			if err != nil || got.Number != c.Number || got.State != "issued" || got.Zone.ID != w.a {
				t.Errorf("%q: got %+v, %v", asked, got, err)
			}
		}
		for _, asked := range []string{"", "渝战新服证〔2026〕第999号", "%", c.CheckCode[:20], strings.Repeat("A", 1000), "a\x00b"} {
			_, err := w.s.CheckCertificate(t.Context(), asked)
			wantKind(t, err, fault.NotFound)
		}
		w.evaluated(w.a, 2026, "unqualified")
		w.update(func(tx *database.Tx) error { return w.s.ProposeRevocation(tx, w.a, "整改未通过") })
		w.must(leader, w.a, "state", "没有其他意见")
		w.must(director, w.a, "revoke", "整改未通过,撤销认定")
		if got, err := w.s.CheckCertificate(t.Context(), c.CheckCode); err != nil || got.State != "revoked" || got.Zone.State != "revoked" {
			t.Errorf("after revocation: got %+v, %v", got, err)
		}
		w.render(w.a, true)
		if w.stored() != 0 {
			t.Error("a revoked certificate was printed")
		}
		_, _, _, err := w.s.Certificate(t.Context(), leader, w.a)
		wantKind(t, err, fault.NotFound)
	})
}

func TestCertificateWithAnUnprintableName(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.establish(w.grant("丙示例\U000E0001区"))
		var row outbox.Row
		w.update(func(tx *database.Tx) error {
			return tx.One(&row, "SELECT id, payload FROM outbox WHERE topic = 'certificate' AND case_id = ?", id)
		})
		_, err := w.s.RenderCertificate(t.Context(), row)
		wantKind(t, err, fault.Invalid)
	})
}

// TestHistoryIsComplete holds the fold of the history against the state (invariant I2).
func TestHistoryIsComplete(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.evaluated(w.a, 2026, "unqualified")
		w.must(officer, w.a, "propose_revocation", "年度考评不合格")
		w.must(director, w.a, "keep", "情况已经改善")
		v := w.view(w.a)
		state := workflows.State("")
		for i, e := range v.History {
			if e.From != state || e.Seq != int64(i+1) {
				t.Errorf("step %d: from %q after %q, seq %d", i, e.From, state, e.Seq)
			}
			state = e.To
		}
		if state != v.State {
			t.Errorf("the history ends in %s, the zone is %s", state, v.State)
		}
		if mine, err := w.s.View(t.Context(), identity.Actor{ID: "st", Roles: []workflows.Role{workflows.Statistics}}, w.a); err != nil || len(mine.History) != 0 || len(mine.Certificates) != 0 {
			t.Errorf("statistics sees the course of the case: %v", err)
		}
	})
}
