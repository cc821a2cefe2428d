import type { ActionFilter, DeliveryActions } from '../../wire/action-filter.ts';

/** Returns true if a delivery with these actions is selected; see `selectsDelivery`. */
export type DeliverySelector = (actions: DeliveryActions) => boolean;

/**
 * Returns a function that applies a filter. Its cost does not depend on the number of actions in the filter, so it
 * suits filters that are applied to many deliveries.
 */
export function selectorOf(filter: ActionFilter): DeliverySelector {
  const listed = new Set('actions' in filter ? filter.actions : filter.all_except);
  const isSelected = 'actions' in filter;
  return (actions) => actions === null || actions.some((action) => listed.has(action) === isSelected);
}
