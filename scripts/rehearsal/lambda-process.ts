/** A process that runs an uploaded app like Zapier's Lambda function, with the handler in `zapierwrapper.js`. */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { LambdaRequest, LambdaResponse } from './lambda.ts';

const [folder = ''] = process.argv.slice(2);
const { handler } = (await import(pathToFileURL(join(folder, 'zapierwrapper.js')).href)) as {
  handler: (event: unknown) => Promise<{ results: unknown }>;
};

async function responseTo({ id, event }: LambdaRequest): Promise<LambdaResponse> {
  try {
    return { id, results: (await handler(event)).results };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { id, error: { name, message } };
  }
}

process.on('message', (request: LambdaRequest) => {
  void responseTo(request).then((response) => process.send?.(response));
});
