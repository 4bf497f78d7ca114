// Package faults proves that vmond lives through the worst days of the programs around it, and of its own files: each
// test has a fault of a real program, or of the machine, and the figure that must hold meanwhile.
//
// The tests run as root in namespaces of their own.
package faults
