package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"

	"github.com/sleepinggenius2/gosmi"

	"github.com/vmond/vmond/mibs"
)

// What is read, and the package that is written.
const (
	moduleName  = "VM-MIB"
	packageName = "vmmib"
)

// outputMode is the mode of the file that is written.
const outputMode = 0o644

func main() {
	output := flag.String("o", "oids_gen.go", "the `file` to write")
	flag.Parse()
	if err := run(*output); err != nil {
		fmt.Fprintln(os.Stderr, "mibgen:", err)
		os.Exit(1)
	}
}

// run writes the file.
func run(output string) error {
	src, err := generate(mibs.FS(), moduleName, packageName)
	if err != nil {
		return err
	}
	return os.WriteFile(output, src, outputMode)
}

// generate returns the Go source of the package pkg for a module in fsys.
func generate(fsys fs.FS, module, pkg string) (src []byte, err error) {
	err = load(fsys, module, func(m gosmi.SmiModule) error {
		facts, err := newModel(m)
		if err != nil {
			return err
		}
		src, err = source(facts, pkg)
		return err
	})
	return src, err
}
