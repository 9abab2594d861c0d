"""The command line: `tunesmith ...`. One file a command, in `services/cli/commands/`."""
