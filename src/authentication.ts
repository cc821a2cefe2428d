/** The connection: the private API key of one TutorCruncher integration. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { branchLabel, fetchBranch } from './api/branch.ts';
import { registerConnection } from './hooks/hook.ts';

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
  ],
  test: async (z: ZObject, bundle: Bundle) => {
    const [branch] = await Promise.all([fetchBranch(z, bundle), registerConnection(z, bundle)]);
    return branch;
  },
  connectionLabel: (_z: ZObject, bundle: Bundle): Promise<string> => Promise.resolve(branchLabel(bundle.inputData)),
};
