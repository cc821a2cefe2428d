/** The address of the repository in documents. Whoever publishes it sets `repository` in package.json. */

/**
 * Returns the sentence about the repository and its releases.
 *
 * @param address - its URL on GitHub; empty if it is not set
 */
export const repositoryLines = (address: string): string[] => [
  address === ''
    ? 'The address of the repository and its releases is to be set by whoever publishes it: set `repository` in ' +
      '`package.json`, and run `npm run docs`.'
    : `The repository is <${address}>, and its releases are at <${address}/releases>.`,
];
