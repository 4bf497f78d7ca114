package soak

import "testing"

// FuzzParseMemory reads the status of a process.
func FuzzParseMemory(f *testing.F) {
	f.Add("VmRSS:\t 1234 kB\nRssAnon:\t 1000 kB\nRssFile:\t 234 kB\n")
	f.Fuzz(func(t *testing.T, status string) {
		if m, err := parseMemory(status); err != nil && m != (memory{}) {
			t.Errorf("%+v comes with %v", m, err)
		}
	})
}

// FuzzParseTrap reads what comes to a manager's port: an error, or a notification of one virtual machine that VM-MIB has, of
// several, or of another MIB.
func FuzzParseTrap(f *testing.F) {
	const paused = 8
	f.Add(message(f, notification(1), objectsOf(one, paused)...))
	f.Add(message(f, notification(20)))
	f.Add(message(f, ".1.3.6.1.6.3.1.1.5.1"))
	f.Fuzz(func(t *testing.T, message []byte) {
		got, err := parseTrap(message)
		if err == nil && got.tale != nil && !got.ours {
			t.Errorf("unexpected notification: %+v of %+v", got, got.tale)
		}
	})
}
