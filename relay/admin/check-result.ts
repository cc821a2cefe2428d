/** The errors that a check throws instead of returning a success. */

/** Thrown by a check that finds a mistake. The message tells the operator what to do. */
export class Trouble extends Error {}

/**
 * Thrown by a check that another problem makes impossible or meaningless. This way, the output has only one line for
 * each cause.
 */
export class Unchecked extends Error {}
