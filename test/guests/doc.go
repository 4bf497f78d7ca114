// Package guests proves VM-MIB against real QEMU guests.
package guests
