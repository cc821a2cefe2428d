/** Failures that a command reports with only a message, without a stack trace. */

/** A failure that its message fully explains. The command prints the message to stderr and exits with code 1. */
export class CommandError extends Error {}

/** An invalid command line. The command prints the usage text below the message. */
export class UsageError extends CommandError {}

/** Returns the message of something that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
