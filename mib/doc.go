// Package mib says what an SNMP subtree is: names, values, and trees that answer Get and Next.
//
// A [Module] describes a subtree once, as scalars and tables over data of some type; a [Tree] is such a module over one
// moment of that data. Nothing is stored per instance: a table asks its data for rows when it is asked. The package
// knows neither a protocol nor a hypervisor and imports only the standard library.
package mib
