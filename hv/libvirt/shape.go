package libvirt

import (
	"errors"
	"strings"
)

// errShape is the error of an answer that is not what its procedure answers.
var errShape = errors.New("is not of the shape of its answer")

// The sizes of what always has the same, in octets.
const (
	intSize   = 4
	hyperSize = 8
	uuidSize  = 16
)

// modelSize is how many letters the model of a host's CPUs has, each of which takes the place of an int.
const modelSize = 32

// shapeOf returns of what the answer to a request of ours is made (remote_protocol.x), one letter for each part: i is an
// int, which all shorter numbers are too, h a hyper, u a UUID, s a string or any octets, and p a typed parameter. What is in
// brackets is there any number of times. It returns false for what we never ask.
func shapeOf(procedure uint32) (shape string, asked bool) {
	switch procedure {
	case 1, 2: // CONNECT_OPEN, CONNECT_CLOSE
		return "", true
	case 3, 14: // CONNECT_GET_TYPE, DOMAIN_GET_XML_DESC
		return "s", true
	case 4, 157: // CONNECT_GET_VERSION, CONNECT_GET_LIB_VERSION
		return "h", true
	case 6: // NODE_GET_INFO
		return strings.Repeat("i", modelSize) + "hiiiiii", true
	case 16: // DOMAIN_GET_INFO
		return "ihhih", true
	case 20: // DOMAIN_GET_VCPUS
		return "[iihi]s", true
	case 23, 24: // DOMAIN_LOOKUP_BY_NAME, DOMAIN_LOOKUP_BY_UUID
		return "sui", true
	case 64: // DOMAIN_BLOCK_STATS
		return "hhhhh", true
	case 65: // DOMAIN_INTERFACE_STATS
		return "hhhhhhhh", true
	case 66: // AUTH_LIST
		return "[i]", true
	case 70, 183, 316: // AUTH_POLKIT, DOMAIN_HAS_MANAGED_SAVE_IMAGE, CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY
		return "i", true
	case 187: // DOMAIN_SNAPSHOT_NUM
		return "i", true
	case 194: // DOMAIN_GET_BLOCK_INFO
		return "hhh", true
	case 212: // DOMAIN_GET_STATE
		return "ii", true
	case 228: // NODE_GET_MEMORY_STATS
		return "[sh]i", true
	case 230: // DOMAIN_GET_VCPU_PIN_INFO
		return "si", true
	case 243: // DOMAIN_BLOCK_STATS_FLAGS
		return "[p]i", true
	case 273: // CONNECT_LIST_ALL_DOMAINS
		return "[sui]i", true
	case 293: // NODE_GET_CPU_MAP
		return "sii", true
	case 298: // DOMAIN_GET_JOB_STATS
		return "i[p]", true
	case 344: // CONNECT_GET_ALL_DOMAIN_STATS
		return "[sui[p]]", true
	case 353: // DOMAIN_INTERFACE_ADDRESSES
		return "[s[s][isi]]", true // what there may be or not comes with a number, too
	}
	return "", false
}

// failureShape is the part of an error (remote_error) that is read: its code, its origin, that it has a message, and that.
const failureShape = "iiis"

// walk takes what the shape says. It allocates nothing, whatever numbers of elements the data speak of.
func (x *xdr) walk(shape string) {
	for i := 0; i < len(shape) && x.err == nil; i++ {
		switch shape[i] {
		case 'i':
			x.fixed(intSize)
		case 'h':
			x.fixed(hyperSize)
		case 'u':
			x.fixed(uuidSize)
		case 's':
			x.octets()
		case 'p':
			x.param()
		case '[':
			end := closing(shape, i)
			for n := x.uint32(); n > 0 && x.err == nil; n-- {
				x.walk(shape[i+1 : end])
			}
			i = end
		}
	}
}

// The types of typed parameters (virTypedParameterType).
const (
	typedInt     = 1
	typedUint    = 2
	typedLlong   = 3
	typedUllong  = 4
	typedDouble  = 5
	typedBoolean = 6
	typedString  = 7
)

// param takes a typed parameter.
func (x *xdr) param() {
	x.octets()
	switch x.uint32() {
	case typedInt, typedUint, typedBoolean:
		x.fixed(intSize)
	case typedLlong, typedUllong, typedDouble:
		x.fixed(hyperSize)
	case typedString:
		x.octets()
	default:
		x.rest, x.err = nil, errShape
	}
}

// closing returns where the bracket at that place of a shape is closed.
func closing(shape string, at int) int {
	depth := 0
	for i := at; i < len(shape); i++ {
		switch shape[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	panic("libvirt: shape " + shape + " has a bracket that is not closed")
}
