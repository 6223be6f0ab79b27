package httpx

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
)

// Connections of one listener, when nobody says otherwise.
const (
	MaxConns           = 4096
	MaxConnsSubscriber = 512
)

// crowd bounds the connections of a listener, in all and for one subscriber. When there is one too many the newcomer is let in,
// and the one that has kept us waiting longest is cut: so who holds connections open and says nothing shuts nobody out.
type crowd struct {
	net.Listener
	max, each int
	proxies   Proxies // count in all only: they speak for many

	mu  sync.Mutex
	all list.List // of *guest; the front has said nothing for longest
	by  map[netip.Addr]*list.List
}

// newCrowd bounds l; no more than half the files that the process may open.
func newCrowd(l net.Listener, total, each int, proxies Proxies) *crowd {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < uint64(2*total) {
		total = int(files.Cur / 2)
	}
	return &crowd{Listener: l, max: total, each: each, proxies: proxies, by: map[netip.Addr]*list.List{}}
}

// guest is one connection. It is working while the process owes it an answer.
type guest struct {
	net.Conn
	c       *crowd
	who     netip.Addr
	all, by *list.Element
	working atomic.Bool
	gone    sync.Once
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
	who := Subscriber(peerOf(conn.RemoteAddr().String()))
	if c.proxies.Trusts(who) {
		who = netip.Addr{}
	}
	own := c.by[who]
	if own != nil && own.Len() >= c.each && who.IsValid() {
		idle := longest(own)
		if idle == nil {
			return nil, nil
		}
		cut = append(cut, idle)
	}
	if c.all.Len()-len(cut) >= c.max {
		idle := longest(&c.all)
		if idle == nil {
			return nil, cut
		}
		cut = append(cut, idle)
	}
	for _, old := range cut {
		c.leave(old)
	}
	g = &guest{Conn: conn, c: c, who: who}
	g.all = c.all.PushBack(g)
	if own = c.by[who]; own == nil {
		own = list.New()
		c.by[who] = own
	}
	g.by = own.PushBack(g)
	return g, cut
}

// longest returns the guest that has kept us waiting longest.
func longest(l *list.List) *guest {
	for e := l.Front(); e != nil; e = e.Next() {
		if g, ok := e.Value.(*guest); ok && !g.working.Load() {
			return g
		}
	}
	return nil
}

func (c *crowd) leave(g *guest) {
	own := c.by[g.who]
	if own == nil || g.all == nil {
		return
	}
	c.all.Remove(g.all)
	own.Remove(g.by)
	g.all = nil
	if own.Len() == 0 {
		delete(c.by, g.who)
	}
}

func (g *guest) Close() error {
	g.gone.Do(func() {
		g.c.mu.Lock()
		defer g.c.mu.Unlock()
		g.c.leave(g)
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

// spoke moves a guest that has begun or ended a request, or sends its body, behind those that say nothing.
func (g *guest) spoke() {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	if g.all != nil {
		g.c.all.MoveToBack(g.all)
		g.c.by[g.who].MoveToBack(g.by)
	}
}

func (c *crowd) state(conn net.Conn, s http.ConnState) {
	if g, ok := conn.(*guest); ok && (s == http.StateActive || s == http.StateIdle) {
		g.working.Store(false)
		g.spoke()
	}
}

// Write makes the guest one that keeps us waiting while it does not take its answer.
func (g *guest) Write(p []byte) (int, error) {
	was := g.working.Swap(false)
	if was {
		g.spoke()
	}
	n, err := g.Conn.Write(p)
	g.working.Store(was)
	return n, err
}

type guestKey struct{}

func (c *crowd) context(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, conn)
}

// sending says that more of the body came.
func sending(r *http.Request) {
	if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
		g.spoke()
	}
}

// arrived says that the whole request is there: from now on the visitor waits for us.
func arrived(r *http.Request) {
	if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
		g.working.Store(true)
	}
}
