// Package tilelog keeps the owner of a tile log (C2SP tlog-tiles, written by tessera) from signing what contradicts what was
// signed before. A log on a disk can be damaged, cut short or replaced by an older copy; tessera builds on whatever it reads,
// so that one flipped byte of a tile ends as a fork under the log's own signature.
//
//	last signed size and root ─▶ Open: the right edge on disk must hash to that root ─▶ Edge
//	before leaves are added   ─▶ Guard.Check: the files that the next root is calculated from are those of the Edge
//	before each signature     ─▶ Guard.Sign: the new leaves and the tiles made from them lead from the Edge to the root, else no signature
//	everything else on disk   ─▶ Walk: every bundle and every tile, from the leaves up, in steps
//
// tessera's own fsck package calculates the same tiles; it looks at a whole log at once, stops the process on some faults and
// cannot be told what the leaves should be, so it is the other program of our tests instead.
//
// RFC 6962, C2SP tlog-tiles and tlog-checkpoint.
package tilelog
