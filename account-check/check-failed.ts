/** A failure whose message explains it completely. */
export class CheckFailed extends Error {}
