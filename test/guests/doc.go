// Package guests proves vmond against a private libvirtd with real QEMU guests: what virsh tells of them and what
// snmpwalk says agree, object by object, and of all that happens to them snmptrapd receives what RFC 7666 wants. It needs
// root, for namespaces, a bridge and a loop device; /dev/kvm is not used.
package guests
