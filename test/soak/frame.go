package soak

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

const (
	// sequence begins an SNMP message, which BER writes as its tag, its length and its content (RFC 3416; X.690).
	sequence = 0x30
	// longForm says that the other bits of a length count the octets of the length itself.
	longForm = 0x80
	// maxLength is how many octets those are at most here, and maxMessage how long a message is.
	maxLength  = 3
	maxMessage = 1 << 17
	bitsOfByte = 8
)

// readMessage reads one SNMP message out of a stream, in which nothing else is between them (RFC 3430, section 2.2). Its
// error is io.EOF at the end of the stream.
func readMessage(r *bufio.Reader) ([]byte, error) {
	header, err := r.Peek(2)
	if err != nil {
		if len(header) > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if header[0] != sequence {
		return nil, fmt.Errorf("a message begins with %#x", header[0])
	}
	length, octets := int(header[1]), 0
	if length >= longForm {
		octets = length - longForm
		if octets < 1 || octets > maxLength {
			return nil, fmt.Errorf("a message has a length of %d octets", octets)
		}
		if header, err = r.Peek(2 + octets); err != nil {
			return nil, io.ErrUnexpectedEOF
		}
		length = 0
		for _, b := range header[2:] {
			length = length<<bitsOfByte | int(b)
		}
	}
	if length > maxMessage {
		return nil, fmt.Errorf("a message has %d octets", length)
	}
	message := make([]byte, 2+octets+length)
	if _, err := io.ReadFull(r, message); errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	return message, nil
}
