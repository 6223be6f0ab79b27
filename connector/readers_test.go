package connector

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"wasl/identity/cardproto"
	"wasl/kit/pcsc"
)

// readers are several readers; each holds an identity card, another card (nil), or none.
type readers []slot

type slot struct {
	card  *cardproto.Card
	empty bool
	mute  bool // a card that does not even power up
}

func (r readers) Slots(context.Context) (all []pcsc.Slot, err error) {
	for i, s := range r {
		all = append(all, pcsc.Slot{Name: strconv.Itoa(i), Present: !s.empty})
	}
	return all, nil
}

func (r readers) Connect(_ context.Context, name string) (pcsc.Card, error) {
	i, _ := strconv.Atoi(name)
	if r[i].mute {
		return nil, errors.New("mute card")
	}
	return powered{r[i].card}, nil
}

type powered struct{ card *cardproto.Card }

// Transmit of a bank's card knows none of our files.
func (p powered) Transmit(apdu []byte) ([]byte, error) {
	if p.card == nil {
		return []byte{0x6A, 0x82}, nil
	}
	return p.card.Transmit(apdu), nil
}

func (p powered) Close() error {
	if p.card != nil {
		p.card.Reset()
	}
	return nil
}

func TestTheIdentityCardIsFoundBesideABankCard(t *testing.T) {
	card, _ := newCard(t, now.AddDate(10, 0, 0))
	for name, all := range map[string]readers{
		"a bank card first":       {{}, {card: card}},
		"an empty reader first":   {{empty: true}, {card: card}},
		"a mute card first":       {{mute: true}, {card: card}},
		"a bank card second":      {{card: card}, {}},
		"four readers, the third": {{}, {empty: true}, {card: card}, {mute: true}},
	} {
		d := newDesk(t, all)
		_, page := d.sign()
		if _, page = d.pin(page, "123456"); page != "back at the provider" {
			t.Errorf("%s: got\n%s", name, page)
		}
	}
}

func TestOfTwoIdentityCardsNoneIsChosenForThePerson(t *testing.T) {
	one, _ := newCard(t, now.AddDate(10, 0, 0))
	two, _ := newCard(t, now.AddDate(10, 0, 0))
	d := newDesk(t, readers{{card: one}, {card: two}})
	if _, page := d.sign(); !strings.Contains(page, "Deux cartes d’identité") || strings.Contains(page, `name="pin"`) {
		t.Errorf("got:\n%s", page)
	}
	if _, page := newDesk(t, readers{{}, {mute: true}}).sign(); !strings.Contains(page, "n’est pas reconnue") {
		t.Errorf("bank cards only:\n%s", page)
	}
}

// A child puts the own card in while the mother's PIN page is open: nobody loses a try, and nobody signs in as the other.
func TestACardChangedAfterThePageOpenedCostsNoTry(t *testing.T) {
	mother, _ := newCard(t, now.AddDate(10, 0, 0))
	child, _ := newCard(t, now.AddDate(10, 0, 0))
	reader := &memoryReader{mother}
	d := newDesk(t, reader)
	_, page := d.sign()
	reader.card = child
	resp, page := d.pin(page, "999999")
	if resp.StatusCode != http.StatusConflict || !strings.Contains(page, "La carte a été changée") || len(d.provider.answers) != 0 {
		t.Fatalf("%d\n%s", resp.StatusCode, page)
	}
	if mother.State().Tries != 3 || child.State().Tries != 3 {
		t.Fatalf("tries left: %d and %d", mother.State().Tries, child.State().Tries)
	}
	// The page now shows the child's card; its PIN goes to it.
	if !strings.Contains(page, "…"+cardproto.NumberTail(child.State().Card)) {
		t.Fatalf("the card is not named:\n%s", page)
	}
	if _, page = d.pin(page, "123456"); page != "back at the provider" {
		t.Fatal(page)
	}
	// A form that names no card is that of no page of ours.
	_, page = d.sign()
	if resp, _ := d.post(action.FindStringSubmatch(page)[1], d.url, "same-origin", map[string][]string{
		"token": {token.FindStringSubmatch(page)[1]}, "pin": {"999999"},
	}); resp.StatusCode != http.StatusConflict || child.State().Tries != 3 {
		t.Errorf("without the card: %d, %d tries left", resp.StatusCode, child.State().Tries)
	}
}

func TestThePINPageSaysWhoseCardAndForWhom(t *testing.T) {
	card, _ := newCard(t, now.AddDate(10, 0, 0))
	d := newDesk(t, &memoryReader{card})
	_, page := d.sign()
	tail := cardproto.NumberTail(card.State().Card)
	if len(tail) != 4 || !strings.Contains(page, "…"+tail) {
		t.Errorf("the card's number does not end in %q on:\n%s", tail, page)
	}
	if !strings.Contains(page, "Banque &lt;b&gt;d’essai&lt;/b&gt;") || !strings.Contains(page, d.provider.URL) {
		t.Errorf("the partner is not named:\n%s", page)
	}
}

// Whatever a card in the reader answers, the connector says something true and does not crash.
func FuzzCardAnswers(f *testing.F) {
	f.Add([]byte{0x90, 0x00}, []byte{0x90, 0x00}, []byte{0x30, 0x03, 0x02, 0x01, 0x01, 0x90, 0x00})
	f.Add([]byte{0x6A, 0x82}, []byte{}, []byte{0x90})
	f.Add([]byte{0x90, 0x00}, []byte{0x63, 0xC2}, []byte{0x6B, 0x00})
	f.Fuzz(func(t *testing.T, first, second, third []byte) {
		n := 0
		send := func([]byte) ([]byte, error) { n++; return [][]byte{first, second, third}[n%3], nil }
		s, err := cardproto.Open(send)
		if err != nil {
			return
		}
		if tries, err := s.TriesLeft(); err == nil && (tries < 0 || tries > 15) {
			t.Fatalf("%d tries", tries)
		}
		chain, err := s.Certificates()
		if err != nil {
			return
		}
		for _, der := range chain {
			if tail := cardproto.NumberTail(der); len(tail) > 4 {
				t.Fatalf("tail %q", tail)
			}
			cardproto.Expired(der, now)
		}
		_ = s.Verify("123456")
		if sig, err := s.Sign(make([]byte, 32)); err == nil && len(sig) != 64 {
			t.Fatalf("a signature of %d bytes", len(sig))
		}
	})
}
