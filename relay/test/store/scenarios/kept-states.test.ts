/** The states of subjects that a store keeps, compared with a model. */

import { describeEachDatabase } from '../../support/each-database.ts';
import { earlierStatesModelTest } from '../../support/earlier-states-model/property.ts';

describeEachDatabase((newDatabase) => {
  earlierStatesModelTest('a store', newDatabase);
});
