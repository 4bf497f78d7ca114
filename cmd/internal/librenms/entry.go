package librenms

import (
	"path"
	"strconv"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// appendVM appends a virtual machine with what is chosen of it.
func (r *reader) appendVM(b []byte, vm *collector.VM, c choice) []byte {
	f := r.vm(vm)
	b = f.append(append(b, '{'), ofVM)
	b = strconv.AppendInt(appendKey(b, "status_int"), int64(r.statusOf(vm.Summary)), 10)
	b = appendText(appendKey(b, "os_type"), clean(vm.OSType))
	b = appendText(appendKey(b, "ip"), address(vm))
	console, kind := consoleOf(vm)
	b = appendText(appendKey(b, "console"), console)
	b = appendText(appendKey(b, "console_type"), kind)
	b = append(appendKey(b, "disks"), '{')
	if c.disks {
		b = r.appendDisks(b, vm)
	}
	b = append(appendKey(append(b, '}'), "ifs"), '{')
	if c.ifs {
		b = r.appendNICs(b, vm)
	}
	return append(b, "}}"...)
}

// appendDisks appends the disks.
func (r *reader) appendDisks(b []byte, vm *collector.VM) []byte {
	names := tellApart(func(yield func(int32, string) bool) {
		for i := range vm.Disks {
			if !yield(vm.Disks[i].Index, r.diskName(&vm.Disks[i])) {
				return
			}
		}
	})
	for i, name := range names {
		f := r.disk(vm, &vm.Disks[i])
		b = append(f.append(append(appendKey(b, name), '{'), ofDisk), '}')
	}
	return b
}

// diskName returns what a disk is called: as libvirt does, or the last part of its path as CBSD.
func (r *reader) diskName(d *collector.Disk) string {
	if r.word == CBSD && d.Resource != "" {
		return path.Base(d.Resource)
	}
	return d.Key
}

// appendNICs appends the interfaces, which are numbered from 0.
func (r *reader) appendNICs(b []byte, vm *collector.VM) []byte {
	for i := range nicsOf(vm) {
		nic := &vm.NICs[i]
		f := r.nic(vm, nic)
		b = append(appendKey(b, "nic"+strconv.Itoa(int(nic.Index)-1)), '{')
		b = f.append(b, ofNIC)
		b = appendText(appendKey(b, "mac"), nic.MAC.String())
		b = appendText(appendKey(b, "parent"), clean(nic.Bridge))
		b = append(appendText(appendKey(b, "if"), clean(nic.NIC.Host)), '}')
	}
	return b
}

// address returns the first address of the guest in its present run, or nothing.
func address(vm *collector.VM) string {
	if vm.Survey == nil || len(vm.Survey.Addresses) == 0 || !vm.Survey.Addresses[0].IsValid() {
		return ""
	}
	if run, known := vm.Survey.Run.Get(); known && run != vm.Run {
		return ""
	}
	return vm.Survey.Addresses[0].String()
}

// otherConsole stands for the types of consoles that the application does not know.
const otherConsole = "unknown"

// consoleOf returns where the console is and of what type, or nothing if there is none. It is nowhere while nobody listens there.
func consoleOf(vm *collector.VM) (where, kind string) {
	c, known := vm.Console.Get()
	if !vm.Active() {
		c.Address = ""
	}
	switch {
	case !known:
		return "", ""
	case c.Type != hv.ConsoleVNC && c.Type != hv.ConsoleSPICE:
		return clean(c.Address), otherConsole
	}
	return clean(c.Address), c.Type
}
