import { numbered } from '../history.ts';
import { CLIENT, polledList } from '../polled-list.ts';
import {
  FIRST_SENT,
  NEVER_PAID,
  overdueAfter,
  overdueFields,
  PAID_SOON,
  sentAt,
  type SentVersion,
} from '../sent-histories.ts';
import { DAY, DAY_START, HOUR, WEEK_END } from '../simulated-time.ts';

/**
 * The times at each of which 150 invoices are sent. The first 150 become overdue on the simulated day, and the others
 * are sent on that day. Half of each group is paid soon.
 */
const SENT_TOGETHER = [DAY_START - 14 * DAY + 2 * HOUR, DAY_START + HOUR];
const TOGETHER = 150;

const dueInvoice = (index: number) => ({ ...overdueFields(index), status: 'unpaid', still_to_pay: 63 });

export const list = polledList<SentVersion>({
  path: 'invoices',
  histories: (between) =>
    numbered([
      ...Array.from({ length: 900 }, (_, index) => sentAt(between(FIRST_SENT, WEEK_END - HOUR), index)),
      ...SENT_TOGETHER.flatMap((sent) =>
        Array.from({ length: TOGETHER }, (_, index) => sentAt(sent, index % 2 ? NEVER_PAID : PAID_SOON)),
      ),
    ]),
  timeOf: ({ sent }) => sent,
  rowOf: (id, { sent, status }, timeText) => ({
    id,
    date_sent: sent === null ? null : timeText(sent),
    status,
    client: CLIENT,
  }),
  detailsOf: () => ({ pdf_url: 'https://example.com/invoice.pdf' }),
  due: { invoice_overdue: dueInvoice },
  newest: () => dueInvoice(0),
  zaps: [
    {
      trigger: 'invoice_overdue',
      title: 'Invoice Overdue, 14 days after',
      condition: overdueAfter(14),
      requestsPerHour: 150,
    },
    {
      trigger: 'invoice_overdue',
      title: 'Invoice Overdue, 14, 21 and 28 days after',
      inputData: { further_days: '21, 28' },
      condition: overdueAfter(14, 21, 28),
      requestsPerHour: 150,
    },
  ],
});
