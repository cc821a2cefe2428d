/** Deliveries of a channel whose sequence numbers are in a range. The first is not part of it, the last is. */
export interface SequenceRange {
  readonly after: number;
  readonly upTo: number;
}

export const ALL_DELIVERIES: SequenceRange = { after: 0, upTo: Number.MAX_SAFE_INTEGER };
