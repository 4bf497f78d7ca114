package libvirt

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// readParams reads typed parameters from a file: in each line a name, a type and a value.
func readParams(t testing.TB, file string) []lv.TypedParam {
	t.Helper()
	var ps []lv.TypedParam
	for line := range strings.Lines(string(read(t, file))) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		p := lv.TypedParam{Field: fields[0]}
		u, _ := strconv.ParseUint(fields[2], 10, 64)
		i, _ := strconv.ParseInt(fields[2], 10, 64)
		switch fields[1] {
		case "int32":
			p.Value.I = int32(i)
		case "uint32":
			p.Value.I = uint32(u)
		case "int64":
			p.Value.I = i
		case "uint64":
			p.Value.I = u
		case "float64":
			p.Value.I, _ = strconv.ParseFloat(fields[2], 64)
		case "string":
			p.Value.I = fields[2]
		default:
			t.Fatalf("unknown type %q in %q", fields[1], file)
		}
		ps = append(ps, p)
	}
	return ps
}

// labDevices are the names of the devices of the virtual machines that were recorded.
func labDevices() devices {
	return devices{run: 2, nics: []port{
		{"52:54:00:77:00:11", "labt1"}, {"52:54:00:77:00:12", "labeth0"}, {"52:54:00:77:00:13", "labt3"},
	}}
}

// TestRecord parses what libvirt 9.0 said of real guests.
func TestRecord(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, file := range glob(t, "testdata/record/*.txt") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r := parseRecord(readParams(t, file), !strings.Contains(file, "off-"))
			if got, want := r.skipped(driverQEMU), strings.Contains(file, "held"); got != want {
				t.Errorf("unexpected answer whether it was skipped: %t", got)
			}
			if got, want := r.strangers(labDevices()), strings.Contains(file, "nonsense"); got != want {
				t.Errorf("unexpected answer whether there are strangers: %t", got)
			}
			golden(t, strings.TrimSuffix(file, ".txt")+".json", r.statistics(labDevices(), at))
		})
	}
}

// TestRecordInactive holds fast what bulk statistics get wrong of a virtual machine that is off.
func TestRecordInactive(t *testing.T) {
	t.Parallel()
	params := readParams(t, "testdata/record/web-01.txt")
	off := parseRecord(params, false).statistics(labDevices(), time.Time{})
	if !off.CPUTime.IsZero() || off.CPUs != nil || off.NICs != nil {
		t.Errorf("counters of a virtual machine without a process: %+v", off)
	}
	on := parseRecord(params, true).statistics(labDevices(), time.Time{})
	const highest, physical = 589824, 528384
	if got := off.Disks[0].Allocation.Or(0); got != highest {
		t.Errorf("unexpected allocation while it is off: %d, want %d", got, highest)
	}
	if got := on.Disks[0].Allocation.Or(0); got != physical {
		t.Errorf("unexpected allocation while it is in use: %d, want %d", got, physical)
	}
}

func TestCounter(t *testing.T) {
	t.Parallel()
	none := hv.Opt[uint64]{}
	tests := []struct {
		value any
		want  hv.Opt[uint64]
	}{
		{int32(5), hv.Some[uint64](5)}, {int32(-1), none},
		{uint32(5), hv.Some[uint64](5)}, {uint32(math.MaxUint32), none},
		{int64(5), hv.Some[uint64](5)}, {int64(math.MinInt64), none},
		{uint64(math.MaxUint64 - 1), hv.Some[uint64](math.MaxUint64 - 1)}, {uint64(math.MaxUint64), none},
		{1.5, none}, {"5", none}, {nil, none},
	}
	for _, tt := range tests {
		if got := counter(lv.TypedParam{Value: lv.TypedParamValue{I: tt.value}}); !got.Equal(tt.want) {
			t.Errorf("unexpected counter of %T %v: %v", tt.value, tt.value, got)
		}
	}
}

func TestElement(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field string
		n     int
		rest  string
		ok    bool
	}{
		{"block.0.name", 0, "name", true},
		{"block.12.rd.reqs", 12, "rd.reqs", true},
		{"block.count", 0, "", false},
		{"block.x.name", 0, "name", false},
		{"block.-1.name", 0, "name", false},
		{"block.4294967296.name", math.MaxInt32, "name", false},
		{"net.0.name", 0, "", false},
		{"", 0, "", false},
	}
	for _, tt := range tests {
		n, rest, ok := element(tt.field, "block.")
		if ok != tt.ok || ok && (n != tt.n || rest != tt.rest) {
			t.Errorf("unexpected parts of %q: %d, %q, %t", tt.field, n, rest, ok)
		}
	}
}

// FuzzRecord asks that what is served of any parameters is possible: no time or size below zero, no device twice.
func FuzzRecord(f *testing.F) {
	for _, file := range glob(f, "testdata/record/*.txt") {
		f.Add(read(f, file), true)
	}
	f.Add([]byte("vcpu.3.time\xff\xff\xff\xff\xff\xff\xff\xff\nblock.0.name vda\nblock.1.name vda\n"), false)
	f.Fuzz(func(t *testing.T, text []byte, active bool) {
		s := parseRecord(fuzzParams(text), active).statistics(labDevices(), time.Time{})
		if s.CPUTime.Or(0) < 0 || s.CurMem.Or(0) < 0 || s.MaxMem.Or(0) < 0 || s.CurCPUs.Or(1) < 1 {
			t.Errorf("impossible value in %+v", s)
		}
		ids := map[int]bool{}
		for _, c := range s.CPUs {
			if c.ID < 0 || ids[c.ID] || c.Time.Or(0) < 0 || !active {
				t.Errorf("impossible virtual CPU %+v", c)
			}
			ids[c.ID] = true
		}
		keys := map[string]bool{}
		for _, d := range s.Disks {
			if d.Key == "" || keys[d.Key] || d.Capacity.Or(0) < 0 || d.Allocation.Or(0) < 0 || d.ReadTime.Or(0) < 0 {
				t.Errorf("impossible disk %+v", d)
			}
			keys[d.Key] = true
		}
		keys = map[string]bool{}
		for _, n := range s.NICs {
			if keys[n.Key] || !active {
				t.Errorf("impossible interface %+v", n)
			}
			keys[n.Key] = true
		}
	})
}

// fuzzParams makes parameters of lines: of what follows the last space a string, or, if it has the length of one, a
// number.
func fuzzParams(text []byte) []lv.TypedParam {
	var ps []lv.TypedParam
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		p := lv.TypedParam{Field: fields[0], Value: lv.TypedParamValue{I: fields[len(fields)-1]}}
		if i := len(line) - 8; len(fields) == 1 && i > 0 {
			p.Field = line[:i]
			p.Value.I = binary.BigEndian.Uint64([]byte(line[i:]))
		}
		if n, err := strconv.ParseInt(fields[len(fields)-1], 10, 64); err == nil {
			p.Value.I = n
		}
		ps = append(ps, p)
	}
	return ps
}

func ExampleNew() {
	_, err := New("qemu:///sytem", nopLog())
	fmt.Println(err)
	// Output: libvirt URI "qemu:///sytem": path "/sytem": expected "/system" or "/session"
}
