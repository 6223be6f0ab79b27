package pcsc

import (
	"bytes"
	"testing"
)

func TestSlotsOfOneReaderWithCard(t *testing.T) {
	b := make([]byte, readerRecords*readerRecord)
	copy(b, "Virtual PCD 00 00")
	order.PutUint32(b[readerName+4:], statePresent|0x30)
	copy(b[readerRecord:], "Virtual PCD 00 01")
	got := parseSlots(b)
	want := []Slot{{"Virtual PCD 00 00", true}, {"Virtual PCD 00 01", false}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Fatalf("got %v", got)
	}
}

func TestVirtualReaderListensOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost"} {
		if v, err := ListenVPCD(addr); err == nil {
			_ = v.Close()
			t.Errorf("%s accepted", addr)
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte{0, 1, 4})
	f.Add([]byte{0xFF, 0xFF, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := ReadFrame(bytes.NewReader(b), maxAnswer)
		if err != nil {
			return
		}
		if len(frame) > maxAnswer {
			t.Fatalf("%d bytes", len(frame))
		}
		var w bytes.Buffer
		if err := WriteFrame(&w, frame); err != nil || !bytes.HasPrefix(b, w.Bytes()) {
			t.Fatalf("% x read and written as % x", b, w.Bytes())
		}
	})
}

func FuzzSlots(f *testing.F) {
	f.Add(bytes.Repeat([]byte{'a'}, readerRecord))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range parseSlots(b) {
			if len(s.Name) == 0 || len(s.Name) > readerName {
				t.Fatalf("name of %d bytes", len(s.Name))
			}
		}
	})
}
