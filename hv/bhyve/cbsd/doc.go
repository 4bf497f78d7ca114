// Package cbsd asks CBSD, a manager of jails and virtual machines, for its virtual machines that bhyve runs
// (https://github.com/cbsd/cbsd). CBSD keeps them in SQLite files, which its own sqlcli reads quickly; its command bls tells
// the same slowly.
package cbsd
