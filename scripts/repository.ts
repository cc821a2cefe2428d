/** The address of the repository in documents and in `render.yaml`. The publisher sets `repository` in package.json. */

const GITHUB = 'https://github.com/';
/**
 * Placeholder for the owner and the name. Images have names in lower case, so nobody can publish an image with this
 * name.
 */
const UNSET = 'OWNER/REPOSITORY';

/**
 * Returns the owner and the name of the repository.
 *
 * @throws {Error} if the address does not have the form of a GitHub URL
 */
function ownerAndName(address: string): string {
  const path = address.startsWith(GITHUB) ? address.slice(GITHUB.length) : '';
  if (/^[\w-]+\/[\w.-]+$/.test(path) && !path.endsWith('.git')) return path;
  throw new Error(`"repository" in package.json must be empty or like ${GITHUB}owner/name, not "${address}".`);
}

/**
 * Returns the sentence about the repository and its releases.
 *
 * @param address - the repository's URL on GitHub; empty if it is not set
 */
export const repositoryLines = (address: string): string[] => [
  address === ''
    ? 'If you publish this project, set `repository` in `package.json` to its address on GitHub, and run ' +
      '`npm run docs`.'
    : `The repository is <${address}>, and its releases are at <${address}/releases>.`,
];

/**
 * Returns the name of the relay's image, as `.github/workflows/release.yml` publishes it.
 *
 * @param address - the URL of the repository on GitHub; if empty, the result is a name that no registry accepts
 */
export const relayImage = (address: string, version: string): string =>
  `ghcr.io/${address === '' ? UNSET : ownerAndName(address).toLowerCase()}-relay:${version}`;

/**
 * Returns the URL of the page of Render that creates a relay from `render.yaml`. @param address - as for
 * {@link relayImage}
 */
export const renderLink = (address: string): string =>
  `https://render.com/deploy?repo=${GITHUB}${address === '' ? UNSET : ownerAndName(address)}`;
