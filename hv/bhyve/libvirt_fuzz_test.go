package bhyve

import (
	"strconv"
	"strings"
	"testing"
)

func FuzzParsePID(f *testing.F) {
	f.Add("4242\n")
	f.Fuzz(func(t *testing.T, text string) {
		pid, ok := parsePID(text)
		if !ok {
			return
		}
		if pid <= 0 || pid > maxPID {
			t.Errorf("%q: process %d", text, pid)
		}
		if again, ok := parsePID(strconv.Itoa(pid)); !ok || again != pid {
			t.Errorf("%q: process %d, and %d, %t when it is written again", text, pid, again, ok)
		}
		if strings.ContainsAny(text, ".,xXeE_") {
			t.Errorf("%q: process %d", text, pid)
		}
	})
}
