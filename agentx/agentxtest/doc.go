// Package agentxtest has an AgentX master for tests: strict, scriptable, in this process.
//
// A [Master] listens on a unix or TCP socket, or hands out pipes, and answers what a subagent asks as net-snmp does. It
// checks every PDU that it gets against RFC 2741, by itself and after all that went before in its session, and fails the test
// at each that breaks a rule. The test says what the master does besides: send any PDU in either byte order, or any octets;
// refuse, ignore, stall, drop, go and come back.
//
// It shares no code with package agentx, so that a mistake there cannot hide itself here. Its own decoder and
// encoder are plain and slow. [Tree] and [SetTree] are small things to serve.
package agentxtest
