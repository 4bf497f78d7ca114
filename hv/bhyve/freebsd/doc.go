// Package freebsd asks FreeBSD what there is to know of bhyve, and understands the answers.
//
// The two are apart. A [Live] system asks the one that vmond runs on, with system calls and the programs of the base system; a
// [Recording] answers as another system once did; a [Recorder] stands before either of them and notes what was asked. All three
// answer the same questions with the same octets, so that what is decoded from a recording on any machine is what would have been
// decoded there. The decoders know nothing of where the octets come from, and are built everywhere.
package freebsd
