/** The notifications of a client: the input for the whole list, and the inputs for single notifications. */

import { client } from '../objects/client.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { cached } from '../src/api/cache.ts';
import { choicesIn, optionsOf, type Choices } from '../src/inputs/choice.ts';
import {
  makeInput,
  type ActionInput,
  type ActionText,
  type IfMappedEmpty,
  type InputValues,
} from '../src/inputs/input.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { listPath, readChosen } from '../src/object/object-record.ts';
import { slug } from '../src/record/product-words.ts';
import type { StepRun } from '../src/api/step-run.ts';
import type { BodyOfCurrent } from './update.ts';

const FIELD = 'received_notifications';

/** The notifications that production integrations have observed. Only `credit-requests` is written with a hyphen. */
export const USUAL_NOTIFICATIONS: Choices = {
  broadcasts: 'Broadcasts',
  lesson_scheduled: 'Lesson Scheduled',
  apt_reminders: 'Lesson Reminders',
  low_balance_reminders: 'Low Balance Reminders',
  invoices: 'Invoices',
  invoice_reminders: 'Invoice Reminders',
  'credit-requests': 'Credit Requests',
  pfi_reminders: 'Credit Request Reminders',
};

/**
 * Returns the notifications that the account offers, from the OPTIONS response for the list of clients. If the response
 * does not contain them, returns the usual notifications.
 */
async function readChoices(run: StepRun): Promise<Choices> {
  const offered = await cached(run.z, run.bundle, 'notifications', async () => {
    const { [FIELD]: field }: JsonObject = (await run.readMetadata(listPath(client))) ?? {};
    const options = optionsOf(field);
    return Object.keys(options).length > 0 || !isJsonObject(field) ? options : optionsOf(field.child);
  });
  return Object.keys(offered).length > 0 ? offered : USUAL_NOTIFICATIONS;
}

/** Returns an input for notifications that a client receives. */
function input(
  key: string,
  becomes: string | null,
  ifMappedEmpty: IfMappedEmpty,
  helpText: string,
): ActionInput<string[]> {
  const text: ActionText = { becomes, ifMappedEmpty, helpText };
  const made = makeInput(key, text, { choices: USUAL_NOTIFICATIONS, list: true }, async (value, { run }) =>
    choicesIn(await readChoices(run), value),
  );
  return { ...made, fieldOfAccount: async (run) => ({ ...made.field, choices: await readChoices(run) }) };
}

/** The input for the notifications of a new client. */
export const NEW_NOTIFICATIONS = input(
  'notifications',
  FIELD,
  'fail',
  'The notifications that the client receives from TutorCruncher, and no others. Leave empty for those that TutorCruncher ' +
    'gives every new client, such as invoices and lesson reminders. To turn these off, use Update Client with Remove ' +
    `Notifications after this step. ${NO_EMPTY_VALUE}`,
);
/** The input for the whole list of notifications of an existing client. */
export const NOTIFICATIONS = input(
  'notifications',
  FIELD,
  'fail',
  'The notifications that the client receives from TutorCruncher. Your choice replaces the whole list, so the client ' +
    'receives no others. To keep the others, use Add Notifications or Remove Notifications.',
);
const ADDED = input(
  'add_notifications',
  null,
  'omit',
  'Notifications that the client receives from now on, besides those that the client receives already.',
);
const REMOVED = input(
  'remove_notifications',
  null,
  'fail',
  'Notifications that the client no longer receives. Others stay.',
);

/** The inputs for adding and removing single notifications of an existing client. */
export const SINGLE_NOTIFICATIONS = [ADDED, REMOVED];

/**
 * Refuses contradictory choices.
 *
 * @throws {Error} with a message for the Zap's owner, if the choices contradict each other
 */
function refuseContradiction(
  run: StepRun,
  values: InputValues,
  added: readonly string[],
  removed: readonly string[],
): void {
  if (values.of(NOTIFICATIONS) !== null) {
    throw run.refusal(
      'This step has "Notifications", which replaces the whole list, and also "Add Notifications" or "Remove ' +
        'Notifications". Leave "Notifications" empty to keep the rest of the list. Nothing was changed.',
    );
  }
  if (added.some((name) => removed.includes(name))) {
    throw run.refusal(
      '"Add Notifications" and "Remove Notifications" of this step contain the same notification. Remove it from one of ' +
        'them. Nothing was changed.',
    );
  }
}

const isList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');

/**
 * Adds the changed list of notifications to the body of an update. If neither the list nor another field changes, the
 * step writes nothing, so that a Zap that is triggered by its own updates does not run forever.
 *
 * @throws {Error} if the choices contradict each other, or if the current list cannot be read; a guessed list could
 *   switch off notifications
 */
export const withSingleNotifications: BodyOfCurrent = async (id, values, body, run) => {
  const [added, removed] = [values.of(ADDED) ?? [], values.of(REMOVED) ?? []];
  if (added.length === 0 && removed.length === 0) return { body };
  refuseContradiction(run, values, added, removed);
  const found = await readChosen(run, client, id);
  const current: unknown = found[FIELD];
  if (!isList(current)) {
    throw run.refusal(
      'TutorCruncher does not show which notifications the client receives, so this step cannot change single notifications. ' +
        'Nothing was changed. Choose the whole list in "Notifications" instead.',
    );
  }
  const includes = (names: readonly string[], name: string) => names.some((other) => slug(other) === slug(name));
  const kept = current.filter((name) => !includes(removed, name));
  const missing = added.filter((name) => !includes(current, name));
  const isUnchanged = kept.length === current.length && missing.length === 0;
  const changes: JsonObject = isUnchanged ? body : { ...body, [FIELD]: [...kept, ...missing] };
  return Object.keys(changes).length === 0 ? { existing: found } : { body: changes };
};
