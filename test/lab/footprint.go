package lab

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
)

// A Footprint is what a vmond needs of its machine.
type Footprint struct {
	// Descriptors is how many files and sockets it has open.
	Descriptors int
	Goroutines  int
	// Resident is how much memory it has, in bytes.
	Resident int64
}

// Footprint returns what it needs now. The question itself needs a descriptor and some goroutines, the same each time.
func (v *Vmond) Footprint(t testing.TB) Footprint {
	t.Helper()
	f, err := v.TryFootprint()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TryFootprint is Footprint from any goroutine.
func (v *Vmond) TryFootprint() (Footprint, error) {
	h, err := v.TryHealth()
	if err != nil {
		return Footprint{}, err
	}
	dir := fmt.Sprintf("/proc/%d/", v.PID())
	open, err := os.ReadDir(dir + "fd")
	if err != nil {
		return Footprint{}, err
	}
	resident, err := residentOf(dir + "statm")
	return Footprint{Descriptors: len(open), Goroutines: h.Goroutines, Resident: resident}, err
}

// residentOf returns the second field of a statm file, which counts pages (proc(5)), in bytes.
func residentOf(statm string) (int64, error) {
	text, err := os.ReadFile(statm)
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("%s is %q", statm, text)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}
