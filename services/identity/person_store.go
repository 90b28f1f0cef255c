package identity

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

type personRow struct {
	ID, Login, Name, UnitCode string
	Email, Phone, Lang        string
	PasswordHash              string
	MustChange, Active        bool
	SuperiorID                *string
	Fields, Employer          string
	Demo                      bool
	TotpSecret                string
	CreatedAt, UpdatedAt      time.Time
	Version                   int64
}

// personView is a person with the unit; the roles are read apart.
type personView struct {
	ID, Login, Name              string
	UnitCode, UnitName, UnitKind string
	Email, Phone, Lang           string
	MustChange, Active, CanLogin bool
	SuperiorID                   *string
	Fields, Employer             string
	Demo                         bool
	TotpSecret                   string
	CreatedAt, UpdatedAt         time.Time
	Version                      int64
}

const selectPerson = `SELECT p.id, p.login, p.name, p.unit_code, u.name AS unit_name, u.kind AS unit_kind,
	p.email, p.phone, p.lang, p.must_change, p.active, p.password_hash <> '' AS can_login, p.superior_id, p.fields,
	p.employer, p.demo, p.totp_secret, p.created_at, p.updated_at, p.version
	FROM person p JOIN unit u ON u.code = p.unit_code `

func newRow(tx *database.Tx, login string, p Profile) personRow {
	r := personRow{ID: tx.ID(), Login: login, Name: p.Name, UnitCode: p.Unit, Email: p.Email, Phone: p.Phone, Lang: p.Lang,
		Active: true, Fields: encodeList(p.Fields), Employer: p.Employer, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1}
	if p.SuperiorID != "" {
		r.SuperiorID = &p.SuperiorID
	}
	return r
}

// insertPerson returns a field problem when the login is taken.
func insertPerson(tx *database.Tx, r personRow) (string, error) {
	err := tx.Insert("person", &r)
	if fault.Is(err, fault.Conflict) {
		return "", fault.BadField("login", "login_taken", "Login", r.Login)
	}
	return r.ID, err
}

func loadPerson(tx *database.Tx, id string) (Person, error) {
	var v personView
	if err := tx.One(&v, selectPerson+"WHERE p.id = ?", id); err != nil {
		return Person{}, err
	}
	people, err := withRoles(tx, []personView{v})
	if err != nil {
		return Person{}, err
	}
	return people[0], nil
}

// listPersons returns one person more than asked for, when there is one.
func listPersons(tx *database.Tx, f PersonFilter) ([]Person, error) {
	where, args := []string{"p.login > ?"}, []any{f.After}
	add := func(condition string, values ...any) { where, args = append(where, condition), append(args, values...) }
	if f.Search != "" {
		pattern := "%" + likeEscape(f.Search) + "%"
		add(`(p.login LIKE ? ESCAPE '\' OR LOWER(p.name) LIKE ? ESCAPE '\')`, pattern, pattern)
	}
	if f.Unit != "" {
		add("p.unit_code = ?", f.Unit)
	}
	if f.Role != "" {
		add("EXISTS (SELECT 1 FROM person_role r WHERE r.person_id = p.id AND r.role = ?)", string(f.Role))
	}
	if f.Active != nil {
		add("p.active = ?", *f.Active)
	}
	var rows []personView
	query := selectPerson + "WHERE " + strings.Join(where, " AND ") + " ORDER BY p.login LIMIT ?"
	if err := tx.Find(&rows, query, append(args, f.Limit+1)...); err != nil {
		return nil, err
	}
	return withRoles(tx, rows)
}

func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

func withRoles(tx *database.Tx, rows []personView) ([]Person, error) {
	people, ids := make([]Person, len(rows)), make([]string, len(rows))
	for i, v := range rows {
		ids[i] = v.ID
	}
	roles, err := rolesOf(tx, ids)
	if err != nil {
		return nil, err
	}
	for i, v := range rows {
		if people[i], err = v.person(roles[v.ID]); err != nil {
			return nil, err
		}
	}
	return people, nil
}

