/** The contract suite: behaviour that every implementation of the store interface must have. */

import { describe } from '@jest/globals';

import { channelContract } from './contract/channels.ts';
import { claimContract } from './contract/claims.ts';
import { consoleContract } from './contract/console.ts';
import { CONTRACT_OPTIONS, StoreContext, type NewDatabase } from '../support/store-context.ts';
import { counterContract } from './contract/counters.ts';
import { deletionContract } from './contract/deletion.ts';
import { deliveryContract } from './contract/deliveries.ts';
import { endedSubscriptionContract } from './contract/ended-subscriptions.ts';
import { linkContract } from './contract/links.ts';
import { operatorContract } from './contract/operator.ts';
import { originContract } from './contract/origin.ts';
import { problemContract } from './contract/problems.ts';
import { problemLookContract } from './contract/problem-looks.ts';
import { redriveContract } from './contract/redrive.ts';
import { removalContract } from './contract/removal.ts';
import { resultContract } from './contract/results.ts';
import { retentionContract } from './contract/retention.ts';
import { sealingContract } from './contract/sealing.ts';
import { searchContract } from './contract/search.ts';
import { sendAgainContract } from './contract/send-again.ts';
import { silenceContract } from './contract/silence.ts';
import { subscriptionContract } from './contract/subscriptions.ts';

export { CONTRACT_OPTIONS };

/** Defines the tests of the contract for a kind of store. */
export function storeContract(name: string, newDatabase: NewDatabase): void {
  describe(`the store contract: ${name}`, () => {
    const context = new StoreContext(newDatabase);
    channelContract(context);
    claimContract(context);
    consoleContract(context);
    counterContract(context);
    deletionContract(context);
    deliveryContract(context);
    endedSubscriptionContract(context);
    linkContract(context);
    operatorContract(context);
    originContract(context);
    problemContract(context);
    problemLookContract(context);
    redriveContract(context);
    removalContract(context);
    resultContract(context);
    retentionContract(context);
    sealingContract(context);
    searchContract(context);
    sendAgainContract(context);
    silenceContract(context);
    subscriptionContract(context);
  });
}
