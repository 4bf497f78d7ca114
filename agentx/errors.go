package agentx

import (
	"errors"
	"fmt"

	"github.com/posteo/go-agentx/pdu"
)

// ErrNoResponse says that the master did not answer a request in time. It may have carried it out all the same.
var ErrNoResponse = errors.New("agentx: no response from the master")

// ErrDropped says that a notification had to make room for a later one before it was ever sent.
var ErrDropped = errors.New("agentx: notification dropped, the queue is full")

// ErrEnded says that Run ended before the master had answered a notification. Only if that was in flight at the end can
// the master have accepted it all the same.
var ErrEnded = errors.New("agentx: notification not sent, the subagent has ended")

// errNoSession is told to those who wait for an answer when the session ends.
var errNoSession = errors.New("agentx: no session with the master")

// ResponseError is the error of a Response: the master's no to a request of ours.
type ResponseError struct {
	// Request is the type of the request by its name in RFC 2741, such as "Register".
	Request string
	// Status is res.error.
	Status pdu.Error
	// Index is res.index: which varbind is to blame, counted from 1, or 0.
	Index uint16
}

// Error returns a text such as `agentx: Register refused: duplicateRegistration (263)`.
func (e *ResponseError) Error() string {
	return fmt.Sprintf("agentx: %s refused: %s (%d)", e.Request, statusName(e.Status), e.Status)
}

// statusName is the name that RFC 2741, section 6.2.16 gives an error.
func statusName(s pdu.Error) string {
	switch s {
	case pdu.ErrorOpenFailed:
		return "openFailed"
	case pdu.ErrorNotOpen:
		return "notOpen"
	case pdu.ErrorUnsupportedContext:
		return "unsupportedContext"
	case pdu.ErrorDuplicateRegistration:
		return "duplicateRegistration"
	case pdu.ErrorUnknownRegistration:
		return "unknownRegistration"
	case pdu.ErrorUnknownAgentCaps:
		return "unknownAgentCaps"
	case pdu.ErrorParse:
		return "parseError"
	case pdu.ErrorRequestDenied:
		return "requestDenied"
	case pdu.ErrorProcessing:
		return "processingError"
	}
	return "error"
}

// requestName is the name of a PDU that a subagent sends.
func requestName(t pdu.Type) string {
	switch t {
	case pdu.TypeOpen:
		return "Open"
	case pdu.TypeClose:
		return "Close"
	case pdu.TypeRegister:
		return "Register"
	case pdu.TypeUnregister:
		return "Unregister"
	case pdu.TypeNotify:
		return "Notify"
	case pdu.TypePing:
		return "Ping"
	case pdu.TypeAddAgentCaps:
		return "AddAgentCaps"
	case pdu.TypeRemoveAgentCaps:
		return "RemoveAgentCaps"
	}
	panic(fmt.Sprintf("agentx: a subagent sends no %v", t))
}

// closeReason is the name that RFC 2741, section 6.2.2 gives a reason.
func closeReason(r pdu.Reason) string {
	switch r {
	case pdu.ReasonParseError:
		return "reasonParseError"
	case pdu.ReasonProtocolError:
		return "reasonProtocolError"
	case pdu.ReasonTimeouts:
		return "reasonTimeouts"
	case pdu.ReasonShutdown:
		return "reasonShutdown"
	case pdu.ReasonByManager:
		return "reasonByManager"
	}
	return "reasonOther"
}
