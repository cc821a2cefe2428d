import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { cached } from '../api/cache.ts';
import type { StepRun } from '../api/step-run.ts';
import { choicesIn, optionsOf, type Choices } from './choice.ts';
import { makeInput, type Input, type InputText } from './input.ts';

/** The notifications that production integrations have seen. Only one name is written with a hyphen. */
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
 * Returns the notifications that the account offers, from the OPTIONS response for the list of clients, or else the
 * usual notifications.
 */
async function readChoices(run: StepRun, path: string): Promise<Choices> {
  const offered = await cached(run.z, run.bundle, 'notifications', async () => {
    const { received_notifications: field }: JsonObject = (await run.readMetadata(path)) ?? {};
    const options = optionsOf(field);
    return Object.keys(options).length > 0 || !isJsonObject(field) ? options : optionsOf(field.child);
  });
  return Object.keys(offered).length > 0 ? offered : USUAL_NOTIFICATIONS;
}

/**
 * An input for notifications that a client receives.
 *
 * @param path - the path of the list of clients
 */
export function notificationsInput<Text extends InputText>(
  key: string,
  path: string,
  text: Text,
): Input<string[], Text> {
  const input = makeInput(key, text, { choices: USUAL_NOTIFICATIONS, list: true }, async (value, { run }) =>
    choicesIn(await readChoices(run, path), value),
  );
  return {
    ...input,
    fieldOfAccount: async (run) => ({ ...input.field, choices: await readChoices(run, path) }),
  };
}
