// Package binary tests the program as people run it: the built binary, its processes, its files, its exit status.
//
//	demo_test    one path, two wires: the journeys in one process and in two; as an ordinary user; nothing is left behind
//	serve_test   readiness, joining, stopping, and what it refuses to run on
//	crash_test   SIGKILL in the middle of deposits: nothing acknowledged is lost, nothing is there twice
//	privacy_test no personal data in any log
//	script_test  the commands of testdata: `wasl verify`, `wasl law explain`, wrong flags
package binary
