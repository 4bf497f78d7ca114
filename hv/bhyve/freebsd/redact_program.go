package freebsd

import (
	"bytes"
	"encoding/json"
	"path"
	"reflect"
	"regexp"
	"strings"
)

// redactOutput leaves out of what a program has printed what hv/bhyve does not read. What of the rest has nothing to do with virtual
// machines only a scope can tell.
func redactOutput(argv []string, octets []byte) []byte {
	switch program(argv) {
	case ifconfigProgram:
		return []byte(redactInterfaces(string(octets)))
	case netstatProgram:
		return redactTraffic(octets)
	case mountProgram, zfsProgram, sysctlProgram:
		return octets
	}
	return []byte(maskWords(string(octets)))
}

// The programs that tell of the host as a whole.
const (
	ifconfigProgram = "ifconfig"
	netstatProgram  = "netstat"
	mountProgram    = "mount"
	zfsProgram      = "zfs"
	sysctlProgram   = "sysctl"
)

// program returns the name of a program.
func program(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	return path.Base(argv[0])
}

// ofGuest matches what managers write on an interface: on a tap that has the card of a virtual machine, and on a bridge.
var ofGuest = regexp.MustCompile(`^vmnet[/-]|-nic\d+$|^vm/`)

// redactInterfaces keeps of ifconfig(8) the name of each interface and the facts that are read of it. An interface has no description
// unless a manager wrote it.
func redactInterfaces(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		fact, about := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "\t")
		if about && tells(fact) || len(ParseInterfaces([]byte(line))) > 0 {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// tells says whether a fact is one that is read of an interface.
func tells(fact string) bool {
	var i Interface
	i.learn(fact)
	return !reflect.ValueOf(i).IsZero() && (i.Description == "" || ofGuest.MatchString(i.Description))
}

// linkNetwork begins the network of a row that is about a link.
const linkNetwork = "<Link#"

// rowAddress matches an address, and the network that it is in, in the rows of netstat(1).
var rowAddress = regexp.MustCompile(`("(?:address|network)"\s*:\s*)"[^"<\\\x00-\x1f]*"`)

// redactTraffic keeps of netstat(1) the rows that are about links. Of what is no such report the addresses are left out.
func redactTraffic(octets []byte) []byte {
	var report struct {
		Statistics struct {
			Rows []json.RawMessage `json:"interface"`
		} `json:"statistics"`
	}
	if err := json.Unmarshal(octets, &report); err != nil {
		return rowAddress.ReplaceAll(octets, []byte(`${1}"`+masked+`"`))
	}
	rows := []json.RawMessage{}
	for _, row := range report.Statistics.Rows {
		var of trafficRow
		if err := json.Unmarshal(row, &of); err == nil && !strings.HasPrefix(of.Network, linkNetwork) {
			continue
		}
		rows = append(rows, row)
	}
	report.Statistics.Rows = rows
	var kept bytes.Buffer
	encoder := json.NewEncoder(&kept)
	encoder.SetEscapeHTML(false) // which would be the same, but nothing to look at
	if err := encoder.Encode(report); err != nil {
		panic("freebsd: " + err.Error()) // what was JSON is
	}
	return kept.Bytes()
}
