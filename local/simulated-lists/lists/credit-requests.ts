import { numbered } from '../history.ts';
import { CLIENT, polledList } from '../polled-list.ts';
import { FIRST_SENT, overdueAfter, overdueFields, sentAt, type SentVersion } from '../sent-histories.ts';
import { HOUR, WEEK_END } from '../simulated-time.ts';

export const list = polledList<SentVersion>({
  path: 'proforma-invoices',
  histories: (between) =>
    numbered(Array.from({ length: 400 }, (_, index) => sentAt(between(FIRST_SENT, WEEK_END - HOUR), index))),
  timeOf: ({ sent }) => sent,
  // Rows of credit requests have no id.
  rowOf: (id, { sent, status }, timeText) => ({
    date_sent: sent === null ? null : timeText(sent),
    status,
    client: CLIENT,
    url: `https://app.tutorcruncher.com/api/proforma-invoices/${id}/`,
  }),
  detailsOf: (id) => ({ id, pdf_url: 'https://example.com/credit-request.pdf' }),
  due: { credit_request_overdue: overdueFields },
  newest: () => overdueFields(0),
  zaps: [
    {
      trigger: 'credit_request_overdue',
      title: 'Credit Request Overdue, 14 days after',
      condition: overdueAfter(14),
      requestsPerHour: 100,
    },
  ],
});
