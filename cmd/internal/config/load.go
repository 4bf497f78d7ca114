package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// maxFile is the size that a configuration file may have, so that a path such as /dev/zero is an error.
const maxFile = 1 << 20

// Load reads the configuration file at path. An empty path stands for [DefaultFile], and that it does not exist is no
// error: then everything is as in [Default].
func Load(path string) (Config, error) {
	name := fileName(path)
	text, err := read(name)
	if path == "" && errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return Config{}, err
	}
	return Parse(name, text)
}

// fileName returns the path of the file that Load reads for path.
func fileName(path string) string {
	if path == "" {
		return DefaultFile()
	}
	return path
}

// read returns the content of a file.
func read(name string) (string, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return "", &Error{File: name, Err: errors.New("is not a file")}
	}
	if err == nil && info.Size() > maxFile {
		return "", &Error{File: name, Err: fmt.Errorf("has %d octets, at most %d are allowed", info.Size(), maxFile)}
	}
	text, err := os.ReadFile(name)
	if err == nil {
		return string(text), nil
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return "", &Error{File: name, Err: err}
}

// Set gives a key that takes text the value that a flag has, by the rules of the file. Its errors are of type [*Error]
// and name no file. It panics if there is no such key.
func (c *Config) Set(name, value string) error {
	for _, k := range keys() {
		if k.name != name {
			continue
		}
		if err := k.set(c, value); err != nil {
			return &Error{Key: name, Err: err}
		}
		return nil
	}
	panic("config: no key " + name)
}
