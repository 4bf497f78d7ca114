package daemon

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// A logfmt writes each entry as key=value pairs, in the order of the fields. It has the JSON encoder do the work and
// rewrites the line: logfmt has no other definition of what a value is.
type logfmt struct {
	zapcore.Encoder
	pool buffer.Pool
}

// Clone returns a copy.
func (l logfmt) Clone() zapcore.Encoder { return logfmt{Encoder: l.Encoder.Clone(), pool: l.pool} }

// EncodeEntry returns the line.
func (l logfmt) EncodeEntry(e zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	line, err := l.Encoder.EncodeEntry(e, fields)
	if err != nil {
		return nil, err
	}
	defer line.Free()
	out := l.pool.Get()
	if err := rewrite(out, line.Bytes()); err != nil {
		out.Free()
		return nil, err
	}
	return out, nil
}

// rewrite writes the members of a JSON object as pairs, and a newline.
func rewrite(out *buffer.Buffer, object []byte) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return err
	}
	for first := true; d.More(); first = false {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if !first {
			out.AppendByte(' ')
		}
		name, _ := key.(string)
		out.AppendString(bareKey(name))
		out.AppendByte('=')
		out.AppendString(bareValue(value))
	}
	out.AppendByte('\n')
	return nil
}

// bareKey returns a key without what ends one.
func bareKey(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '=' || r == '"' || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, s)
}

// bareValue returns a JSON value, in quotes if it would not be one word without.
func bareValue(raw json.RawMessage) string {
	text := string(raw)
	var s string
	if json.Unmarshal(raw, &s) == nil {
		text = s
	}
	special := func(r rune) bool {
		return r == '=' || r == '"' || r == '\\' || unicode.IsSpace(r) || !unicode.IsPrint(r)
	}
	if text == "" || strings.ContainsFunc(text, special) {
		return strconv.Quote(text)
	}
	return text
}
