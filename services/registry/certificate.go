package registry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/services/paper"
	"clusterzone/workflows"
)

const pdfType = "application/pdf"

// certificateRow is a certificate as stored.
type certificateRow struct {
	Number, ZoneID, CheckCode string
	Status                    string // issued, revoked, expired, superseded
	ObjectKey, ObjectVersion  string
	SHA256                    string `gorm:"column:sha256"`
	Size                      int64
	IssuedAt                  time.Time
	RenderedAt                *time.Time
}

const certificateColumns = "c.number, c.zone_id, c.check_code, c.status, c.object_key, c.object_version, c.sha256, c.size, c.issued_at, c.rendered_at"

// certificateDue is the payload of TopicCertificate.
type certificateDue struct {
	Number string `json:"number"`
}

// issue numbers a certificate and asks for it to be printed. Its check code cannot be guessed,
// so that holding it shows that one holds the paper.
func (s *Service) issue(tx *database.Tx, z loaded) error {
	year := workflows.DateOf(tx.Now()).Year
	n, err := tx.Next(fmt.Sprintf("certificate/%d", year))
	if err != nil {
		return err
	}
	c := certificateRow{Number: fmt.Sprintf("渝战新服证〔%d〕第%03d号", year, n), ZoneID: z.ID, CheckCode: rand.Text(), Status: "issued", IssuedAt: tx.Now()}
	if err := tx.Insert("certificate", &c); err != nil {
		return err
	}
	return outbox.Put(tx, outbox.Item{Key: "certificate/" + c.CheckCode, Topic: TopicCertificate, Kind: workflows.Zone.Kind, CaseID: z.ID,
		Payload: certificateDue{c.Number}})
}

// closeCertificates takes the issued certificates of a zone out of force.
func closeCertificates(status string) func(*database.Tx, loaded) error {
	return func(tx *database.Tx, z loaded) error {
		_, err := tx.Exec("UPDATE certificate SET status = ? WHERE zone_id = ? AND status = 'issued'", status, z.ID)
		return err
	}
}

// RenderCertificate prints the certificate that a row of TopicCertificate asks for, stores it
// and returns what records it. The same zone gives the same bytes under the same key, so that
// a second run finds the first one's object; one that is recorded, or no longer in force, is
// left alone. Characters that cannot be printed are Invalid: no repetition mends them.
func (s *Service) RenderCertificate(ctx context.Context, row outbox.Row) (finish func(tx *database.Tx) error, err error) {
	var due certificateDue
	if err := json.Unmarshal([]byte(row.Payload), &due); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	var c certificateRow
	var data paper.CertificateData
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		if err := tx.One(&c, "SELECT "+certificateColumns+" FROM certificate c WHERE c.number = ?", due.Number); err != nil {
			return err
		}
		data, err = s.certificateData(tx, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", due.Number, err)
	}
	if c.RenderedAt != nil || c.Status != "issued" {
		return nil, nil
	}
	if finish, err = s.print(ctx, c, data); err != nil {
		return nil, fmt.Errorf("certificate %s: %w", due.Number, err)
	}
	return finish, nil
}

func (s *Service) print(ctx context.Context, c certificateRow, data paper.CertificateData) (func(tx *database.Tx) error, error) {
	body, err := s.Paper.Certificate(data)
	var glyphs *paper.MissingGlyphError
	if errors.As(err, &glyphs) {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "zone.certificate_glyph", Params: map[string]string{"Where": glyphs.Where, "Characters": string(glyphs.Runes)}, Err: err}
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	info, err := objects.Keep(ctx, s.Objects, "certificates/"+c.ZoneID+"/"+digest+".pdf", body, pdfType)
	if err != nil {
		return nil, err
	}
	return func(tx *database.Tx) error {
		n, err := tx.Exec(`UPDATE certificate SET object_key = ?, object_version = ?, sha256 = ?, size = ?, rendered_at = ?
			WHERE number = ? AND rendered_at IS NULL`, info.Key, info.Version, digest, int64(len(body)), tx.Now(), c.Number)
		if err != nil || n == 0 {
			return err
		}
		return casework.Record(tx, identity.SystemActor(), "zone.certificate", refOf(c.ZoneID), map[string]any{"number": c.Number, "sha256": digest})
	}, nil
}

