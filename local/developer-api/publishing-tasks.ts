/**
 * The Zapier checks that one of this app's builds is known to fail: D016 and D017, about static hooks. Zapier runs many
 * more checks: https://docs.zapier.com/integrations/publish/integration-checks-reference
 */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';

/** Failures of one step of the app, in the format that the CLI expects. */
interface Violation {
  /** Key of the step. */
  readonly type: string;
  readonly results: readonly { readonly tag: string; readonly message: string }[];
}

/** Results of the checks of one severity. */
export interface CheckResults {
  readonly display_label: string;
  readonly total_failures: number;
  readonly results: readonly { readonly type: string; readonly violations: readonly Violation[] }[];
}

/** Response of `POST /check`. */
export interface CheckResponse {
  readonly errors: CheckResults;
  /** Zapier calls these publishing tasks. */
  readonly warnings: CheckResults;
  /** Zapier calls these warnings. */
  readonly suggestions: CheckResults;
  readonly passes: readonly never[];
}

const stepsIn = (definition: JsonObject, kind: string): readonly JsonObject[] => {
  const steps = definition[kind];
  return isJsonObject(steps) ? Object.values(steps).filter(isJsonObject) : [];
};

const isVisible = ({ display }: JsonObject): boolean => !(isJsonObject(display) && display.hidden === true);

/** Returns true for a trigger whose URL the user must paste. */
const isStaticHook = ({ operation }: JsonObject): boolean =>
  isJsonObject(operation) &&
  operation.type === 'hook' &&
  !(operation.performSubscribe !== undefined && operation.performUnsubscribe !== undefined);

const noFailures = (display_label: string): CheckResults => ({ display_label, total_failures: 0, results: [] });

/** Returns the publishing tasks of an app. */
export function publishingTasks(definition: JsonObject): CheckResults {
  const steps = ['triggers', 'searches', 'creates'].flatMap((kind) => stepsIn(definition, kind)).filter(isVisible);
  const staticHooks = steps.filter(isStaticHook);
  const violations = staticHooks.map(({ key }): Violation => {
    const results = [{ tag: 'D017', message: 'Static webhooks are not permitted in public integrations.' }];
    if (steps.every(isStaticHook))
      results.push({ tag: 'D016', message: 'All steps of the integration are static webhooks.' });
    return { type: String(key), results };
  });
  const total_failures = violations.reduce((sum, { results }) => sum + results.length, 0);
  return {
    ...noFailures('Publishing Tasks'),
    total_failures,
    results: total_failures === 0 ? [] : [{ type: 'read', violations }],
  };
}

/** Returns the results of all checks of an app. */
export const checkDefinition = (definition: JsonObject): CheckResponse => ({
  errors: noFailures('Errors'),
  warnings: publishingTasks(definition),
  suggestions: noFailures('Warnings'),
  passes: [],
});
