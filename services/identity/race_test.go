package identity

import (
	"testing"

	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// A reset between the check of the old password and the opening of the session wins.
func TestResetDuringALoginWins(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		ctx, s := t.Context(), New(Config{DB: db, Argon: CheapArgon()})
		var id string
		err := db.Update(ctx, func(tx *database.Tx) (err error) {
			if err := PutUnit(tx, Unit{Code: "u1", Kind: KindDistrict, Name: "区", NameShort: "区", NameEn: "D", ValidFrom: "2016-01-01"}); err != nil {
				return err
			}
			id, err = s.PutPerson(tx, NewPerson{Login: "filler", Name: "甲", Unit: "u1", Password: "violet harbour 27"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c := Credentials{Login: "filler", Kind: Cookie, IP: "192.0.2.1"}
		g, err := s.reserve(ctx, c.Login, c.IP)
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.verify(ctx, "violet harbour 27", g.usableHash())
		if err != nil || !v.ok {
			t.Fatalf("verdict %+v, %v", v, err)
		}
		security := Actor{ID: "another", Roles: []workflows.Role{workflows.Security}}
		if _, err := s.ResetPassword(ctx, security, id); err != nil {
			t.Fatal(err)
		}
		_, err = s.open(ctx, g, c, proof{hash: g.person.PasswordHash})
		if !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("got %v, want the old password refused", err)
		}
		err = db.View(ctx, func(tx *database.Tx) error {
			if n, err := tx.Count("SELECT COUNT(*) FROM session"); err != nil || n != 0 {
				t.Errorf("%d sessions of the old password, %v", n, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
