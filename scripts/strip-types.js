/**
 * Jest's transform of TypeScript. It replaces types with spaces, so that each position stays the same and coverage needs
 * no source maps. `npm run typecheck` checks the types.
 *
 * @type {import('@jest/transform').AsyncTransformer}
 */
export default {
  processAsync: async (source, path) => {
    // Imports the TypeScript compiler, which most runs do not need, because Jest keeps the results.
    const { default: tsBlankSpace } = await import('ts-blank-space');
    const code = tsBlankSpace(source, ({ pos }) => {
      throw new Error(`${path} has TypeScript at position ${pos} that is more than types. Rewrite it.`);
    });
    return { code };
  },
};
