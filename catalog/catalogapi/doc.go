// Package catalogapi is the contract of the catalogue under /v1: the sheets of
// procedures, their revisions, and who is competent where. It is additive only
// and is the SDK that other blocks and partners use.
package catalogapi
