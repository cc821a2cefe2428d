import { isDeletion } from '../../../wire/deletions.ts';
import { hasContent } from '../has-content.ts';
import { hasSubject } from '../memory.ts';
import type { NewDelivery } from '../delivery.ts';
import { arrayLiteral } from './array-literal.ts';

/** Returns the number of a key. A new key receives the given number. */
function numberOf(key: string, next: number, numbers: Map<string, number>): number {
  const number = numbers.get(key);
  if (number !== undefined) return number;
  numbers.set(key, next);
  return next;
}

const NO_BYTES = Buffer.alloc(0);

/** Returns the actions of a delivery as JSON; an empty string for a delivery whose content is not stored. */
const actionsOf = (delivery: NewDelivery): string =>
  hasContent(delivery) || delivery.actions?.length === 0 ? JSON.stringify(delivery.actions) : '';

/**
 * Returns the parameters of `relay_ingest` that describe a group of deliveries. The SQL function reads the channel, the
 * action list and the data key once for each kind of delivery, so deliveries refer to kinds by number.
 *
 * @param hasMemory - false if memory is switched off
 */
export function ingestParameters(deliveries: readonly NewDelivery[], hasMemory: boolean): unknown[] {
  const numbers = new Map<string, number>();
  const kinds: { readonly delivery: NewDelivery; readonly actions: string }[] = [];
  const kindNumbers = deliveries.map((delivery) => {
    const { channel, model, isConcern, content } = delivery;
    const actions = actionsOf(delivery);
    const key = `${channel} ${content?.keyId} ${isConcern} ${model} ${actions}`;
    const number = numberOf(key, kinds.length + 1, numbers);
    if (number > kinds.length) kinds.push({ delivery, actions });
    return number;
  });
  const subjects = new Map<string, number>();
  const subjectNumbers = deliveries.map((delivery, index) => {
    if (!hasMemory || !hasSubject(delivery)) return null;
    const { channel, model, subjectId } = delivery;
    return numberOf(`${channel} ${model} ${subjectId}`, index + 1, subjects);
  });
  const repetitions = new Map<string, number>();
  const firsts = deliveries.map(({ channel, digest }, index) =>
    numberOf(`${channel} ${Buffer.from(digest).toString('latin1')}`, index + 1, repetitions),
  );
  const contents = deliveries.map(({ content }) => content?.sealed ?? NO_BYTES);
  let end = 0;
  const starts = contents.map(({ length }) => (end += length) - length);
  return [
    kinds.map(({ delivery }) => delivery.channel),
    kinds.map(({ actions }) => actions),
    kinds.map(({ delivery }) => delivery.content?.keyId ?? null),
    kinds.map(({ delivery }) => (hasContent(delivery) ? delivery.model : null)),
    kinds.map(({ delivery }) => (hasContent(delivery) && delivery.isConcern ? true : null)),
    kinds.map(({ delivery }) => isDeletion(delivery.model, delivery.actions)),
    arrayLiteral(kindNumbers),
    arrayLiteral(firsts),
    arrayLiteral(subjectNumbers),
    arrayLiteral(starts),
    arrayLiteral(contents.map(({ length }) => length)),
    Buffer.concat(contents),
    Buffer.concat(deliveries.map(({ digest }) => digest)),
    arrayLiteral(deliveries.map(({ id, content }) => content && id)),
    deliveries.map(({ subjectId, content }) => content && subjectId),
    arrayLiteral(deliveries.map(({ eventTime, content }) => content && eventTime)),
    arrayLiteral(deliveries.map(({ receivedAt }) => receivedAt)),
  ];
}
