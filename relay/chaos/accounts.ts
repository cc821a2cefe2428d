/** The accounts of a chaos run. Each account has a separate channel. */

import { deriveSealKeyPair, sealKeySeed, sealKeyText } from '../../wire/sealing/seal-key.ts';
import { CHANNEL, KEY, OTHER_CHANNEL, OTHER_KEY, OTHER_TOKEN, TOKEN } from '../harness/sample-delivery.ts';

/** An account of TutorCruncher, with its connection to the relay. */
export interface Account {
  readonly key: string;
  readonly channel: string;
  readonly token: string;
}

export const ACCOUNT: Account = { key: KEY, channel: CHANNEL, token: TOKEN };
export const OTHER_ACCOUNT: Account = { key: OTHER_KEY, channel: OTHER_CHANNEL, token: OTHER_TOKEN };

/** Returns the body of `PUT /channel` for an account. */
export const registrationOf = async ({ key }: Account) => ({
  seal_key: sealKeyText((await deriveSealKeyPair(sealKeySeed(key))).publicKey),
});
