// Package sim is a hypervisor made of values: it needs no kernel, no daemon and no rights, and can be told to fall ill.
//
// Everything in it follows from a seed: the virtual machines, their devices, the pace of their counters and, if asked
// for, the changes that they go through. Two simulations of one URI that began at the same moment and were driven in
// the same way tell the same at any later moment. Nothing runs in the background: whoever asks lets the simulation catch
// up with the clock first.
//
// It can be driven by hand too: [Source.Start], [Source.Suspend] and so on do what an administrator would do at the
// hypervisor, and tell it with the events that libvirt sends for the same action.
package sim
