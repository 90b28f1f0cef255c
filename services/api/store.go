package api

import (
	"context"
	"encoding/json"

	"clusterzone/services/database"
	"clusterzone/services/fault"
)

// usedKey is an idempotency key with the request it stands for.
type usedKey struct{ actor, key, digest string }

// secretAnswer stands for an answer that is never stored: it held a password.
const secretAnswer = `"secret"`

// reserve takes the key before the work. kept is the stored answer when the same request was
// carried out before. Conflict: the key stands for another request, for one whose outcome is
// not known (yet), or for one whose answer is told only once.
func (a *API) reserve(ctx context.Context, k usedKey) (kept string, err error) {
	err = a.DB.Update(ctx, func(tx *database.Tx) error {
		n, err := tx.Exec(`INSERT INTO idempotency (actor_id, idem_key, request_digest, response, created_at) VALUES (?, ?, ?, '', ?)
			ON CONFLICT (actor_id, idem_key) DO NOTHING`, k.actor, k.key, k.digest, tx.Now())
		if err != nil || n == 1 {
			return err
		}
		var row struct{ RequestDigest, Response string }
		if err := tx.One(&row, "SELECT request_digest, response FROM idempotency WHERE actor_id = ? AND idem_key = ?", k.actor, k.key); err != nil {
			return err
		}
		switch {
		case row.RequestDigest != k.digest:
			return fault.New(fault.Conflict, "idempotency_reused")
		case row.Response == "":
			return fault.New(fault.Conflict, "key_pending")
		case row.Response == secretAnswer:
			return fault.New(fault.Conflict, "key_secret")
		}
		kept = row.Response
		return nil
	})
	return kept, err
}

// settle keeps the answer, or gives the key back after a refusal. It does so even when the
// caller has gone: the work is done or not, whoever waits for it. After a failure of ours the
// key stays taken, because the work may have been done.
func (a *API) settle(ctx context.Context, k usedKey, s spec, out any, refused error) {
	if kind := fault.KindOf(refused); refused != nil && (kind == fault.Internal || kind == fault.Unavailable) {
		return
	}
	text, err := []byte(secretAnswer), error(nil)
	if !s.secret && refused == nil {
		text, err = json.Marshal(out)
	}
	if err == nil {
		err = a.DB.Update(context.WithoutCancel(ctx), func(tx *database.Tx) error {
			if refused != nil {
				_, err := tx.Exec("DELETE FROM idempotency WHERE actor_id = ? AND idem_key = ? AND response = ''", k.actor, k.key)
				return err
			}
			_, err := tx.Exec("UPDATE idempotency SET response = ? WHERE actor_id = ? AND idem_key = ?", string(text), k.actor, k.key)
			return err
		})
	}
	if err != nil {
		a.Log.WarnContext(ctx, "idempotency key not settled", "operation", s.id, "err", err)
	}
}

func recall[O any](kept string) (*O, error) {
	out := new(O)
	if err := json.Unmarshal([]byte(kept), out); err != nil {
		return nil, err
	}
	return out, nil
}
