// Package daemon runs what vmond serve is made of: it starts the tasks, minds the signals, tells the service manager how
// things are, and ends everything in time. It also makes the logger.
package daemon