func rolesOf(tx *database.Tx, ids []string) (map[string][]workflows.Role, error) {
	out := map[string][]workflows.Role{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []struct{ PersonID, Role string }
	err := tx.Find(&rows, "SELECT person_id, role FROM person_role WHERE person_id IN ? ORDER BY person_id, role", ids)
	for _, r := range rows {
		out[r.PersonID] = append(out[r.PersonID], workflows.Role(r.Role))
	}
	return out, err
}

func (v personView) person(roles []workflows.Role) (Person, error) {
	fields, err := decodeList(v.Fields)
	if err != nil {
		return Person{}, fmt.Errorf("person %s: fields: %w", v.ID, err)
	}
	return Person{ID: v.ID, Login: v.Login, Name: v.Name, Unit: v.UnitCode, UnitName: v.UnitName, UnitKind: UnitKind(v.UnitKind),
		Email: v.Email, Phone: v.Phone, Lang: v.Lang, Roles: roles, Fields: fields, Employer: v.Employer, SuperiorID: deref(v.SuperiorID),
		Active: v.Active, MustChange: v.MustChange, CanLogin: v.CanLogin, SecondFactor: readFactor(v.TotpSecret).on(), Demo: v.Demo,
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, Version: v.Version}, nil
}

func updateProfile(tx *database.Tx, id string, version int64, p Profile) error {
	return tx.Must(`UPDATE person SET name = ?, unit_code = ?, email = ?, phone = ?, lang = ?, fields = ?, employer = ?,
		superior_id = NULLIF(?, ''), updated_at = ?, version = version + 1 WHERE id = ? AND version = ?`,
		p.Name, p.Unit, p.Email, p.Phone, p.Lang, encodeList(p.Fields), p.Employer, p.SuperiorID, tx.Now(), id, version)
}

// replaceRoles bumps the version first, which locks the row against another administrator.
func replaceRoles(tx *database.Tx, id string, version int64, roles []workflows.Role) error {
	err := tx.Must("UPDATE person SET updated_at = ?, version = version + 1 WHERE id = ? AND version = ?", tx.Now(), id, version)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM person_role WHERE person_id = ?", id); err != nil {
		return err
	}
	return insertRoles(tx, id, roles)
}

func insertRoles(tx *database.Tx, id string, roles []workflows.Role) error {
	for _, r := range slices.Compact(slices.Sorted(slices.Values(roles))) {
		if _, err := tx.Exec("INSERT INTO person_role (person_id, role) VALUES (?, ?)", id, string(r)); err != nil {
			return err
		}
	}
	return nil
}

func otherHolders(tx *database.Tx, role workflows.Role, id string) (int64, error) {
	return tx.Count(`SELECT COUNT(*) FROM person_role r JOIN person p ON p.id = r.person_id
		WHERE r.role = ? AND p.id <> ? AND p.active = TRUE AND p.password_hash <> ''`, string(role), id)
}

// holders counts whoever has a role, active or not.
func holders(tx *database.Tx, role workflows.Role) (int64, error) {
	return tx.Count("SELECT COUNT(*) FROM person_role WHERE role = ?", string(role))
}

func otherPersonExists(tx *database.Tx, id, than string) (bool, error) {
	n, err := tx.Count("SELECT COUNT(*) FROM person WHERE id = ? AND id <> ?", id, than)
	return n > 0, err
}

func storePassword(tx *database.Tx, id, hash string, mustChange bool) error {
	return tx.Must("UPDATE person SET password_hash = ?, must_change = ?, updated_at = ?, version = version + 1 WHERE id = ?",
		hash, mustChange, tx.Now(), id)
}

func storeActive(tx *database.Tx, id string, active bool) error {
	return tx.Must("UPDATE person SET active = ?, updated_at = ?, version = version + 1 WHERE id = ?", active, tx.Now(), id)
}

func storeLang(tx *database.Tx, id, lang string) error {
	return tx.Must("UPDATE person SET lang = ?, updated_at = ?, version = version + 1 WHERE id = ?", lang, tx.Now(), id)
}

func loadFactor(tx *database.Tx, id string) (stored string, err error) {
	err = tx.One(&stored, "SELECT totp_secret FROM person WHERE id = ?", id)
	return stored, err
}

func storeFactor(tx *database.Tx, id, factor string) error {
	return tx.Must("UPDATE person SET totp_secret = ?, updated_at = ?, version = version + 1 WHERE id = ?", factor, tx.Now(), id)
}

// replaceFactor is a Conflict when the factor is no longer the one that was read.
func replaceFactor(tx *database.Tx, id, was, now string) error {
	return tx.Must("UPDATE person SET totp_secret = ?, updated_at = ?, version = version + 1 WHERE id = ? AND totp_secret = ?",
		now, tx.Now(), id, was)
}

func encodeList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(list) // strings always encode
	return string(b)
}

func decodeList(s string) (list []string, err error) {
	err = json.Unmarshal([]byte(s), &list)
	return list, err
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
