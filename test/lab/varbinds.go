package lab

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/vmond/vmond/mib"
)

// exceptions are the words of net-snmp's tools for what is not there.
var exceptions = map[string]mib.Value{
	"No Such Object available on this agent at this OID":                           mib.NoSuchObject,
	"No Such Instance currently exists at this OID":                                mib.NoSuchInstance,
	"No more variables left in this MIB View (It is past the end of the MIB tree)": mib.EndOfMIBView,
}

// parseVarbinds reads what net-snmp's tools write with -On -Oe -OU -Ox and no MIB modules.
func parseVarbinds(text string) ([]mib.Varbind, error) {
	var vbs []mib.Varbind
	for _, line := range join(text) {
		vb, err := parseVarbind(line)
		if err != nil {
			return nil, err
		}
		vbs = append(vbs, vb)
	}
	return vbs, nil
}

// parseVarbind reads one variable.
func parseVarbind(s string) (mib.Varbind, error) {
	name, value, ok := strings.Cut(s, " = ")
	if !ok {
		return mib.Varbind{}, fmt.Errorf("%q has no value", s)
	}
	n, err := mib.ParseOID(name)
	if err != nil {
		return mib.Varbind{}, err
	}
	v, err := parseValue(strings.TrimSpace(value))
	if err != nil {
		return mib.Varbind{}, fmt.Errorf("value of %v: %w", n, err)
	}
	return mib.Varbind{Name: n, Value: v}, nil
}

// join puts the lines together that belong to one variable: long octet strings go on in further lines.
func join(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, ".") || len(lines) == 0 {
			lines = append(lines, line)
			continue
		}
		lines[len(lines)-1] += line
	}
	return lines
}

// parseValue reads a value with its type.
func parseValue(s string) (mib.Value, error) {
	if v, ok := exceptions[s]; ok {
		return v, nil
	}
	if s == `""` {
		return mib.Text(""), nil
	}
	typ, rest, ok := strings.Cut(s, ": ")
	if !ok {
		return mib.Value{}, fmt.Errorf("%q has no type", s)
	}
	switch typ {
	case "INTEGER":
		n, err := strconv.ParseInt(rest, 10, 32)
		return mib.Integer(int32(n)), err
	case "Hex-STRING":
		b, err := hex.DecodeString(strings.Join(strings.Fields(rest), ""))
		return mib.Octets(b), err
	case "OID":
		o, err := mib.ParseOID(rest)
		return mib.ObjectID(o), err
	case "Gauge32":
		n, err := strconv.ParseUint(rest, 10, 32)
		return mib.Gauge32(uint32(n)), err
	case "Counter32":
		n, err := strconv.ParseUint(rest, 10, 32)
		return mib.Counter32(uint32(n)), err
	case "Counter64":
		n, err := strconv.ParseUint(rest, 10, 64)
		return mib.Counter64(n), err
	case "Timeticks":
		// "(8512) 0:01:25.12"
		digits, _, _ := strings.Cut(strings.TrimPrefix(rest, "("), ")")
		n, err := strconv.ParseUint(digits, 10, 32)
		return mib.TimeTicks(uint32(n)), err
	}
	return mib.Value{}, fmt.Errorf("%q is of a type that nothing here has", s)
}
