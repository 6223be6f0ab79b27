package journey

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"time"

	"wasl/kit/pdf"
)

// photo is a small PNG of the right proportions.
func photo() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 350, 450))
	for y := range 450 {
		for x := range 350 {
			img.Set(x, y, color.RGBA{uint8(90 + y/6), uint8(110 + x/7), 150, 255})
		}
	}
	var b bytes.Buffer
	png.Encode(&b, img) // an image in memory cannot fail to encode
	return b.Bytes()
}

// plan is a PDF such as an architect would send.
func plan(title string) ([]byte, error) {
	d := pdf.New(pdf.Meta{Title: title, Lang: "fr", Created: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), Issuer: "Architecte"})
	d.Title("تصميم معماري", title)
	d.Para("fr", "Rez-de-chaussée et un étage, 180 m².")
	return d.Bytes()
}
