package freebsd

import (
	"os"
	"sync"
)

// An intake reads what a program writes, up to a limit.
type intake struct {
	read, write *os.File
	limit       int
	// full is called once there is more.
	full func()
	// ended is closed once nobody has the output open any more, or it is closed here.
	ended chan struct{}

	mu   sync.Mutex
	kept []byte
}

// chunk is how much is read at once.
const chunk = 32 << 10

// newIntake opens a pipe. The caller closes the intake.
func newIntake(limit int, full func()) (*intake, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &intake{read: read, write: write, limit: limit, full: full, ended: make(chan struct{})}, nil
}

// begin reads until the end, once the program has its end of the pipe.
func (i *intake) begin() {
	_ = i.write.Close() // the program's is the one that counts
	go i.run()
}

// run keeps what fits. It reads on after that, so that the program does not wait.
func (i *intake) run() {
	defer close(i.ended)
	buf := make([]byte, chunk)
	for {
		n, err := i.read.Read(buf)
		i.keep(buf[:n])
		if err != nil {
			return
		}
	}
}

// keep takes what fits of the octets.
func (i *intake) keep(octets []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	room := i.limit - len(i.kept)
	i.kept = append(i.kept, octets[:min(room, len(octets))]...)
	if len(octets) > room {
		i.full()
	}
}

// octets returns what was kept.
func (i *intake) octets() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.kept
}

// close lets go of the pipe, which ends reading even if somebody has it open for writing.
func (i *intake) close() {
	_ = i.write.Close()
	_ = i.read.Close()
}
