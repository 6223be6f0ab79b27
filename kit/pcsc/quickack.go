package pcsc

import (
	"net"
	"syscall"
)

// tcpQuickAck is TCP_QUICKACK of linux/tcp.h.
const tcpQuickAck = 12

// QuickAck asks for immediate acknowledgements on a TCP connection. The kernel drops the wish by itself, so it is repeated
// before each read: without it one APDU costs 51 ms instead of 0.2 ms.
func QuickAck(c net.Conn) {
	tc, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tc.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpQuickAck, 1)
	})
}
