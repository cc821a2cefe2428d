import { numbered, type Version } from '../history.ts';
import { CLIENT, fromNow, polledList } from '../polled-list.ts';
import { DAY, DAY_START, HOUR, WEEK_END, WEEK_START } from '../simulated-time.ts';

/** The state of a balance change, which never changes. */
interface BalanceChangeVersion extends Version {
  readonly created: number;
}

/** Number of balance changes that are made at once on the simulated day, because invoices are sent. */
const TOGETHER = 150;

const madeAt = (created: number): BalanceChangeVersion[] => [{ from: created, created, status: null }];

const dueChange = (index: number) => ({ created: fromNow(-1 - index) });

export const list = polledList<BalanceChangeVersion>({
  path: 'balance-updates',
  histories: (between) =>
    numbered([
      ...Array.from({ length: 500 }, () => madeAt(between(WEEK_START - 9 * DAY, WEEK_END - HOUR))),
      ...Array.from({ length: TOGETHER }, () => madeAt(DAY_START + HOUR)),
    ]),
  timeOf: ({ created }) => created,
  rowOf: (id, { created }, timeText) => ({
    id,
    created: timeText(created),
    credit_amount: '5.00',
    role: 3,
    update_type: 'top_up',
  }),
  detailsOf: () => ({ role: CLIENT }),
  due: { balance_change_created: dueChange },
  newest: () => dueChange(0),
  zaps: [
    {
      trigger: 'balance_change_created',
      title: 'New Balance Change',
      condition: (id, { created }) => ({ id: String(id), from: created, to: created + 5 * DAY }),
      requestsPerHour: 125,
    },
  ],
});
