package freebsd

import (
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestRecordingAtOnce proves, with the race detector, that a host may change while it is asked, recorded and written.
func TestRecordingAtOnce(t *testing.T) {
	t.Parallel()
	host := oddHost()
	recorder := NewRecorder(host)
	exits, err := recorder.Exits()
	if err != nil {
		t.Fatal(err)
	}
	defer exits.Close()
	var wait sync.WaitGroup
	for who := range 4 {
		wait.Go(func() {
			for n := range 50 {
				file := "/vm/" + strconv.Itoa(who) + "/" + strconv.Itoa(n%5)
				host.SetFile(file, []byte(file), Stat{})
				host.SetSysctl([]byte{1}, "kern.proc.args", n)
				host.SetDir("/vm", strconv.Itoa(n))
				host.Advance(time.Second)
				host.End(Exit{PID: n})
				host.Announce("!system=DEVFS")
				host.Remove(file)
			}
		})
		wait.Go(func() {
			for n := range 50 {
				_, _ = recorder.Sysctl("kern.proc.args", n)
				_, _ = recorder.ReadDir("/vm")
				_, _ = recorder.ReadFile("/vm/1/1")
				_, _ = recorder.Stat("/vm/1/1/" + strconv.Itoa(n))
				_, _ = recorder.Clock()
				_ = exits.Add(n)
				_ = host.Missing()
			}
			recorder.Recording().files()
		})
	}
	wait.Wait()
}
