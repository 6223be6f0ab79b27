package quiet

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestOnlyTheLevelAndAboveArePassed(t *testing.T) {
	var out bytes.Buffer
	log := AtLeast(slog.LevelWarn, slog.New(slog.NewTextHandler(&out, nil))).With("library", "x").WithGroup("g")
	log.Info("chatter", "a", 1)
	log.Warn("trouble", "a", 1)
	if s := out.String(); strings.Contains(s, "chatter") || !strings.Contains(s, "trouble") || !strings.Contains(s, "library=x") {
		t.Error(s)
	}
}
