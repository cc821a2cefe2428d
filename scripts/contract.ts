/** `docs/contract.txt`: the keys that existing Zaps depend on, generated from the definitions. */

import { searchOrCreates } from '../creates/index.ts';
import { authentication } from '../src/app/authentication.ts';
import { connectionCheck } from '../src/app/connection-check.ts';
import { dropdownTriggers } from '../src/app/dropdown-triggers.ts';
import type { InputField } from '../src/inputs/input.ts';
import { allSampleFields, type Lookup } from '../src/lookups/lookup.ts';
import { hydrators } from '../src/object/pdf-file.ts';
import { outputFieldsOf } from '../src/record/output-fields.ts';
import type { Trigger } from '../src/instant/trigger.ts';
import { branchFields } from '../src/record/branch-fields.ts';
import { SAMPLE_BRANCH } from '../src/object/samples.ts';
import { noticeTriggers, webhookTriggers } from '../triggers/index.ts';
import { relayedInputs, relayedOutputs, shapeName, shapes } from './record-shapes.ts';
import { allSteps } from './steps.ts';

/** Suffix of lines that apply only to apps built for a relay. */
const WITH_RELAY = 'with a relay';

const inputText = ({ key, type, list, dict, required, dynamic, search }: InputField): string =>
  [
    `input ${key} ${type}`,
    ...(dict ? ['dict'] : []),
    ...(list ? ['list'] : []),
    ...(required ? ['required'] : []),
    ...(dynamic === undefined ? [] : [`from ${dynamic}`]),
    ...(search === undefined ? [] : [`or ${search}`]),
  ].join(' ');

const addedFields = (key: string, lookups: readonly Lookup[]): string[] =>
  lookups.flatMap((lookup) =>
    outputFieldsOf(allSampleFields([lookup])).map(
      (added) => `trigger ${key}: gives ${added.key} ${added.type} with ${lookup.field.key}`,
    ),
  );

/**
 * Returns the lines of a trigger's fields that need a relay, except fields in the record shape that several triggers
 * share.
 */
function ownRelayedFields(trigger: Trigger): string[] {
  const shape = shapes().find(({ name }) => name === shapeName(trigger));
  const shared = new Set(shape?.relayedFields.map(({ key }) => key));
  return relayedOutputs(trigger)
    .filter(({ key }) => !shared.has(key))
    .map(({ key, type }) => `trigger ${trigger.definition.key}: gives ${key} ${type} ${WITH_RELAY}`);
}

function linesOfTrigger(trigger: Trigger): string[] {
  const { definition, filter, needsRelay } = trigger;
  const { actions } = filter;
  const prefix = `trigger ${definition.key}`;
  const lines = [
    `${prefix}: gives record ${shapeName(trigger)}`,
    ...('actions' in actions
      ? actions.actions.map((action) => `${prefix}: action ${action}`)
      : [
          `${prefix}: action (any)`,
          ...actions.all_except.map((action) => `${prefix}: action ${action} only if chosen`),
        ]),
    ...(filter.alternative ? [`${prefix}: also from subject ${filter.alternative}`] : []),
    ...(filter.exceptAbout ?? []).map((word) => `${prefix}: actions and subjects about ${word} only if chosen`),
    ...trigger.inputFields.map((field) => `${prefix}: ${inputText(field)}`),
    ...relayedInputs(trigger).map((field) => `${prefix}: ${inputText(field)}${needsRelay ? '' : ` ${WITH_RELAY}`}`),
    ...addedFields(definition.key, trigger.lookups),
    ...(needsRelay ? [] : ownRelayedFields(trigger)),
  ];
  return needsRelay ? lines.map((line) => `${line} ${WITH_RELAY}`) : lines;
}

/** Returns the contract: keys, inputs, actions and record fields with their types, one per line. */
export const contractText = (): string =>
  [
    ...outputFieldsOf(branchFields(SAMPLE_BRANCH)).map(({ key, type }) => `every record: ${key} ${type}`),
    ...authentication.fields.map(({ key, type }) => `connection: input ${key} ${type}`),
    ...webhookTriggers.flatMap(linesOfTrigger),
    ...noticeTriggers.flatMap(({ definition: { key }, inputFields, outputFields }) => [
      ...inputFields.map((field) => `trigger ${key}: ${inputText(field)} ${WITH_RELAY}`),
      ...outputFields().map((field) => `trigger ${key}: gives ${field.key} ${field.type} ${WITH_RELAY}`),
    ]),
    ...allSteps().flatMap(({ kind, key, word, ownFields, fields, lookups = [] }) => [
      ...(word === null && ownFields ? [] : [`${kind} ${key}: gives record ${word ?? 'of the chosen type'} alone`]),
      ...(ownFields ?? []).map((field) => `${kind} ${key}: gives ${field.key} ${field.type}`),
      ...fields.map((field) => `${kind} ${key}: ${inputText(field)}`),
      ...addedFields(key, lookups),
    ]),
    ...Object.values(searchOrCreates).map(({ key, create }) => `find or create ${key}: action ${create}`),
    ...Object.keys(hydrators).map((key) => `hydrator ${key}`),
    ...[...Object.values(dropdownTriggers), connectionCheck].flatMap(({ key, operation }) =>
      operation.outputFields.map((field) => `hidden trigger ${key}: field ${field.key} ${field.type}`),
    ),
    ...shapes().flatMap(({ name, fields, relayedFields }) => [
      ...fields.map(({ key, type }) => `record ${name}: ${key} ${type}`),
      ...relayedFields.map(({ key, type }) => `record ${name}: ${key} ${type} ${WITH_RELAY}`),
    ]),
  ].join('\n') + '\n';

/**
 * Returns the lines of an earlier contract that are missing from a contract, except lines of inputs that are only no
 * longer required.
 */
export function lostLines(earlier: string, contract: string): string[] {
  const lines = new Set(contract.split('\n'));
  const isKept = (line: string): boolean =>
    lines.has(line) || (/: input \S+ /.test(line) && lines.has(line.replace(/ required(?= |$)/, '')));
  return earlier.split('\n').filter((line) => line !== '' && !isKept(line));
}
