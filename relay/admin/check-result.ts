/** The results of a check other than success. */

/** Thrown by a check that finds a mistake. The message says what to do. */
export class Trouble extends Error {}

/** Thrown by a check that another problem makes impossible or meaningless, so that the output has one line for each cause. */
export class Unchecked extends Error {}
