// Package farm serves virtual machines that exist nowhere but in memory, for tests of all rooms between a snapshot and the socket.
package farm
