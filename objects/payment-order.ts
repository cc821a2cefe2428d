import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/payment-order.json' with { type: 'json' };

export const paymentOrder = tutorCruncherObject({ word: 'payment_order', sample, api: { path: 'payment-orders' } });
