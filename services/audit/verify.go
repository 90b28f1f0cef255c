package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"time"

	"clusterzone/services/database"
)

// Report is the result of a check of the chain.
type Report struct {
	Entries  int64
	Head     string
	Problems []string // in words for operators; empty: the chain is whole
}

// Verify walks the whole chain and every signed checkpoint. It finds an edited, deleted,
// inserted, reordered or swapped entry, and a cut tail behind the newest checkpoint.
func Verify(tx *database.Tx, key ed25519.PublicKey) (Report, error) {
	rep := Report{Head: Genesis}
	heads := map[int64]string{0: Genesis}
	for {
		var rows []row
		err := tx.Find(&rows, `SELECT seq, at, actor_id, actor_name, actor_unit, action, object_kind, object_id, detail, request_id, ip, prev_hash, hash
			FROM audit_entry WHERE seq > ? ORDER BY seq LIMIT 1000`, rep.Entries)
		if err != nil {
			return rep, fmt.Errorf("audit verify: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			rep.check(r)
			heads[r.Seq] = r.Hash
		}
	}
	return rep, rep.checkpoints(tx, key, heads)
}

func (rep *Report) check(r row) {
	if r.Seq != rep.Entries+1 {
		rep.Problems = append(rep.Problems, fmt.Sprintf("entry %d follows %d", r.Seq, rep.Entries))
	}
	if r.PrevHash != rep.Head {
		rep.Problems = append(rep.Problems, fmt.Sprintf("entry %d does not continue the chain", r.Seq))
	}
	if r.digest() != r.Hash {
		rep.Problems = append(rep.Problems, fmt.Sprintf("entry %d was changed", r.Seq))
	}
	rep.Entries, rep.Head = r.Seq, r.Hash
}

type checkpoint struct {
	Seq             int64
	Hash, Signature string
	At              time.Time
}

func (c checkpoint) message() []byte {
	return fmt.Appendf(nil, "clusterzone-audit:%d:%s", c.Seq, c.Hash)
}

func (rep *Report) checkpoints(tx *database.Tx, key ed25519.PublicKey, heads map[int64]string) error {
	var points []checkpoint
	if err := tx.Find(&points, "SELECT seq, hash, signature, at FROM audit_checkpoint ORDER BY seq"); err != nil {
		return fmt.Errorf("audit verify: %w", err)
	}
	for _, c := range points {
		rep.Problems = append(rep.Problems, c.problems(key, heads)...)
	}
	return nil
}

func (c checkpoint) problems(key ed25519.PublicKey, heads map[int64]string) (out []string) {
	sig, err := base64.StdEncoding.DecodeString(c.Signature)
	if key != nil && (err != nil || !ed25519.Verify(key, c.message(), sig)) {
		out = append(out, fmt.Sprintf("checkpoint %d is not signed by this installation", c.Seq))
	}
	if heads[c.Seq] != c.Hash {
		out = append(out, fmt.Sprintf("checkpoint %d does not match the chain", c.Seq))
	}
	return out
}

// Checkpoint signs the present head of the chain and stores it; it returns the line that an
// operator keeps outside the database, so that even a rewritten database is found out.
func Checkpoint(tx *database.Tx, key ed25519.PrivateKey) (string, error) {
	var heads []row
	if err := tx.Find(&heads, "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1"); err != nil {
		return "", fmt.Errorf("audit checkpoint: %w", err)
	}
	if len(heads) == 0 {
		return "", nil
	}
	c := checkpoint{Seq: heads[0].Seq, Hash: heads[0].Hash, At: tx.Now()}
	c.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, c.message()))
	_, err := tx.Exec("INSERT INTO audit_checkpoint (seq, hash, signature, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		c.Seq, c.Hash, c.Signature, c.At)
	if err != nil {
		return "", fmt.Errorf("audit checkpoint: %w", err)
	}
	return fmt.Sprintf("%s %s", c.message(), c.Signature), nil
}
