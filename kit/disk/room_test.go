package disk

import (
	"os"
	"path/filepath"
	"testing"
)

func TestADiskThatTakesNothingIsNoticed(t *testing.T) {
	dir := t.TempDir()
	if err := Writable(dir); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(dir, "gone"), "/proc", "/sys"} { // /proc and /sys have no room
		if Writable(dir) == nil {
			t.Errorf("%s is called writable", dir)
		}
	}
}
