/** Failures that a command reports by their message alone, without a stack trace. */

/** A failure that its message explains. The command prints the message to stderr and exits with code 1. */
export class CommandError extends Error {}

/** A command line that cannot be run. The command prints the usage below the message. */
export class UsageError extends CommandError {}
