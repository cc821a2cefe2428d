/** Plays Zapier: makes of a request what zapier-platform-core's handler is given for a hook trigger, and runs it. */

import { createRequire } from 'node:module';

import zapier from 'zapier-platform-core';

import type { FlatRecord } from '../src/record/record.ts';
import { isJsonObject } from '../wire/json.ts';

/** The parts of an app definition that the stand-in reads. */
export interface App {
  readonly triggers: Readonly<Record<string, AppTrigger>>;
}

export interface AppTrigger {
  readonly key: string;
  readonly display: { readonly label: string; readonly hidden?: boolean };
}

/** An output field, as far as people see it. */
export interface AppOutputField {
  readonly key: string;
  readonly label: string;
}

export const isOutputField = (field: unknown): field is AppOutputField =>
  isJsonObject(field) && typeof field.key === 'string' && typeof field.label === 'string';

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

/** The event that makes zapier-platform-core's handler run a method of the app. */
export function methodEvent(method: string, bundle: object, privateKey: string) {
  return {
    command: 'execute',
    method,
    // Without it the handler prints the process's memory at each run.
    calledFromCli: true,
    bundle: {
      authData: { private_key: privateKey },
      inputData: {},
      inputDataRaw: {},
      meta: { isLoadingSample: false, isFillingDynamicDropdown: false, isTestingAuth: false },
      ...bundle,
    },
    zcacheTestObj: {},
  };
}

/** The event that makes zapier-platform-core's handler run a trigger's `perform` on a request. */
export function hookEvent(triggerKey: string, request: IncomingRequest, privateKey: string) {
  const content = Buffer.from(request.body).toString('utf8');
  const bundle = {
    rawRequest: { method: 'POST', querystring: '', headers: zapierHeaders(request.headers), content },
    cleanedRequest: parsed(content),
  };
  return methodEvent(`triggers.${triggerKey}.operation.perform`, bundle, privateKey);
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
  createAppHandler: (app: App) => (event: unknown) => Promise<{ results: unknown }>;
};

/** What became of a request: records, or the sentence that Zap history would show. */
export type Outcome = { readonly records: FlatRecord[] } | { readonly error: string; readonly isRefusal: boolean };

/** What Zapier shows of an error: the sentence in it, which core wraps into JSON for errors other than refusals. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const wrapped = parsed(message);
  return isJsonObject(wrapped) && typeof wrapped.message === 'string' ? wrapped.message : message;
}

/** Runs an app as Zapier does. */
export interface Runner {
  /** Hands a request to a trigger. */
  readonly perform: (triggerKey: string, request: IncomingRequest) => Promise<Outcome>;
  /** Calls another method of the app, such as `triggers.label_list.operation.perform`. */
  readonly call: (method: string, bundle?: object) => Promise<unknown>;
}

/**
 * Runs an app through zapier-platform-core's handler.
 *
 * @param privateKey - the private key of the connection that all Zaps here use
 */
export function createRunner(app: App, privateKey: string): Runner {
  keepProcess();
  const handler = createAppHandler(app);
  return {
    perform: async (triggerKey, request) => {
      try {
        const { results } = await handler(hookEvent(triggerKey, request, privateKey));
        return { records: results as FlatRecord[] };
      } catch (error) {
        return { error: messageOf(error), isRefusal: error instanceof Error && error.name === 'HaltedError' };
      }
    },
    call: async (method, bundle = {}) => (await handler(methodEvent(method, bundle, privateKey))).results,
  };
}
