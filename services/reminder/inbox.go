package reminder

import (
	"encoding/json"
	"fmt"
	"time"

	"clusterzone/services/database"
	"clusterzone/workflows"
)

// Message is one line of a person's inbox, in the reader's language.
type Message struct {
	ID        string
	Code      string // which notice, for an icon
	Title     string
	Body      string
	Kind      workflows.Kind
	CaseID    string
	Link      string // the path of the case
	CreatedAt time.Time
	ReadAt    *time.Time
}

// ListQuery asks for one page of a person's own inbox.
type ListQuery struct {
	PersonID   string
	Lang       string // "zh-CN" or "en"
	UnreadOnly bool
	Kind       workflows.Kind // only about this kind of case; empty: all
	After      string         // the cursor of the page before; empty: the newest
	Limit      int            // 1 to 100; 0 = 20
}

// List returns messages, the newest first, and the cursor of the next page, empty at the end.
// Messages about a case from which the person is recused are not there any more.
func (r *Reminder) List(tx *database.Tx, q ListQuery) (page []Message, next string, err error) {
	limit := 20
	if q.Limit > 0 {
		limit = min(q.Limit, 100)
	}
	rows, err := findMessages(tx, q, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("inbox of %s: %w", q.PersonID, err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	for _, row := range rows {
		m, err := r.message(row, q.Lang)
		if err != nil {
			return nil, "", fmt.Errorf("message %s: %w", row.ID, err)
		}
		page = append(page, m)
	}
	return page, next, nil
}

func (r *Reminder) message(row messageRow, lang string) (Message, error) {
	var params map[string]string
	if err := json.Unmarshal([]byte(row.Params), &params); err != nil {
		return Message{}, err
	}
	m := Message{ID: row.ID, Code: row.Code, Kind: workflows.Kind(row.Kind), CaseID: row.CaseID,
		Link: r.Link(workflows.Kind(row.Kind), row.CaseID), CreatedAt: row.CreatedAt, ReadAt: row.ReadAt}
	m.Title, m.Body = r.words(lang, row.Code, params)
	return m, nil
}
