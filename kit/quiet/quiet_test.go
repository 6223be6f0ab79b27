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

func TestALibraryWakesNobodyButForAPanic(t *testing.T) {
	var out bytes.Buffer
	log := AtMost(slog.LevelWarn, slog.New(slog.NewTextHandler(&out, nil))).With("library", "x").WithGroup("g")
	log.Error("the database is away")
	if s := out.String(); !strings.Contains(s, "level=WARN") || !strings.Contains(s, "away") {
		t.Error(s)
	}
	log.Error("panic recovery")
	if s := out.String(); !strings.Contains(s, "level=ERROR") {
		t.Error(s)
	}
}
