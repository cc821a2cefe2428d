/**
 * Compares the states of subjects that a store keeps with a model.
 *
 * @slow generated calls, 1.3 s of CPU
 */

import { describeEachDatabase } from '../../support/each-database.ts';
import { earlierStatesModelTest } from '../../support/earlier-states-model/property.ts';

describeEachDatabase((newDatabase) => {
  earlierStatesModelTest('a store', newDatabase);
});
