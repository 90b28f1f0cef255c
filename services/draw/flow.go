package draw

// network is a directed graph with capacities and costs per unit of flow, for the cheapest
// flow of the largest possible size. Costs may be negative only where no cycle is.
type network struct {
	arcs []arc
	out  [][]int // by node: its arcs, forward and backward
}

// arc leads to a node; arc i and arc i^1 are each other's reverse.
type arc struct {
	to   int
	room int
	cost int64
}

func newNetwork(nodes int) *network { return &network{out: make([][]int, nodes)} }

func (n *network) node() int {
	n.out = append(n.out, nil)
	return len(n.out) - 1
}

// connect adds an arc and returns its index.
func (n *network) connect(from, to, room int, cost int64) int {
	i := len(n.arcs)
	n.arcs = append(n.arcs, arc{to: to, room: room, cost: cost}, arc{to: from, cost: -cost})
	n.out[from], n.out[to] = append(n.out[from], i), append(n.out[to], i^1)
	return i
}

// used reports how much flows through an arc.
func (n *network) used(i int) int { return n.arcs[i^1].room }

// run sends as much as possible from source to sink along successive shortest paths and
// returns how much and at what cost. Each path is the cheapest there is, so that the whole is
// the cheapest of its size; the order of arcs alone decides between equals.
func (n *network) run(source, sink int) (flow int, cost int64) {
	for {
		via, price, found := n.cheapest(source, sink)
		if !found {
			return flow, cost
		}
		room := n.narrowest(via, source, sink)
		for at := sink; at != source; at = n.arcs[via[at]^1].to {
			n.arcs[via[at]].room -= room
			n.arcs[via[at]^1].room += room
		}
		flow += room
		cost += int64(room) * price
	}
}

func (n *network) narrowest(via []int, source, sink int) int {
	room := -1
	for at := sink; at != source; at = n.arcs[via[at]^1].to {
		if r := n.arcs[via[at]].room; room < 0 || r < room {
			room = r
		}
	}
	return room
}

// cheapest finds the cheapest path with room (Bellman and Ford with a queue: the reverse arcs
// have negative costs). via holds the arc by which each node is reached.
func (n *network) cheapest(source, sink int) (via []int, price int64, found bool) {
	const far = int64(1) << 62
	dist, waiting := make([]int64, len(n.out)), make([]bool, len(n.out))
	via = make([]int, len(n.out))
	for i := range dist {
		dist[i], via[i] = far, -1
	}
	dist[source] = 0
	for queue := []int{source}; len(queue) > 0; {
		at := queue[0]
		queue, waiting[at] = queue[1:], false
		for _, i := range n.out[at] {
			a := n.arcs[i]
			if next := dist[at] + a.cost; a.room > 0 && next < dist[a.to] {
				dist[a.to], via[a.to] = next, i
				if !waiting[a.to] {
					queue, waiting[a.to] = append(queue, a.to), true
				}
			}
		}
	}
	return via, dist[sink], dist[sink] < far
}
