// Package jobstest runs a block's queue within a test.
package jobstest

import (
	"testing"
	"time"

	"wasl/kit/jobs"
)

// Until runs the jobs until done says so; after thirty seconds the test fails.
func Until(t testing.TB, j *jobs.Jobs, done func() bool) {
	t.Helper()
	if err := j.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Stop(); err != nil {
			t.Error(err)
		}
	}()
	for range 1500 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the jobs did not get there")
}
