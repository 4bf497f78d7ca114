package lab

import (
	"fmt"
	"strings"
	"time"

	"github.com/vmond/vmond/mib"
)

// The first two variables of every notification (RFC 3416, section 4.2.6).
var (
	sysUpTime   = mib.MustOID("1.3.6.1.2.1.1.3.0")
	snmpTrapOID = mib.MustOID("1.3.6.1.6.3.1.1.4.1.0")
)

// A Notification is one that a manager has received.
type Notification struct {
	// At is when snmptrapd told of it, with a monotonic reading.
	At time.Time
	// Version is that of SNMP, "v2c" or "v3". Inform says that it was acknowledged.
	Version string
	Inform  bool
	// From is the community or the user.
	From string
	// UpTime is sysUpTime.0 in hundredths of a second, ID snmpTrapOID.0, and Objects what comes after them.
	UpTime  uint32
	ID      mib.OID
	Objects []mib.Varbind
}

// notificationFormat has snmptrapd write a notification as one line: a word, what kind it is, each variable, a word, all with
// tabs between. With strings as hexadecimal digits on one line none of them has a tab or a line break in it.
const (
	notificationFormat = notificationBegin + `%P\t%v` + `\t` + notificationEnd + `\n`
	notificationBegin  = `notification\t`
	notificationEnd    = "whole"
)

// parseNotification reads such a line, without its end. It returns false for one that tells of something else.
func parseNotification(line string) (n Notification, ok bool, err error) {
	fields := strings.Split(line, "\t")
	if fields[0]+`\t` != notificationBegin {
		return Notification{}, false, nil
	}
	// The word in front, the kind, two variables and the word at the end.
	const least = 5
	last := len(fields) - 1
	if len(fields) < least || fields[last] != notificationEnd {
		return Notification{}, true, fmt.Errorf("%d fields and %q at the end", len(fields), fields[last])
	}
	if err := n.parseKind(fields[1]); err != nil {
		return Notification{}, true, err
	}
	vbs := make([]mib.Varbind, 0, last)
	for _, field := range fields[2:last] {
		vb, err := parseVarbind(field)
		if err != nil {
			return Notification{}, true, err
		}
		vbs = append(vbs, vb)
	}
	up, id := vbs[0], vbs[1]
	if up.Name.Compare(sysUpTime) != 0 || up.Value.Type() != mib.TypeTimeTicks {
		return Notification{}, true, fmt.Errorf("%v = %v comes first", up.Name, up.Value)
	}
	if id.Name.Compare(snmpTrapOID) != 0 || id.Value.Type() != mib.TypeOID {
		return Notification{}, true, fmt.Errorf("%v = %v comes second", id.Name, id.Value)
	}
	n.UpTime, n.ID, n.Objects = uint32(up.Value.Uint()), id.Value.OID(), vbs[2:]
	return n, true, nil
}

// parseKind reads such as "TRAP2, SNMP v2c, community public" and "INFORM, SNMP v3, user me, context ".
func (n *Notification) parseKind(s string) error {
	parts := strings.SplitN(s, ", ", 3)
	if len(parts) < 3 {
		return fmt.Errorf("kind %q", s)
	}
	switch parts[0] {
	case "TRAP2":
	case "INFORM":
		n.Inform = true
	default:
		return fmt.Errorf("kind %q", s)
	}
	var ok bool
	switch n.Version = strings.TrimPrefix(parts[1], "SNMP "); n.Version {
	case "v2c":
		n.From, ok = strings.CutPrefix(parts[2], "community ")
	case "v3":
		user, _, _ := strings.Cut(parts[2], ", context ")
		n.From, ok = strings.CutPrefix(user, "user ")
	}
	if !ok {
		return fmt.Errorf("kind %q", s)
	}
	return nil
}
