package main

import "github.com/posteo/go-agentx/pdu"

// sayings are all that a subagent can begin with.
func sayings() []pdu.Type {
	return []pdu.Type{pdu.TypeOpen, pdu.TypeClose, pdu.TypeRegister, pdu.TypePing, pdu.TypeNotify}
}
