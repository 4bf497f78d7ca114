package vmbhyve

import (
	"strconv"
	"strings"
)

// A Conf is what one of vm-bhyve's configuration files says, by key.
type Conf map[string]string

// ParseConf reads a configuration file as vm-bhyve does, which is not as a shell would: a line counts if it begins with a lower
// case letter, ends at its first "#" even within quotes, loses the spaces at its end and all its double quotes, and the first
// line with a key is the one that counts.
func ParseConf(text []byte) Conf {
	conf := Conf{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] < 'a' || line[0] > 'z' {
			continue
		}
		line, _, _ = strings.Cut(line, "#")
		line = strings.ReplaceAll(strings.TrimRight(line, " \t\r"), `"`, "")
		key, value, ok := strings.Cut(line, "=")
		if _, known := conf[key]; ok && !known {
			conf[key] = value
		}
	}
	return conf
}

// Config returns what a virtual machine's NAME.conf defines. Like vm-bhyve it takes disks and networks from number 0 up to the
// first that is missing.
func (c Conf) Config() Config {
	config := Config{
		Loader: c["loader"], UUID: c["uuid"], CPUs: c["cpu"], Memory: c["memory"], Options: c["bhyve_options"],
	}
	for n := 0; ; n++ {
		key := "disk" + strconv.Itoa(n) + "_"
		d := Disk{Number: n, Name: c[key+"name"], Type: c[key+"type"], Device: c[key+"dev"], Options: c[key+"opts"]}
		if d.Name == "" || d.Type == "" {
			break
		}
		if d.Device == "" {
			d.Device = deviceFile
		}
		config.Disks = append(config.Disks, d)
	}
	for n := 0; ; n++ {
		key := "network" + strconv.Itoa(n) + "_"
		nic := NIC{
			Number: n, Type: c[key+"type"], Switch: c[key+"switch"], MAC: c[key+"mac"], Device: c[key+"device"], Name: c[key+"name"],
		}
		if nic.Type == "" {
			break
		}
		config.NICs = append(config.NICs, nic)
	}
	return config
}
