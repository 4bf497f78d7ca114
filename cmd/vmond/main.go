// Command vmond is a VM monitor daemon: it serves VM-MIB (RFC 7666) below a host's snmpd.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run does what the arguments ask for and returns the exit code. What went wrong is one line on stderr.
func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot(stdout)
	root.SetArgs(args)
	root.SetErr(stderr)
	err := root.Execute()
	if err != nil && !isLogged(err) {
		fmt.Fprintf(stderr, "vmond: %s\n", oneLine(err.Error()))
	}
	return exitCode(err)
}

// newRoot returns the command that has all others. They write to stdout.
func newRoot(stdout io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "vmond",
		Short:         "VM monitor daemon: VM-MIB (RFC 7666) below the host's own snmpd",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(*cobra.Command, []string) error { return errNoCommand },
	}
	root.SetOut(output{stdout}) // before tighten, since cobra's completion keeps what it finds then
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.AddCommand(newServe(), newShow(), newLibreNMS(), newCheck(), newVersion())
	tighten(root)
	return root
}
