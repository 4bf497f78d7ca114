package lab

import (
	"strings"
	"testing"
)

// FuzzParseVarbinds reads what a tool of net-snmp may write: an error, or no more variables than it has lines.
func FuzzParseVarbinds(f *testing.F) {
	f.Add(".1.3.6.1.2.1.1.3.0 = 42\n.1.3.6.1.2.1.1.5.0 = Hex-STRING: 61 62 \n63 64\n")
	f.Add(".1.3.6.1.2.1.1.9.0 = No Such Object available on this agent at this OID\n")
	f.Add("Timeout: No Response from 127.0.0.1:1161.\n")
	f.Fuzz(func(t *testing.T, text string) {
		vbs, err := parseVarbinds(text)
		if err == nil && len(vbs) > strings.Count(text, "\n")+1 {
			t.Errorf("%d variables in %q", len(vbs), text)
		}
	})
}

// FuzzParseCPU reads the stat file of a process.
func FuzzParseCPU(f *testing.F) {
	f.Add([]byte("42 (a) S) S 1 42 42 0 -1 4194560 1 0 0 0 7 3 0 0 20 0 1 0 100 1000 100\n"))
	f.Add([]byte("42 (x"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		if _, err := parseCPU(stat); err == nil && !strings.Contains(string(stat), ")") {
			t.Errorf("%q is taken", stat)
		}
	})
}

// FuzzParseMemory reads the status file of a process.
func FuzzParseMemory(f *testing.F) {
	f.Add([]byte("VmHWM:\t3 kB\nVmRSS:\t2 kB\nRssAnon:\t1 kB\n"))
	f.Add([]byte("VmRSS:\t"))
	f.Fuzz(func(t *testing.T, status []byte) {
		m, err := parseMemory(status)
		if err != nil && m != (Memory{}) || m.Resident < 0 || m.Peak < 0 || m.Anonymous < 0 {
			t.Errorf("%q has %+v: %v", status, m, err)
		}
	})
}

// FuzzParseFirstCPU reads the status file of a process.
func FuzzParseFirstCPU(f *testing.F) {
	f.Add([]byte("Cpus_allowed_list:\t0-1\n"))
	f.Add([]byte("Cpus_allowed_list:\t"))
	f.Fuzz(func(t *testing.T, status []byte) {
		cpu, err := parseFirstCPU(status)
		if (err == nil) != (cpu != "") || strings.Trim(cpu, decimal) != "" || !strings.Contains(string(status), cpu) {
			t.Errorf("%q has %q: %v", status, cpu, err)
		}
	})
}
