// Mibgen reads the MIB modules of the project with gosmi and writes what the code needs of them as Go: names of object
// identifiers, column numbers, enumerations and notifications, so that none of these is ever typed by hand.
//
// It runs by "go generate" in mib/vmmib. Tests prove that the file there is what it writes.
package main
