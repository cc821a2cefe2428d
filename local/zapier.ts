/** Plays Zapier: makes of a request what zapier-platform-core's handler is given for a hook trigger, and runs it. */

import { createRequire } from 'node:module';

import zapier from 'zapier-platform-core';

import type { FlatRecord } from '../src/flatten.ts';

/** The parts of an app definition that the stand-in reads. */
export interface App {
  readonly triggers: Readonly<Record<string, AppTrigger>>;
}

export interface AppTrigger {
  readonly key: string;
  readonly display: { readonly label: string };
  readonly operation: { readonly outputFields: readonly { readonly key: string; readonly label: string }[] };
}

/** A request as it came in. */
export interface IncomingRequest {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * Header names as Zapier hands them over: `webhook-signature` becomes `Http-Webhook-Signature`; only the two that
 * describe the content keep their names.
 */
export function zapierHeaders(headers: IncomingRequest['headers']): Record<string, string> {
  const renamed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const camel = name.replace(/[^-]+/g, (part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase());
    const prefixed = /^content-(?:type|length)$/i.test(name) ? camel : `Http-${camel}`;
    renamed[prefixed] = typeof value === 'string' ? value : value.join(', ');
  }
  return renamed;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return {};
  }
}

/** The event that makes zapier-platform-core's handler run a trigger's `perform` on a request. */
export function zapierEvent(triggerKey: string, request: IncomingRequest, privateKey: string) {
  const content = Buffer.from(request.body).toString('utf8');
  return {
    command: 'execute',
    method: `triggers.${triggerKey}.operation.perform`,
    // Without it the handler prints the process's memory at each run.
    calledFromCli: true,
    bundle: {
      authData: { private_key: privateKey },
      inputData: {},
      inputDataRaw: {},
      meta: { isLoadingSample: false, isFillingDynamicDropdown: false, isTestingAuth: false },
      rawRequest: { method: 'POST', querystring: '', headers: zapierHeaders(request.headers), content },
      cleanedRequest: parsed(content),
    },
  };
}

/**
 * Keeps core from ending the process after 250 runs with more than 450 MB of memory, as it does for Zapier, which then
 * starts another. Nobody would start this one again.
 */
export function keepProcess(): void {
  const constants = createRequire(import.meta.url)('zapier-platform-core/src/constants') as { KILL_MAX_LIMIT: number };
  constants.KILL_MAX_LIMIT = Infinity;
}

// Core exports it for the wrapper that Zapier runs, but doesn't declare it.
const { createAppHandler } = zapier as unknown as {
  createAppHandler: (app: App) => (event: unknown) => Promise<{ results: FlatRecord[] }>;
};

/** What became of a request: records, or the sentence that Zap history would show. */
export type Outcome = { readonly records: FlatRecord[] } | { readonly error: string; readonly isRefusal: boolean };

/**
 * Runs triggers of an app through zapier-platform-core's handler.
 *
 * @param privateKey - the private key of the connection that all Zaps here use
 */
export function createRunner(
  app: App,
  privateKey: string,
): (triggerKey: string, request: IncomingRequest) => Promise<Outcome> {
  keepProcess();
  const handler = createAppHandler(app);
  return async (triggerKey, request) => {
    try {
      const { results } = await handler(zapierEvent(triggerKey, request, privateKey));
      return { records: results };
    } catch (error) {
      if (!(error instanceof Error)) return { error: String(error), isRefusal: false };
      return { error: error.message, isRefusal: error.name === 'HaltedError' };
    }
  };
}
