/** Selection of events by action: the part of a trigger's filter that the relay applies for it. */

/** Selects events with one of the listed actions, or events with any action except the listed ones. */
export type ActionFilter = { readonly actions: readonly string[] } | { readonly all_except: readonly string[] };

/** Returns true if the filter selects this action. */
export const selectsAction = (filter: ActionFilter, action: string): boolean =>
  'actions' in filter ? filter.actions.includes(action) : !filter.all_except.includes(action);

/**
 * Returns true if the filter selects a delivery.
 *
 * @param actions - the actions of the delivery's events; a delivery without events is never selected
 */
export const selectsDelivery = (filter: ActionFilter, actions: readonly string[]): boolean =>
  actions.some((action) => selectsAction(filter, action));

/** Returns the actions that a filter selects by name; none for a filter that selects all actions except some. */
export const listedActions = (filter: ActionFilter): readonly string[] => ('actions' in filter ? filter.actions : []);
