/**
 * Recognizes a payment that an earlier event has reported, because TutorCruncher can send several events for one
 * payment.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';

const isPaid = ({ subject: { status } }: TutorCruncherEvent): boolean =>
  typeof status === 'string' && status.toLowerCase() === 'paid';

/**
 * Returns true if a selected event of the burst has already reported the payment: both events have the status Paid, and
 * no event after the selected event has another status.
 */
export function isReportedPayment({ event, burst }: KeptEvent): boolean {
  if (!isPaid(event)) return false;
  const states = burst.filter((one) => one.event.subject.status !== undefined).reverse();
  const unpaid = states.findIndex((one) => !isPaid(one.event));
  return states.slice(0, unpaid < 0 ? states.length : unpaid).some(({ isSelected }) => isSelected);
}
