package freebsd

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// An entry is a line of the index: a question, and what was answered.
type entry struct {
	question question
	answer   answer
	// file is which file has the octets of the answer, or empty if it has none.
	file string
}

// The keys of what is answered.
const (
	keyFile      = "file"      // the file of the recording with the octets
	keyName      = "name"      // one name in a directory
	keyPath      = "path"      // Stat.Path, where it is not what was asked for
	keyMode      = "mode"      // Stat.Mode
	keySize      = "size"      // Stat.Size
	keyAllocated = "allocated" // Stat.Allocated
	keyModified  = "modified"  // Stat.Modified
	keyNow       = "now"       // Clock.Now
	keyZone      = "zone"      // its location, where that has a name
	keyUp        = "up"        // Clock.Up
	keyError     = "error"     // the kind of an error
	keyText      = "text"      // what it says
)

// String writes the line, without its end.
func (e entry) String() string {
	kind, about := e.question.fields()
	line := string(e.question) + "\t" + arrow
	if fields := e.answer.fields(kind, about, e.file); len(fields) > 0 {
		line += "\t" + joinFields(fields)
	}
	return line
}

// fields writes the answer to a question.
func (a answer) fields(kind string, about []string, file string) []string {
	var fields []string
	add := func(key, value string) { fields = append(fields, key+"="+value) }
	if file != "" {
		add(keyFile, file)
	}
	for _, name := range a.names {
		add(keyName, name)
	}
	if kind == askStat && a.err == nil {
		if a.stat.Path != about[0] {
			add(keyPath, a.stat.Path)
		}
		add(keyMode, a.stat.Mode.String())
		add(keySize, strconv.FormatInt(a.stat.Size, 10))
		add(keyAllocated, strconv.FormatInt(a.stat.Allocated, 10))
		if !a.stat.Modified.IsZero() {
			add(keyModified, a.stat.Modified.UTC().Format(time.RFC3339Nano))
		}
	}
	if kind == askClock && a.err == nil {
		now, zone := a.clock.Now, a.clock.Now.Location().String()
		if named(zone) {
			// The offset is the zone's then, which need not be whole minutes for the time to come back.
			add(keyNow, now.UTC().Format(time.RFC3339Nano))
			add(keyZone, zone)
		}
		if !named(zone) {
			add(keyNow, now.Format(time.RFC3339Nano))
		}
		add(keyUp, a.clock.Up.String())
	}
	if a.err != nil {
		word, _ := kindOf(a.err)
		add(keyError, word)
		add(keyText, a.err.Error())
	}
	return fields
}

// parseIndex parses an index. Empty lines, and those that begin with "#", are for people.
func parseIndex(text string) ([]entry, error) {
	var entries []entry
	seen := map[question]bool{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if seen[e.question] {
			return nil, fmt.Errorf("line %d: the question %q is answered twice", n, e.question.String())
		}
		seen[e.question] = true
		entries = append(entries, e)
	}
	return entries, nil
}

// parseEntry parses a line of an index.
func parseEntry(line string) (entry, error) {
	fields, err := splitFields(line)
	if err != nil {
		return entry{}, err
	}
	var asked []string
	for len(fields) > 0 && !fields[0].isArrow() {
		asked = append(asked, fields[0].text)
		fields = fields[1:]
	}
	if len(fields) == 0 {
		return entry{}, fmt.Errorf("%q has no %q between question and answer", line, arrow)
	}
	if err := wellAsked(asked); err != nil {
		return entry{}, err
	}
	e := entry{question: question(joinFields(asked))}
	if asked[0] == askStat {
		e.answer.stat.Path = asked[1]
	}
	told := map[string]bool{}
	for _, f := range fields[1:] {
		key, value, ok := strings.Cut(f.text, "=")
		if !ok || !fits(asked[0], key) || told[key] && key != keyName {
			return entry{}, fmt.Errorf("%q is no answer to %q", f.text, e.question.String())
		}
		told[key] = true
		if err := e.set(key, value); err != nil {
			return entry{}, fmt.Errorf("%q: %w", f.text, err)
		}
	}
	return e, e.complete(asked[0], told)
}

// set takes over one field of the answer.
func (e *entry) set(key, value string) (err error) {
	switch key {
	case keyFile:
		e.file = value
		if !fs.ValidPath(value) || value == "." {
			return errors.New("that is no file of the recording")
		}
	case keyName:
		e.answer.names = append(e.answer.names, value)
	case keyPath:
		e.answer.stat.Path = value
	case keyMode:
		e.answer.stat.Mode, err = parseMode(value)
	case keySize:
		e.answer.stat.Size, err = strconv.ParseInt(value, 10, 64)
	case keyAllocated:
		e.answer.stat.Allocated, err = strconv.ParseInt(value, 10, 64)
	case keyModified:
		e.answer.stat.Modified, err = parseMoment(value)
		e.answer.stat.Modified = e.answer.stat.Modified.UTC()
	case keyNow:
		e.answer.clock.Now, err = parseMoment(value)
	case keyZone:
		var zone *time.Location
		zone, err = time.LoadLocation(value)
		if err == nil {
			e.answer.clock.Now = e.answer.clock.Now.In(zone)
		}
	case keyUp:
		e.answer.clock.Up, err = time.ParseDuration(value)
	case keyError:
		kind, ok := kindNamed(value)
		if !ok {
			return errors.New("there is no such kind of error")
		}
		e.answer.err = &recordedError{kind: kind}
	case keyText:
		told, ok := e.answer.err.(*recordedError)
		if !ok {
			return errors.New("it is before the kind of the error")
		}
		told.text = value
	}
	return err
}

// parseMoment parses a moment of RFC 3339, whose years have four digits: also in UTC, in which most are written.
func parseMoment(text string) (time.Time, error) {
	const lastYear = 9999
	t, err := time.Parse(time.RFC3339Nano, text)
	if year := t.UTC().Year(); err == nil && (year < 0 || year > lastYear) {
		return time.Time{}, fmt.Errorf("year %d does not have four digits", year)
	}
	return t, err
}
