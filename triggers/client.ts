import { client } from '../objects/client.ts';
import { personDetails } from '../src/lookups/fetched-details.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { BANK_DETAILS_ACTIONS, TERMS_ACTIONS } from './shared-actions.ts';

export const clientTriggers = triggersAbout({ object: client, lookups: [personDetails(client)] }, [
  {
    key: 'client_created',
    label: 'New Client',
    description: 'Triggers when a client is created.',
    actions: { CREATED_A_CLIENT: 'Created a Client' },
    choices: ['label'],
    requirement: { time: 'date_created' },
  },
  {
    key: 'client_enquiry',
    label: 'New Enquiry',
    description: 'Triggers when a client makes an enquiry.',
    actions: { CLIENT_ENQUIRY: 'Made an Enquiry' },
    requirement: { oneOf: { status: ['prospect'] }, time: 'date_created' },
  },
  {
    key: 'client_signed_up',
    label: 'Client Signed Up',
    description: 'Triggers when someone signs up as a client.',
    actions: { CLIENT_SIGN_UP: 'Signed up as a Client' },
    requirement: { oneOf: { status: ['prospect'] }, time: 'date_created' },
  },
  // No examples of this trigger's events are known.
  {
    key: 'client_terms_agreed',
    label: 'Client Terms Agreed',
    description: "Triggers when a client agrees to the terms, or an administrator records the client's consent.",
    actions: TERMS_ACTIONS,
  },
  {
    key: 'client_updated',
    label: 'Client Updated',
    description: "Triggers when a client's details, manager or affiliate change.",
    actions: {
      EDITED_A_CLIENT: 'Edited a Client',
      EDITED_OWN_PROFILE: 'Edited their own profile',
      CHANGED_CLIENTS_AGENT: "Changed a Client's Affiliate",
      CHANGED_CLIENT_ADMIN: "Changed a Client's Admin",
    },
    choices: ['label', 'changed fields'],
  },
  {
    key: 'client_status_changed',
    label: 'Client Status Changed',
    description: "Triggers when a client's status changes.",
    actions: { CHANGED_CLIENT_STATUS: "Changed a Client's status" },
    choices: ['statuses'],
    earlier: { status: 'prospect' },
  },
  {
    key: 'client_pipeline_stage_changed',
    label: 'Client Pipeline Stage Changed',
    description: 'Triggers when a client moves to another pipeline stage.',
    actions: { MOVED_PIPELINE_STAGE: 'Moved a Client in the Pipeline' },
    choices: ['stages'],
    earlier: { pipeline_stage: { id: 1, name: 'New enquiry', sort_index: 0, colour: 'Silver' } },
    requirement: { filled: ['pipeline_stage'] },
  },
  {
    key: 'client_balance_changed',
    label: 'Client Balance Changed',
    description: "Triggers when a client's balance is adjusted or topped up.",
    actions: { BALANCE_ADJUSTMENT: "Adjusted a Client's balance", CLIENT_TOPPED_UP: 'Client topped up' },
    hasBalances: true,
    earlier: { invoice_balance: '-63.00', available_balance: '-105.00' },
  },
  {
    key: 'client_label_added',
    label: 'Client Label Added',
    description: 'Triggers when a label is added to a client.',
    actions: { ADDED_A_LABEL_TO_A_USER: 'Added a Label to a User' },
    choices: ['label'],
    earlier: { labels: [{ id: 21, name: 'Weekend' }] },
    requirement: { filled: ['labels'] },
  },
  // No examples of this trigger's events are known.
  {
    key: 'client_payment_details_changed',
    label: 'Client Payment Details Added or Removed',
    description: 'Triggers when a card, bank account or direct debit of a client is added or removed.',
    actions: {
      SAVED_CARD_DETAILS: 'Saved card details',
      DELETED_CARD_DETAILS: 'Deleted Card Details',
      ...BANK_DETAILS_ACTIONS,
      ADDED_GC_CUSTOMER_DATA: 'Added new GoCardless details',
      REMOVED_GC_CUSTOMER_DATA: 'Removed GoCardless details',
    },
    choices: ['actions', 'label'],
  },
  {
    key: 'client_deleted',
    label: 'Client Deleted',
    description: 'Triggers when a client is deleted.',
    actions: { DELETED_A_CLIENT: 'Deleted a Client' },
    deletedFields: { email: 'priya.raman@example.com', role_type: 'Client', is_deleted: true },
  },
]);
