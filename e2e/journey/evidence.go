package journey

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// access opens the page that lists who looked at the person's data, downloads the proof of the exchange and checks it offline.
func (p *person) access(ctx context.Context) (file, proof string, err error) {
	page, err := p.open(ctx, "/access")
	if err != nil {
		return "", "", err
	}
	if !page.Has("law-55-19:24") && !page.Has("55.19") && !page.Has("55-19") {
		return "", "", fmt.Errorf("no exchange with its legal basis: %.400s", page.Text())
	}
	links := page.Links("/proof")
	if len(links) == 0 {
		return "", "", errors.New("the exchange has no proof to download")
	}
	said, err := wait(ctx, "the exchange's place in the log", func() (string, bool, error) {
		if file, err = p.download(ctx, links[0], "exchange.json", "{"); err != nil {
			return "", false, err
		}
		said, ok := p.w.Verify(ctx, file)
		if !ok {
			return "", false, fmt.Errorf("wasl verify refuses the proof of the exchange: %s", said)
		}
		return said, strings.Contains(said, "logged"), nil
	})
	return file, firstLine(said), err
}

// tamperedExchange changes one letter of the request in the proof of the exchange.
func (w *World) tamperedExchange(ctx context.Context) (string, error) {
	return w.tampered(ctx, w.exchange, `"leaf"`, 99)
}
