package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// tighten has the commands that cobra brings along, completion and help, refuse what they do not know. By themselves they
// would print their help and call it success.
func tighten(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args, cmd.RunE = knownShell, noShell
		case "help":
			cmd.Args = knownTopic
		}
	}
}

// knownShell makes sure that nothing is where the name of a shell should be: shells are commands of their own.
func knownShell(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s knows bash, zsh, fish and powershell, not %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// noShell says that the name of a shell is missing.
func noShell(cmd *cobra.Command, _ []string) error {
	return errors.New(cmd.CommandPath() + " needs a shell: bash, zsh, fish or powershell")
}

// knownTopic makes sure that there is a command of that name.
func knownTopic(cmd *cobra.Command, args []string) error {
	_, rest, err := cmd.Root().Find(args)
	if err == nil && len(rest) > 0 {
		err = knownCommand(cmd, rest)
	}
	return err
}
