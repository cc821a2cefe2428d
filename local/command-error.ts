/** Failures that a command reports with a message only, without a stack trace. */

/** A failure whose message explains it fully. The command prints the message to stderr and exits with code 1. */
export class CommandError extends Error {}

/** An invalid command line. The command prints the usage below the message. */
export class UsageError extends CommandError {}
