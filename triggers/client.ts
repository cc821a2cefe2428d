import { client } from '../objects/client.ts';
import { objectTrigger } from '../src/trigger.ts';

export const clientTriggers = [
  objectTrigger({
    key: 'client_created',
    label: 'New Client',
    description: 'Triggers when a client is created.',
    object: client,
    actions: { CREATED_A_CLIENT: 'Created a Client' },
    canChooseLabel: true,
  }),
  objectTrigger({
    key: 'client_enquiry',
    label: 'New Enquiry',
    description: 'Triggers when a client makes an enquiry.',
    object: client,
    actions: { CLIENT_ENQUIRY: 'Made an Enquiry' },
    sample: { status: 'prospect' },
  }),
  objectTrigger({
    key: 'client_signed_up',
    label: 'Client Signed Up',
    description: 'Triggers when someone signs up as a client.',
    object: client,
    actions: { CLIENT_SIGN_UP: 'Signed up as a Client' },
    sample: { status: 'prospect' },
  }),
  objectTrigger({
    key: 'client_updated',
    label: 'Client Updated',
    description: "Triggers when a client's details, manager or affiliate change.",
    object: client,
    actions: {
      EDITED_A_CLIENT: 'Edited a Client',
      EDITED_OWN_PROFILE: 'Edited their own profile',
      CHANGED_CLIENTS_AGENT: "Changed a Client's Affiliate",
      CHANGED_CLIENT_ADMIN: "Changed a Client's Admin",
    },
    canChooseLabel: true,
  }),
  objectTrigger({
    key: 'client_status_changed',
    label: 'Client Status Changed',
    description: "Triggers when a client's status changes.",
    object: client,
    actions: { CHANGED_CLIENT_STATUS: "Changed a Client's status" },
    canChooseStatuses: true,
  }),
  objectTrigger({
    key: 'client_pipeline_stage_changed',
    label: 'Client Pipeline Stage Changed',
    description: 'Triggers when a client moves to another pipeline stage.',
    object: client,
    actions: { MOVED_PIPELINE_STAGE: 'Moved a Client in the Pipeline' },
  }),
  objectTrigger({
    key: 'client_balance_changed',
    label: 'Client Balance Changed',
    description: "Triggers when a client's balance is adjusted or topped up.",
    object: client,
    actions: { BALANCE_ADJUSTMENT: "Adjusted a Client's balance", CLIENT_TOPPED_UP: 'Client topped up' },
  }),
  objectTrigger({
    key: 'client_label_added',
    label: 'Client Label Added',
    description: 'Triggers when a label is added to a client.',
    object: client,
    actions: { ADDED_A_LABEL_TO_A_USER: 'Added a Label to a User' },
    canChooseLabel: true,
  }),
  objectTrigger({
    key: 'client_deleted',
    label: 'Client Deleted',
    description: 'Triggers when a client is deleted.',
    object: client,
    actions: { DELETED_A_CLIENT: 'Deleted a Client' },
  }),
];
