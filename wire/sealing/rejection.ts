/** The only error that reading, unwrapping or opening sealed data throws. */

/**
 * Reasons for rejecting sealed data. `malformed`: it is not an envelope in the format of this version. `other-channel`: it
 * is sealed for another channel. `damaged`: it was changed, or sealed for another key.
 */
export type RejectionReason = 'malformed' | 'other-channel' | 'damaged';

const DESCRIPTIONS: Readonly<Record<RejectionReason, string>> = {
  malformed: 'is not an envelope that this version can read',
  'other-channel': 'is sealed for another channel',
  damaged: 'is damaged, or sealed for another key',
};

/** Sealed data that was rejected. The message contains no part of the data. */
export class SealingRejection extends Error {
  override readonly name = 'SealingRejection';
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason) {
    super(`The sealed delivery ${DESCRIPTIONS[reason]}.`);
    this.reason = reason;
  }
}
