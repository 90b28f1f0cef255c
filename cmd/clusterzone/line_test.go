package main

import (
	"net"
	"sync"
	"testing"
)

// wire is a network line between browsers and the product that a test can cut.
type wire struct {
	addr, to string

	mu    sync.Mutex
	state wireState
	conns map[net.Conn]bool
}

type wireState int

const (
	whole wireState = iota
	mute            // requests arrive, answers do not
	cut
)

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{addr: l.Addr().String(), to: to, conns: map[net.Conn]bool{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { w.carry(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		w.set(cut)
		serving.Wait()
	})
	return w
}

// set changes the line; cutting it breaks every connection.
func (w *wire) set(s wireState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = s
	if s != cut {
		return
	}
	for c := range w.conns {
		_ = c.Close()
	}
	clear(w.conns)
}

// join notes a connection, unless the line is cut.
func (w *wire) join(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == cut {
		_ = c.Close()
		return false
	}
	w.conns[c] = true
	return true
}

func (w *wire) carry(browser net.Conn) {
	if !w.join(browser) {
		return
	}
	server, err := net.Dial("tcp", w.to)
	if err != nil || !w.join(server) {
		_ = browser.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { w.copy(server, browser, false) })
	both.Go(func() { w.copy(browser, server, true) })
	both.Wait()
}

// copy carries one direction until either end is gone; a mute line swallows answers.
func (w *wire) copy(to, from net.Conn, answers bool) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		swallow := answers && w.state == mute
		w.mu.Unlock()
		if n > 0 && !swallow {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
