package proof

import (
	"math/bits"

	"github.com/transparency-dev/merkle/rfc6962"
)

// Root returns the RFC 6962 root over commitments. An empty batch has no meaning: there must be at least one.
func Root(commitments [][]byte) []byte {
	if len(commitments) == 1 {
		return rfc6962.DefaultHasher.HashLeaf(commitments[0])
	}
	k := split(len(commitments))
	return rfc6962.DefaultHasher.HashChildren(Root(commitments[:k]), Root(commitments[k:]))
}

// Path returns the RFC 6962 inclusion path of the commitment at i, from the leaf upwards.
func Path(commitments [][]byte, i int) [][]byte {
	if len(commitments) == 1 {
		return nil
	}
	k := split(len(commitments))
	if i < k {
		return append(Path(commitments[:k], i), Root(commitments[k:]))
	}
	return append(Path(commitments[k:], i-k), Root(commitments[:k]))
}

// split returns the largest power of two smaller than n (RFC 6962, 2.1).
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }
