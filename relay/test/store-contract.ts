/** The contract suite: behaviour that every implementation of the store interface has. */

import { describe } from '@jest/globals';

import type { Store } from '../store/store.ts';
import { channelContract } from './store-contract/channels.ts';
import { StoreContext } from './store-contract/context.ts';
import { deadLetterContract } from './store-contract/dead-letters.ts';
import { deliveryContract } from './store-contract/deliveries.ts';
import { leaseContract } from './store-contract/leases.ts';
import { retentionContract } from './store-contract/retention.ts';
import { subscriptionContract } from './store-contract/subscriptions.ts';
import { HOUR } from '../harness/durations.ts';

/** The options with which the stores under test are to be opened. */
export const CONTRACT_OPTIONS = { maxChannelBytes: 10_000, duplicateMs: 72 * HOUR };

/**
 * Defines the tests of the contract for a kind of store.
 *
 * @param open - opens a new, empty store with {@link CONTRACT_OPTIONS}
 */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`the store contract: ${name}`, () => {
    const context = new StoreContext(open);
    channelContract(context);
    deliveryContract(context);
    subscriptionContract(context);
    leaseContract(context);
    deadLetterContract(context);
    retentionContract(context);
  });
}
