// Package collector turns what a hypervisor tells into numbered, immutable snapshots.
//
// A [Collector] is the only writer: it reads an hv.Source in three depths, each on its own so that a slow reading holds up no
// other, and what is dear a fourth time while somebody wants to know. It listens to its events, and publishes a new [Snapshot]
// for each thing it learns. Readers take the latest and never wait for a hypervisor. The numbers of virtual machines and
// devices are kept in a crash-safe [Store] before a snapshot shows them.
package collector
