package cbsd

import (
	"errors"
	"io/fs"
	"time"
)

// SystemLog is where syslogd(8) writes what CBSD says.
const SystemLog = "/var/log/messages"

// systemLogTail is how much of its end is read, in octets.
const systemLogTail = 256 << 10

// An exitsSeen is what was last read of the system's log.
type exitsSeen struct {
	read     bool
	size     int64
	modified time.Time
	exits    map[string]int
}

// LastExit returns the exit code with which a virtual machine last ended, from 0 to 255, if the end of the system's log tells. Without
// a log nothing is told.
func (r *Reader) LastExit(name string) (code int, ok bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stat, err := r.system.Stat(SystemLog)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	e := &r.exits
	if !e.read || e.size != stat.Size || !e.modified.Equal(stat.Modified) {
		tail, err := r.system.Tail(SystemLog, systemLogTail)
		if err != nil {
			return 0, false, err
		}
		*e = exitsSeen{read: true, size: stat.Size, modified: stat.Modified, exits: ParseSyslog(tail)}
	}
	code, ok = e.exits[name]
	return code, ok, nil
}
