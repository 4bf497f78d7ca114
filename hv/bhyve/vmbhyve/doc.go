// Package vmbhyve reads the files of vm-bhyve, the manager of virtual machines that is shell scripts and a directory for each
// (https://github.com/freebsd/vm-bhyve). Its commands need root and take a process for each fact; its files tell the same.
package vmbhyve
