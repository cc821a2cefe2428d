import { balanceChange, balanceFall } from '../objects/balance-change.ts';
import { client } from '../objects/client.ts';
import { balanceBelowTrigger } from '../src/polled/balance-below-trigger.ts';
import { balanceChangeTrigger } from '../src/polled/balance-change-trigger.ts';

export const balanceChangeCreated = balanceChangeTrigger({
  key: 'balance_change_created',
  label: 'New Balance Change',
  description: "Triggers when a client's or a tutor's balance changes, checked every 1 to 15 minutes.",
  object: balanceChange,
});

export const balanceBelow = balanceBelowTrigger({
  key: 'balance_below',
  label: 'Balance Below',
  description: "Triggers when a client's invoice balance falls below an amount, checked every 1 to 15 minutes.",
  object: balanceFall,
  client,
});
