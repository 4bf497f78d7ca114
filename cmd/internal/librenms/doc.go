// Package librenms tells LibreNMS' application "hv-monitor" of the virtual machines, in the document that HV::Monitor
// made for it: the same keys and types, in the units that its pages label.
//
// What HV::Monitor has wrong is right here. Numbers are numbers, and have a fraction only where LibreNMS takes one. All
// sizes are bytes. What comes in is what the guest received, on every hypervisor. A counter that is not known at the
// moment is null, which LibreNMS stores as unknown; a 0 would draw a peak once the counter is back. What the hypervisor
// never counts is 0, as HV::Monitor has it, and so is what an interface without an end on the host or a drive without a
// medium has no counter for.
package librenms
