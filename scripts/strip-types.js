import { stripTypeScriptTypes } from 'node:module';

/**
 * Jest transform for TypeScript. Like Node.js, it replaces types with spaces. All positions remain the same, so coverage
 * needs no source maps. `npm run typecheck` checks the types.
 *
 * @type {import('@jest/transform').SyncTransformer}
 */
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
