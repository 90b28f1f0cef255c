package web

import "clusterzone/workflows"

// RouteLine is a route as tests see it.
type RouteLine struct {
	Method, Path string
	Anybody      bool
	Roles        []workflows.Role
}

// Routes lists every route.
func Routes() []RouteLine {
	var out []RouteLine
	for _, rt := range routes() {
		out = append(out, RouteLine{rt.method, rt.path, rt.who.anybody, rt.who.roles})
	}
	return out
}

// Phases lists the states of each step of a kind's step bar.
func Phases(kind workflows.Kind) map[string][]workflows.State {
	out := map[string][]workflows.State{}
	for _, p := range phases(kind) {
		out[p.key] = p.states
	}
	return out
}

// BindValues and Back let tests speak to the parts that strangers reach.
var (
	BindValues = bindValues
	Back       = back
)
