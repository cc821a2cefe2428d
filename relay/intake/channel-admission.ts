/**
 * The rules that determine which channels may register, and which channels the relay serves.
 * `http/webhook-admission.ts` applies the rules to webhooks.
 */

import { createHash, timingSafeEqual } from 'node:crypto';

import type { Registration } from '../store/rows/channel-state.ts';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The admission rules of a relay. */
export type Admission = ReturnType<typeof createAdmission>;

/**
 * Creates the rules from the registration secrets and from the operator's list of channels, if there is a list. A
 * secret allows any channel to register.
 */
export function createAdmission(secrets: readonly string[], list: ReadonlySet<string> | null) {
  const hashes = secrets.map(sha256);
  return {
    /** Returns true for a registration secret. Runs in constant time, to resist timing attacks. */
    isSecret: (text: string): boolean => hashes.filter((hash) => timingSafeEqual(hash, sha256(text))).length > 0,

    isListed: (channel: string): boolean => list?.has(channel) ?? false,

    /**
     * Returns true if the relay serves a channel. With a list, the relay serves only the channels on the list and, if
     * there is a secret, the channels that registered with a secret. If there is a secret, a channel without a
     * registration counts as served, because it can still register.
     *
     * @param registration - looks up the channel's registration; called only if the decision depends on the
     * registration
     */
    serves: async (
      channel: string,
      registration: () => Promise<Pick<Registration, 'withSecret'> | null>,
    ): Promise<boolean> => {
      if (list === null || list.has(channel)) return true;
      return hashes.length > 0 && ((await registration())?.withSecret ?? true);
    },
  };
}
