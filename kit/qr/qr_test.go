package qr_test

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wasl/kit/qr"
)

// draw paints the code as any renderer would, six pixels a module with the quiet zone.
func draw(c *qr.Code) image.Image {
	const scale, quiet = 6, 4
	side := (c.Size() + 2*quiet) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	for _, r := range c.Rects() {
		for y := (r.Y + quiet) * scale; y < (r.Y+quiet+1)*scale; y++ {
			for x := (r.X + quiet) * scale; x < (r.X+quiet+r.W)*scale; x++ {
				img.SetGray(x, y, color.Gray{})
			}
		}
	}
	return img
}

func TestAPhoneReadsBackThePayload(t *testing.T) {
	for _, payload := range []string{"http://localhost:8080/ar/verify/K7M2-9QXD-67", "وصل رقم K7M2-9QXD-67", strings.Repeat("x", 900)} {
		c, err := qr.Encode(payload)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "qr.png")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, draw(c)); err != nil {
			t.Fatal(err)
		}
		f.Close()
		out, err := exec.Command("zbarimg", "-q", "--raw", path).Output()
		if err != nil {
			t.Fatalf("zbarimg: %v", err)
		}
		if got := strings.TrimSuffix(string(out), "\n"); got != payload {
			t.Errorf("read %q, want %q", got, payload)
		}
	}
}

func TestSVGIsOnePathOverWhite(t *testing.T) {
	c, err := qr.Encode("wasl")
	if err != nil {
		t.Fatal(err)
	}
	svg := c.SVG()
	if strings.Count(svg, "<path") != 2 || strings.Contains(svg, "style") {
		t.Errorf("unexpected image %s", svg)
	}
}

func TestPayloadBounds(t *testing.T) {
	for _, payload := range []string{"", strings.Repeat("x", qr.MaxBytes+1)} {
		if _, err := qr.Encode(payload); err == nil {
			t.Errorf("%d bytes were accepted", len(payload))
		}
	}
}
