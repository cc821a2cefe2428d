/** A failure that its message fully explains. */
export class CheckFailed extends Error {}
