import { stripTypeScriptTypes } from 'node:module';

/**
 * Jest transform for TypeScript, which replaces types with spaces, as Node.js does. All positions remain the same, so
 * coverage needs no source maps. `npm run typecheck` checks the types.
 *
 * @type {import('@jest/transform').SyncTransformer}
 */
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
