/** Failures that a command reports with a message and without a stack trace. */

import { types } from 'node:util';

/** A failure that is reported with its message only. The command prints the message to stderr and exits with code 1. */
export class CommandError extends Error {}

/** Returns the message of a thrown value. */
export const messageOf = (error: unknown): string => (types.isNativeError(error) ? error.message : String(error));
