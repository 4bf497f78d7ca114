package agentxtest

import (
	"slices"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// response is a Response to p without an error, with the varbinds that net-snmp puts into it.
func response(p PDU) PDU {
	return PDU{
		Type:     pdu.TypeResponse,
		Flags:    p.Flags & pdu.FlagNetworkByteOrder,
		Session:  p.Session,
		Packet:   p.Packet,
		UpTime:   4711,
		Varbinds: p.Varbinds,
	}
}

// answer is the Response of the master, and whether there is one.
func (s *Session) answer(p PDU) (PDU, bool) {
	r := response(p)
	if rule, ok := s.rule(p.Type); ok {
		r.Status = rule.status
		return r, rule.status != 0
	}
	switch p.Type {
	case pdu.TypeOpen:
		s.m.lastID++
		s.open, s.id, s.order = true, s.m.lastID, r.Flags
		r.Session = s.id
		r.Varbinds = []mib.Varbind{{Name: mib.OID{0, 0}, Value: mib.Text(p.Description)}}
	case pdu.TypeClose:
		s.closed = true
	case pdu.TypeRegister:
		r.Status = add(&s.regions, p.Subtree, pdu.ErrorDuplicateRegistration)
		r.Varbinds = []mib.Varbind{{Name: p.Subtree, Value: mib.Null()}}
	case pdu.TypeUnregister:
		r.Status = remove(&s.regions, p.Subtree, pdu.ErrorUnknownRegistration)
	case pdu.TypeAddAgentCaps:
		add(&s.capabilities, p.ID, pdu.ErrorNone)
	case pdu.TypeRemoveAgentCaps:
		r.Status = remove(&s.capabilities, p.ID, pdu.ErrorUnknownAgentCaps)
	}
	return r, true
}

// rule takes the first rule for a type, once.
func (s *Session) rule(t pdu.Type) (rule, bool) {
	rules := s.m.rules[t]
	if len(rules) == 0 {
		return rule{}, false
	}
	r := rules[0]
	rules[0].times--
	if rules[0].times == 0 {
		s.m.rules[t] = rules[1:]
	}
	return r, true
}

func add(names *[]string, o mib.OID, otherwise pdu.Error) pdu.Error {
	if slices.Contains(*names, o.String()) {
		return otherwise
	}
	*names = append(*names, o.String())
	return pdu.ErrorNone
}

func remove(names *[]string, o mib.OID, otherwise pdu.Error) pdu.Error {
	i := slices.Index(*names, o.String())
	if i < 0 {
		return otherwise
	}
	*names = slices.Delete(*names, i, i+1)
	return pdu.ErrorNone
}
