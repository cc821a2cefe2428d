/**
 * Fixes the seed of all property tests, so that each run of `npm test` makes the same choices and a failure can be
 * repeated. Runs with random seeds are the task of `npm run chaos`, which prints them.
 */

import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_260_610 });
