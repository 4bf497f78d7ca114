// Package soak proves that what vmond needs of its machine does not grow: 10,000 virtual machines of a simulated
// hypervisor churn below a real snmpd, everything that costs memory is at work at once, and what vmond needs is looked at
// every few seconds.
//
//	go test ./test/soak -soak 10m -v
//
// takes so long and up to two minutes more, and prints the samples and the verdict. Without -soak it is 20 seconds, which is enough
// to see that all of it works, but not to find a small leak.
package soak
