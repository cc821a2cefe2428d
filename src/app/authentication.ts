/** The connection: the private API key of one TutorCruncher integration, and the connection's name. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { branchLabel, fetchBranch, type Branch } from '../api/branch.ts';
import { getRows } from '../api/client.ts';
import { registerConnection } from '../instant/event-source.ts';

const UNKNOWN_BRANCH = { id: null, name: null };

/**
 * Returns the branch of the connection's key. If no branch is available, a request for the list of clients tests the
 * key.
 */
async function testKey(z: ZObject, bundle: Bundle): Promise<Branch | typeof UNKNOWN_BRANCH> {
  const options = { isConnectionTest: true };
  const branch = await fetchBranch(z, bundle, options);
  if (branch) return branch;
  await getRows(z, bundle, 'clients/', {}, 1, options);
  return UNKNOWN_BRANCH;
}

function connectionName(bundle: Pick<Bundle, 'authData'>): string {
  const name: unknown = (bundle.authData as Record<string, unknown> | undefined)?.connection_name;
  return typeof name === 'string' ? name.trim() : '';
}

export const authentication = {
  type: 'custom' as const,
  fields: [
    {
      key: 'private_key',
      label: 'Private Key',
      type: 'password' as const,
      required: true,
      helpText:
        'The private key of the integration that contains the webhook URL of your Zap. In TutorCruncher, open ' +
        '[Settings > API](https://app.tutorcruncher.com/api/integration/list/), click **Add Integration** or open an ' +
        'existing integration, and copy its private key. Each integration has its own key.',
    },
    {
      key: 'connection_name',
      label: 'Name',
      type: 'string' as const,
      required: false,
      // Without this property, Zapier would censor every occurrence of the name in its logs.
      isNoSecret: true,
      helpText: 'Shown in Zapier, for example the name of the integration in TutorCruncher.',
    },
  ],
  test: async (z: ZObject, bundle: Bundle) => {
    const branch = await testKey(z, bundle);
    // Register only after the test of the key, because a mistyped key would use up a channel at the relay.
    await registerConnection(z, bundle);
    return branch;
  },
  connectionLabel: (_z: ZObject, bundle: Bundle): Promise<string> =>
    Promise.resolve([connectionName(bundle), branchLabel(bundle.inputData)].filter((text) => text !== '').join(' – ')),
};
