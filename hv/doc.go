// Package hv says what a hypervisor and its virtual machines are, whoever runs them.
//
// It is the vocabulary that the sources (hv/libvirt, hv/bhyve, hv/sim) speak and the collector
// understands. It reaches out to nothing and imports only the standard library.
//
// Facts come in three depths, because their price differs by a factor of a thousand:
//
//   - a [Summary] is what one cheap call tells of every virtual machine: its name and state;
//   - a [Definition] is its configuration: CPUs, memory, disks and network interfaces;
//   - [Statistics] are its counters. Reading them may block on one sick virtual machine.
//
// What a hypervisor does not tell is absent (see [Opt]), never a made-up zero. Sizes are bytes, times are
// [time.Duration] or [time.Time] with a monotonic reading.
package hv
