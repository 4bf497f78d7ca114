// Package bhyve reads bhyve, FreeBSD's hypervisor, without libvirt: virtual machines that were started by hand, by vm-bhyve and by
// CBSD, all at once on one host.
//
// There is no daemon to ask. A virtual machine is a process, a device node in /dev/vmm and what its manager has written down, and
// none of them alone says what it is doing. So each look takes all of it (gather.go) as the evidence from which a state is judged
// (judge.go), with what is remembered of the looks before it (memory.go). What happened is the difference between two looks.
package bhyve