// certificateData is everything the paper says, from what is stored and never from the clock.
func (s *Service) certificateData(tx *database.Tx, c certificateRow) (paper.CertificateData, error) {
	z, err := s.load(tx, identity.SystemActor(), c.ZoneID)
	if err != nil {
		return paper.CertificateData{}, err
	}
	unit, err := identity.UnitByCode(tx, z.UnitCode)
	if err != nil {
		return paper.CertificateData{}, err
	}
	issuers, err := identity.Units(tx, identity.KindCommission)
	if err != nil {
		return paper.CertificateData{}, err
	}
	if len(issuers) == 0 {
		return paper.CertificateData{}, errors.New("no unit of kind commission issues certificates: add it to the units")
	}
	var sectors []string
	for _, code := range z.sectors() {
		if sector, ok := s.Book.Sector(code); ok {
			sectors = append(sectors, sector.Name.ZH)
		}
	}
	return paper.CertificateData{Number: c.Number, Zone: z.Name, Unit: unit.Name, Body: z.BodyName, Sectors: sectors, Area: areaWords(z.AreaM2),
		ValidFrom: dateWords(z.ValidFrom), ValidTo: dateWords(z.ValidTo), DocumentNumber: z.DocumentNumber, DocumentDate: dateWords(z.DecidedOn),
		Issuer: issuers[0].Name, IssueDate: dateWords(workflows.DateOf(c.IssuedAt).String()), CheckURL: s.PublicURL + "/certificates/" + c.CheckCode,
		Issued: c.IssuedAt, Demo: z.Demo}, nil
}

// dateWords writes 2026-03-01 as 2026年3月1日.
func dateWords(text string) string {
	d, err := workflows.ParseDate(text)
	if err != nil {
		return text
	}
	return fmt.Sprintf("%d年%d月%d日", d.Year, int(d.Month), d.Day)
}

// areaWords writes square metres as 12.50 平方公里, halves rounded up.
func areaWords(m2 int64) string {
	hundredths := (m2 + 5_000) / 10_000
	return fmt.Sprintf("%d.%02d 平方公里", hundredths/100, hundredths%100)
}

// Certificate opens the newest printed certificate of a zone for those who may see the zone;
// one that is no longer in force opens only for the commission side. Before it is printed it
// is Unavailable. The reader reads as long as ctx is not done and must be closed.
func (s *Service) Certificate(ctx context.Context, a identity.Actor, zoneID string) (r io.ReadSeekCloser, name string, size int64, err error) {
	var c certificateRow
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		z, err := s.load(tx, a, zoneID)
		if err != nil {
			return err
		}
		err = tx.One(&c, "SELECT "+certificateColumns+` FROM certificate c WHERE c.zone_id = ?
			ORDER BY CASE WHEN c.status = 'issued' THEN 0 ELSE 1 END, c.issued_at DESC, c.number LIMIT 1`, z.ID)
		if err == nil && c.Status != "issued" && !a.ReadsAll() {
			return fault.Missing()
		}
		return err
	})
	if err != nil {
		return nil, "", 0, err
	}
	if c.RenderedAt == nil {
		return nil, "", 0, fault.New(fault.Unavailable, "zone.certificate_pending")
	}
	r, info, err := s.Objects.Open(ctx, c.ObjectKey, c.ObjectVersion)
	switch {
	case errors.Is(err, objects.ErrUnavailable):
		return nil, "", 0, &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: err}
	case err != nil:
		return nil, "", 0, fmt.Errorf("certificate %s: %w", c.Number, err)
	}
	return r, c.Number + ".pdf", info.Size, nil
}

// PublicCertificate is what anybody learns who holds the number or the code of a certificate.
type PublicCertificate struct {
	Number   string
	State    string // issued, revoked, expired, superseded
	IssuedOn workflows.Date
	Zone     PublicZone
	ByCode   bool // asked by the code on the paper, not by the number that anybody may know
}

// CheckCertificate tells whether a certificate is genuine and in force. It takes the number or
// the check code; anything else is NotFound.
func (s *Service) CheckCertificate(ctx context.Context, numberOrCode string) (out PublicCertificate, err error) {
	asked := paper.TypedNumber(numberOrCode)
	if asked == "" || len(asked) > 100 || !readable(asked) {
		return out, fault.Missing()
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		var c certificateRow
		err := tx.One(&c, "SELECT "+certificateColumns+" FROM certificate c WHERE c.number = ? OR c.check_code = ?", asked, strings.ToUpper(asked))
		if err != nil {
			return err
		}
		out = PublicCertificate{Number: c.Number, State: c.Status, IssuedOn: workflows.DateOf(c.IssuedAt), ByCode: c.Number != asked}
		out.Zone, err = s.publicZone(tx, c.ZoneID)
		if err == nil && c.Status == "issued" && workflows.DateOf(tx.Now()).String() > out.Zone.ValidTo {
			out.State = "expired" // the clock has ended, whether or not the system has acted yet
		}
		return err
	})
	return out, err
}
