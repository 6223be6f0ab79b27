package httpx

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Connections of one listener, when nobody says otherwise.
const (
	MaxConns           = 4096
	MaxConnsSubscriber = 512
)

// patience is how much longer than somebody who has not said what they want we wait for one who sends a body or takes an answer:
// they have shown that they want something, and a network pauses.
const patience = 4

// crowd bounds the connections of a listener, in all and for one subscriber. When there is one too many the newcomer is let in,
// and the one that has kept us waiting longest is cut: so who holds connections open and says nothing shuts nobody out, and who
// sends something is not cut for them.
type crowd struct {
	net.Listener
	max, each int
	proxies   Proxies // count in all only: they speak for many

	mu  sync.Mutex
	all queue
	by  map[netip.Addr]*queue
}

// newCrowd bounds l; no more than half the files that the process may open.
func newCrowd(l net.Listener, total, each int, proxies Proxies) *crowd {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < uint64(2*total) {
		total = int(files.Cur / 2)
	}
	return &crowd{Listener: l, max: total, each: each, proxies: proxies, by: map[netip.Addr]*queue{}}
}

// stage is what a connection is at.
type stage int

const (
	silent  stage = iota // it has not said what it wants
	engaged              // we wait for its body, or for it to take its answer
	working              // it waits for us
)

// queue holds guests by stage, each in the order in which they came to it.
type queue [working + 1]list.List // of *guest

func (q *queue) size() int { return q[silent].Len() + q[engaged].Len() + q[working].Len() }

// longest returns the guest that has kept us waiting longest, for what it is at; nil when all wait for us.
func (q *queue) longest(at time.Time) (g *guest) {
	g, _ = first(&q[silent])
	if e, ok := first(&q[engaged]); ok && (g == nil || at.Sub(e.since)/patience > at.Sub(g.since)) {
		return e
	}
	return g
}

func first(l *list.List) (g *guest, ok bool) {
	if e := l.Front(); e != nil {
		g, ok = e.Value.(*guest)
	}
	return g, ok
}

// guest is one connection.
type guest struct {
	net.Conn
	c    *crowd
	who  netip.Addr
	gone sync.Once

	// Under the crowd's lock.
	at      stage
	since   time.Time
	all, by *list.Element // nil once it has left
}

func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g, cut := c.enter(conn)
		for _, old := range cut {
			old.Close()
		}
		if g != nil {
			return g, nil
		}
		conn.Close() // every other one is being worked for
	}
}

func (c *crowd) enter(conn net.Conn) (g *guest, cut []*guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	who, at := Subscriber(peerOf(conn.RemoteAddr().String())), now()
	if c.proxies.Trusts(who) {
		who = netip.Addr{}
	}
	if own := c.by[who]; own != nil && own.size() >= c.each && who.IsValid() {
		idle := own.longest(at)
		if idle == nil {
			return nil, nil
		}
		c.leave(idle)
		cut = append(cut, idle)
	}
	if c.all.size() >= c.max {
		idle := c.all.longest(at)
		if idle == nil {
			return nil, cut
		}
		c.leave(idle)
		cut = append(cut, idle)
	}
	own := c.by[who]
	if own == nil {
		own = &queue{}
		c.by[who] = own
	}
	g = &guest{Conn: conn, c: c, who: who, since: at}
	g.all, g.by = c.all[silent].PushBack(g), own[silent].PushBack(g)
	return g, cut
}

func (c *crowd) leave(g *guest) {
	own := c.by[g.who]
	c.all[g.at].Remove(g.all)
	own[g.at].Remove(g.by)
	g.all, g.by = nil, nil
	if own.size() == 0 {
		delete(c.by, g.who)
	}
}

// turns says what a guest is at from now on, and returns what it was at.
func (g *guest) turns(to stage) (was stage) {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	was = g.at
	if g.all == nil {
		return was
	}
	own := g.c.by[g.who]
	g.c.all[was].Remove(g.all)
	own[was].Remove(g.by)
	g.at, g.since = to, now()
	g.all, g.by = g.c.all[to].PushBack(g), own[to].PushBack(g)
	return was
}

func (g *guest) Close() error {
	g.gone.Do(func() {
		g.c.mu.Lock()
		defer g.c.mu.Unlock()
		if g.all != nil {
			g.c.leave(g)
		}
	})
	return g.Conn.Close()
}

// CloseWrite lets a refusal reach a visitor who is still sending.
func (g *guest) CloseWrite() error {
	if half, ok := g.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Write makes the guest one that keeps us waiting while it does not take its answer.
func (g *guest) Write(p []byte) (int, error) {
	was := g.turns(engaged)
	defer g.turns(was)
	return g.Conn.Write(p)
}

// state hears of a connection that has begun a request, or ended one.
func (c *crowd) state(conn net.Conn, s http.ConnState) {
	if g, ok := conn.(*guest); ok && (s == http.StateActive || s == http.StateIdle) {
		g.turns(silent)
	}
}

// hurry cuts those that keep us waiting.
func (c *crowd) hurry() {
	c.mu.Lock()
	var cut []*guest
	for _, at := range []stage{silent, engaged} {
		for e := c.all[at].Front(); e != nil; e = e.Next() {
			if g, ok := e.Value.(*guest); ok {
				cut = append(cut, g)
			}
		}
	}
	c.mu.Unlock()
	for _, g := range cut {
		g.Close()
	}
}

type guestKey struct{}

func (c *crowd) context(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, conn)
}

// turns says what the connection of a request is at.
func turns(r *http.Request, to stage) {
	if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
		g.turns(to)
	}
}
