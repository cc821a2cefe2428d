/**
 * Recognizes a payment that an earlier event has reported, because TutorCruncher can send several events for one
 * payment.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';

const isPaid = ({ subject: { status } }: TutorCruncherEvent): boolean =>
  typeof status === 'string' && status.toLowerCase() === 'paid';

/**
 * Returns true if an earlier selected event of the burst reports the same payment. This is the case if that event and
 * all later events of the burst have the status Paid.
 */
export function isReportedPayment({ event, burst }: KeptEvent): boolean {
  if (!isPaid(event)) return false;
  const states = burst.filter((one) => one.event.subject.status !== undefined).reverse();
  const unpaid = states.findIndex((one) => !isPaid(one.event));
  return states.slice(0, unpaid < 0 ? states.length : unpaid).some(({ isSelected }) => isSelected);
}
