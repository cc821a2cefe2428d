/** The contract suite: behaviour that every implementation of the store interface must have. */

import { describe } from '@jest/globals';

import type { Store, StoreOptions } from '../store/store.ts';
import { backlogContract } from './store-contract/backlog.ts';
import { channelContract } from './store-contract/channels.ts';
import { CONTRACT_OPTIONS, StoreContext } from './store-contract/context.ts';
import { concernContract } from './store-contract/concerns.ts';
import { consoleContract } from './store-contract/console.ts';
import { deadLetterContract } from './store-contract/dead-letters.ts';
import { deliveryContract } from './store-contract/deliveries.ts';
import { leaseContract } from './store-contract/leases.ts';
import { limitContract } from './store-contract/limits.ts';
import { linkContract } from './store-contract/links.ts';
import { operatorContract } from './store-contract/operator.ts';
import { pendingContract } from './store-contract/pending.ts';
import { retentionContract } from './store-contract/retention.ts';
import { sealingContract } from './store-contract/sealing.ts';
import { subscriptionContract } from './store-contract/subscriptions.ts';

export { CONTRACT_OPTIONS };

/**
 * Defines the tests of the contract for a kind of store.
 *
 * @param open - opens a new, empty store
 */
export function storeContract(name: string, open: (options: StoreOptions) => Promise<Store>): void {
  describe(`the store contract: ${name}`, () => {
    const context = new StoreContext(open);
    backlogContract(context);
    channelContract(context);
    deliveryContract(context);
    sealingContract(context);
    concernContract(context);
    subscriptionContract(context);
    leaseContract(context);
    deadLetterContract(context);
    retentionContract(context);
    operatorContract(context);
    pendingContract(context);
    limitContract(context);
    linkContract(context);
    consoleContract(context);
  });
}
