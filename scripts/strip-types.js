/**
 * Jest transform for TypeScript. It replaces types with spaces. All positions remain the same, so coverage needs no
 * source maps. `npm run typecheck` checks the types.
 *
 * @type {import('@jest/transform').AsyncTransformer}
 */
export default {
  processAsync: async (source, path) => {
    // Imports the TypeScript compiler on demand, because most runs use Jest's cache.
    const { default: tsBlankSpace } = await import('ts-blank-space');
    const code = tsBlankSpace(source, ({ pos }) => {
      throw new Error(
        `${path} contains TypeScript syntax other than types at position ${pos}. Use JavaScript syntax instead.`,
      );
    });
    return { code };
  },
};
