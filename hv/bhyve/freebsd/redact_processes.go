package freebsd

import (
	"encoding/binary"
	"path"
	"slices"
	"strings"
)

// initProcess is init(8).
const initProcess = 1

// maxRecord is how much is kept of a record of kern.proc that cannot be decoded.
const maxRecord = 4096

// virtual are the programs that run a virtual machine (ki_comm), and around those of which processes a manager consists.
var (
	virtual = [...]string{"bhyve", "bhyveload", "grub-bhyve"}
	around  = [...]string{"lockf", "sh", "vm", "cbsd", "libvirtd", "virtbhyved"}
)

// redactProcesses keeps of the records of kern.proc those of the programs above, and of whatever has started the former. From the
// first record on that cannot be decoded it keeps only that one, which shows why.
func redactProcesses(octets []byte) []byte {
	processes, records, odd := recordsOf(octets)
	wanted := map[int]bool{initProcess: true} // who does not see it sees only a part of all processes
	for _, p := range processes {
		if slices.Contains(virtual[:], p.Name) {
			ancestry(p.PID, processes, wanted)
		}
	}
	kept := []byte{}
	for i, p := range processes {
		if wanted[p.PID] || slices.Contains(virtual[:], p.Name) || slices.Contains(around[:], p.Name) {
			kept = append(kept, records[i]...)
			redactRecord(kept[len(kept)-len(records[i]):])
		}
	}
	return append(kept, odd...)
}

// Who has a process (sys/user.h), which is not read.
const (
	offOwner      = 168 // ki_uid, and up to ki_groups what else is of users and groups
	offOwnerEnd   = 256 // ki_size
	offLogin      = 420 // ki_login
	offLoginClass = 484 // ki_loginclass
	lenLogin      = 18  // LOGNAMELEN + 1, and LOGINCLASSLEN + 1
)

// redactRecord leaves out of a record who has the process.
func redactRecord(record []byte) {
	clear(record[offOwner:offOwnerEnd])
	clear(record[offLogin:][:lenLogin])
	clear(record[offLoginClass:][:lenLogin])
}

// recordsOf parts the records, up to the one that cannot be decoded.
func recordsOf(octets []byte) (processes []Process, records [][]byte, odd []byte) {
	for len(octets) > 0 {
		size := kinfoSize
		if len(octets) >= offStructSize+4 {
			size = int(int32(binary.LittleEndian.Uint32(octets[offStructSize:])))
		}
		if size <= 0 || size > maxRecord {
			size = kinfoSize
		}
		record := octets[:min(size, len(octets))]
		decoded, err := DecodeProcesses(record)
		if err != nil {
			return processes, records, record
		}
		processes, records = append(processes, decoded...), append(records, record)
		octets = octets[len(record):]
	}
	return processes, records, nil
}

// ancestry marks the process and its ancestors as wanted.
func ancestry(pid int, processes []Process, wanted map[int]bool) {
	parents := map[int]int{}
	for _, p := range processes {
		parents[p.PID] = p.Parent
	}
	for pid > 0 && !wanted[pid] {
		wanted[pid] = true
		pid = parents[pid]
	}
}

// redactArgs keeps the command lines that have to do with virtual machines, without secrets, and the program of all others.
func redactArgs(octets []byte) []byte {
	words := strings.Split(string(octets), "\x00")
	if !telling(words) {
		words = append(words[:1:1], words[len(words)-1])
		if len(octets) == 0 || octets[len(octets)-1] != 0 {
			words = words[:1]
		}
	}
	for i, word := range words {
		words[i] = maskArg(word)
	}
	return []byte(strings.Join(words, "\x00"))
}

// telling says whether a command line is that of a program that runs a virtual machine, its title, or one that has started it.
func telling(words []string) bool {
	for i, word := range words {
		name := path.Base(word)
		switch {
		case slices.Contains(virtual[:], name):
			return true
		case i == 0 && strings.HasPrefix(word, titlePrefix):
			return true
		case i > 0 && word == "_run" && path.Base(words[i-1]) == "vm":
			return true
		case strings.HasPrefix(name, "bhyveload.") && strings.HasSuffix(name, ".lock"):
			return true
		case i > 0 && words[i-1] == "-c" && name == "bhyve.conf": // of CBSD's bhyverun.sh
			return true
		}
	}
	return false
}

// maskArg masks the secret in one word of a command line, which goes to its end: what is in the word has been quoted once.
func maskArg(word string) string {
	at := secretWord.FindStringIndex(word)
	if at == nil {
		return secretURL.ReplaceAllString(word, "://"+masked+"@")
	}
	name, _, _ := strings.Cut(word[at[0]:], "=")
	return secretURL.ReplaceAllString(word[:at[0]], "://"+masked+"@") + name + "=" + masked
}
