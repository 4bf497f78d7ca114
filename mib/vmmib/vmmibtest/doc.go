// Package vmmibtest has a snapshot for tests: a few virtual machines that differ in all that VM-MIB can tell, so that
// what is served of it can be compared with a list.
package vmmibtest
