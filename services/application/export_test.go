package application

import (
	"clusterzone/services/database"
	"clusterzone/services/identity"
)

// ViewTx is View inside a transaction that a test undoes.
func (s *Service) ViewTx(tx *database.Tx, a identity.Actor, id string) (View, error) {
	l, err := s.load(tx, a, id)
	if err != nil {
		return View{}, err
	}
	return s.view(tx, a, l)
}
