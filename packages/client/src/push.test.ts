import { describe, expect, it } from 'vitest';
import { connected, start } from './testing/start.ts';
import { settle } from './testing/turns.ts';

describe('push registration', () => {
  it('waits until the client is initialized', async () => {
    const { client, server } = start();
    const set = client.setPushRegistrationId('fcm', 'device');
    await settle();
    await set;
    expect([...server.devices]).toEqual([['fcm device', 'alice']]);
  });

  it('gives up the former id of the device when it has a new one', async () => {
    const { client, server } = await connected();
    await client.setPushRegistrationId('fcm', 'old');
    await client.setPushRegistrationId('apn', 'ab');
    await client.setPushRegistrationId('fcm', 'new');
    expect([...server.devices.keys()]).toEqual(['apn ab', 'fcm new']);
  });

  it('asks once more for the same id and loses nothing by it', async () => {
    const { client, server, asked } = await connected();
    await client.setPushRegistrationId('fcm', 'same');
    await client.setPushRegistrationId('fcm', 'same');
    expect([...server.devices.keys()]).toEqual(['fcm same']);
    expect(asked('push.unregister')).toEqual([]);
  });

  it('is ended by unset, which knows the id', async () => {
    const { client, server, asked } = await connected();
    await client.unsetPushRegistrationId('fcm');
    expect(asked('push.unregister')).toEqual([]);
    await client.setPushRegistrationId('fcm', 'device');
    await client.unsetPushRegistrationId('fcm');
    expect([...server.devices]).toEqual([]);
  });

  it('is ended by remove for the own devices alone', async () => {
    const { client, server, bob } = await connected();
    bob('push.register', { type: 'fcm', token: 'device of Bob' });
    bob('push.register', { type: 'apn', token: 'cd' });
    await client.setPushRegistrationId('apn', 'ef');
    await client.removePushRegistrations('apn', 'ef');
    await client.removePushRegistrations('fcm', 'device of Bob');
    expect([...server.devices.keys()]).toEqual(['fcm device of Bob', 'apn cd']);
  });
});
