/** The contract suite of memory: the rules of `relay/store/memory.ts` that every store follows. */

import { describe } from '@jest/globals';

import { StoreContext, type NewDatabase } from './store-contract/context.ts';
import { memoryBurstContract } from './store-contract/memory-bursts.ts';
import { memoryDeletionContract } from './store-contract/memory-deletions.ts';
import { memoryLimitContract } from './store-contract/memory-limits.ts';
import { memoryRetentionContract } from './store-contract/memory-retention.ts';

/** Defines the tests of memory for a kind of store. */
export function storeMemoryContract(name: string, newDatabase: NewDatabase): void {
  describe(`the store contract, memory: ${name}`, () => {
    const context = new StoreContext(newDatabase);
    memoryBurstContract(context);
    memoryRetentionContract(context);
    memoryDeletionContract(context);
    memoryLimitContract(context);
  });
}
