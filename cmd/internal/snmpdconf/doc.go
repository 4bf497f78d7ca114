// Package snmpdconf says what is in the configuration of a running snmpd, as far as that can be read from outside.
//
// AgentX lets a subagent take a name from an extend of snmpd, and gives it no way to ask whether there is one. So
// the files are read that net-snmp 5.9's snmpd reads, by the rules of snmp_config(5), snmpd.conf(5) and snmpd(8),
// as it does, which a test proves by asking it. Nothing is executed, and files, lines and includes are bounded.
package snmpdconf
