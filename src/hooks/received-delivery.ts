/** A delivery as it reaches a Zap, before its signature is verified. */

/** A delivery as TutorCruncher sent it. Its signature has not been verified yet. */
export interface SignedDelivery {
  /** The raw body. */
  readonly content: string;
  /** Headers in any letter case, with or without Zapier's prefix. */
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A delivery with earlier deliveries about the same subject, according to the relay. */
export interface ReceivedDelivery extends SignedDelivery {
  /** The newest delivery from before the burst; null if there is none. */
  readonly previous: SignedDelivery | null;
  /** Deliveries of the burst that arrived before, in the order of their event times. */
  readonly burst: readonly SignedDelivery[];
  /** True if TutorCruncher sent the same webhook before, according to the relay; default: false. */
  readonly isRepeat?: boolean;
}
