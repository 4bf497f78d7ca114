// Package control is the door of a running vmond for the other commands: HTTP on a unix socket, on this machine and for
// the members of one group only.
//
//	GET /snapshot   the collector's latest snapshot
//	GET /health     how vmond fares, see [Health]
//	GET /events     the last changes of virtual machines, the oldest first, see [events.Event]
//
// All answers are JSON. Sizes are bytes, durations nanoseconds, moments RFC 3339.
package control
