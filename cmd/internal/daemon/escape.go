package daemon

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// AppendEscaped appends a JSON text to dst, with an escape for each character that is not printable and that JSON
// lets through all the same, such as U+009B, which begins a command to a terminal. The text stays the same JSON: such
// characters can only be in its strings.
func AppendEscaped(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, string(utf8.RuneError)...)
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			dst = append(dst, text[:n]...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, hi, lo)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		text = text[n:]
	}
	return dst
}

// An escaped is an encoder of lines in which only printable characters are.
type escaped struct {
	zapcore.Encoder
	pool buffer.Pool
}

// Clone returns a copy.
func (e escaped) Clone() zapcore.Encoder { return escaped{Encoder: e.Encoder.Clone(), pool: e.pool} }

// EncodeEntry returns the line.
func (e escaped) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	line, err := e.Encoder.EncodeEntry(entry, fields)
	if err != nil {
		return nil, err
	}
	defer line.Free()
	out := e.pool.Get()
	_, err = out.Write(AppendEscaped(nil, line.Bytes()))
	return out, err
}
