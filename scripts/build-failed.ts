/** Thrown if a build fails. The message says what to correct. */
export class BuildFailed extends Error {}
