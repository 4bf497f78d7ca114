//go:build !386 && !arm && !mips && !mipsle

package agentx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

const (
	// processorField is the place of the CPU in a stat file behind the name of the program, which ends with the last bracket
	// (proc_pid_stat(5)): it is the field 39, and that after the name is the third.
	processorField = 39 - 3
	// statSize is more than such a file has up to there.
	statSize = 1024
	// maxCPUs is how many CPUs Linux can have at most.
	maxCPUs = 8192
	word    = 64
)

// cpuSet is a set of CPUs (sched_setaffinity(2)).
type cpuSet [maxCPUs / word]uint64

// A threadPlace is a place where the master is the process that listens on the other side of a unix socket.
type threadPlace struct {
	stat   *os.File
	buf    [statSize]byte
	stays  bool
	moved  bool   // to other CPUs than before
	before cpuSet // the CPUs of the thread before it stayed
}

// newPlace returns the place of a connection, or nil if the master's process is unknown, as on TCP and beyond a container, or is
// this one, which has threads in many places.
func newPlace(conn net.Conn) place {
	pid := peerOf(conn)
	if pid <= 0 || pid == os.Getpid() {
		return nil
	}
	p, err := openPlace(pid)
	if err != nil {
		return nil
	}
	return p
}

// openPlace returns the place where the master is that process.
func openPlace(pid int) (*threadPlace, error) {
	stat, err := os.Open(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	return &threadPlace{stat: stat}, nil
}

func (p *threadPlace) master() (int, error) {
	n, err := p.stat.ReadAt(p.buf[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nowhere, err
	}
	return processorOf(p.buf[:n])
}

// processorOf reads the CPU from a stat file of a process.
func processorOf(stat []byte) (int, error) {
	rest := stat[bytes.LastIndexByte(stat, ')')+1:]
	for range processorField {
		_, after, ok := bytes.Cut(bytes.TrimPrefix(rest, []byte(" ")), []byte(" "))
		if !ok {
			return nowhere, fmt.Errorf("stat of a process is %q", stat)
		}
		rest = after
	}
	text, _, _ := bytes.Cut(rest, []byte(" "))
	cpu, err := strconv.Atoi(string(text))
	if err != nil || cpu < 0 || cpu >= maxCPUs {
		return nowhere, fmt.Errorf("stat of a process has it on the CPU %q", text)
	}
	return cpu, nil
}

// stay is an error where the thread might not run on that CPU before, since somebody wants it so.
func (p *threadPlace) stay(cpu int) error {
	if !p.stays {
		runtime.LockOSThread()
		if err := affinity(syscall.SYS_SCHED_GETAFFINITY, &p.before); err != nil {
			runtime.UnlockOSThread()
			return err
		}
		p.stays = true
	}
	var only cpuSet
	only[cpu/word] = 1 << (cpu % word)
	err := fmt.Errorf("CPU %d is not for us", cpu)
	if p.before[cpu/word]&only[cpu/word] != 0 {
		err = affinity(syscall.SYS_SCHED_SETAFFINITY, &only)
	}
	if err != nil {
		p.leave()
		return err
	}
	p.moved = true
	return nil
}

func (p *threadPlace) leave() {
	if !p.stays {
		return
	}
	moved := p.moved
	p.stays, p.moved = false, false
	if moved && affinity(syscall.SYS_SCHED_SETAFFINITY, &p.before) != nil {
		return // the goroutine keeps the thread, which ends with it: no other shall be held on one CPU
	}
	runtime.UnlockOSThread()
}

func (p *threadPlace) close() { p.stat.Close() }

// affinity gets or sets the CPUs of the calling thread.
func affinity(call uintptr, set *cpuSet) error {
	_, _, errno := syscall.RawSyscall(call, 0, unsafe.Sizeof(*set), uintptr(unsafe.Pointer(set)))
	if errno != 0 {
		return errno
	}
	return nil
}
