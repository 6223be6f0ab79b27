package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestDistIsWhatSrcGives(t *testing.T) {
	want, err := build("../src")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("../dist")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if want[e.Name()] == nil {
			t.Errorf("%s is left over: run go generate ./kit/web/assets", e.Name())
		}
	}
	for name, data := range want {
		got, err := os.ReadFile(filepath.Join("../dist", name))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s is not up to date: run go generate ./kit/web/assets", name)
		}
	}
}
