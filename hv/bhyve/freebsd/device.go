package freebsd

import (
	"strings"
	"unicode"
)

// A DeviceEvent is a device that came or went.
type DeviceEvent struct {
	// Created is whether it came.
	Created bool
	// Name is its name beneath /dev, such as "vmm/web01".
	Name string
}

// ParseDeviceEvent parses a line of devd's stream (devd(8)), such as "!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/web01",
// in which a value may be in double quotes. It is not ok if the line is about anything else.
func ParseDeviceEvent(line string) (event DeviceEvent, ok bool) {
	line, ok = strings.CutPrefix(strings.TrimRight(line, "\r\n\x00 "), "!")
	if !ok {
		return DeviceEvent{}, false
	}
	facts := map[string]string{}
	for line != "" {
		key, rest, isFact := strings.Cut(line, "=")
		if !isFact || key == "" || strings.ContainsAny(key, ` "`) {
			return DeviceEvent{}, false
		}
		value, rest, isWhole := cutValue(rest)
		if _, known := facts[key]; known || !isWhole {
			return DeviceEvent{}, false
		}
		facts[key] = value
		line = strings.TrimLeft(rest, " ")
	}
	name, kind := facts["cdev"], facts["type"]
	if facts["system"] != "DEVFS" || facts["subsystem"] != "CDEV" || name == "" || strings.ContainsFunc(name, neverInDevice) || kind != "CREATE" && kind != "DESTROY" {
		return DeviceEvent{}, false
	}
	return DeviceEvent{Created: kind == "CREATE", Name: name}, true
}

// cutValue parts a value from what comes after it. In quotes, a backslash makes the next character part of the value.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, " ")
		return value, rest, !strings.Contains(value, `"`)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], i+1 == len(s) || s[i+1] == ' '
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// neverInDevice reports whether no device has the character in its name, for the sake of this stream (make_dev(9), EINVAL).
func neverInDevice(r rune) bool { return r == '"' || unicode.IsSpace(r) || unicode.IsControl(r) }
