/** The contract suite: behaviour that every implementation of the store interface must have. */

import { describe } from '@jest/globals';

import { channelContract } from './store-contract/channels.ts';
import { claimContract } from './store-contract/claims.ts';
import { consoleContract } from './store-contract/console.ts';
import { CONTRACT_OPTIONS, StoreContext, type NewDatabase } from './store-contract/context.ts';
import { counterContract } from './store-contract/counters.ts';
import { deadLetterContract } from './store-contract/dead-letters.ts';
import { deliveryContract } from './store-contract/deliveries.ts';
import { growthContract } from './store-contract/growth.ts';
import { limitContract } from './store-contract/limits.ts';
import { operatorContract } from './store-contract/operator.ts';
import { problemContract } from './store-contract/problems.ts';
import { problemLookContract } from './store-contract/problem-looks.ts';
import { resultContract } from './store-contract/results.ts';
import { retentionContract } from './store-contract/retention.ts';
import { sealingContract } from './store-contract/sealing.ts';
import { silenceContract } from './store-contract/silence.ts';
import { searchContract } from './store-contract/search.ts';
import { subscriptionContract } from './store-contract/subscriptions.ts';

export { CONTRACT_OPTIONS };

/** Defines the tests of the contract for a kind of store. */
export function storeContract(name: string, newDatabase: NewDatabase): void {
  describe(`the store contract: ${name}`, () => {
    const context = new StoreContext(newDatabase);
    channelContract(context);
    claimContract(context);
    consoleContract(context);
    counterContract(context);
    deadLetterContract(context);
    deliveryContract(context);
    growthContract(context);
    limitContract(context);
    operatorContract(context);
    problemContract(context);
    problemLookContract(context);
    resultContract(context);
    retentionContract(context);
    sealingContract(context);
    silenceContract(context);
    searchContract(context);
    subscriptionContract(context);
  });
}
