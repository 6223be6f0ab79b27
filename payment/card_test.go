package payment

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestCardNumbersAreMasked(t *testing.T) {
	for in, want := range map[string]string{
		"card 4000000000000010 seen":             "card [card] seen",
		"4000 0000 0000 0010":                    "[card]",
		"5453-0100-0006-6100.":                   "[card].",
		"12 4000000000000010":                    "12 [card]",
		"4000000000000011":                       "4000000000000011", // Luhn does not hold
		"order K7M29QXD41-1 of 500.00 MAD":       "order K7M29QXD41-1 of 500.00 MAD",
		"40000000000000104000000000000010000000": "40000000000000104000000000000010000000", // too long for a card
		"":                                       "",
	} {
		got, found := MaskCards(in)
		if got != want || found != (in != want) {
			t.Errorf("%q became %q (%v), want %q", in, got, found, want)
		}
	}
}

func TestTheLogShowsNoCardNumber(t *testing.T) {
	const number = "5191630100004896"
	var out bytes.Buffer
	log := slog.New(MaskLog(slog.NewJSONHandler(&out, nil))).With("early", number).WithGroup("g")
	log.Info("paid with "+number, "pan", number, "err", errors.New("card "+number), slog.Group("deep", "n", number), "n", 5191630100004896)
	if strings.Contains(out.String(), number) || !strings.Contains(out.String(), `"card_masked":true`) {
		t.Errorf("logged %s", out.String())
	}
}

// Card numbers have 13 to 19 digits; a longer or shorter run that happens to
// pass the check is another number, and is kept.
func TestTheLengthOfACardNumber(t *testing.T) {
	for number, want := range map[string]bool{"422222222222": false, "0422222222222": true, "4222222222222": true, "4222222222222222224": true, "42222222222222222228": false} {
		if _, found := MaskCards("n " + number); found != want {
			t.Errorf("%d digits: masked %v", len(number), found)
		}
	}
}
