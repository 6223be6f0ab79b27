// Package bench measures Wasl from outside, over its real protocols, and sets each figure beside a bound taken in the same run: what
// the machine could do if the operation were only its unavoidable core (a signature, a durable write, a bare handler).
//
//	operation                bound
//	login                    the ES256 signatures and checks that one login needs
//	deposit                  durable writes of 1 KB to the data directory's disk, one for each deposit
//	exchange                 a bare handler over mutual TLS 1.3 and HTTP/2
//	seal                     ES256 signatures
//	search                   a bare handler over HTTP/1.1
//
// Machines are noisy: keep the ratio and the processor time in the note, not the rate. All load goes to loopback and ends by itself.
package bench
