package freebsd

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"
)

// The layout of struct kinfo_proc where pointers and long have 64 bits, as on amd64 and arm64 (sys/user.h, KINFO_PROC_SIZE). A
// comment says which member an offset is of.
const (
	kinfoSize = 1088

	offStructSize = 0   // ki_structsize
	offPID        = 72  // ki_pid
	offParent     = 76  // ki_ppid
	offRuntime    = 328 // ki_runtime
	offStart      = 336 // ki_start
	offState      = 388 // ki_stat
	offThreadName = 394 // ki_tdname
	lenThreadName = 17  // TDNAMLEN + 1
	offName       = 447 // ki_comm
	lenName       = 20  // COMMLEN + 1
	offMoreName   = 502 // ki_moretdname
	lenMoreName   = 4   // MAXCOMLEN - TDNAMLEN + 1
	offJail       = 592 // ki_jid
	offThread     = 600 // ki_tid
)

// maxRuntime is the most CPU time that a time.Duration holds, in microseconds.
const maxRuntime = math.MaxInt64 / uint64(time.Microsecond)

// DecodeProcesses decodes what the variables kern.proc.proc (each process), kern.proc.pid_td (each thread of a process) and
// kern.proc.all (each thread of all) hold: records of struct kinfo_proc (sys/user.h), one after the other. An answer without
// records is of nobody, and no error. A record of another size, a part of one, and a number that cannot be are errors, for then
// the layout is not the one that is known here, and nothing in it is to be believed.
func DecodeProcesses(b []byte) ([]Process, error) {
	processes := slices.Grow([]Process(nil), len(b)/kinfoSize)
	for n := 0; len(b) > 0; n++ {
		if len(b) < offStructSize+4 {
			return nil, fmt.Errorf("record %d of kern.proc: %d octets, which are too few to tell its size", n, len(b))
		}
		if size := int32(binary.LittleEndian.Uint32(b[offStructSize:])); size != kinfoSize {
			return nil, fmt.Errorf("record %d of kern.proc: a size of %d octets, and not %d", n, size, kinfoSize)
		}
		if len(b) < kinfoSize {
			return nil, fmt.Errorf("record %d of kern.proc: %d octets, and not %d", n, len(b), kinfoSize)
		}
		p, err := decodeProcess(b[:kinfoSize])
		if err != nil {
			return nil, fmt.Errorf("record %d of kern.proc: %w", n, err)
		}
		processes = append(processes, p)
		b = b[kinfoSize:]
	}
	return processes, nil
}

// decodeProcess decodes one record, which is as long as it has to be.
func decodeProcess(b []byte) (Process, error) {
	p := Process{
		PID: number(b, offPID), Parent: number(b, offParent), Jail: number(b, offJail), Thread: number(b, offThread),
		ThreadName: DecodeString(b[offThreadName:][:lenThreadName]) + DecodeString(b[offMoreName:][:lenMoreName]),
		Name:       DecodeString(b[offName:][:lenName]),
		State:      ProcessState(b[offState]),
		Usage:      decodeUsage(b),
	}
	for _, n := range []struct {
		what  string
		value int
	}{{"process", p.PID}, {"parent", p.Parent}, {"jail", p.Jail}, {"thread", p.Thread}} {
		if n.value < 0 {
			return Process{}, fmt.Errorf("a %s of number %d", n.what, n.value)
		}
	}
	runtime := binary.LittleEndian.Uint64(b[offRuntime:])
	if runtime > math.MaxInt64 {
		return Process{}, fmt.Errorf("%d microseconds of CPU time", runtime)
	}
	// The idle process uses what nobody else does of all CPUs: on a large host that is more than a Duration holds after a year.
	p.Runtime = time.Duration(min(runtime, maxRuntime)) * time.Microsecond
	var err error
	p.Start, err = DecodeTime(b[offStart:][:timevalSize])
	return p, err
}

// number returns the int32_t at the offset.
func number(b []byte, offset int) int { return int(int32(binary.LittleEndian.Uint32(b[offset:]))) }
