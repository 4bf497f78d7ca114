package main

import (
	"os"
	"os/signal"
	"syscall"
)

// outliveReader has vmond go on when nobody reads what it writes to standard error any more: a program in Go is killed by that
// otherwise (os/signal, "SIGPIPE"). At a stop, daemon(8) of FreeBSD 13 is gone before vmond has taken leave of its master.
//
// The signal is caught and not ignored, for what vmond starts would inherit that: a shell wants it in its pipes.
func outliveReader() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
