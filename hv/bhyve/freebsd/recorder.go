package freebsd

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
)

// A Recorder is a System that asks another one, answers as that does, and notes the answers. Secrets are left out as they are noted,
// and so is most of what hv/bhyve does not read of what it has to read whole: what it decodes from the recording is what it has
// decoded from the System. A question that is asked again is noted anew. A Recorder is safe for concurrent use if the System is.
type Recorder struct {
	of    System
	notes *Recording
}

var _ System = (*Recorder)(nil)

// NewRecorder returns a Recorder that has noted nothing.
func NewRecorder(of System) *Recorder { return &Recorder{of, NewRecording()} }

// Recording returns what was noted until now, without the file systems, volumes and disks that are of no virtual machine: which
// those are the other questions and answers tell. Its clocks stand. It is the caller's.
func (r *Recorder) Recording() *Recording {
	r.notes.mu.Lock()
	defer r.notes.mu.Unlock()
	noted := NewRecording()
	noted.answers = maps.Clone(r.notes.answers)
	newScope(noted.answers).redact(noted.answers)
	return noted
}

// note notes an answer. That nobody waited for it any more is none.
func (r *Recorder) note(q question, a answer, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if err != nil {
		_, kind := kindOf(err)
		a.err = &recordedError{kind, maskWords(err.Error())}
	}
	r.notes.set(q, a)
}

// Sysctl asks for a variable, and notes it.
func (r *Recorder) Sysctl(name string, args ...int) ([]byte, error) {
	octets, err := r.of.Sysctl(name, args...)
	r.note(askVariable(name, args), answer{octets: slices.Clone(redactVariable(name, octets))}, err)
	return octets, err
}

// Affinity asks for a thread's CPUs, and notes them.
func (r *Recorder) Affinity(thread int) ([]byte, error) {
	octets, err := r.of.Affinity(thread)
	r.note(ask(askAffinity, strconv.Itoa(thread)), answer{octets: slices.Clone(octets)}, err)
	return octets, err
}

// Clock asks for the clocks, and notes them.
func (r *Recorder) Clock() (Clock, error) {
	clock, err := r.of.Clock()
	r.note(ask(askClock), answer{clock: clock}, err)
	return clock, err
}

// ReadDir lists a directory, and notes it.
func (r *Recorder) ReadDir(path string) ([]string, error) {
	names, err := r.of.ReadDir(path)
	r.note(ask(askList, path), answer{names: slices.Clone(names)}, err)
	return names, err
}

// ReadFile reads a file, and notes what is to be kept of it.
func (r *Recorder) ReadFile(path string) ([]byte, error) {
	octets, err := r.of.ReadFile(path)
	r.note(ask(askRead, path), answer{octets: redactFile(path, octets, false)}, err)
	return octets, err
}

// Tail reads the end of a file, and notes what is to be kept of it.
func (r *Recorder) Tail(path string, n int) ([]byte, error) {
	octets, err := r.of.Tail(path, n)
	r.note(ask(askTail, path), answer{octets: redactFile(path, octets, len(octets) == n)}, err)
	return octets, err
}

// Stat asks about a file, and notes the answer.
func (r *Recorder) Stat(path string) (Stat, error) {
	st, err := r.of.Stat(path)
	r.note(ask(askStat, path), answer{stat: st}, err)
	return st, err
}

// Run runs a program, and notes what it has printed.
func (r *Recorder) Run(ctx context.Context, c Command) ([]byte, error) {
	octets, err := r.of.Run(ctx, c)
	r.note(askCommand(c), answer{octets: redactOutput(c.Argv, slices.Clone(octets))}, err)
	return octets, err
}

// Devices opens the stream of devices. Only that this failed is noted.
func (r *Recorder) Devices(ctx context.Context) (io.ReadCloser, error) {
	stream, err := r.of.Devices(ctx)
	if err != nil {
		r.note(ask(askDevices), answer{}, err)
	}
	return stream, err
}

// Exits begins to watch processes end. Only that this failed is noted.
func (r *Recorder) Exits() (Exits, error) {
	exits, err := r.of.Exits()
	if err != nil {
		r.note(ask(askExits), answer{}, err)
		return nil, err
	}
	return &recorderExits{exits, r}, nil
}

// recorderExits are Exits of which is noted what cannot be watched.
type recorderExits struct {
	Exits
	by *Recorder
}

// Add watches a process.
func (e *recorderExits) Add(pid int) error {
	err := e.Exits.Add(pid)
	if err != nil {
		e.by.note(ask(askExit, strconv.Itoa(pid)), answer{}, err)
	}
	return err
}
