// Package lab starts the real programs that the tests and make run need, each privately: with its own configuration,
// state, sockets and ports in a directory of its own, so that the system's daemons are neither used nor disturbed.
//
// Whatever the lab starts ends with the test, also when that panics or is killed: a [Process] dies with its parent. What
// a daemon said is added to the log of a test that failed.
package lab
