import { balanceChange } from '../objects/balance-change.ts';
import { balanceChangeTrigger } from '../src/polled/balance-change-trigger.ts';

export const balanceChangeCreated = balanceChangeTrigger({
  key: 'balance_change_created',
  label: 'New Balance Change',
  description: "Triggers when a client's or a tutor's balance changes, checked every 1 to 15 minutes.",
  object: balanceChange,
});
