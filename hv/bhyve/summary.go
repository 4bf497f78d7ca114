package bhyve

import "github.com/vmond/vmond/hv"

// summary returns what States and the events tell of it.
func (s standing) summary() hv.Summary {
	return hv.Summary{
		Key:        s.key,
		UUID:       s.uuid,
		Name:       s.name,
		State:      s.oper,
		Admin:      s.admin,
		AutoStart:  s.autoStart,
		Persistent: hv.AnswerOf(managed(s.key)),
		Run:        s.run,
	}
}
