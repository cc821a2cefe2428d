/** A failure that is reported with its message only, without a stack trace. */
export class CheckFailed extends Error {}
