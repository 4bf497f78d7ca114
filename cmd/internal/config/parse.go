package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// Error is what is wrong with a configuration, in one sentence.
type Error struct {
	// File and Line tell where it is. The line is 0, and the file may be empty, where it is not in a line of a file.
	File string
	Line int
	// Key is what it is about, such as "hypervisor.uri". It is empty where the file is no TOML.
	Key string
	Err error
}

// Error returns the sentence.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ":")
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:", e.Line)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if e.Key != "" {
		b.WriteString(e.Key + " ")
	}
	b.WriteString(e.Err.Error())
	return strings.Map(printable, b.String())
}

// printable replaces what would break the line of an error: the decoder quotes the file as it is.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Parse reads the text of a configuration file. What it does not say is as in [Default]. The name is that of the file,
// for errors, which are of type [*Error]. Of several errors, the first in the file is returned.
func Parse(name, text string) (Config, error) { return parse(name, text, keys()) }

// parse is Parse for these keys.
func parse(name, text string, keys []key) (Config, error) {
	f := file{name: name}
	md, err := toml.Decode(text, &f.root)
	if err != nil {
		return Config{}, f.error("", err)
	}
	c := Default()
	sections, known := index(keys)
	for _, k := range md.Keys() {
		target := &target{set: func(any) error { return errors.New("is not a known key") }}
		if len(k) == 1 && sections[k[0]] {
			target.set = table
		}
		if key, ok := known[k.String()]; ok {
			target.set = func(v any) error { return key.set(&c, v) }
		}
		if err := f.decode(&md, k, target); err != nil {
			return Config{}, f.error(k.String(), err)
		}
	}
	return c, nil
}

// index returns the names of the sections, and the keys by name.
func index(keys []key) (sections map[string]bool, known map[string]key) {
	sections, known = map[string]bool{}, map[string]key{}
	for _, k := range keys {
		sections[k.section()] = true
		known[k.name] = k
	}
	return sections, known
}

// A file is a TOML file that is decoded key by key, so that each error comes with its line and in the order of the
// file. The decoder gives lines only to errors that come up while it decodes.
type file struct {
	name string
	root map[string]toml.Primitive
}

// A target takes one TOML value.
type target struct {
	set func(any) error
}

// UnmarshalTOML hands the value to set.
func (t *target) UnmarshalTOML(v any) error { return t.set(v) }

// table takes a section.
func table(v any) error {
	if _, ok := v.(map[string]any); !ok {
		return fmt.Errorf("must be a section, not %s", kind(v))
	}
	return nil
}

// decode hands the value of k to t. Whatever is above k is a table already: k is not among the keys otherwise.
func (f *file) decode(md *toml.MetaData, k toml.Key, t *target) error {
	level := f.root
	for _, name := range k[:len(k)-1] {
		var next map[string]toml.Primitive
		if err := md.PrimitiveDecode(level[name], &next); err != nil {
			return err
		}
		level = next
	}
	return md.PrimitiveDecode(level[k[len(k)-1]], t)
}

// error returns err with its place, in the words of this package.
func (f *file) error(key string, err error) error {
	var pe toml.ParseError
	if !errors.As(err, &pe) {
		return &Error{File: f.name, Key: key, Err: err}
	}
	if key == "" {
		return &Error{File: f.name, Line: pe.Position.Line, Err: errors.New(pe.Message)}
	}
	return &Error{File: f.name, Line: pe.Position.Line, Key: key, Err: errors.New(pe.Message)}
}
