package snmpdconf

import "fmt"

// Place is a line of a file.
type Place struct {
	File string
	// Line is counted from 1. It is 0 where File is none, but the command line of snmpd.
	Line int
}

// String returns the place as compilers have it.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Extends reports whether the snmpd that is the process pid has an extend of that name in NET-SNMP-EXTEND-MIB, and
// where its configuration says so. An extend below an object identifier of its own is not there.
//
// The error says why that is not known: a file that there is may not be read, or it cannot be told which process is
// snmpd. It is nil if there is one that is found. If pid is 0 or has another name, it is the only process of the
// host that is called snmpd: one that went into the background is not the process that opened the socket. Where no
// process can be looked at, as on FreeBSD, snmpd is taken for one that reads the files of its package.
//
// The files count as they are now, and those of this host: who is connected to another one's snmpd must not ask.
func Extends(pid int, name string) (p Place, found bool, err error) {
	return files{root: "/"}.extends(pid, name)
}

func (f files) extends(pid int, name string) (Place, bool, error) {
	snmpd, err := f.process(pid)
	if err != nil {
		return Place{}, false, fmt.Errorf("configuration of snmpd: %w", err)
	}
	p, found, err := newReader(f, snmpd, name).run()
	if err != nil {
		return Place{}, false, fmt.Errorf("configuration of snmpd: %w", err)
	}
	return p, found, nil
}
