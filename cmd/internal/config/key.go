package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A key is one thing that a file may say.
type key struct {
	name string // section and name, such as "hypervisor.uri"
	// set reads a TOML value into the Config. Its errors complete the sentence that the key begins.
	set func(c *Config, v any) error
	// get writes the value of the Config as TOML.
	get func(c *Config) string
}

// section returns the name of the table that the key is in.
func (k key) section() string {
	s, _, _ := strings.Cut(k.name, ".")
	return s
}

// text returns a key whose TOML value is a string.
func text[T any](name string, field func(*Config) *T, parse func(string) (T, error), format func(T) string) key {
	return key{
		name: name,
		set: func(c *Config, v any) error {
			s, ok := v.(string)
			if !ok {
				return fmt.Errorf("must be text in quotes, not %s", kind(v))
			}
			t, err := parse(s)
			if err != nil {
				return err
			}
			*field(c) = t
			return nil
		},
		get: func(c *Config) string { return quote(format(*field(c))) },
	}
}

// span returns a key whose TOML value is a string that tells a time between lo and hi.
func span(name string, field func(*Config) *time.Duration, lo, hi time.Duration) key {
	return text(name, field, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < lo || d > hi {
			return 0, fmt.Errorf("must be a time from %q to %q, not %q", short(lo), short(hi), said(s))
		}
		return d, nil
	}, short)
}

// number returns a key whose TOML value is an integer between lo and hi.
func number[T int32 | uint8](name string, field func(*Config) *T, lo, hi T) key {
	return key{
		name: name,
		set: func(c *Config, v any) error {
			n, ok := v.(int64)
			if !ok {
				return fmt.Errorf("must be a number without quotes, not %s", kind(v))
			}
			if n < int64(lo) || n > int64(hi) {
				return fmt.Errorf("must be from %d to %d, not %d", lo, hi, n)
			}
			*field(c) = T(n)
			return nil
		},
		get: func(c *Config) string { return strconv.FormatInt(int64(*field(c)), 10) },
	}
}

// boolean returns a key whose TOML value is true or false.
func boolean(name string, field func(*Config) *bool) key {
	return key{
		name: name,
		set: func(c *Config, v any) error {
			b, ok := v.(bool)
			if !ok {
				return fmt.Errorf("must be true or false without quotes, not %s", kind(v))
			}
			*field(c) = b
			return nil
		},
		get: func(c *Config) string { return strconv.FormatBool(*field(c)) },
	}
}

// short returns the time without the zeros that time.Duration writes: "2m", not "2m0s".
func short(d time.Duration) string {
	s := strings.Replace(d.String(), "µ", "u", 1) // which more keyboards have
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// kind names the TOML type of a decoded value.
func kind(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("the text %q", said(v))
	case int64:
		return fmt.Sprintf("the number %d", v)
	case float64:
		return fmt.Sprintf("the number %v", v)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return "a date"
	case map[string]any:
		return "a table"
	}
	return "a list"
}

// quote writes a TOML basic string. Of the escapes that strconv knows, TOML lacks \a, \v and \x.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
