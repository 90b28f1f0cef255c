package casework

import (
	"fmt"
	"time"

	"clusterzone/services/database"
)

// KeepKeys is how long an idempotency key answers again; clients are done repeating by then.
const KeepKeys = 7 * 24 * time.Hour

// SweepKeys forgets idempotency keys older than KeepKeys, and says how many.
func SweepKeys(tx *database.Tx) (int64, error) {
	n, err := tx.Exec("DELETE FROM idempotency WHERE created_at < ?", tx.Now().Add(-KeepKeys))
	if err != nil {
		return 0, fmt.Errorf("sweep idempotency keys: %w", err)
	}
	return n, nil
}
