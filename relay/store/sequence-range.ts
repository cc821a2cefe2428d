/** A range of sequence numbers. It excludes its first number and includes its last. */
export interface SequenceRange {
  readonly after: number;
  readonly upTo: number;
}

export const ALL_DELIVERIES: SequenceRange = { after: 0, upTo: Number.MAX_SAFE_INTEGER };
