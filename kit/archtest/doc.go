// Package archtest guards the house: who may import whom, which files only decide, where the clock is, how long a file may be.
// Its test parses every Go file of the module in-process, so a violation is never hidden by a cached build.
package archtest
