package nms

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"
)

// A Failure is why LibreNMS has no document: one of its own codes, which are below 0, or the one in the envelope.
type Failure struct {
	Code int
	Text string
}

func (f *Failure) Error() string { return fmt.Sprintf("%d: %s", f.Code, f.Text) }

// The codes of LibreNMS' json_app_get.
const (
	codeEmpty      = -2
	codeNoJSON     = -3
	codeNoData     = -4
	codeIncomplete = -5
	codeOld        = -6
	codeNoBase64   = -7
	codeNoGzip     = -8
)

var (
	// encoded is what LibreNMS takes for base64, unless it begins like digits.
	encoded = regexp.MustCompile(`^[A-Za-z0-9/+\n]+=*\n*$`)
	digits  = regexp.MustCompile(`^[0-9]+\n`)
)

// maxOctets is how many of what is encoded SNMP carries safely in one value. Of more, LibreNMS gets nothing.
const maxOctets = 60_000

// around is what LibreNMS takes away at both ends of what snmpget printed.
const around = "\\\" \r\n"

// receive returns the object that LibreNMS reads from what snmpget printed, or from what a command did. An error is a
// *Failure.
func receive(output []byte) (map[string]any, error) {
	output = bytes.Trim(output, around)
	if len(output) == 0 {
		return nil, &Failure{codeEmpty, "empty output"}
	}
	text, err := unpack(output)
	if err != nil {
		return nil, err
	}
	envelope, err := decodeObject(text)
	switch {
	case err != nil:
		return nil, &Failure{codeNoJSON, "invalid JSON: " + err.Error()}
	case len(envelope) == 0:
		return nil, &Failure{codeNoData, "empty JSON"}
	}
	return envelope, nil
}

// unpack returns the JSON. LibreNMS takes backslashes away from one that comes as it is, which is hardly ever the same text.
func unpack(output []byte) ([]byte, error) {
	if !encoded.Match(output) || digits.Match(output) {
		if bytes.Contains(output, []byte(`\`)) {
			return nil, &Failure{codeNoJSON, "plain JSON has a backslash, and LibreNMS takes these away"}
		}
		return output, nil
	}
	if len(output) > maxOctets {
		return nil, &Failure{codeEmpty, "it is longer than SNMP carries"}
	}
	packed, err := base64.StdEncoding.Strict().DecodeString(string(output))
	if err != nil {
		return nil, &Failure{codeNoBase64, err.Error()}
	}
	in := bytes.NewReader(packed)
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, &Failure{codeNoGzip, err.Error()}
	}
	r.Multistream(false)
	text, err := io.ReadAll(r)
	switch {
	case err != nil:
		return nil, &Failure{codeNoGzip, err.Error()}
	case in.Len() > 0:
		return nil, &Failure{codeNoGzip, "something follows the compressed document"}
	}
	return text, nil
}

// decodeObject reads one JSON object and nothing else, which has no key twice in one place: nobody knows which one counts. Its
// numbers are as they were written.
func decodeObject(text []byte) (map[string]any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	if key, found := repeated(json.NewDecoder(bytes.NewReader(text))); found {
		return nil, fmt.Errorf("%q is there twice", key)
	}
	return object, nil
}

// repeated goes through a value, and returns a key that an object in it has twice, if one has.
func repeated(d *json.Decoder) (key string, found bool) {
	begin, _ := d.Token()
	if begin != json.Delim('{') && begin != json.Delim('[') {
		return "", false
	}
	seen := map[string]bool{}
	for d.More() {
		if begin == json.Delim('{') {
			token, _ := d.Token()
			key, _ := token.(string)
			if seen[key] {
				return key, true
			}
			seen[key] = true
		}
		if key, found := repeated(d); found {
			return key, true
		}
	}
	_, _ = d.Token() // its end
	return "", false
}
