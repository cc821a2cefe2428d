import { once } from '../../../src/once.ts';
import { clientStates, fallsIn, simulatedBalanceChanges, type BalanceChangeVersion } from '../balance-histories.ts';
import { minutesBetween } from '../history.ts';
import { fromNow, polledList, type ListDefinition } from '../polled-list.ts';
import { DAY, MINUTE } from '../simulated-time.ts';

const PATH = 'balance-updates';
/**
 * The balance changes of the simulated branch. On the simulated day, invoices are sent to 150 clients at the same time.
 */
const branch = once(() => simulatedBalanceChanges(minutesBetween(PATH), { clients: 200, changes: 500, together: 150 }));

const dueChange = (index: number) => ({ created: fromNow(-1 - index) });

/**
 * Returns the balance change of the invoice that makes the balance of a client of the stand-in negative. Each client
 * has only one such invoice.
 */
const dueFall = (index: number) => ({ ...dueChange(index), credit_amount: '-84.00', role: 301 + index });

/** Time after a balance change until the trigger concludes that the balance has fallen, in milliseconds. */
export const SETTLE = 2 * MINUTE;

/** Returns the list of balance changes. @param changes - returns the balance changes of a branch */
export const balanceChangeList = (
  changes: () => ReturnType<typeof branch>,
  minimum = 50,
): ListDefinition<BalanceChangeVersion> => {
  const falls = fallsIn(changes, minimum);
  return {
    path: PATH,
    histories: changes,
    timeOf: ({ created }) => created,
    rowOf: (id, { created, client, amount }, timeText) => ({
      id,
      created: timeText(created),
      credit_amount: `${amount}.00`,
      role: client,
      update_type: amount < 0 ? 'invoice_creation' : 'top_up',
    }),
    detailsOf: (_id, { client }) => ({
      role: { id: client, first_name: 'Priya', last_name: 'Raman', role_type: 'Client' },
    }),
    filtersOf: (_id, { client }) => ({ client: String(client) }),
    due: { balance_change_created: dueChange, balance_below: dueFall },
    newest: () => dueChange(0),
    readsAlso: [{ path: 'clients', states: once(() => clientStates(changes())) }],
    zaps: [
      {
        trigger: 'balance_change_created',
        title: 'New Balance Change',
        condition: (id, { created }) => ({ id: String(id), from: created, to: created + 5 * DAY }),
        requestsPerHour: 125,
      },
      {
        trigger: 'balance_below',
        title: 'Balance Below, 50',
        inputData: { minimum_balance: String(minimum) },
        condition: (id, { created }) => {
          const fall = falls().get(id);
          return fall ? { id: String(id), from: created + SETTLE, to: Math.min(created + 5 * DAY, fall.until) } : null;
        },
        requestsPerHour: 155,
      },
    ],
  };
};

export const list = polledList(balanceChangeList(branch));
