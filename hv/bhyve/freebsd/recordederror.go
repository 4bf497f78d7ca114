package freebsd

import (
	"context"
	"errors"
	"io/fs"
)

// A recordedError is an error that was answered once: its text, and what kind it is for errors.Is.
type recordedError struct {
	// kind is nil if it is of none that anybody asks for.
	kind error
	text string
}

// Error returns the text that was recorded, or that of the kind if there is none.
func (e *recordedError) Error() string {
	if e.text == "" && e.kind != nil {
		return e.kind.Error()
	}
	return e.text
}

// Unwrap returns the kind.
func (e *recordedError) Unwrap() error { return e.kind }

// unnamed is the kind of an error that is of no other.
const unnamed = "failed"

// An errorKind is a kind of error that callers tell apart, with the word for it in the index.
type errorKind struct {
	word string
	kind error
}

// errorKinds are all of them. What is of several kinds is of the first one.
func errorKinds() []errorKind {
	return []errorKind{
		{"no-process", ErrNoProcess},
		{"not-exist", fs.ErrNotExist},
		{"permission", fs.ErrPermission},
		{"deadline", context.DeadlineExceeded},
	}
}

// remember returns err as a recording has it, which is of the same kind and has the same text.
func remember(err error) error {
	if err == nil {
		return nil
	}
	_, kind := kindOf(err)
	return &recordedError{kind, err.Error()}
}

// kindOf returns what kind of error err is, and the word for it.
func kindOf(err error) (word string, kind error) {
	for _, k := range errorKinds() {
		if errors.Is(err, k.kind) {
			return k.word, k.kind
		}
	}
	return unnamed, nil
}

// kindNamed returns the kind of error that the word is for, and whether there is one.
func kindNamed(word string) (kind error, ok bool) {
	for _, k := range errorKinds() {
		if k.word == word {
			return k.kind, true
		}
	}
	return nil, word == unnamed
}
