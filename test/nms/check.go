package nms

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// minVersion is the lowest version of an envelope that LibreNMS takes.
const minVersion = 1

// Anything allows each number to be null.
const Anything = "*"

// Check returns what LibreNMS understands of what snmpget printed, or of what a command did. It fails the test, with the key at
// fault, for all that would cost LibreNMS a value or a graph, and for all else that a document may not have. No number may be null
// but those that have one of the keys in unknown, such as "snaps", wherever they are.
func Check(t testing.TB, output []byte, unknown ...string) Document {
	t.Helper()
	d, faults := check(output)
	for _, at := range d.Unknown() {
		if !slices.Contains(unknown, Anything) && !slices.Contains(unknown, at[strings.LastIndex(at, ".")+1:]) {
			faults.add("%s is not known", at)
		}
	}
	for _, fault := range faults {
		t.Errorf("document for LibreNMS: %s", fault)
	}
	return d
}

// CheckFailed is Check for an envelope that tells of an error. It returns that, with a code above 0.
func CheckFailed(t testing.TB, output []byte) Failure {
	t.Helper()
	_, err := open(output)
	var failure *Failure
	if !errors.As(err, &failure) || failure.Code <= 0 {
		t.Errorf("document for LibreNMS: it tells of no error but has %v", err)
		return Failure{}
	}
	return *failure
}

// check returns the document, and what is wrong with it.
func check(output []byte) (Document, faults) {
	data, err := open(output)
	if err != nil {
		return Document{}, faults{err.Error()}
	}
	var f faults
	return f.document(data), f
}

// open returns the data of an envelope. An error is a *Failure.
func open(output []byte) (map[string]any, error) {
	envelope, err := receive(output)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"error", "data", "errorString", "version"} {
		if envelope[key] == nil {
			return nil, &Failure{codeIncomplete, "no " + key}
		}
	}
	version, ok := wholeNumber(envelope["version"])
	if !ok || version < minVersion {
		return nil, &Failure{codeOld, "version is too low or no integer"}
	}
	code, isInt := wholeNumber(envelope["error"])
	text, isText := envelope["errorString"].(string)
	data, isObject := envelope["data"].(map[string]any)
	switch {
	case !isInt || code < 0:
		return nil, &Failure{codeIncomplete, "error is no integer of 0 or more"}
	case !isText:
		return nil, &Failure{codeIncomplete, "errorString is no text"}
	case !isObject:
		return nil, &Failure{codeIncomplete, "data is no object"}
	case len(envelope) != 4:
		return nil, &Failure{codeIncomplete, "the envelope has a key that nobody knows"}
	case code != 0:
		return nil, &Failure{int(code), text}
	case text != "":
		return nil, &Failure{codeIncomplete, "errorString without an error"}
	}
	return data, nil
}
