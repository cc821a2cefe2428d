/** Events about payments. TutorCruncher can send several events for one payment. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';

const isPaid = ({ subject: { status } }: TutorCruncherEvent): boolean =>
  typeof status === 'string' && status.toLowerCase() === 'paid';

/**
 * Returns true if another selected event of the burst reports the same payment: all events since show that it is paid.
 */
export function isReportedPayment({ event, burst }: KeptEvent): boolean {
  if (!isPaid(event)) return false;
  const states = burst.filter((one) => one.event.subject.status !== undefined).reverse();
  const unpaid = states.findIndex((one) => !isPaid(one.event));
  return states.slice(0, unpaid < 0 ? states.length : unpaid).some(({ isSelected }) => isSelected);
}
