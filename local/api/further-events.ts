/** Events that TutorCruncher sends in addition to the event of a write, as observed in the accounts of agencies. */

import { PEOPLE_PATHS, type Account } from './account.ts';
import type { Behaviour } from './behaviour.ts';
import { isAboutLabel } from './event-shapes.ts';
import { objectsIn } from './field-checks.ts';
import { EDITED, type AccountEvent } from './write.ts';

/** The account that sends webhooks, and the behaviour that determines the contents of the webhooks. */
export interface Sender {
  readonly account: Account;
  readonly behaviour: Behaviour;
}

const LABEL_ADDED = {
  action: 'ADDED_A_LABEL_TO_A_USER',
  verb: 'Added a Label to a User',
  message: 'Added via the API.',
};

/** Returns the events that TutorCruncher sends for an event, in order. */
export function eventsFor(event: AccountEvent, { account, behaviour }: Sender): AccountEvent[] {
  const { action, path, id } = event;
  const isPaired = behaviour.pairsCreatedWithEdited && action === 'CREATED_A_CLIENT';
  const hasLabels = PEOPLE_PATHS.includes(path) && objectsIn(account.find(path, id)?.labels).length > 0;
  return [
    event,
    ...(isPaired ? [{ ...event, action: 'EDITED_A_CLIENT', verb: 'Edited a Client', message: EDITED }] : []),
    ...(behaviour.refiresLabels && hasLabels ? [isAboutLabel(event) ? event : { ...event, ...LABEL_ADDED }] : []),
  ];
}
