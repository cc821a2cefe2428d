/** Selection of events by action: the part of a trigger's filter that the relay applies for it. */

/** Selects events with one of the listed actions, or events with any action except the listed ones. */
export type ActionFilter = { readonly actions: readonly string[] } | { readonly all_except: readonly string[] };

/** Returns true if the filter selects this action. */
export const selectsAction = (filter: ActionFilter, action: string): boolean =>
  'actions' in filter ? filter.actions.includes(action) : !filter.all_except.includes(action);

/** The distinct actions of a delivery's events; null if they are unknown because the delivery was too large to read. */
export type DeliveryActions = readonly string[] | null;

/**
 * Returns true if the filter selects a delivery. A delivery without events is never selected. A delivery with unknown
 * actions is always selected, because each Zap reads it again and keeps only its own events.
 */
export const selectsDelivery = (filter: ActionFilter, actions: DeliveryActions): boolean =>
  actions === null || actions.some((action) => selectsAction(filter, action));

/** Returns the actions that a filter selects by name; none for a filter that selects all actions except some. */
export const listedActions = (filter: ActionFilter): readonly string[] => ('actions' in filter ? filter.actions : []);
