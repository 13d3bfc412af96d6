import { randomUUID } from 'node:crypto';
import { defineCommand } from './command.ts';

/**
 * Writes something and takes it back: whoever gets the answer knows that changes come to disk. To write what is there
 * already would prove nothing, since SQLite leaves a page alone that stays the same.
 */
export const probeStorage = defineCommand({
  name: 'storage.probe',
  orderKey: () => 'probe',
  run: async (tx) => {
    const key = randomUUID();
    const row = { scope: 'probe', key, command: '', input: '', result: '', date_created: tx.now };
    await tx.sql.insertInto('idempotency').values(row).execute();
    await tx.sql.deleteFrom('idempotency').where('scope', '=', 'probe').where('key', '=', key).execute();
    return {};
  },
});
