package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// accepted FILE TO makes sure that LibreNMS would take what is in a file for the document, and writes it out as JSON.
func accepted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: accepted file to")
	}
	text := []byte(ts.ReadFile(args[0]))
	_ = ts.Value(keyTB).(testing.TB)
	plain, err := unpack(text)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), plain, 0o600))
}

// unpack returns the JSON of either form of the document.
func unpack(text []byte) ([]byte, error) {
	if bytes.HasPrefix(text, []byte("{")) {
		return text, nil
	}
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
