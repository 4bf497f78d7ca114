// Package libvirt reads a hypervisor through libvirt's daemon: QEMU, Xen, LXC, or any other that libvirt drives.
//
// It speaks libvirt's own protocol over a socket, read-only where the daemon offers that, and holds a few connections
// of which each has one purpose, so that a request that hangs takes none of the others with it:
//
//   - reading: the states, the definitions and the host. These requests do not touch a virtual machine's process.
//   - counting: the statistics. A QEMU that does not answer holds up the request that asks about it.
//   - surveys: the addresses and the snapshots. An agent in a guest that does not answer holds up the request.
//   - jobs: whether a virtual machine is being migrated or saved. It is open only while one looks like it.
//   - state: the state of one virtual machine, when an event leaves it open.
//   - watching: the events, and a heartbeat that notices a daemon that hangs.
//
// The events are taken off the wire before go-libvirt sees them, and stay in the order in which they came.
//
// The protocol has no timeouts. What takes too long is ended by closing the connection under it; the next request
// opens a new one. A daemon on another host that cannot be had is not asked for one by each request: requests fail
// with the last reason for up to 30 s, before the next attempt.
//
// What depends on the host's own files (interface indices, times of boot, what is of a process) is told only if the
// daemon is reached through a unix socket, which is taken to mean that it runs on this host.
package libvirt
