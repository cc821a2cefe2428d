import type { NewDelivery } from './store.ts';

/**
 * Returns true if a delivery has, or may have, events. The body of any other delivery is sent to nobody, so the stores
 * keep only the fact that it arrived.
 */
export const hasEvents = ({ actions }: Pick<NewDelivery, 'actions'>): boolean => actions === null || actions.length > 0;
