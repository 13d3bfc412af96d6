import type { Migration } from './migration.ts';

/**
 * What has failed for good is out of the lane that it was in, so that looking for what is open in one costs the same
 * however much has failed; people who have not written for long can be forgotten; and senders at Twilio know how long
 * people on WhatsApp and Messenger can be written to.
 */
export const upkeep: Migration = {
  number: 13,
  name: 'upkeep',
  statements: () => [
    "UPDATE outbox SET lane = lane || '/' || id WHERE state = 'dead' AND lane NOT LIKE '%/' || id",
    'CREATE INDEX correspondents_by_last_inbound ON correspondents (stopped, last_inbound)',
    `UPDATE senders SET window_hours = 24 WHERE type = 'twilio' AND sid IN (
      SELECT sender_sid FROM sender_addresses WHERE address LIKE 'whatsapp:%' OR address LIKE 'messenger:%'
    )`,
  ],
};
