/** The errors of checks that find a mistake or cannot run. */

/** Thrown by a check that finds a mistake. The message tells the operator what to do. */
export class Trouble extends Error {}

/**
 * Thrown by a check that another problem makes impossible or meaningless, so that the output has only one line for each
 * cause.
 */
export class Unchecked extends Error {}
