// Package vmmib is VM-MIB (RFC 7666): what can be read over a [collector.Snapshot], one file for each group of objects and
// one line for each object in the order of the MIB, and what is told of each [collector.Change].
//
// What the hypervisor does not tell is no instance, so that a manager is never told an invented 0. The exceptions are
// the objects for which the RFC itself names a value that says "unknown", "not available" or "none": there the
// instance is served, with that value.
package vmmib
