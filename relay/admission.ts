/** The rules that decide which channels may register and which are served. */

import { createHash, timingSafeEqual } from 'node:crypto';

import type { ChannelList } from './channel-list.ts';
import type { Registration } from './store/channels.ts';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The rules of one relay, based on its registration secrets and the operator's list. */
export class Admission {
  readonly #secrets: readonly Buffer[];
  readonly #list: Pick<ChannelList, 'includes'> | null;

  /**
   * @param secrets - secrets that allow any channel to register
   * @param list - the operator's list of channels; null if the operator does not use a list
   */
  constructor(secrets: readonly string[], list: Pick<ChannelList, 'includes'> | null) {
    this.#secrets = secrets.map(sha256);
    this.#list = list;
  }

  /** Returns true for a registration secret. Runs in constant time, to resist timing attacks. */
  isSecret(text: string): boolean {
    const hash = sha256(text);
    return this.#secrets.filter((secret) => timingSafeEqual(secret, hash)).length > 0;
  }

  /** Returns true if the operator has listed the channel. */
  isListed(channel: string): boolean {
    return this.#list?.includes(channel) ?? false;
  }

  /**
   * Returns true if the relay serves a channel. A list restricts the relay to the channels on it and, if there is a
   * secret, to the channels that registered with a secret. A channel that has not registered yet may still do so.
   *
   * @param registration - looks up the channel's registration; called only if the decision depends on it
   */
  async serves(channel: string, registration: () => Promise<Registration | null>): Promise<boolean> {
    if (this.#list === null || this.#list.includes(channel)) return true;
    return this.#secrets.length > 0 && ((await registration())?.withSecret ?? true);
  }
}
