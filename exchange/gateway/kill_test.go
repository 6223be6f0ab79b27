package gateway

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"wasl/exchange/message"
	"wasl/kit/clock"
)

// childConfig makes the test binary a consumer's gateway of its own, which prints the number of each exchange it was given.
const childConfig = "WASL_TEST_GATEWAY"

func TestMain(m *testing.M) {
	path := os.Getenv(childConfig)
	if path == "" {
		os.Exit(m.Run())
	}
	c, err := ReadConfig(path)
	if err != nil {
		panic(err)
	}
	g, err := Open(context.Background(), c, clock.System(nil), quiet())
	if err != nil {
		panic(err)
	}
	for range 8 {
		go func() {
			for {
				if x, err := g.Send(context.Background(), call(), Buffered); err == nil {
					fmt.Println(x.RequestID)
				}
			}
		}()
	}
	select {}
}

func TestNoAcknowledgedExchangeIsLostWhenAGatewayIsKilled(t *testing.T) {
	w := newWorld(t)
	w.consumer.Close() // the child takes its place
	acknowledged := map[string]bool{}
	for range 3 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childConfig+"="+w.dir+"/members/GOV-portal/gateway.json")
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 60 && lines.Scan(); n++ {
			acknowledged[lines.Text()] = true
		}
		child.Process.Kill()
		for lines.Scan() {
			if len(lines.Text()) == 36 {
				acknowledged[lines.Text()] = true
			}
		}
		child.Wait()
	}
	if len(acknowledged) < 150 {
		t.Fatalf("only %d exchanges before the kills", len(acknowledged))
	}
	w.consumer = w.open("GOV-portal")
	answered := map[string]bool{}
	records := w.records(w.consumer)
	for i, r := range records {
		if r.Seq != uint64(i) {
			t.Fatalf("record %d has the number %d", i, r.Seq)
		}
		l, err := message.ParseLeaf(r.Leaf)
		if err != nil {
			t.Fatal(err)
		}
		if l.Role == message.Response && l.Status == 200 {
			answered[l.RequestID] = true
		}
	}
	for id := range acknowledged {
		if !answered[id] {
			t.Errorf("exchange %s was handed over, but is not in the journal", id)
		}
	}
	st, _, err := w.consumer.tiles.state()
	size := st.Size
	if err != nil || size != uint64(len(records)) {
		t.Fatalf("the log holds %d of %d messages: %v", size, len(records), err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, at := range []uint64{0, size / 2, size - 1} {
		_, err := w.consumer.Inclusion(t.Context(), at)
		for err != nil && time.Now().Before(deadline) {
			time.Sleep(100 * time.Millisecond)
			_, err = w.consumer.Inclusion(t.Context(), at)
		}
		if err != nil {
			t.Errorf("message %d has no proof: %v", at, err)
		}
	}
}
