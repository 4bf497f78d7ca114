// Package agentx is an AgentX subagent (RFC 2741): it serves a mib.Tree below an SNMP master agent such as net-snmp's snmpd.
//
// It is built in three layers:
//
//   - bytes: order, header, cursor, varbind, request, response and payload turn PDUs into structures and back. They check
//     every length against what is there, read both byte orders, and allocate nothing on the way of a request;
//   - session: run, session, ask and ledger keep one connection with one session at the master. What is wanted there
//     and what the master has accepted are kept apart, and the session works on the difference, so after
//     the master was away everything is registered again by itself. Notifications lie in a queue that outlives the
//     sessions, and flight is the one of them that the master has not answered;
//   - dispatch: dispatch, get, bulk and set give each request of the master its answer. A view is what they give it from: the
//     main tree, and the trees of the offers, which are regions that the master may refuse without harm.
//
// One goroutine, that of [Subagent.Run], does all of it: it reads, answers at once, and sends what others leave for it.
// A master answers nobody while one of its subagents keeps it waiting, so nothing here waits for anything but the master.
//
// From github.com/posteo/go-agentx come the names and numbers of the protocol; its client is not used, because a
// SET, a GetBulk or half a PDU ends the process that runs it.
package agentx
