/**
 * fast-check with a fixed seed for all property tests, so that each run of the tests makes the same choices and a
 * failure can be repeated. `npm run chaos` runs with random seeds, which it prints. Jest loads this module instead of
 * the package (`moduleNameMapper`), so that only test files with properties load the package.
 */

import fc from '../../node_modules/fast-check/lib/fast-check.js';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_260_610 });

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;
