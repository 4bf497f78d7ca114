//go:build linux && !386 && !arm && !mips && !mipsle

package agentx

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pair returns the two ends of a stream.
func pair(t *testing.T, network, address string) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial(network, l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theirs.Close() })
	return ours, theirs
}

// pairs calls f for both kinds of streams on which a master listens.
func pairs(t *testing.T, f func(t *testing.T, ours, theirs net.Conn)) {
	for network, address := range map[string]string{"unix": t.TempDir() + "/s", "tcp": "127.0.0.1:0"} {
		t.Run(network, func(t *testing.T) {
			ours, theirs := pair(t, network, address)
			f(t, ours, theirs)
		})
	}
}

// A received is what a nowait returned.
type received struct {
	Text  string
	Again bool
}

// receiveOf receives until there is something, or nothing more to come.
func receiveOf(w *nowait) received {
	buf := make([]byte, 16)
	for end := time.Now().Add(5 * time.Second); ; {
		n, again := w.receive(buf)
		if n > 0 || !again || time.Now().After(end) {
			return received{string(buf[:n]), again}
		}
	}
}

func TestNowaitReceive(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, ours, theirs net.Conn) {
		w := newNowait(ours)
		if n, again := w.receive(make([]byte, 16)); n != 0 || !again {
			t.Errorf("unexpected octets of a silent stream: %d, again %t", n, again)
		}
		theirs.Write([]byte("first"))
		if diff := cmp.Diff(received{Text: "first"}, receiveOf(w)); diff != "" {
			t.Errorf("unexpected first octets (-want +got):\n%s", diff)
		}
		if n, again := w.receive(nil); n != 0 || again {
			t.Errorf("unexpected octets where there is no room: %d, again %t", n, again)
		}
		ours.SetReadDeadline(time.Unix(1, 0))
		if n, again := w.receive(make([]byte, 16)); n != 0 || again {
			t.Errorf("unexpected octets after the bell has ended the read: %d, again %t", n, again)
		}
		ours.SetReadDeadline(time.Time{})
		theirs.Close()
		if diff := cmp.Diff(received{}, receiveOf(w)); diff != "" {
			t.Errorf("unexpected octets at the end (-want +got):\n%s", diff)
		}
		ours.Close()
		if diff := cmp.Diff(received{}, receiveOf(w)); diff != "" {
			t.Errorf("unexpected octets of a closed stream (-want +got):\n%s", diff)
		}
	})
}

// TestNowaitSend proves that what the master has no room for is left to the connection, and no octet is lost or sent twice.
func TestNowaitSend(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, ours, theirs net.Conn) {
		w := newNowait(ours)
		if n := w.send(nil); n != 0 {
			t.Errorf("%d octets of none sent", n)
		}
		var sent []byte
		for piece := byte(0); ; piece++ {
			all := bytes.Repeat([]byte{piece}, 10_000)
			n := w.send(all)
			sent = append(sent, all[:n]...)
			if n < len(all) {
				break
			}
		}
		got := make([]byte, len(sent)+1)
		theirs.SetReadDeadline(time.Now().Add(5 * time.Second))
		n := 0
		for n < len(sent) {
			more, err := theirs.Read(got[n:])
			if err != nil {
				t.Fatal(err)
			}
			n += more
		}
		if !bytes.Equal(sent, got[:n]) {
			t.Errorf("%d octets were sent and others came, %d", len(sent), n)
		}
		theirs.Close()
		ours.Close()
		if n := w.send([]byte("x")); n != 0 {
			t.Errorf("%d octets sent on a closed stream", n)
		}
	})
}

// TestNowaitOfAPipe proves that a connection without a descriptor is left alone.
func TestNowaitOfAPipe(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	w := newNowait(a)
	if n, again := w.receive(make([]byte, 1)); n != 0 || again {
		t.Errorf("unexpected octets: %d, again %t", n, again)
	}
	if n := w.send([]byte("x")); n != 0 {
		t.Errorf("%d octets sent", n)
	}
	if w.sleep(time.Hour) {
		t.Error("slept on a pipe")
	}
}

// TestNowaitSleep proves what wakes a sleeper: octets, the end of the stream, and the end of the time. It does not sleep at all
// once the bell has ended the read.
func TestNowaitSleep(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, ours, theirs net.Conn) {
		w := newNowait(ours)
		began := time.Now()
		for time.Since(began) < testPoll { // a signal may end it earlier
			if !w.sleep(testPoll) {
				t.Fatal("no way to sleep")
			}
		}
		go theirs.Write([]byte("first"))
		// forever sleeps, again after each signal, until there is something or nothing more to come.
		forever := func() received {
			buf := make([]byte, 16)
			for {
				n, again := w.receive(buf)
				if n > 0 || !again {
					return received{string(buf[:n]), again}
				}
				if !w.sleep(time.Hour) {
					t.Fatal("no way to sleep")
				}
			}
		}
		if diff := cmp.Diff(received{Text: "first"}, forever()); diff != "" {
			t.Errorf("unexpected octets after a sleep (-want +got):\n%s", diff)
		}
		ours.SetReadDeadline(time.Unix(1, 0))
		if !w.sleep(time.Hour) {
			t.Error("no way to sleep after the bell")
		}
		ours.SetReadDeadline(time.Time{})
		go theirs.Close()
		if diff := cmp.Diff(received{}, forever()); diff != "" {
			t.Errorf("unexpected octets after a sleep at the end (-want +got):\n%s", diff)
		}
		ours.Close()
		w.sleep(time.Hour) // returns at once
	})
}

// TestSleepNowFails proves that whoever cannot sleep hears of it.
func TestSleepNowFails(t *testing.T) {
	t.Parallel()
	if sleepNow(0, -time.Hour) {
		t.Error("slept for less than no time")
	}
}
